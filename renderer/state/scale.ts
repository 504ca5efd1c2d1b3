/** Where a score and its thresholds lie on a scale from 0 to 1 of its length. */
export interface Scale {
  readonly low: number;
  readonly high: number;
  readonly score: number;
  readonly negative: number;
  readonly positive: number;
}

/**
 * The scale runs over the unit interval for scores that are probabilities (all values within 0 and 1), else over all
 * values with a tenth of room on both sides.
 */
export function scaleOf(values: {
  readonly shownScore: number;
  readonly thresholds: { readonly positive: number; readonly negative: number };
}): Scale {
  const { shownScore, thresholds } = values;
  const all = [shownScore, thresholds.negative, thresholds.positive];
  const lowest = Math.min(...all);
  const highest = Math.max(...all);
  const room = (highest - lowest) / 10;
  const [low, high] = lowest >= 0 && highest <= 1 ? [0, 1] : [lowest - room, highest + room];
  const place = (value: number): number => (value - low) / (high - low);
  return {
    low,
    high,
    score: place(shownScore),
    negative: place(thresholds.negative),
    positive: place(thresholds.positive),
  };
}
