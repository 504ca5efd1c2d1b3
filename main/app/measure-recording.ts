import { fail, ok, type Result } from '../../contract/result.ts';
import type { TakeId } from '../../contract/ids.ts';
import { createTakeMeter, type TakeMeasure } from '../core/quality.ts';
import { pcmSamples, readStoredWav } from '../core/wav.ts';
import type { World } from './world.ts';

/** About 10 ms of work per slice on a slow PC: the event loop is never held up for long. */
const framesPerSlice = 262_144;

/** Measures a stored WAV slice by slice. */
export async function measureRecording(
  { recordings, clock }: Pick<World, 'recordings' | 'clock'>,
  takeId: TakeId,
): Promise<Result<TakeMeasure>> {
  const start = await recordings.readSlice(takeId, { offsetBytes: 0, lengthBytes: 64 });
  if (!start.ok) return start;
  const wav = readStoredWav(start.value.bytes, start.value.totalBytes);
  if (!wav.ok) return wav;
  const { sampleRateHz, bitDepth, dataOffsetBytes, dataSizeBytes } = wav.value;
  const meter = createTakeMeter(sampleRateHz);
  const sliceBytes = framesPerSlice * (bitDepth / 8);
  for (let at = 0; at < dataSizeBytes; at += sliceBytes) {
    const lengthBytes = Math.min(sliceBytes, dataSizeBytes - at);
    const slice = await recordings.readSlice(takeId, { offsetBytes: dataOffsetBytes + at, lengthBytes });
    if (!slice.ok) return slice;
    if (slice.value.bytes.length !== lengthBytes) return fail('take-damaged', { reason: 'length' });
    meter.add(pcmSamples(slice.value.bytes, bitDepth));
    await clock.breathe();
  }
  return ok(meter.measure());
}

/** Measures mono samples in [-1, 1] in memory, slice by slice. */
export async function measureSamples(
  { clock }: Pick<World, 'clock'>,
  samples: Float32Array,
  sampleRateHz: number,
): Promise<TakeMeasure> {
  const meter = createTakeMeter(sampleRateHz);
  for (let at = 0; at < samples.length; at += framesPerSlice) {
    meter.add(samples.subarray(at, at + framesPerSlice));
    await clock.breathe();
  }
  return meter.measure();
}
