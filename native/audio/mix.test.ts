import { expect, it } from 'vitest';
import { mixToMono } from './mix.ts';

it('mixes channels to their mean', () => {
  expect(mixToMono([Float32Array.of(1, -0.5, 0), Float32Array.of(0, 0.5, -1)])).toEqual(
    Float32Array.of(0.5, 0, -0.5),
  );
});

it('gives a mono recording back as a copy', () => {
  const channel = Float32Array.of(0.25, -0.75);
  const mono = mixToMono([channel]);
  expect(mono).toEqual(channel);
  expect(mono).not.toBe(channel);
});

it('refuses no channels and channels of unequal length', () => {
  expect(() => mixToMono([])).toThrow(RangeError);
  expect(() => mixToMono([new Float32Array(2), new Float32Array(3)])).toThrow(RangeError);
});
