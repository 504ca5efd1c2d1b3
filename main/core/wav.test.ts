import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  encodeWav,
  maximumWavFrames,
  readStoredWav,
  storedWavSamples,
  wavHeader,
  wavSizeBytes,
} from './wav.ts';

/** Header of `sox -n -r 48000 -b 16 -c 1 x.wav trim 0 3s`: 3 frames. */
const soxHeader =
  '52494646' +
  '2a000000' +
  '57415645' +
  '666d7420' +
  '10000000' +
  '01000100' +
  '80bb0000' +
  '00770100' +
  '02001000' +
  '64617461' +
  '06000000';

describe('a stored WAV', () => {
  it('has the header that other programs write', () => {
    const header = wavHeader({ sampleRateHz: 48_000, bitDepth: 16, frameCount: 3 });
    expect(Buffer.from(header).toString('hex')).toBe(soxHeader);
  });

  it('keeps 16-bit samples exactly, every one of them', () => {
    const integers = Int16Array.from({ length: 65_536 }, (_, index) => index - 32_768);
    const wav = encodeWav(
      Float32Array.from(integers, (value) => value / 32_768),
      {
        sampleRateHz: 16_000,
        bitDepth: 16,
      },
    );
    expect(new Int16Array(wav.slice(44).buffer)).toEqual(integers);
  });

  it.each([16, 24, 32] as const)('gives %d-bit samples back as they were', (bitDepth) => {
    const fullScale = 2 ** (bitDepth === 32 ? 23 : bitDepth - 1);
    const sample = fc.integer({ min: -fullScale, max: fullScale - 1 }).map((value) => value / fullScale);
    fc.assert(
      fc.property(
        fc.array(sample, { maxLength: 50 }),
        fc.integer({ min: 8000, max: 192_000 }),
        (values, rate) => {
          const samples = Float32Array.from(values);
          const wav = encodeWav(samples, { sampleRateHz: rate, bitDepth });
          const back = storedWavSamples(wav);
          if (!back.ok) throw new Error(back.problem.code);
          expect(back.value.samples).toEqual(samples);
          expect(back.value.wav).toMatchObject({ sampleRateHz: rate, bitDepth, frameCount: samples.length });
          expect(wav.length).toBe(wavSizeBytes({ sampleRateHz: rate, bitDepth, frameCount: samples.length }));
          expect(wav.length % 2).toBe(0);
        },
      ),
    );
  });

  it('holds what is beyond full scale at full scale, and float as it is', () => {
    const samples = Float32Array.from([1, 2, -1, -2, Number.NaN]);
    const of = (bitDepth: 16 | 24 | 32) => {
      const back = storedWavSamples(encodeWav(samples, { sampleRateHz: 8000, bitDepth }));
      return back.ok ? [...back.value.samples] : [];
    };
    expect([of(16), of(24), of(32)]).toEqual([
      [32_767 / 32_768, 32_767 / 32_768, -1, -1, 0],
      [8_388_607 / 8_388_608, 8_388_607 / 8_388_608, -1, -1, 0],
      [1, 2, -1, -2, Number.NaN],
    ]);
  });

  it('is damaged as soon as any byte of its header differs', () => {
    for (const bitDepth of [16, 24, 32] as const) {
      const wav = encodeWav(new Float32Array(5), { sampleRateHz: 44_100, bitDepth });
      const headerLength = bitDepth === 32 ? 58 : 44;
      const undetected = Array.from({ length: headerLength }, (_, at) => at).filter((at) => {
        const changed = wav.slice();
        changed[at] = (changed[at] ?? 0) ^ 0x10;
        const read = readStoredWav(changed);
        // The sample rate stands in the header twice, so that even it cannot change unnoticed.
        return read.ok;
      });
      expect(undetected).toEqual([]);
    }
  });

  it('is damaged when it is longer or shorter than it says', () => {
    const wav = encodeWav(new Float32Array(5), { sampleRateHz: 44_100, bitDepth: 16 });
    const codes = [wav.slice(0, 20), wav.slice(0, -1), Uint8Array.from([...wav, 0])].map((bytes) => {
      const read = readStoredWav(bytes);
      return read.ok ? 'ok' : `${read.problem.code} ${String(read.problem.details?.['reason'])}`;
    });
    expect(codes).toEqual(['take-damaged header', 'take-damaged length', 'take-damaged length']);
  });

  it('is never promised longer than its 32-bit length can say', () => {
    const frameCount = maximumWavFrames(16);
    expect(wavHeader({ sampleRateHz: 48_000, bitDepth: 16, frameCount }).length).toBe(44);
    expect(() => wavHeader({ sampleRateHz: 48_000, bitDepth: 16, frameCount: frameCount + 1 })).toThrow(
      RangeError,
    );
  });
});
