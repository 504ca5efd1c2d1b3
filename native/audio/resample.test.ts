import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resample } from './resample.ts';

interface Fixture {
  readonly input: number[];
  readonly cases: { readonly fromHz: number; readonly toHz: number; readonly output: number[] }[];
}

const fixture = JSON.parse(
  readFileSync(new URL('./fixtures/resample-scipy.json', import.meta.url), 'utf8'),
) as Fixture;

const pairs: [number, number][] = [
  [48_000, 16_000],
  [44_100, 16_000],
  [96_000, 16_000],
  [192_000, 8_000],
  [8_000, 16_000],
  [11_025, 48_000],
  [16_000, 44_100],
  [47_999, 16_001],
];

function sine(frequencyHz: number, sampleRateHz: number, length: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => Math.sin((2 * Math.PI * frequencyHz * i) / sampleRateHz));
}

/** Largest difference away from the ends, where the signal is cut off rather than a sine. */
function largestDifference(a: Float32Array, b: Float32Array, margin: number): number {
  let largest = 0;
  for (let i = margin; i < a.length - margin; i++) largest = Math.max(largest, Math.abs(a[i]! - b[i]!));
  return largest;
}

describe('resample', () => {
  it.each(fixture.cases)(
    'agrees with SciPy from $fromHz to $toHz Hz, ends included',
    ({ fromHz, toHz, output }) => {
      const ours = resample(Float32Array.from(fixture.input), fromHz, toHz);
      expect(ours.length).toBe(output.length);
      expect(largestDifference(ours, Float32Array.from(output), 0)).toBeLessThan(5e-5);
    },
  );

  it.each(pairs)(
    'keeps a sine at 0.9 of the lower Nyquist frequency in place and size, %d to %d Hz',
    (fromHz, toHz) => {
      const lower = Math.min(fromHz, toHz);
      const margin = Math.ceil((40 * toHz) / lower);
      for (const fraction of [0.01, 0.25, 0.5, 0.8, 0.9]) {
        const frequencyHz = (fraction * lower) / 2;
        const seconds = 0.25;
        const output = resample(sine(frequencyHz, fromHz, Math.round(fromHz * seconds)), fromHz, toHz);
        // 0.01 dB is 1.15e-3 of the amplitude.
        expect(largestDifference(output, sine(frequencyHz, toHz, output.length), margin)).toBeLessThan(
          1.15e-3,
        );
      }
    },
  );

  it.each([
    [48_000, 16_000],
    [44_100, 16_000],
    [96_000, 8_000],
    [192_000, 48_000],
  ])('takes away by 80 dB what would fold back, %d to %d Hz', (fromHz, toHz) => {
    for (const fraction of [1.1, 1.3, 1.9]) {
      const output = resample(sine((fraction * toHz) / 2, fromHz, fromHz), fromHz, toHz);
      expect(largestDifference(output, new Float32Array(output.length), 60)).toBeLessThan(1e-4);
    }
  });

  it('makes no images of the spectrum when the rate goes up', () => {
    const output = resample(sine(3_000, 8_000, 8_000), 8_000, 48_000);
    expect(largestDifference(output, sine(3_000, 48_000, output.length), 300)).toBeLessThan(2e-4);
  });

  it('gives ceil(n·to/from) samples for every length and rate, all finite', () => {
    const rate = fc.integer({ min: 80, max: 1920 }).map((tens) => tens * 100);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 3000 }), rate, rate, (length, fromHz, toHz) => {
        const output = resample(new Float32Array(length).fill(0.5), fromHz, toHz);
        expect(output.length).toBe(Math.ceil((length * toHz) / fromHz));
        expect(output.every(Number.isFinite)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it('keeps a constant signal constant away from the ends', () => {
    const output = resample(new Float32Array(4410).fill(0.25), 44_100, 16_000);
    expect(largestDifference(output, new Float32Array(output.length).fill(0.25), 30)).toBeLessThan(1e-6);
  });

  it('copies when the rates are equal', () => {
    const samples = Float32Array.of(0.1, -0.2);
    const output = resample(samples, 16_000, 16_000);
    expect(output).toEqual(samples);
    expect(output).not.toBe(samples);
  });

  it.each([
    [0, 16_000],
    [16_000, -1],
    [44_100.5, 16_000],
    [Number.NaN, 16_000],
  ])('refuses the rates %d and %d', (fromHz, toHz) => {
    expect(() => resample(new Float32Array(1), fromHz, toHz)).toThrow(RangeError);
  });
});
