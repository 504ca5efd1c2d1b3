/** What every use case of uploads asks first: whose it is, and whether its session still may exist. */
import type { WorkstationId } from '../../../contract/registry/ids.ts';
import { may } from '../../core/may.ts';
import { refuse, type Outcome } from '../../core/outcome.ts';
import { isFaultOfFile } from '../../core/uploads.ts';
import { BlobFailure } from '../../ports/blobs.ts';
import type { Row, StoreReader } from '../../ports/store.ts';
import { recordRefusal } from '../record-refusal.ts';
import type { Call, World } from '../world.ts';

export const noSuchUpload = () => refuse('not-found', 'There is no such upload.');
export const withdrawn = () => refuse('gone', 'The session was withdrawn or deleted.');

/**
 * Told before the sender loses its patience: what it sends again at once would only wait behind all others. Those who
 * are told at the same time come back at different ones.
 */
export function overloaded({ randomness }: Pick<World, 'randomness'>, waitMs: number) {
  const share = 0.5 + randomness.bytes(1)[0]! / 256;
  return refuse('not-ready', 'Too many recordings are being received or checked.', {
    facts: { retryAfterS: Math.ceil((waitMs / 1000) * share) },
  });
}

/** Why it was refused travels as a fact; `reason` is a word of ours. */
export function mismatch(reason: string | null) {
  return refuse('content-mismatch', 'The recording is not the one that was announced.', {
    facts: { reason: reason ?? 'unknown' },
  });
}

/** Why nothing can be done with an upload that is over. */
export function refusalOf(upload: Pick<Row<'uploads'>, 'reason'>) {
  return isFaultOfFile(upload.reason) ? mismatch(upload.reason) : noSuchUpload();
}

/** The upload where it is the caller's own; anybody else's answers as one that is not there, and is audited. */
export async function ownUpload(call: Call, uploadId: string): Promise<Outcome<Row<'uploads'>>> {
  const upload = await call.world.store.look.get('uploads', uploadId);
  if (upload === undefined) return noSuchUpload();
  const workstationId = upload.workstationId as WorkstationId;
  if (!may(call.caller, 'sync.send', { workstationId })) {
    await recordRefusal(call, { action: 'sync.send', code: 'not-found', subjectId: uploadId });
    return noSuchUpload();
  }
  return { ok: true, value: upload };
}

export async function isGone(reader: StoreReader, sessionId: string): Promise<boolean> {
  return (await reader.get('tombstones', sessionId)) !== undefined;
}

/** Runs the work; a blob store that does not do its part becomes 503, and the caller may try again. */
export async function withBlobFailures<T>(
  call: Pick<Call, 'world'>,
  work: () => Promise<Outcome<T>>,
): Promise<Outcome<T>> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof BlobFailure)) throw error;
    call.world.log.error('blobs-failed', error, { kind: error.kind });
    return refuse('storage-unavailable', 'The registry cannot store recordings at the moment.', {
      facts: { retryAfterS: 5 },
      cause: error,
    });
  }
}
