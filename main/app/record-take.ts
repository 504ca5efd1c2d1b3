/** A take from the microphone: started, fed chunk by chunk, finished into a verified WAV. */
import { fail, ok, type Result } from '../../contract/result.ts';
import type { SessionId, TakeId } from '../../contract/ids.ts';
import type { Take, TakeContinuity } from '../../contract/session.ts';
import { bytesFromBase64 } from '../../contract/base64.ts';
import { continuityOf } from '../core/continuity.ts';
import { bytesForTake } from '../core/disk-need.ts';
import type { OpenTake } from '../ports/store.ts';
import type { Caller, Input, Output } from './caller.ts';
import { protocolOf } from './definitions.ts';
import { checkDisk } from './check-disk.ts';
import { keepTake } from './keep-take.ts';
import { measureRecording } from './measure-recording.ts';
import { newId } from './new-id.ts';
import { recordDeed } from './record-deed.ts';
import { checkRecordable } from './check-recordable.ts';
import type { World } from './world.ts';

export async function startTake(
  { world, desk, account }: Caller,
  { sessionId, stepKey, sampleRateHz, device }: Input<'recording.start'>,
): Promise<Output<'recording.start'>> {
  const recordable = await checkRecordable(world, { sessionId, stepKey });
  if (!recordable.ok) return recordable;
  const room = await checkDisk(world, bytesForTake(recordable.value, sampleRateHz));
  if (!room.ok) return room;
  const left = await closeLeftBehind(world, sessionId);
  if (!left.ok) return left;
  const id = newId.take(world);
  const at = world.clock.now();
  const started = world.store.write((transaction): Result<OpenTake> => {
    // Between the checks and here another window may have come first.
    const session = transaction.sessions.get(sessionId);
    if (session?.status !== 'draft')
      return fail('session-closed', { status: session?.status ?? 'discarded' });
    const open = transaction.takes.allOpen().filter((take) => take.sessionId === sessionId);
    if (open.length > 0 || desk.openTakes.size > 0) return fail('recording-in-progress');
    const versions = transaction.takes
      .ofSession(sessionId)
      .filter((take) => take.stepKey === stepKey)
      .map((take) => take.version);
    const version = Math.max(0, ...versions) + 1;
    const take = { id, sessionId, stepKey, version, startedAt: at, sampleRateHz, device, by: account.id };
    transaction.takes.open(take);
    transaction.sessions.update({ ...session, currentStep: stepKey, updatedAt: at });
    recordDeed(transaction, {
      at,
      by: account.username,
      action: 'take-started',
      sessionId,
      details: { takeId: id, step: stepKey, version },
    });
    return ok(take);
  });
  if (!started.ok) return started;
  desk.openTakes.set(id, { sessionId, chunks: 0 });
  world.memory.liveTakes.add(id);
  const opened = await world.recordings.open({ takeId: id, sampleRateHz });
  if (!opened.ok) {
    desk.openTakes.delete(id);
    world.memory.liveTakes.delete(id);
    world.store.write((transaction) => transaction.takes.abandon(id));
    return opened;
  }
  return ok({ takeId: id, version: started.value.version });
}

export async function appendToTake(
  { world, desk }: Caller,
  { takeId, sequence, firstFrame, pcm }: Input<'recording.append'>,
): Promise<Output<'recording.append'>> {
  const own = desk.openTakes.get(takeId);
  if (own === undefined) return fail('take-not-open');
  const bytes = bytesFromBase64(pcm);
  if (bytes === undefined || bytes.length % 2 !== 0) return fail('invalid-input', { path: 'pcm' });
  const appended = await world.recordings.append(takeId, { sequence, firstFrame, pcm: bytes });
  if (!appended.ok) return appended;
  own.chunks = Math.max(own.chunks, sequence + 1);
  return ok({ storedFrames: appended.value.storedFrames });
}

/**
 * Answers only after the WAV was verified and the take stands in the store. Chunks that were sent and never stored
 * are a `conflict` while the page can still send them.
 */
export async function finishTake(
  { world, desk, account }: Caller,
  { takeId, chunks, elapsedMs, interruption }: Input<'recording.finish'>,
): Promise<Output<'recording.finish'>> {
  const own = desk.openTakes.get(takeId);
  if (own === undefined) {
    const finished = desk.finishedTakes.has(takeId)
      ? world.store.read((transaction) => transaction.takes.get(takeId))
      : undefined;
    return finished === undefined ? fail('take-not-open') : ok(finished);
  }
  if (interruption === 'none' && own.chunks < chunks) {
    return fail('conflict', { storedChunks: own.chunks, sentChunks: chunks });
  }
  const closed = await closeTake(world, { takeId, elapsedMs, interruption, by: account.username });
  if (closed.ok || closed.problem.code === 'take-empty') {
    desk.openTakes.delete(takeId);
    world.memory.liveTakes.delete(takeId);
  }
  if (closed.ok) desk.finishedTakes.add(takeId);
  return closed;
}

/** Takes of the session that a window could not close when it went away: kept before the next one starts. */
async function closeLeftBehind(world: World, sessionId: SessionId): Promise<Result<null>> {
  const left = world.store
    .read((transaction) => transaction.takes.allOpen())
    .filter((take) => take.sessionId === sessionId && !world.memory.liveTakes.has(take.id));
  for (const { id } of left) {
    const closed = await recoverTake(world, id);
    if (!closed.ok && closed.problem.code !== 'take-empty') return closed;
  }
  return ok(null);
}

/** A take that nobody will finish any more, stored as far as it came. */
export function recoverTake(world: World, takeId: TakeId): Promise<Result<Take>> {
  const facts = { elapsedMs: null, interruption: 'app-ended', by: 'system', isRecovery: true } as const;
  return closeTake(world, { takeId, ...facts });
}

export interface TakeToClose {
  readonly takeId: TakeId;
  readonly elapsedMs: number | null;
  readonly interruption: TakeContinuity['interruption'];
  /** Username, or `system` where nobody was there to finish it. */
  readonly by: string;
  readonly isRecovery?: boolean;
}

/** Finishes an open take and stores it; one that holds no audio at all is dropped (`take-empty`). */
export async function closeTake(
  world: World,
  { takeId, elapsedMs, interruption, by, isRecovery = false }: TakeToClose,
): Promise<Result<Take>> {
  const open = world.store.read((transaction) => transaction.takes.opened(takeId));
  if (open === undefined) {
    const stored = world.store.read((transaction) => transaction.takes.get(takeId));
    return stored === undefined ? fail('take-not-open') : ok(stored);
  }
  const finished = await world.recordings.finish(takeId);
  if (!finished.ok) {
    const isEmpty = finished.problem.code === 'take-empty' || finished.problem.code === 'take-not-found';
    if (!isEmpty) return finished;
    world.store.write((transaction) => transaction.takes.abandon(takeId));
    return fail('take-empty');
  }
  const measure = await measureRecording(world, takeId);
  if (!measure.ok) return measure;
  const session = world.store.read((transaction) => transaction.sessions.get(open.sessionId));
  const protocol = session === undefined ? undefined : await protocolOf(world, session.protocol);
  const { sha256, sizeBytes, sampleRateHz, bitDepth, frameCount, gaps } = finished.value;
  return ok(
    keepTake(world, {
      take: {
        id: takeId,
        sessionId: open.sessionId,
        stepKey: open.stepKey,
        version: open.version,
        source: 'microphone',
        startedAt: open.startedAt,
        sampleRateHz,
        bitDepth,
        frameCount,
        sha256,
        sizeBytes,
        sourceSha256: null,
        device: open.device,
        continuity: continuityOf({ frameCount, sampleRateHz, gaps, elapsedMs, interruption }),
      },
      measure: measure.value,
      protocol: protocol?.ok === true ? protocol.value : undefined,
      deed: { by, action: isRecovery ? 'take-recovered' : 'take-saved' },
    }),
  );
}
