import fc from 'fast-check';
import { expect, it } from 'vitest';
import { fromBase64, littleEndianBytes, toBase64, toInt16 } from './pcm.ts';

it('gives a 16-bit device its own samples back, bit for bit', () => {
  const device = Int16Array.from({ length: 65536 }, (_, index) => index - 32768);
  const seen = Float32Array.from(device, (value) => value / 32768);
  expect(toInt16(seen)).toEqual(device);
});

it('clamps what lies beyond full scale and rounds to the nearest step', () => {
  expect([...toInt16(Float32Array.of(1, 1.5, -1, -2, 0.4 / 32768, 0.6 / 32768, Number.NaN))]).toEqual([
    32767, 32767, -32768, -32768, 0, 1, 0,
  ]);
});

it('writes the low byte first', () => {
  expect([...littleEndianBytes(Int16Array.of(1, -2, 258))]).toEqual([1, 0, 254, 255, 2, 1]);
});

it('carries any bytes through base64', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 70_000 }), (bytes) => {
      expect(fromBase64(toBase64(bytes))).toEqual(Uint8Array.from(bytes));
    }),
    { numRuns: 20 },
  );
});
