/** From scores, thresholds and quality to a decision, never more certain than the model's card allows. */
import type { Decision, ModelManifest } from './model-manifest.ts';

export const decisionReasons = [
  'at-or-above-positive-threshold',
  'at-or-below-negative-threshold',
  'between-thresholds',
  'quality-refused',
  'outside-population',
  'not-allowed-by-card',
] as const;
export type DecisionReason = (typeof decisionReasons)[number];

export interface DecisionInput {
  readonly limits: Pick<
    ModelManifest['limits'],
    'decisions' | 'lowestScore' | 'highestScore' | 'minimumAgeYears' | 'maximumAgeYears'
  >;
  readonly thresholds: ModelManifest['thresholds'];
  /** Score of the positive label. */
  readonly score: number;
  /** Keys of the recordings that the model used and whose quality gate failed without an override. */
  readonly refusedRecordings: readonly string[];
  /** Undefined when the form did not ask. */
  readonly ageYears: number | undefined;
}

export interface DecisionOutcome {
  readonly decision: Decision;
  readonly reasons: readonly DecisionReason[];
  /** The score as it may be shown: within what the card supports. */
  readonly shownScore: number;
}

/** Source of the rule: the model contract (positive at or above, negative at or below, else inconclusive). */
export function decide(input: DecisionInput): DecisionOutcome {
  const { limits, thresholds, score } = input;
  const shownScore = scoreWithin(limits, score);
  const bars: DecisionReason[] = [];
  if (input.refusedRecordings.length > 0) bars.push('quality-refused');
  if (isOutsidePopulation(input)) bars.push('outside-population');
  if (bars.length > 0) return { decision: 'inconclusive', reasons: bars, shownScore };
  const [decision, reason] = byThreshold(score, thresholds);
  return limits.decisions.includes(decision)
    ? { decision, reasons: [reason], shownScore }
    : { decision: 'inconclusive', reasons: ['not-allowed-by-card'], shownScore };
}

/** A score as it may be shown: no further than the evidence behind the model reaches. */
export function scoreWithin(
  { lowestScore, highestScore }: Pick<ModelManifest['limits'], 'lowestScore' | 'highestScore'>,
  score: number,
): number {
  return Math.min(highestScore, Math.max(lowestScore, score));
}

function byThreshold(score: number, thresholds: DecisionInput['thresholds']): [Decision, DecisionReason] {
  if (score >= thresholds.positive) return ['positive', 'at-or-above-positive-threshold'];
  if (score <= thresholds.negative) return ['negative', 'at-or-below-negative-threshold'];
  return ['inconclusive', 'between-thresholds'];
}

function isOutsidePopulation({ limits, ageYears }: DecisionInput): boolean {
  if (ageYears === undefined) return false;
  return (
    (limits.minimumAgeYears !== undefined && ageYears < limits.minimumAgeYears) ||
    (limits.maximumAgeYears !== undefined && ageYears > limits.maximumAgeYears)
  );
}
