import { expect, it } from 'vitest';
import { LivePeaks } from './live-peaks.ts';

it('keeps the lowest and highest sample of every 20 ms, however the blocks fall', () => {
  const peaks = new LivePeaks(1000);
  const samples = Float32Array.from({ length: 50 }, (_, index) => (index % 2 === 0 ? -index : index) / 64);
  peaks.push(samples.subarray(0, 13));
  peaks.push(samples.subarray(13));
  expect(peaks.columns).toBe(2);
  expect([peaks.column(0), peaks.column(1)]).toEqual([
    [-18 / 64, 19 / 64],
    [-38 / 64, 39 / 64],
  ]);
  expect(peaks.column(9)).toEqual([0, 0]);
});
