/** What a registry has at the end, asked through its own API: everything once, whole, and nothing else. */
import { createHash } from 'node:crypto';
import type { Person } from './registry-process.ts';

/** A session as a workstation knows it. */
export interface KnownSession {
  readonly id: string;
  readonly resultCount: number;
  readonly takes: readonly { readonly id: string; readonly sha256: string }[];
}

export interface KeptThere {
  /** Not there, not whole, or with other audio than was sent. */
  readonly lost: number;
  /** There more than once, or never sent. */
  readonly doubled: number;
  /** Put aside for a person. */
  readonly reviews: number;
  /** Takes whose audio was fetched and hashed. */
  readonly heard: number;
}

interface Listed {
  readonly id: string;
  readonly state: string;
  readonly takeCount: number;
  readonly resultCount: number;
}

const pageSize = 500;

/** Lists every session and fetches the audio of up to `sample` takes, spread evenly. */
export async function checkKept(
  researcher: Person,
  known: readonly KnownSession[],
  sample: number,
): Promise<KeptThere> {
  const counted = countKept(await listAll(researcher), known);
  const takes = known.flatMap((session) => session.takes.map((take) => ({ ...take, sessionId: session.id })));
  const step = Math.max(1, Math.floor(takes.length / sample));
  const chosen = takes.filter((_, index) => index % step === 0);
  let silent = 0;
  for (const { sessionId, id, sha256 } of chosen) {
    const wav = await researcher.bytes(`/api/sessions/${sessionId}/takes/${id}/audio`);
    if (createHash('sha256').update(wav).digest('hex') !== sha256) silent += 1;
  }
  const { reviews } = await researcher.json<{ readonly reviews: readonly unknown[] }>('GET', '/api/reviews');
  return {
    lost: counted.lost + silent,
    doubled: counted.doubled,
    reviews: reviews.length,
    heard: chosen.length,
  };
}

async function listAll(researcher: Person): Promise<readonly Listed[]> {
  const all: Listed[] = [];
  let after: string | null = null;
  do {
    const place: string = after === null ? '' : `&after=${after}`;
    const page: { readonly sessions: readonly Listed[]; readonly next: string | null } =
      await researcher.json('GET', `/api/sessions?limit=${String(pageSize)}${place}`);
    all.push(...page.sessions);
    after = page.next;
  } while (after !== null);
  return all;
}

/** `lost`: known and not there as a whole. `doubled`: rows beyond one per session, and sessions that nobody sent. */
export function countKept(
  listed: readonly Listed[],
  known: readonly KnownSession[],
): Pick<KeptThere, 'lost' | 'doubled'> {
  const rows = new Map<string, Listed>();
  let doubled = 0;
  const expected = new Set(known.map(({ id }) => id));
  for (const row of listed) {
    if (rows.has(row.id) || !expected.has(row.id)) doubled += 1;
    rows.set(row.id, row);
  }
  let lost = 0;
  for (const { id, takes, resultCount } of known) {
    const row = rows.get(id);
    if (row?.state !== 'received' || row.takeCount < takes.length || row.resultCount < resultCount) lost += 1;
    else if (row.takeCount > takes.length || row.resultCount > resultCount) doubled += 1;
  }
  return { lost, doubled };
}
