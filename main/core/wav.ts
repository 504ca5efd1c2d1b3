/**
 * Samples to and from the one form of WAV that the store keeps; files from elsewhere are decoded by the audio port. The
 * form itself (header, sizes) stands in the contract, because the registry makes the same bytes again.
 */
import { ok, type Result } from '../../contract/result.ts';
import {
  readStoredWav,
  wavHeader,
  wavSizeBytes,
  type StoredWav,
  type WavBitDepth,
} from '../../contract/stored-wav.ts';

export { maximumWavFrames, readStoredWav, wavHeader, wavSizeBytes } from '../../contract/stored-wav.ts';
export type { WavBitDepth } from '../../contract/stored-wav.ts';

/**
 * Mono samples in [-1, 1] as a WAV. Integers are rounded to the nearest step of 2^(1 − bits) and held at full scale;
 * samples that were such steps come out exactly as they went in. Float keeps every bit.
 */
export function encodeWav(
  samples: Float32Array,
  format: { readonly sampleRateHz: number; readonly bitDepth: WavBitDepth },
): Uint8Array {
  const whole = { ...format, frameCount: samples.length };
  const header = wavHeader(whole);
  const bytes = new Uint8Array(wavSizeBytes(whole));
  bytes.set(header);
  const view = new DataView(bytes.buffer, header.length);
  for (let frame = 0; frame < samples.length; frame += 1) {
    const sample = samples[frame] ?? 0;
    if (format.bitDepth === 32) view.setFloat32(frame * 4, sample, true);
    else if (format.bitDepth === 16) view.setInt16(frame * 2, toInteger(sample, 0x8000), true);
    else {
      const value = toInteger(sample, 0x80_0000);
      view.setUint16(frame * 3, value & 0xffff, true);
      view.setInt8(frame * 3 + 2, value >> 16);
    }
  }
  return bytes;
}

/** The samples of a stored WAV, mono in [-1, 1] (float files may exceed it). `take-damaged` as in readStoredWav. */
export function storedWavSamples(
  bytes: Uint8Array,
): Result<{ readonly samples: Float32Array; readonly wav: StoredWav }> {
  const wav = readStoredWav(bytes);
  if (!wav.ok) return wav;
  const { bitDepth, frameCount, dataOffsetBytes } = wav.value;
  const data = bytes.subarray(dataOffsetBytes, dataOffsetBytes + frameCount * (bitDepth / 8));
  return ok({ samples: pcmSamples(data, bitDepth), wav: wav.value });
}

/** Little-endian mono PCM as samples in [-1, 1] (float may exceed it); bytes of an unfinished last frame are left out. */
export function pcmSamples(bytes: Uint8Array, bitDepth: WavBitDepth): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const samples = new Float32Array(Math.floor(bytes.length / (bitDepth / 8)));
  for (let frame = 0; frame < samples.length; frame += 1) {
    if (bitDepth === 16) samples[frame] = view.getInt16(frame * 2, true) / 0x8000;
    else if (bitDepth === 32) samples[frame] = view.getFloat32(frame * 4, true);
    else {
      samples[frame] = (view.getUint16(frame * 3, true) | (view.getInt8(frame * 3 + 2) << 16)) / 0x80_0000;
    }
  }
  return samples;
}

function toInteger(sample: number, fullScale: number): number {
  const value = Math.round(sample * fullScale);
  return Math.max(-fullScale, Math.min(fullScale - 1, Number.isNaN(value) ? 0 : value));
}
