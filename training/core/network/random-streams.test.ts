import { describe, expect, it } from 'vitest';
import { xoshiro } from '../fit/random.ts';
import { fastXoshiro, fillDropoutMask, mixSeeds, randomStream, symmetricBeta } from './random-streams.ts';

describe('the random numbers of a run', () => {
  it('are the same for the same place and others for another', () => {
    const first = randomStream(1, 2, 3).next();
    expect(randomStream(1, 2, 3).next()).toBe(first);
    const others = [randomStream(1, 3, 2), randomStream(1, 2), randomStream(2, 2, 3), randomStream(1, 2, 4)];
    for (const other of others) expect(other.next()).not.toBe(first);
  });

  it('have seeds of their own at a hundred thousand places', () => {
    const seeds = new Set(
      Array.from({ length: 100_000 }, (_, i) => mixSeeds(7, i % 1000, Math.floor(i / 1000))),
    );
    // By the birthday rule one or two pairs meet among 2³².
    expect(seeds.size).toBeGreaterThan(100_000 - 12);
  });
});

it('are the same from the fast generator as from the plain one', () => {
  const words = [1, 0xffffffff, 0x80000000, 12345];
  const [plain, fast] = [xoshiro(Uint32Array.from(words)), fastXoshiro(Uint32Array.from(words))];
  for (let i = 0; i < 1000; i++) expect(fast()).toBe(plain());
});

describe('a dropout mask', () => {
  it.each([0.7, 0.3, 0.5, 0.001, 0])('leaves out a share of %f, evenly', (rate) => {
    const mask = new Float32Array(400_003);
    fillDropoutMask(mask, rate, 9);
    const kept = Math.fround(1 / (1 - rate));
    expect(mask.every((value) => value === 0 || value === kept)).toBe(true);
    // Each of the four bytes of a draw by itself: four deviations.
    for (const lane of [0, 1, 2, 3]) {
      const values = mask.filter((_, i) => i % 4 === lane);
      const share = values.filter((value) => value === 0).length / values.length;
      expect(Math.abs(share - rate)).toBeLessThanOrEqual(4 * Math.sqrt((rate * (1 - rate)) / values.length));
    }
  });

  it('is the same for the same seed', () => {
    const [a, b, c] = [1, 1, 2].map((seed) => {
      const mask = new Float32Array(1000);
      fillDropoutMask(mask, 0.7, seed);
      return mask;
    });
    expect(a).toEqual(b);
    expect(a).not.toEqual(c);
  });
});

describe('shares for mixing', () => {
  it.each([0.2, 1, 4])('with shape %f have the mean and the variance of the Beta distribution', (shape) => {
    const random = randomStream(4, 1);
    const shares = Array.from({ length: 50_000 }, () => symmetricBeta(random, shape));
    const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
    const variance = shares.reduce((sum, share) => sum + (share - mean) ** 2, 0) / shares.length;
    expect(mean).toBeCloseTo(0.5, 2);
    expect(variance).toBeCloseTo(1 / (4 * (2 * shape + 1)), 2);
    expect(shares.every((share) => share >= 0 && share <= 1)).toBe(true);
  });
});
