import { describe, expect, it } from 'vitest';
import { deLong, mcNemar, type PairedScore } from './paired.ts';

const pair = (isPositive: boolean, first: number, second: number): PairedScore => ({
  isPositive,
  first,
  second,
});

describe('McNemar', () => {
  it('is the binomial test of the recordings that only one is right about', () => {
    const pairs = [
      ...Array.from({ length: 8 }, () => pair(true, 0.9, 0.1)),
      ...Array.from({ length: 2 }, () => pair(false, 0.9, 0.1)),
      ...Array.from({ length: 30 }, () => pair(true, 0.9, 0.9)),
    ];
    // 2 · (1 + 10 + 45) / 2¹⁰
    expect(mcNemar(pairs)).toEqual({
      onlyFirst: 8,
      onlySecond: 2,
      pValue: expect.closeTo(112 / 1024, 12) as number,
    });
  });

  it('says nothing where both are right about the same recordings', () => {
    expect(mcNemar([pair(true, 0.9, 0.8), pair(false, 0.9, 0.8)])).toEqual({
      onlyFirst: 0,
      onlySecond: 0,
      pValue: 1,
    });
  });
});

describe('DeLong', () => {
  it('finds no difference between a model and itself', () => {
    const pairs = [0.2, 0.4, 0.6, 0.8].map((score, index) => pair(index % 2 === 1, score, score));
    expect(deLong(pairs)).toMatchObject({ difference: 0, standardError: 0, pValue: 1 });
  });

  it('has the areas and the variance of the placements, worked out by hand', () => {
    const pairs = [pair(true, 0.9, 0.3), pair(true, 0.8, 0.8), pair(false, 0.1, 0.5), pair(false, 0.2, 0.1)];
    // Placements of positives 1, 1 and 0.5, 1; of negatives 1, 1 and 0.5, 1: both differences 0.5 and 0.
    const found = deLong(pairs)!;
    expect(found).toMatchObject({ first: 1, second: 0.75, difference: 0.25 });
    expect(found.standardError).toBeCloseTo(Math.sqrt(0.125 / 2 + 0.125 / 2), 12);
    // z = 0.7071: both tails of the normal distribution.
    expect(found.pValue).toBeCloseTo(0.4795, 4);
  });

  it('needs two recordings of each class', () => {
    expect(deLong([pair(true, 1, 1), pair(false, 0, 0), pair(false, 0, 0)])).toBeUndefined();
  });
});
