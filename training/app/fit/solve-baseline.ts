import { fitRecordings, type FeatureRecording } from '../../core/fit/fit-recordings.ts';
import { participantsPerClass } from '../../core/fit/folds.ts';
import { predictLogistic, type LogisticModel } from '../../core/fit/logistic-regression.ts';
import { done, refuse, type Outcome } from '../../core/outcome.ts';
import type { Examples } from '../../ports/examples.ts';
import type { FitResult } from './fit-network.ts';

/** Recordings of one side with whom each is of, in the order of the examples. */
export interface NamedExamples {
  readonly examples: Examples;
  readonly subjects: readonly string[];
}

interface BaselineInput {
  /** Numbers of a window. */
  readonly statistics: number;
  readonly seed: number;
  readonly training: NamedExamples;
  /** What the loss is told of. */
  readonly evaluation: NamedExamples;
}

const fewestParticipants = 2;

/**
 * The baseline: logistic regression, its penalty the one that predicts left-out participants of the training side
 * best. Answers with the parameters of `baselineNetwork`, into which the standardisation is folded.
 */
export async function solveBaseline(input: BaselineInput): Promise<Outcome<FitResult>> {
  const training = await readRecordings(input, input.training);
  if (!training.ok) return training;
  const participants = participantsPerClass(training.value);
  if (Math.min(...participants) < fewestParticipants) {
    return refuse(
      `the training side holds ${participants[0]} positive and ${participants[1]} negative participants`,
      `The baseline needs ${fewestParticipants} of each to choose its penalty: split again, or add recordings.`,
    );
  }
  const evaluation = await readRecordings(input, input.evaluation);
  if (!evaluation.ok) return evaluation;
  const model = fitRecordings(training.value, input.seed);
  return done({
    parameters: foldedParameters(model),
    bestEpoch: 0,
    bestLoss: lossOf(model, evaluation.value),
    curve: [],
    steps: 0,
    stop: 'solved',
  });
}

/** Weights of the plain statistics, then the bias. */
function foldedParameters({ weights, means, deviations, intercept }: LogisticModel): Float32Array {
  const folded = weights.map((weight, index) => weight / deviations[index]!);
  const bias = folded.reduce((sum, weight, index) => sum - weight * means[index]!, intercept);
  return Float32Array.from([...folded, bias]);
}

/** Mean cross-entropy over windows. */
function lossOf(model: LogisticModel, recordings: readonly FeatureRecording[]): number {
  let [sum, count] = [0, 0];
  for (const { isPositive, windows } of recordings) {
    for (const window of windows) {
      const probability = predictLogistic(model, window);
      sum -= Math.log(Math.max(isPositive ? probability : 1 - probability, 1e-12));
    }
    count += windows.length;
  }
  return sum / count;
}

async function readRecordings(
  { statistics }: BaselineInput,
  { examples, subjects }: NamedExamples,
): Promise<Outcome<readonly FeatureRecording[]>> {
  const recordings: FeatureRecording[] = [];
  for (const [index, isPositive] of examples.isPositive.entries()) {
    const features = await examples.read(index, 0);
    if (!features.ok) return features;
    const windows = Array.from({ length: features.value.length / statistics }, (_, row) =>
      features.value.subarray(row * statistics, (row + 1) * statistics),
    );
    recordings.push({ subject: subjects[index]!, isPositive, windows });
  }
  return done(recordings);
}
