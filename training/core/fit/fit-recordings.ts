/** The baseline's fit: logistic regression, its penalty chosen on participants that are left out in turn. */
import { planFolds, type FoldPlan } from './folds.ts';
import { fitLogistic, predictLogistic, type Example, type LogisticModel } from './logistic-regression.ts';

export interface FeatureRecording {
  readonly subject: string;
  readonly isPositive: boolean;
  /** One row of features per window; at least one. */
  readonly windows: readonly ArrayLike<number>[];
}

/** Relative to a total weight of 1 of all windows; from strong to weak, so that each fit starts near the next. */
const penalties = [10, 3, 1, 0.3, 0.1, 0.03, 0.01, 0.003] as const;
const innerFolds: FoldPlan = { kind: 'folds', count: 5 };

/** Fits with the penalty that predicts left-out participants of the very same recordings best. */
export function fitRecordings(recordings: readonly FeatureRecording[], seed: number): LogisticModel {
  return fitLogistic(weightedWindows(recordings), choosePenalty(recordings, seed));
}

/** The score of a recording: the mean of its windows' probabilities. */
function scoreRecording(model: LogisticModel, recording: FeatureRecording): number {
  const sum = recording.windows.reduce((total, window) => total + predictLogistic(model, window), 0);
  return sum / recording.windows.length;
}

/** Each class weighs the same, in it each participant, of it each recording, of that each window. */
function weightedWindows(recordings: readonly FeatureRecording[]): readonly Example[] {
  const key = ({ subject, isPositive }: FeatureRecording): string => `${isPositive} ${subject}`;
  const recordingsOf = Map.groupBy(recordings, key);
  const participants = (isPositive: boolean): number =>
    new Set(recordings.filter((r) => r.isPositive === isPositive).map((r) => r.subject)).size;
  const participantsOf = { true: participants(true), false: participants(false) };
  return recordings.flatMap((recording) => {
    const { isPositive, windows } = recording;
    const shares =
      participantsOf[`${isPositive}`] * recordingsOf.get(key(recording))!.length * windows.length;
    return windows.map((features) => ({ features, isPositive, weight: 1 / shares }));
  });
}

function choosePenalty(recordings: readonly FeatureRecording[], seed: number): number {
  const folds = planFolds(recordings, innerFolds, seed);
  const losses = penalties.map(() => 0);
  for (const fold of folds) {
    const out = new Set(fold);
    const training = recordings.filter(({ subject }) => !out.has(subject));
    const tested = recordings.filter(({ subject }) => out.has(subject));
    if (!hasBothClasses(training)) continue;
    const examples = weightedWindows(training);
    let start: LogisticModel | undefined;
    penalties.forEach((penalty, index) => {
      const model = fitLogistic(examples, penalty, start);
      start = model;
      for (const recording of tested) losses[index]! += balancedLoss(model, recording, recordings);
    });
  }
  return penalties[losses.indexOf(Math.min(...losses))]!;
}

function hasBothClasses(recordings: readonly FeatureRecording[]): boolean {
  return recordings.some((r) => r.isPositive) && recordings.some((r) => !r.isPositive);
}

function balancedLoss(
  model: LogisticModel,
  recording: FeatureRecording,
  all: readonly FeatureRecording[],
): number {
  const score = scoreRecording(model, recording);
  const probability = recording.isPositive ? score : 1 - score;
  const sameClass = all.filter(({ isPositive }) => isPositive === recording.isPositive).length;
  return -Math.log(Math.max(probability, 1e-12)) / sameClass;
}
