import { describe, expect, it } from 'vitest';
import { decodeAudio } from '../../../native/audio/decode.ts';
import { encodeWav } from '../../core/wav.ts';
import { flacPacking } from './audio-packing.ts';

function voice(bitDepth: 16 | 24 | 32): Uint8Array {
  const samples = Float32Array.from({ length: 32_000 }, (_, index) => 0.3 * Math.sin(index / 20));
  return encodeWav(samples, { sampleRateHz: 16_000, bitDepth });
}

describe('packing', () => {
  it('makes FLAC of whole numbers, smaller, the same each time, with every sample', async () => {
    const wav = voice(16);
    const [once, again] = [await flacPacking().pack(wav), await flacPacking().pack(wav)];
    expect(once).toEqual(again);
    expect(once.encoding).toBe('flac');
    expect(once.bytes.length).toBeLessThan(wav.length * 0.65);
    const limits = { maximumSeconds: 60 };
    const [packed, plain] = [await decodeAudio(once.bytes, limits), await decodeAudio(wav, limits)];
    expect(packed.ok && packed.value.channels).toEqual(plain.ok && plain.value.channels);
  });

  it('sends as it is what FLAC cannot hold, and what is no recording', async () => {
    for (const wav of [voice(32), Uint8Array.of(1, 2, 3)]) {
      expect(await flacPacking().pack(wav)).toEqual({ encoding: 'wav', bytes: wav });
    }
  });
});
