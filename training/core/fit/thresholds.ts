import { decisions, type Decision } from '../../../contract/model-manifest.ts';
import { decisionPoint, type ScoredRecording } from './metrics.ts';

export interface Thresholds {
  readonly positive: number;
  readonly negative: number;
}

export interface ScoreLimits {
  readonly lowest: number;
  readonly highest: number;
}

/** The inconclusive range is never narrower than this. */
export const narrowestBand = 0.1;

/**
 * Between which scores the answer is "inconclusive", from scores of recordings that were not trained on: the
 * smallest `positive` that at most the tolerated share of the negative class reaches, and the largest `negative` that
 * at most the tolerated share of the positive class stays at or below; swapped when they cross. A positive call is
 * never made below even odds, nor a negative one above; the range is widened to the narrowest band, and both stay
 * within the limits of what may be shown. Needs both classes and a share below 1; throws RangeError otherwise.
 */
export function chooseThresholds(
  recordings: readonly ScoredRecording[],
  toleratedErrors: number,
  limits: ScoreLimits,
): Thresholds {
  const scoresOf = (isPositive: boolean): number[] =>
    recordings.filter((r) => r.isPositive === isPositive).map((r) => r.score);
  const [positives, negatives] = [scoresOf(true), scoresOf(false)];
  if (positives.length === 0 || negatives.length === 0) throw new RangeError('both classes are needed');
  if (!(toleratedErrors >= 0 && toleratedErrors < 1)) throw new RangeError('not a tolerable share of errors');
  const candidates = cutPoints([...positives, ...negatives]);
  const share = (scores: readonly number[], holds: (score: number) => boolean): number =>
    scores.filter(holds).length / scores.length;
  const called = candidates.find((cut) => share(negatives, (score) => score >= cut) <= toleratedErrors)!;
  const cleared = candidates.findLast((cut) => share(positives, (score) => score <= cut) <= toleratedErrors)!;
  const positive = Math.max(called, cleared, decisionPoint);
  const negative = Math.min(called, cleared, decisionPoint);
  return widen({ positive, negative }, limits);
}

/**
 * What the model may say: positive or negative only where the thresholds, which the limits may have moved, keep to
 * the tolerated errors.
 */
export function allowedDecisions(
  recordings: readonly ScoredRecording[],
  { positive, negative }: Thresholds,
  toleratedErrors: number,
): Decision[] {
  const share = (isPositive: boolean, isWrong: (score: number) => boolean): number => {
    const own = recordings.filter((r) => r.isPositive === isPositive);
    return own.filter(({ score }) => isWrong(score)).length / own.length;
  };
  return decisions.filter((decision) => {
    switch (decision) {
      case 'positive':
        return share(false, (score) => score >= positive) <= toleratedErrors;
      case 'negative':
        return share(true, (score) => score <= negative) <= toleratedErrors;
      case 'inconclusive':
        return true;
    }
  });
}

/** Below the lowest score, between any two neighbours, above the highest. */
function cutPoints(scores: readonly number[]): readonly number[] {
  const sorted = [...new Set(scores)].sort((a, b) => a - b);
  const between = sorted.slice(1).map((score, index) => (score + sorted[index]!) / 2);
  return [sorted[0]! - 1, ...between, sorted.at(-1)! + 1];
}

function widen({ positive, negative }: Thresholds, { lowest, highest }: ScoreLimits): Thresholds {
  const extra = Math.max(0, narrowestBand - (positive - negative)) / 2;
  // Within the limits, with room for the band on the inner side.
  const within = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));
  return {
    positive: within(positive + extra, lowest + narrowestBand, highest),
    negative: within(negative - extra, lowest, highest - narrowestBand),
  };
}

/**
 * How certain a score may ever sound: by Laplace's rule of succession, had all of a class's n participants been
 * told rightly, the next one would be with probability (n + 1) / (n + 2).
 */
export function scoreLimits(positiveParticipants: number, negativeParticipants: number): ScoreLimits {
  return {
    lowest: 1 / (negativeParticipants + 2),
    highest: (positiveParticipants + 1) / (positiveParticipants + 2),
  };
}
