import { describe, expect, it } from 'vitest';
import { measure, type ScoredRecording } from '../fit/metrics.ts';
import { intervalsOf, type Interval } from './intervals.ts';

/** `right` of `count` participants per class on the right side, `each` recordings per participant. */
const population = (count: number, right: number, each = 1): ScoredRecording[] =>
  [true, false].flatMap((isPositive) =>
    Array.from({ length: count * each }, (_, i) => {
      const participant = Math.floor(i / each);
      const isRight = participant < right;
      return {
        subject: `${isPositive} ${participant}`,
        isPositive,
        score: isRight === isPositive ? 0.9 : 0.1,
      };
    }),
  );

/** Quantile of a binomial share in closed form. */
const binomialQuantile = (count: number, p: number, share: number): number => {
  let term = (1 - p) ** count;
  let cumulated = term;
  let k = 0;
  while (cumulated < share) {
    term *= ((count - k) / (k + 1)) * (p / (1 - p));
    k++;
    cumulated += term;
  }
  return k / count;
};

describe('an interval over participants', () => {
  const options = { replicates: 4000, level: 0.95, seed: 11 };
  const of = (recordings: readonly ScoredRecording[], name: string): Interval =>
    intervalsOf(recordings, (drawn) => ({ ...measure(drawn) }), options)[name]!;

  it.each(['sensitivity', 'specificity'])(
    'of the %s has the quantiles of the binomial distribution that resampling a class makes',
    (name) => {
      expect(of(population(20, 15), name)).toEqual({
        value: 0.75,
        low: binomialQuantile(20, 0.75, 0.025),
        high: binomialQuantile(20, 0.75, 0.975),
      });
    },
  );

  it('is as wide with ten recordings of each participant as with one', () => {
    expect(of(population(20, 15, 10), 'sensitivity')).toEqual(of(population(20, 15), 'sensitivity'));
  });

  it('shrinks as the root of the number of participants', () => {
    const width = (count: number): number => {
      const { low, high } = of(population(count, count * 0.75), 'accuracy');
      return high - low;
    };
    const ratio = width(16) / width(64);
    expect(ratio).toBeGreaterThan(1.7);
    expect(ratio).toBeLessThan(2.35);
  });
});
