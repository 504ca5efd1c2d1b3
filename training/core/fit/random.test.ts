import { describe, expect, it } from 'vitest';
import { seededRandom, xoshiro } from './random.ts';

describe('seeded random numbers', () => {
  it('follow the published sequence of xoshiro128**', () => {
    // First outputs from the state 1, 2, 3, 4, as the authors' C code gives them.
    const next = xoshiro(Uint32Array.of(1, 2, 3, 4));
    expect(Array.from({ length: 10 }, next)).toEqual([
      11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804,
    ]);
  });

  it('are the same for the same seed, and others for another', () => {
    const draw = (seed: number): number[] => Array.from({ length: 5 }, seededRandom(seed).next);
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
  });

  it('are uniform, and normal, as far as 20,000 of them can tell', () => {
    const random = seededRandom(3);
    const uniform = Array.from({ length: 20_000 }, random.next);
    const normal = Array.from({ length: 20_000 }, random.normal);
    const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
    const variance = (values: readonly number[]): number => {
      const centre = mean(values);
      return mean(values.map((value) => (value - centre) ** 2));
    };
    // Five standard errors.
    expect(Math.abs(mean(uniform) - 1 / 2)).toBeLessThan(5 * Math.sqrt(1 / 12 / 20_000));
    expect(Math.abs(variance(uniform) - 1 / 12)).toBeLessThan(5 * Math.sqrt(1 / 180 / 20_000));
    expect(Math.abs(mean(normal))).toBeLessThan(5 / Math.sqrt(20_000));
    expect(Math.abs(variance(normal) - 1)).toBeLessThan(5 * Math.sqrt(2 / 20_000));
  });

  it('shuffle every order equally often', () => {
    const random = seededRandom(5);
    const counts = new Map<string, number>();
    for (let i = 0; i < 12_000; i++) {
      const order = random.shuffled(['a', 'b', 'c']).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    for (const count of counts.values())
      expect(Math.abs(count - 2000)).toBeLessThan(5 * Math.sqrt(2000 * (5 / 6)));
  });
});
