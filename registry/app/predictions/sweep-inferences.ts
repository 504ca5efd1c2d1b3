/**
 * Every acknowledged request ends. What was stored and never reached the queue, or was lost on it, is brought there
 * again; what no worker managed, or nobody answered in time, is in error. Any number of processes may do this at once.
 */
import type { Json } from '../../../contract/canonical-json.ts';
import { inferenceOfFile } from '../../core/inferences.ts';
import type { Row } from '../../ports/store.ts';
import type { DeadLetter } from '../../ports/work-queue.ts';
import { endInference } from '../inferences/end-inference.ts';
import { inferenceTopic, queueInference } from '../inferences/queue-inference.ts';
import type { World } from '../world.ts';

export interface SweepTimes {
  /** After this, a request that is stored and not queued was left by a process that died. */
  readonly queueAfterMs: number;
  /** After this, a queued request may be lost. */
  readonly requeueAfterMs: number;
}

export const usualSweepTimes: SweepTimes = { queueAfterMs: 10_000, requeueAfterMs: 300_000 };

const atOnce = 200;
/** Uploads of requests that were never stored: looked at when no request can still be arriving. */
const abandonedAfterMs = 3_600_000;

const notManaged = 'not-managed';

export interface SweepReport {
  readonly queued: number;
  readonly failed: number;
}

export async function sweepInferences(
  world: Pick<World, 'store' | 'queue' | 'clock' | 'log'>,
  { queueAfterMs, requeueAfterMs }: SweepTimes = usualSweepTimes,
): Promise<SweepReport> {
  const nowMs = world.clock.now();
  const before = (ms: number): { readonly below: string } => ({ below: new Date(nowMs - ms).toISOString() });
  const status = 'processing';
  const found = await world.store.read(async (reader) => ({
    late: await reader.find('inferences', { where: { status, deadlineAt: before(0) }, limit: atOnce }),
    unqueued: await reader.find('inferences', {
      where: { status, queuedAt: null, createdAt: before(queueAfterMs) },
      limit: atOnce,
    }),
    quiet: await reader.find('inferences', {
      where: { status, queuedAt: before(requeueAfterMs) },
      order: [['queuedAt', 'ascending']],
      limit: atOnce,
    }),
  }));
  const dead = await deadOf(world, found.quiet);
  const ended = new Set<string>();
  const fail = async (id: string, code: string, reason: string): Promise<void> => {
    if (ended.has(id)) return;
    ended.add(id);
    await endInError(world, id, code, reason);
  };
  for (const [id, reason] of dead) await fail(id, notManaged, reason);
  for (const { id } of found.late) await fail(id, 'not-answered', 'no answer came in time');
  let queued = 0;
  for (const { id } of [...found.unqueued, ...found.quiet]) {
    if (ended.has(id)) continue;
    await queueInference(world, id);
    queued += 1;
  }
  return { queued, failed: ended.size };
}

/** What a queue has just laid aside is in error at once; the sweeper finds those whose process died before it could say so. */
export async function endUnmanaged(
  world: Pick<World, 'store' | 'clock' | 'log'>,
  { payload, reason }: Pick<DeadLetter, 'payload' | 'reason'>,
): Promise<void> {
  const id = inferenceIdIn(payload);
  if (id !== undefined) await endInError(world, id, notManaged, reason);
}

async function endInError(
  world: Pick<World, 'store' | 'clock' | 'log'>,
  id: string,
  code: string,
  reason: string,
): Promise<void> {
  if (await endInference(world, id, { status: 'error', code, reason }))
    world.log.warn('inference-in-error', { inferenceId: id, code });
}

/** Of these inferences, those whose message went to the dead letters, with the queue's reason. */
async function deadOf(
  { store, queue }: Pick<World, 'store' | 'queue'>,
  rows: readonly Row<'inferences'>[],
): Promise<ReadonlyMap<string, string>> {
  const dead = new Map<string, string>();
  const waiting = new Set(rows.map(({ id }) => id));
  for (const channelId of new Set(rows.map((row) => row.channelId))) {
    const channel = await store.read((reader) => reader.get('channels', channelId));
    if (channel === undefined) continue;
    for (const { payload, reason } of await queue.deadLetters(inferenceTopic(channel))) {
      const id = inferenceIdIn(payload);
      if (id !== undefined && waiting.has(id)) dead.set(id, reason);
    }
  }
  return dead;
}

function inferenceIdIn(payload: Json): string | undefined {
  const id: unknown =
    typeof payload === 'object' && payload !== null
      ? (payload as Readonly<Record<string, unknown>>)['inference_id']
      : undefined;
  return typeof id === 'string' ? id : undefined;
}

/** Deletes files of requests that were never stored. Their time stands in the id (UUIDv7). */
export async function tidyInferenceFiles(world: Pick<World, 'store' | 'blobs' | 'clock'>): Promise<number> {
  const oldest = world.clock.now() - abandonedAfterMs;
  const known = new Map<string, boolean>();
  let dropped = 0;
  for await (const { key } of world.blobs.list('inferences/')) {
    const id = inferenceOfFile(key) ?? '';
    if (!(Number.parseInt(id.replace('-', '').slice(0, 12), 16) < oldest)) continue;
    const isKnown =
      known.get(id) ?? (await world.store.read((reader) => reader.get('inferences', id))) !== undefined;
    known.set(id, isKnown);
    if (isKnown) continue;
    await world.blobs.delete(key);
    dropped += 1;
  }
  return dropped;
}
