/** Two models on the same recordings: are they told apart by more than chance? */
import { decisionPoint } from '../fit/metrics.ts';

export interface PairedScore {
  readonly isPositive: boolean;
  readonly first: number;
  readonly second: number;
}

export interface McNemar {
  /** Recordings that only the first, and only the second, calls rightly. */
  readonly onlyFirst: number;
  readonly onlySecond: number;
  /** Two-sided, exact. */
  readonly pValue: number;
}

/** Source: Q. McNemar, Psychometrika 1947; the exact binomial form, doubled and at most 1. */
export function mcNemar(pairs: readonly PairedScore[]): McNemar {
  const isRight = (score: number, isPositive: boolean): boolean => score >= decisionPoint === isPositive;
  let [onlyFirst, onlySecond] = [0, 0];
  for (const { isPositive, first, second } of pairs) {
    const [a, b] = [isRight(first, isPositive), isRight(second, isPositive)];
    if (a && !b) onlyFirst++;
    if (b && !a) onlySecond++;
  }
  const count = onlyFirst + onlySecond;
  let tail = 0;
  for (let k = 0; k <= Math.min(onlyFirst, onlySecond); k++) tail += Math.exp(logBinomial(count, k));
  return { onlyFirst, onlySecond, pValue: Math.min(1, 2 * tail) };
}

/** log of count over k, times one half to the count. */
function logBinomial(count: number, k: number): number {
  let log = -count * Math.LN2;
  for (let i = 1; i <= k; i++) log += Math.log((count - k + i) / i);
  return log;
}

export interface Difference {
  /** Share of right calls, first less second. */
  readonly difference: number;
  readonly standardError: number;
}

/**
 * Difference of two shares of right calls on the same recordings. Half a recording is added to each of the four kinds
 * of pairs, so that few of them give no false certainty. Source: A. Agresti, Y. Min, Statistics in Medicine 2005.
 */
export function accuracyDifference(pairs: readonly PairedScore[]): Difference {
  const { onlyFirst, onlySecond } = mcNemar(pairs);
  const [a, b, count] = [onlyFirst + 0.5, onlySecond + 0.5, pairs.length + 2];
  const difference = (a - b) / count;
  return { difference, standardError: Math.sqrt((a + b) / count - difference ** 2) / Math.sqrt(count) };
}

/** Lower end of the one-sided interval of a difference with this confidence, by the normal distribution. */
export function lowerBound({ difference, standardError }: Difference, level: number): number {
  return difference - normalQuantile(level) * standardError;
}

/** z of which the share `level`, from one half on, lies below. */
function normalQuantile(level: number): number {
  let [low, high] = [0, 10];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (1 - tails(middle) / 2 < level) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

export interface DeLong {
  readonly first: number;
  readonly second: number;
  readonly difference: number;
  readonly standardError: number;
  /** Two-sided, normal; 1 where the scores rank alike. */
  readonly pValue: number;
}

/**
 * Difference of two areas under the curve on the same recordings. Undefined unless both classes have two recordings.
 * Source: E. R. DeLong, D. M. DeLong, D. L. Clarke-Pearson, Biometrics 1988. Takes recordings as independent: with
 * several per participant its p is too small.
 */
export function deLong(pairs: readonly PairedScore[]): DeLong | undefined {
  const positives = pairs.filter(({ isPositive }) => isPositive);
  const negatives = pairs.filter(({ isPositive }) => !isPositive);
  if (positives.length < 2 || negatives.length < 2) return undefined;
  const parts = (['first', 'second'] as const).map((model) => {
    const wins = (a: number, b: number): number => (a > b ? 1 : a === b ? 0.5 : 0);
    const ofPositives = positives.map((p) => meanOf(negatives.map((n) => wins(p[model], n[model]))));
    const ofNegatives = negatives.map((n) => meanOf(positives.map((p) => wins(p[model], n[model]))));
    return { ofPositives, ofNegatives, area: meanOf(ofPositives) };
  });
  const [a, b] = parts as [(typeof parts)[number], (typeof parts)[number]];
  const differences = (key: 'ofPositives' | 'ofNegatives'): readonly number[] =>
    a[key].map((value, index) => value - b[key][index]!);
  const standardError = Math.sqrt(
    varianceOf(differences('ofPositives')) / positives.length +
      varianceOf(differences('ofNegatives')) / negatives.length,
  );
  const difference = a.area - b.area;
  const pValue = standardError === 0 ? (difference === 0 ? 1 : 0) : tails(difference / standardError);
  return { first: a.area, second: b.area, difference, standardError, pValue };
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function varianceOf(values: readonly number[]): number {
  const mean = meanOf(values);
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
}

/** Both tails of the normal distribution. Source: M. Abramowitz, I. Stegun, 7.1.26; errs by less than 1.5e-7. */
function tails(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * x);
  const polynomial =
    t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return Math.min(1, polynomial * Math.exp(-x * x));
}
