/** What a workstation sent, read one item at a time: an item is either whole and what it claims to be, or says which rule it broke. */
import { canonicalJson, type Json } from '../../contract/canonical-json.ts';
import { sessionIdSchema } from '../../contract/ids.ts';
import {
  itemContentSchemas,
  itemKinds,
  itemSchema,
  type ItemContents,
  type ItemKind,
} from '../../contract/registry/sync.ts';

interface Envelope<K extends ItemKind> {
  readonly kind: K;
  /** Unique within its kind; of an audit entry within its workstation. */
  readonly id: string;
  readonly sessionId: string | null;
  readonly counter: number;
  /** Of the content's canonical JSON, computed here and equal to what was announced. */
  readonly sha256: string;
  /** As it came: what the hash is of. */
  readonly raw: Json;
  readonly content: ItemContents[K];
}
export type ReceivedItem = { [K in ItemKind]: Envelope<K> }[ItemKind];

export interface FaultyItem {
  readonly kind: ItemKind | null;
  readonly id: string | null;
  /** The one session that it claims to belong to; null where it claims none, or more than one. */
  readonly sessionId: string | null;
  readonly sha256: string;
  /** What may be kept for a look at it: only what a withdrawal of its session would find and remove. */
  readonly offered: Json;
  /** A field's path, or a code; never a value. */
  readonly reason: string;
}

export type ItemReading =
  | { readonly index: number; readonly ok: true; readonly item: ReceivedItem }
  | { readonly index: number; readonly ok: false; readonly fault: FaultyItem };

type Sha256 = (text: string) => string;

/** No content of ours nests deeper than half of this. */
const maximumDepth = 24;

/** Reads the item at `index` of a call. Never throws, whatever it is given. */
export function readItem(raw: unknown, index: number, sha256: Sha256): ItemReading {
  const text = isShallow(raw) ? canonicalOf(raw) : undefined;
  if (text === undefined) {
    const fault = { kind: null, id: null, sessionId: null, sha256: sha256('not-json'), offered: null };
    return { index, ok: false, fault: { ...fault, reason: 'not-json' } };
  }
  const envelope = itemSchema.safeParse(raw);
  if (!envelope.success) {
    const fault = faultOf(raw as Json, sha256(text), reasonOf('item', envelope.error));
    return { index, ok: false, fault };
  }
  const { kind, id, sessionId, counter } = envelope.data;
  const content = (envelope.data.content ?? null) as Json;
  const contentSha256 = sha256(canonicalJson(content));
  const faulty = (reason: string): ItemReading => ({
    index,
    ok: false,
    fault: faultOf(raw as Json, contentSha256, reason),
  });
  const parsed = itemContentSchemas[kind].safeParse(content);
  if (!parsed.success) return faulty(reasonOf('content', parsed.error));
  if (envelope.data.sha256 !== contentSha256) return faulty('sha256');
  const item = {
    kind,
    id,
    sessionId,
    counter,
    sha256: contentSha256,
    raw: content,
    content: parsed.data,
  } as ReceivedItem;
  if (idOf(item) !== id) return faulty('id-differs');
  if (sessionOf(item) !== sessionId) return faulty('session-differs');
  return { index, ok: true, item };
}

/** The order in which the items of one call are taken: what others belong to first, then the device's own count. */
export function inOrderOfTaking(left: ItemReading, right: ItemReading): number {
  const [a, b] = [rankOf(left), rankOf(right)];
  return a.kind - b.kind || a.counter - b.counter || left.index - right.index;
}

/** The key of the item's row. */
export function itemRowId(kind: ItemKind, id: string, workstationId: string): string {
  return kind === 'audit' ? `audit:${workstationId}:${id}` : `${kind}:${id}`;
}

function rankOf(reading: ItemReading): { readonly kind: number; readonly counter: number } {
  if (!reading.ok) return { kind: itemKinds.length, counter: 0 };
  return { kind: itemKinds.indexOf(reading.item.kind), counter: reading.item.counter };
}

function idOf({ kind, content }: ReceivedItem): string {
  return kind === 'audit' ? String(content.sequence) : content.id;
}

function sessionOf({ kind, content }: ReceivedItem): string | null {
  return kind === 'session' ? content.id : content.sessionId;
}

function faultOf(raw: Json, sha256: string, reason: string): FaultyItem {
  const item = membersOf(raw);
  const content = membersOf(item['content'] ?? null);
  const kind = itemKinds.find((known) => known === item['kind']) ?? null;
  const claims = [
    item['sessionId'],
    content['sessionId'],
    ...(kind === 'session' ? [item['id'], content['id']] : []),
  ];
  const sessions = new Set(claims.filter((claim) => typeof claim === 'string'));
  const [only] = sessions;
  const sessionId = sessions.size === 1 && sessionIdSchema.safeParse(only).success ? (only ?? null) : null;
  const { id } = item;
  return {
    kind,
    id: typeof id === 'string' && /^[0-9a-f-]{1,64}$/u.test(id) ? id : null,
    sessionId,
    sha256,
    offered: sessionId === null && kind !== 'audit' ? null : raw,
    reason,
  };
}

function membersOf(value: Json): Readonly<Record<string, Json>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, Json>>)
    : {};
}

/** Keys that a sender chose are shown only where they look like field names. */
function reasonOf(
  start: string,
  error: { readonly issues: readonly { readonly path: readonly PropertyKey[] }[] },
): string {
  const path = (error.issues[0]?.path ?? []).map((step) =>
    typeof step === 'number' || /^[A-Za-z][A-Za-z0-9-]{0,39}$/u.test(String(step)) ? String(step) : '*',
  );
  return [start, ...path].join('.').slice(0, 200);
}

function isShallow(value: unknown): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; depth < maximumDepth; depth += 1) {
    level = level.flatMap((one) => (typeof one === 'object' && one !== null ? Object.values(one) : []));
    if (level.length === 0) return true;
  }
  return false;
}

/** Undefined for what was never JSON, such as a number that overflowed while it was read. */
function canonicalOf(value: unknown): string | undefined {
  try {
    return canonicalJson(value as Json);
  } catch {
    return undefined;
  }
}
