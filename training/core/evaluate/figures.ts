/** Figures of scores: what the report states, as pure functions of the stored scores. */
import { areaUnderCurve, decisionPoint, measure, type ScoredRecording } from '../fit/metrics.ts';
import type { Interval } from './intervals.ts';
import { intervalsOf, type IntervalOptions } from './intervals.ts';

export type Figures = Readonly<Record<string, Interval>>;

/** All metrics where both classes are there, else the share of right calls and the Brier score alone. */
export function metricFigures(recordings: readonly ScoredRecording[], options: IntervalOptions): Figures {
  return intervalsOf(recordings, metricsOf, options);
}

function metricsOf(recordings: readonly ScoredRecording[]): Readonly<Record<string, number>> {
  const all = measure(recordings);
  if (all !== undefined) return { ...all };
  let [right, squares] = [0, 0];
  for (const { isPositive, score } of recordings) {
    if (score >= decisionPoint === isPositive) right++;
    squares += (score - (isPositive ? 1 : 0)) ** 2;
  }
  return { accuracy: right / recordings.length, brier: squares / recordings.length };
}

export interface CalibrationFigure {
  readonly from: number;
  readonly to: number;
  readonly count: number;
  readonly meanScore: number;
  readonly positiveShare: Interval;
}

const bins = 5;

/** Five equal ranges of the score: what was predicted, what was true, with its interval. Empty ranges are left out. */
export function calibrationFigures(
  recordings: readonly ScoredRecording[],
  options: IntervalOptions,
): { readonly bins: readonly CalibrationFigure[]; readonly expectedError: Interval } {
  const binOf = (score: number): number => Math.min(bins - 1, Math.floor(score * bins));
  const statistic = (drawn: readonly ScoredRecording[]): Record<string, number> => {
    const counts = Array.from({ length: bins }, () => ({ count: 0, positive: 0, scores: 0 }));
    for (const { score, isPositive } of drawn) {
      const bin = counts[binOf(score)]!;
      bin.count++;
      bin.scores += score;
      if (isPositive) bin.positive++;
    }
    const error = counts.reduce((sum, bin) => sum + Math.abs(bin.scores - bin.positive), 0) / drawn.length;
    const shares = counts.map(({ count, positive }, index) => [String(index), positive / count] as const);
    return { ...Object.fromEntries(shares), error };
  };
  const found = intervalsOf(recordings, statistic, options);
  const groups = Map.groupBy(recordings, ({ score }) => binOf(score));
  return {
    bins: [...groups.keys()]
      .sort((a, b) => a - b)
      .map((bin) => {
        const group = groups.get(bin)!;
        return {
          from: bin / bins,
          to: (bin + 1) / bins,
          count: group.length,
          meanScore: group.reduce((sum, { score }) => sum + score, 0) / group.length,
          positiveShare: found[String(bin)]!,
        };
      }),
    expectedError: found['error']!,
  };
}

export interface RocPoint {
  readonly falsePositiveRate: number;
  readonly truePositiveRate: number;
}

/** The curve from (0, 0) to (1, 1), one point per score that occurs. */
export function rocCurve(recordings: readonly ScoredRecording[]): readonly RocPoint[] {
  const positives = recordings.filter(({ isPositive }) => isPositive).length;
  const negatives = recordings.length - positives;
  const byScore = Map.groupBy(recordings, ({ score }) => score);
  let [truePositive, falsePositive] = [0, 0];
  const points: RocPoint[] = [{ falsePositiveRate: 0, truePositiveRate: 0 }];
  for (const score of [...byScore.keys()].sort((a, b) => b - a)) {
    for (const { isPositive } of byScore.get(score)!) {
      if (isPositive) truePositive++;
      else falsePositive++;
    }
    points.push({ falsePositiveRate: falsePositive / negatives, truePositiveRate: truePositive / positives });
  }
  return points;
}

/** Area under the curve with its interval; undefined unless both classes are there. */
export function aucFigure(
  recordings: readonly ScoredRecording[],
  options: IntervalOptions,
): Interval | undefined {
  const statistic = (drawn: readonly ScoredRecording[]): Record<string, number> => ({
    auc: areaUnderCurve(drawn),
  });
  return intervalsOf(recordings, statistic, options)['auc'];
}
