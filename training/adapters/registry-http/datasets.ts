import { routes } from '../../../contract/registry/routes.ts';
import type {
  NotOfferedReason,
  OfferedSession,
  TrainingSession,
} from '../../../contract/registry/training-runs.ts';
import type { RegistrySource } from '../../../contract/training/configuration.ts';
import type { DataDefect } from '../../../contract/training/run.ts';
import { done, refuse, type Outcome } from '../../core/outcome.ts';
import { chooseLabel } from '../../core/snapshot/choose-label.ts';
import type { ListedEntry, SourceListing } from '../../core/snapshot/listed.ts';
import type { Contents } from '../../ports/contents.ts';
import type { Datasets } from '../../ports/datasets.ts';
import type { RegistryConnection } from './connection.ts';

interface Parts {
  /** Undefined where no registry is named. */
  readonly connection: RegistryConnection | undefined;
  /** Lists what the registry does not: files, noise clips. */
  readonly beside: Datasets;
  /** Recordings are kept here once they came, by their hash. */
  readonly contents: Contents;
}

const place = /^registry:([0-9a-f-]{36}):([0-9a-f-]{36}):([0-9a-f]{64})$/u;

/**
 * Data sets of files, and of the registry's sessions. What the registry lists is asked for once: what is read is what
 * was listed. A recording comes once, and is believed only with the hash under which it was announced.
 */
export function registryDatasets({ connection, beside, contents }: Parts): Datasets {
  const listed = new Map<string, Promise<Outcome<SourceListing>>>();

  return {
    ...beside,
    list(source, labels) {
      if (source.kind !== 'registry') return beside.list(source, labels);
      if (connection === undefined) return Promise.resolve(noRegistry);
      const key = JSON.stringify(source);
      const before = listed.get(key);
      if (before !== undefined) return before;
      const listing = listSessions(connection, beside, source);
      listed.set(key, listing);
      return listing;
    },
    async read(file) {
      const [, sessionId, takeId, sha256] = place.exec(file) ?? [];
      if (sessionId === undefined || takeId === undefined || sha256 === undefined) return beside.read(file);
      if (connection === undefined) return noRegistry;
      const isHere = await contents.has(sha256);
      if (isHere.ok && isHere.value) return contents.get(sha256);
      const path = `/api/sessions/${sessionId}/takes/${takeId}/audio`;
      let code: string | undefined;
      const answer = await connection.ask({ method: 'GET', path, timeLimitMs: 600_000 }, (refusal) => {
        code = refusal.code;
      });
      // Withdrawn, or gone from the registry's disk, since it was listed.
      if (!answer.ok) return code === 'gone' || code === 'not-found' ? done(undefined) : answer;
      const bytes = await readBytes(answer.value);
      if (bytes === undefined) return refuse('a recording broke off on its way', 'Do the same again.');
      const stored = await contents.put(bytes);
      if (!stored.ok || stored.value.sha256 === sha256) return stored.ok ? done(bytes) : stored;
      return refuse(
        `recording ${takeId} is not what the registry announced`,
        'Tell who runs the registry: its files or the line to it are not to be trusted.',
      );
    },
  };
}

const noRegistry = refuse(
  'the data are those of the registry, and none is named',
  'Name it with --registry, or by SPIRA_TRAINING_REGISTRY.',
);

const calledBack: readonly string[] = ['withdrawn', 'deleted'] satisfies NotOfferedReason[];

async function listSessions(
  connection: RegistryConnection,
  beside: Datasets,
  source: RegistrySource,
): Promise<Outcome<SourceListing>> {
  const noises = source.noises === null ? done([]) : await beside.listPaths(source.noises);
  if (!noises.ok) return noises;
  const entries: ListedEntry[] = [];
  const defects: DataDefect[] = [];
  for (let after = ''; ;) {
    const page = await connection.askJson(
      { method: 'GET', path: `/api/v1/training/sessions?limit=200&purpose=${source.purpose}${after}` },
      routes['training-sessions.list'].answer,
    );
    if (!page.ok) return page;
    for (const session of page.value.sessions) addSession(session, source, entries, defects);
    if (page.value.next === null) break;
    after = `&after=${encodeURIComponent(page.value.next)}`;
  }
  const withdrawn = defects
    .filter(({ kind, reason }) => kind === 'not-offered' && calledBack.includes(reason))
    .map(({ name }) => name);
  return done({ entries, defects, noises: noises.value, namesSubjects: true, withdrawn });
}

function addSession(
  session: TrainingSession,
  source: RegistrySource,
  entries: ListedEntry[],
  defects: DataDefect[],
): void {
  const name = session.sessionId;
  if (session.state === 'not-offered') {
    defects.push({ kind: 'not-offered', name, reason: session.reason });
    return;
  }
  const chosen = chooseLabel(session, source.label);
  if (!chosen.isChosen) {
    defects.push({ kind: chosen.kind, name, reason: chosen.reason });
    return;
  }
  const wanted = session.recordings.filter(({ step }) => source.recordings.includes(step));
  if (wanted.length === 0) {
    defects.push({ kind: 'no-such-recording', name, reason: `none of ${source.recordings.join(', ')}` });
  }
  for (const recording of wanted) {
    const { takeId, step, sha256 } = recording;
    entries.push({
      name: `${name}/${step}/${takeId}`,
      file: `registry:${name}:${takeId}:${sha256}`,
      session: name,
      sha256,
      subject: session.participant,
      label: chosen.label,
      labelSource: chosen.source,
      groups: groupsOf(session, recording),
    });
  }
}

function groupsOf(
  { groups }: OfferedSession,
  { step, microphone }: OfferedSession['recordings'][number],
): Readonly<Record<string, string>> {
  return { ...groups, ...(microphone === null ? {} : { microphone }), recording: step };
}

/** Undefined where the line breaks. */
async function readBytes(answer: Response): Promise<Uint8Array | undefined> {
  try {
    return new Uint8Array(await answer.arrayBuffer());
  } catch {
    return undefined;
  }
}
