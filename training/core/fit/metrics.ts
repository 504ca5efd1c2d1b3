/** Measures of a two-class score. Sources: T. Fawcett, An introduction to ROC analysis, 2006; G. W. Brier, 1950. */

export interface ScoredRecording {
  readonly subject: string;
  readonly isPositive: boolean;
  /** Probability of the positive class, 0 to 1. */
  readonly score: number;
}

export const metricNames = ['accuracy', 'sensitivity', 'specificity', 'f1', 'auc', 'brier'] as const;
export type MetricName = (typeof metricNames)[number];
export type Metrics = Readonly<Record<MetricName, number>>;

/** Positive at or above. Chosen before any data were seen: the classes weigh the same when the model is fitted. */
export const decisionPoint = 0.5;

/** Over recordings, at `decisionPoint`. Undefined unless both classes are there. */
export function measure(recordings: readonly ScoredRecording[]): Metrics | undefined {
  let [truePositive, falsePositive, trueNegative, falseNegative, squares] = [0, 0, 0, 0, 0];
  for (const { isPositive, score } of recordings) {
    const isCalled = score >= decisionPoint;
    if (isPositive && isCalled) truePositive++;
    else if (isPositive) falseNegative++;
    else if (isCalled) falsePositive++;
    else trueNegative++;
    squares += (score - (isPositive ? 1 : 0)) ** 2;
  }
  const positives = truePositive + falseNegative;
  const negatives = trueNegative + falsePositive;
  if (positives === 0 || negatives === 0) return undefined;
  return {
    accuracy: (truePositive + trueNegative) / recordings.length,
    sensitivity: truePositive / positives,
    specificity: trueNegative / negatives,
    f1: (2 * truePositive) / (2 * truePositive + falsePositive + falseNegative),
    auc: areaUnderCurve(recordings),
    brier: squares / recordings.length,
  };
}

/** Share of pairs that are ranked rightly, ties as half (Mann and Whitney's statistic by mid-ranks). */
export function areaUnderCurve(recordings: readonly ScoredRecording[]): number {
  const sorted = [...recordings].sort((a, b) => a.score - b.score);
  let positives = 0;
  let rankSum = 0;
  for (let from = 0; from < sorted.length;) {
    let to = from;
    while (to < sorted.length && sorted[to]!.score === sorted[from]!.score) to++;
    const midRank = (from + 1 + to) / 2;
    for (let i = from; i < to; i++) {
      if (!sorted[i]!.isPositive) continue;
      positives++;
      rankSum += midRank;
    }
    from = to;
  }
  const negatives = sorted.length - positives;
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives);
}
