/** From a waveform to windows of features, and on to scores: the same operators for training and for serving. */
import type { FeatureSettings } from '../../../contract/training/configuration.ts';
import { createGraphBuilder, type GraphBuilder, type Value } from '../graph/graph-builder.ts';
import type { Graph } from '../graph/graph.ts';
import { operatorsOf, type Operators } from '../graph/operators.ts';
import { addNetwork } from '../network/network-graphs.ts';
import type { Network } from '../network/network.ts';
import { fourierTaps } from './mfcc-graph.ts';
import { cosineTransform, frequencyCount, melFilters, referenceMfcc } from './mfcc-tables.ts';

/** `waveform` [samples] at 16 kHz to `features` [windows, frames, bands]. */
export function windowGraph(settings: FeatureSettings): Graph {
  const builder = createGraphBuilder('windows');
  const waveform = builder.input('waveform', 'float32', ['samples']);
  const features = addWindows(builder, waveform, settings);
  builder.output('features', features, 'float32', ['windows', 'frames', referenceMfcc.melBands]);
  return builder.build();
}

interface ModelGraphInput {
  /** Name of the graph input: the recording's key. */
  readonly recordingKey: string;
  readonly features: FeatureSettings;
  readonly network: Network;
  readonly parameters: Float32Array;
}

/**
 * The complete model: waveform [samples] at 16 kHz to `window_scores` [windows, 2] (negative, positive) and `scores`
 * [2], their mean over the windows.
 */
export function recipeGraph({ recordingKey, features, network, parameters }: ModelGraphInput): Graph {
  const builder = createGraphBuilder(network.name);
  const operators = operatorsOf(builder);
  const waveform = builder.input(recordingKey, 'float32', ['samples']);
  const positive = addNetwork(builder, network, parameters, addWindows(builder, waveform, features));
  const negative = operators.subtract(builder.floats('certain', [], [1]), positive);
  const windowScores = operators.concat([negative, positive], 1);
  builder.output('scores', operators.mean(windowScores, [0], false), 'float32', [2]);
  builder.output('window_scores', windowScores, 'float32', ['windows', 2]);
  return builder.build();
}

/**
 * Windows as the model contract has them (`windowSpans`): one every step, a last one aligned to the end, a recording
 * shorter than one window filled up with silence. Each window is a clip of its own: reflected at its ends, its levels
 * at most 80 dB below its own loudest.
 */
function addWindows(builder: GraphBuilder, waveform: Value, settings: FeatureSettings): Value {
  const operators = operatorsOf(builder);
  const clips = cutWindows(builder, operators, waveform, settings);
  return addSpectra(builder, operators, clips, settings.kind);
}

/** [samples] to [windows, samples of a window]. */
function cutWindows(
  builder: GraphBuilder,
  operators: Operators,
  waveform: Value,
  { windowS, stepS }: FeatureSettings,
): Value {
  const { integers, node } = builder;
  const { sampleRateHz } = referenceMfcc;
  const [length, step] = [Math.round(windowS * sampleRateHz), Math.round(stepS * sampleRateHz)];
  const count = operators.lengthOf(waveform, 0);
  const zero = integers('zero', 0);
  const missing = operators.maximum(operators.subtract(integers('window', length), count), zero);
  const pads = operators.concat([integers('before', [0]), operators.reshape(missing, [1])], 0);
  const padded = node('Pad', [waveform, pads]);
  const rest = operators.maximum(operators.subtract(count, integers('window', length)), zero);
  const further = operators.divide(
    operators.add(rest, integers('step_less_one', step - 1)),
    integers('step', step),
  );
  const numbers = operators.rangeTo(operators.add(further, integers('one', 1)));
  const starts = operators.minimum(operators.multiply(numbers, integers('step', step)), rest);
  const places = operators.add(
    operators.unsqueeze(starts, [1]),
    operators.unsqueeze(operators.rangeTo(integers('window', length)), [0]),
  );
  return operators.gather(padded, places, 0);
}

/** [windows, samples] to [windows, frames, bands], levels in dB. */
function addSpectra(
  builder: GraphBuilder,
  operators: Operators,
  clips: Value,
  kind: FeatureSettings['kind'],
): Value {
  const { floats, node } = builder;
  const { windowLength, hopLength, melBands, coefficients, smallestPower, rangeDb } = referenceMfcc;
  const frequencies = frequencyCount(referenceMfcc);
  const signal = operators.unsqueeze(clips, [1]);
  const padded = operators.reflectLastAxis(signal, windowLength / 2);
  const spectrum = operators.convolve(padded, fourierTaps(builder, operators, referenceMfcc), hopLength);
  const [real, imaginary] = operators.halves(operators.multiply(spectrum, spectrum), 1, frequencies);
  const filters = floats('mel_filters', [melBands, frequencies], melFilters(referenceMfcc));
  const melPower = operators.maximum(
    operators.matMul(filters, operators.add(real, imaginary)),
    floats('smallest_power', [], [smallestPower]),
  );
  const decibels = operators.multiply(
    operators.log(melPower),
    floats('decibels_per_neper', [], [10 / Math.LN10]),
  );
  const loudest = node('ReduceMax', [decibels, builder.integers('axes', [1, 2])]);
  const limited = operators.maximum(decibels, operators.subtract(loudest, floats('range_db', [], [rangeDb])));
  if (kind === 'log-mel') return operators.transpose(limited, [0, 2, 1]);
  const cosines = floats('cosines', [coefficients, melBands], cosineTransform(referenceMfcc));
  return operators.transpose(operators.matMul(cosines, limited), [0, 2, 1]);
}
