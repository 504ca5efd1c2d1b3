/** Cohen's kappa: agreement of two raters beyond what chance gives. */

export interface Kappa {
  /** Rated by both. */
  readonly n: number;
  /** Share of equal ratings; null for n = 0, as all below. */
  readonly observed: number | null;
  /** Share of equal ratings of two who rate independently, each with their own habits. */
  readonly expected: number | null;
  /** Null also where `expected` is 1. */
  readonly kappa: number | null;
  readonly standardError: number | null;
  /** 95 %, by the normal approximation, cut to what kappa can be. */
  readonly interval: { readonly low: number; readonly high: number } | null;
}

/** 97.5 % quantile of the standard normal distribution. */
const z975 = 1.959963984540054;

/**
 * From the confusion table: `table[i][j]` counts what the first rater put into category i and the second into j; square,
 * whole numbers of at least 0. Kappa by J. Cohen, Educational and Psychological Measurement 20 (1960) 37-46; its
 * large-sample standard error for any kappa by J. L. Fleiss, J. Cohen and B. S. Everitt, Psychological Bulletin 72
 * (1969) 323-327, equation 13. For few ratings the interval is too narrow; it is 0 wide for perfect agreement.
 */
export function cohensKappa(table: readonly (readonly number[])[]): Kappa {
  const n = sum(table.map(sum));
  if (n === 0) {
    return { n, observed: null, expected: null, kappa: null, standardError: null, interval: null };
  }
  const share = (i: number, j: number): number => (table[i]?.[j] ?? 0) / n;
  const categories = table.map((_, index) => index);
  const rows = categories.map((i) => sum(categories.map((j) => share(i, j))));
  const columns = categories.map((j) => sum(categories.map((i) => share(i, j))));
  const observed = sum(categories.map((i) => share(i, i)));
  const expected = sum(categories.map((i) => at(rows, i) * at(columns, i)));
  // Whether one category has all of both is asked of the counts, which are exact.
  const hasOneCategory = categories.some((i) => table[i]?.[i] === n);
  if (hasOneCategory) {
    return { n, observed, expected, kappa: null, standardError: null, interval: null };
  }
  const kappa = (observed - expected) / (1 - expected);
  const disagreement = 1 - kappa;
  const agreed = sum(
    categories.map((i) => share(i, i) * (1 - (at(rows, i) + at(columns, i)) * disagreement) ** 2),
  );
  const differed = sum(
    categories.flatMap((i) =>
      categories.map((j) => (i === j ? 0 : share(i, j) * (at(columns, i) + at(rows, j)) ** 2)),
    ),
  );
  const spread = agreed + disagreement ** 2 * differed - (kappa - expected * disagreement) ** 2;
  const standardError = Math.sqrt(Math.max(0, spread) / n) / (1 - expected);
  const interval = {
    low: Math.max(-1, kappa - z975 * standardError),
    high: Math.min(1, kappa + z975 * standardError),
  };
  return { n, observed, expected, kappa, standardError, interval };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function at(values: readonly number[], index: number): number {
  return values[index] ?? 0;
}
