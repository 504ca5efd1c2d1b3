/** Thresholds chosen on validation scores, and what they do on test scores. */
import type { Decision } from '../../../contract/model-manifest.ts';
import type { EvaluateSettings } from '../../../contract/training/configuration.ts';
import type { ScoredRecording } from '../fit/metrics.ts';
import {
  allowedDecisions,
  chooseThresholds,
  scoreLimits,
  type ScoreLimits,
  type Thresholds,
} from '../fit/thresholds.ts';
import type { Figures } from './figures.ts';
import { intervalsOf, type IntervalOptions } from './intervals.ts';

export interface ChosenThresholds {
  readonly thresholds: Thresholds;
  readonly limits: ScoreLimits;
  /** The errors of a class that were tolerated in the choice. */
  readonly toleratedErrors: number;
  /** What the model may say: a call that breaks the tolerated errors on validation is not allowed. */
  readonly allowed: readonly Decision[];
  readonly validation: DecisionFigures;
  readonly test: DecisionFigures & { readonly intervals: Figures; readonly keepsRule: boolean };
}

export interface DecisionFigures {
  readonly positiveClass: Readonly<Record<Decision, number>>;
  readonly negativeClass: Readonly<Record<Decision, number>>;
  /** Share of recordings that get an answer. */
  readonly coverage: number;
  /** Share of the negative class that is called positive, and of the positive class that is called negative. */
  readonly falsePositive: number;
  readonly falseNegative: number;
}

/** Errors that are tried, from the fewest, until the stated coverage is reached. */
const triedErrors = Array.from({ length: 50 }, (_, step) => step / 100);

export function decide(
  validation: readonly ScoredRecording[],
  test: readonly ScoredRecording[],
  rule: EvaluateSettings['thresholds'],
  options: IntervalOptions,
): ChosenThresholds {
  const participants = (isPositive: boolean): number =>
    new Set(validation.filter((one) => one.isPositive === isPositive).map(({ subject }) => subject)).size;
  const limits = scoreLimits(participants(true), participants(false));
  const toleratedErrors =
    rule.kind === 'error'
      ? rule.atMost
      : (triedErrors.find(
          (errors) =>
            describe(validation, chooseThresholds(validation, errors, limits)).coverage >= rule.atLeast,
        ) ?? triedErrors.at(-1)!);
  const thresholds = chooseThresholds(validation, toleratedErrors, limits);
  const onTest = describe(test, thresholds);
  const statistic = (drawn: readonly ScoredRecording[]): Record<string, number> => {
    const { coverage, falsePositive, falseNegative } = describe(drawn, thresholds);
    return { coverage, falsePositive, falseNegative };
  };
  const keepsRule =
    rule.kind === 'error'
      ? onTest.falsePositive <= rule.atMost && onTest.falseNegative <= rule.atMost
      : onTest.coverage >= rule.atLeast;
  return {
    thresholds,
    limits,
    toleratedErrors,
    allowed: allowedDecisions(validation, thresholds, toleratedErrors),
    validation: describe(validation, thresholds),
    test: { ...onTest, intervals: intervalsOf(test, statistic, options), keepsRule },
  };
}

function describe(
  recordings: readonly ScoredRecording[],
  { positive, negative }: Thresholds,
): DecisionFigures {
  const ofClass = (isPositive: boolean): Record<Decision, number> => {
    const counts = { positive: 0, negative: 0, inconclusive: 0 };
    for (const one of recordings) {
      if (one.isPositive !== isPositive) continue;
      counts[one.score >= positive ? 'positive' : one.score <= negative ? 'negative' : 'inconclusive']++;
    }
    return counts;
  };
  const [positiveClass, negativeClass] = [ofClass(true), ofClass(false)];
  const share = (counts: Record<Decision, number>, decision: Decision): number =>
    counts[decision] / (counts.positive + counts.negative + counts.inconclusive);
  return {
    positiveClass,
    negativeClass,
    coverage: 1 - (positiveClass.inconclusive + negativeClass.inconclusive) / recordings.length,
    falsePositive: share(negativeClass, 'positive'),
    falseNegative: share(positiveClass, 'negative'),
  };
}
