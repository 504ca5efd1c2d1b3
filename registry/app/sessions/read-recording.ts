import { done, refuse, type Outcome } from '../../core/outcome.ts';
import type { UploadEncoding } from '../../../contract/registry/sync.ts';
import { recordDeed } from '../record-deed.ts';
import type { Call } from '../world.ts';
import { gone, sessionOfCaller } from './session-of-caller.ts';

export interface Recording {
  readonly takeId: string;
  /** Of the whole WAV file. */
  readonly sizeBytes: number;
  /** The WAV's bytes; throws in the middle where the stored file turns out damaged. */
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** The take as WAV, the very bytes that the workstation announced. */
export async function readRecording(
  call: Call,
  { sessionId, takeId }: { readonly sessionId: string; readonly takeId: string },
): Promise<Outcome<Recording>> {
  const { world, caller } = call;
  const found = await sessionOfCaller(call, 'recordings.read', sessionId);
  if (!found.ok) return found;
  if (found.value.state === 'gone') return gone();
  const { hospitalId } = found.value.session;
  const take = await world.store.read((reader) => reader.get('takes', takeId));
  if (take?.sessionId !== sessionId || take.state !== 'stored' || take.blobKey === null) {
    return refuse('not-found', 'recording not found');
  }
  const blob = await world.blobs.get(take.blobKey);
  if (blob === undefined) {
    const stillThere = await world.store.read((reader) => reader.get('takes', takeId));
    if (stillThere === undefined) return gone();
    world.log.error('recording-lost', new Error('the blob of a stored take is not there'), { takeId });
    return refuse('storage-unavailable', 'the recording cannot be read at present');
  }
  await world.store.write((transaction) =>
    recordDeed(world, transaction, {
      by: caller,
      action: 'recording-read',
      subjectId: sessionId,
      hospitalId,
      details: { takeId },
    }),
  );
  const chunks = world.audio.toWav(take.encoding as UploadEncoding, blob.chunks);
  return done({ takeId, sizeBytes: take.wavBytes, chunks });
}
