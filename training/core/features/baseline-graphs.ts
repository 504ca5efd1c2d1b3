import { createGraphBuilder, type GraphBuilder, type Value } from '../graph/graph-builder.ts';
import type { Graph } from '../graph/graph.ts';
import { operatorsOf, type Operators } from '../graph/operators.ts';
import type { LogisticModel } from '../fit/logistic-regression.ts';
import { referenceMfcc, type MfccSettings } from './mfcc-tables.ts';
import { addWindowFeatures, featureCount, type WindowSettings } from './window-features.ts';

interface FeatureGraphInput {
  /** Name of the graph input: the recording's key. */
  readonly recordingKey: string;
  readonly window: WindowSettings;
  readonly mfcc?: MfccSettings;
}

/** What the classifier is fitted on: waveform [samples] to `window_features`, float32 [windows, features]. */
export function featureGraph({ recordingKey, window, mfcc = referenceMfcc }: FeatureGraphInput): Graph {
  const { builder, operators, waveform } = start('baseline_features', recordingKey);
  const features = addWindowFeatures(builder, operators, waveform, mfcc, window);
  builder.output('window_features', features, 'float32', ['windows', featureCount(mfcc)]);
  return builder.build();
}

interface BaselineGraphInput extends FeatureGraphInput {
  readonly model: LogisticModel;
  /** Column of the positive label in the outputs: 0 or 1. */
  readonly positiveColumn: 0 | 1;
}

/**
 * The complete model: waveform [samples] to `window_scores`, float32 [windows, 2], the probabilities of each label,
 * and `scores`, float32 [2], their mean over the windows.
 */
export function baselineGraph(input: BaselineGraphInput): Graph {
  const { model, positiveColumn, mfcc = referenceMfcc } = input;
  const { builder, operators, waveform } = start('baseline', input.recordingKey);
  const features = addWindowFeatures(builder, operators, waveform, mfcc, input.window);
  const positive = addLogisticHead(builder, operators, features, model);
  const negative = operators.subtract(builder.floats('certain', [], [1]), positive);
  const columns = positiveColumn === 0 ? [positive, negative] : [negative, positive];
  const windowScores = operators.concat(columns, 1);
  builder.output('scores', operators.mean(windowScores, [0], false), 'float32', [2]);
  builder.output('window_scores', windowScores, 'float32', ['windows', 2]);
  return builder.build();
}

function start(name: string, recordingKey: string) {
  const builder = createGraphBuilder(name);
  return {
    builder,
    operators: operatorsOf(builder),
    waveform: builder.input(recordingKey, 'float32', ['samples']),
  };
}

/** Features [windows, features] to the positive label's probability [windows, 1]. */
function addLogisticHead(
  builder: GraphBuilder,
  operators: Operators,
  features: Value,
  model: LogisticModel,
): Value {
  const count = model.weights.length;
  const centred = operators.subtract(features, builder.floats('feature_means', [count], model.means));
  const inverse = Array.from(model.deviations, (deviation) => 1 / deviation);
  const standardised = operators.multiply(centred, builder.floats('feature_scales', [count], inverse));
  const logit = operators.add(
    operators.matMul(standardised, builder.floats('weights', [count, 1], model.weights)),
    builder.floats('intercept', [1], [model.intercept]),
  );
  return operators.sigmoid(logit);
}
