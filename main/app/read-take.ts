import type { TakeId } from '../../contract/ids.ts';
import { fail, ok, type Result } from '../../contract/result.ts';
import type { Take } from '../../contract/session.ts';
import { pcmSamples, readStoredWav } from '../core/wav.ts';
import type { World } from './world.ts';

/** `take-on-registry` where the audio was removed from this PC after its receipt. */
export function checkAudioHere({ store }: Pick<World, 'store'>, id: TakeId): Result<null> {
  const removedAt = store.read((transaction) => transaction.sync.audio(id)?.removedAt ?? null);
  return removedAt === null ? ok(null) : fail('take-on-registry');
}

const framesPerSlice = 262_144;

/** The samples of a stored take, mono in [-1, 1], after its hash was compared: `take-damaged` if the file is another. */
export async function readTake(
  { recordings, hashing, clock }: Pick<World, 'recordings' | 'hashing' | 'clock'>,
  take: Pick<Take, 'id' | 'sha256' | 'stepKey'>,
): Promise<Result<Float32Array>> {
  const read = await recordings.read(take.id);
  if (!read.ok)
    return fail(read.problem.code, { ...read.problem.details, step: take.stepKey }, read.problem.cause);
  if (hashing.sha256(read.value) !== take.sha256)
    return fail('take-damaged', { step: take.stepKey, reason: 'hash' });
  const wav = readStoredWav(read.value);
  if (!wav.ok) return wav;
  const { bitDepth, frameCount, dataOffsetBytes } = wav.value;
  const bytesPerFrame = bitDepth / 8;
  const samples = new Float32Array(frameCount);
  for (let at = 0; at < frameCount; at += framesPerSlice) {
    const endFrame = Math.min(frameCount, at + framesPerSlice);
    const bytes = read.value.subarray(
      dataOffsetBytes + at * bytesPerFrame,
      dataOffsetBytes + endFrame * bytesPerFrame,
    );
    samples.set(pcmSamples(bytes, bitDepth), at);
    await clock.breathe();
  }
  return ok(samples);
}
