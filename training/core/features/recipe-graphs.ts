/** From a waveform to windows of features, and on to scores: the same operators for training and for serving. */
import type { FeatureSettings } from '../../../contract/training/configuration.ts';
import { createGraphBuilder, type GraphBuilder, type Value } from '../graph/graph-builder.ts';
import type { Graph } from '../graph/graph.ts';
import { operatorsOf, type Operators } from '../graph/operators.ts';
import { addNetwork } from '../network/network-graphs.ts';
import type { Network } from '../network/network.ts';
import { fourierTaps } from './mfcc-graph.ts';
import { framesOf } from '../network/networks.ts';
import {
  cosineTransform,
  frequencyCount,
  melFilters,
  referenceMfcc,
  type MfccSettings,
} from './mfcc-tables.ts';
import { addWindowFeatures, featureCount } from './window-features.ts';

/** The spectrogram's transform is as long as its window: 201 levels, 40 Hz apart. */
const spectrogram: MfccSettings = { ...referenceMfcc, fftLength: referenceMfcc.windowLength };

/** What one window of features is: frames × bands. */
export function shapeOfWindow({ kind, windowS }: Pick<FeatureSettings, 'kind' | 'windowS'>): {
  readonly frames: number;
  readonly bands: number;
} {
  switch (kind) {
    case 'mfcc':
      return { frames: framesOf(windowS), bands: referenceMfcc.coefficients };
    case 'log-mel':
      return { frames: framesOf(windowS), bands: referenceMfcc.melBands };
    case 'spectrogram':
      return { frames: framesOf(windowS), bands: frequencyCount(spectrogram) };
    case 'statistics':
      return { frames: 1, bands: featureCount(referenceMfcc) };
  }
}

/** `waveform` [samples] at 16 kHz to `features` [windows, frames, bands]. */
export function windowGraph(settings: FeatureSettings): Graph {
  const builder = createGraphBuilder('windows');
  const waveform = builder.input('waveform', 'float32', ['samples']);
  const features = addWindows(builder, waveform, settings);
  const { frames, bands } = shapeOfWindow(settings);
  builder.output('features', features, 'float32', ['windows', frames, bands]);
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
 * at most 80 dB below its own loudest. The statistics of the baseline are those of the frames of the whole recording
 * that lie in the window; there a shorter recording is one window, never filled up.
 */
function addWindows(builder: GraphBuilder, waveform: Value, settings: FeatureSettings): Value {
  const operators = operatorsOf(builder);
  const { kind, windowS, stepS, normalisation } = settings;
  if (kind === 'statistics') {
    const window = { lengthS: windowS, stepS };
    const statistics = addWindowFeatures(builder, operators, waveform, referenceMfcc, window);
    return operators.unsqueeze(statistics, [1]);
  }
  const clips = cutWindows(builder, operators, waveform, settings);
  return normalise(builder, operators, addSpectra(builder, operators, clips, kind), normalisation);
}

/** Variance, in dB², below which a band counts as still: what is left of it then is rounding. */
const stillVariance = 0.01;

/** Each band of [windows, frames, bands] over the frames of its window. */
function normalise(
  builder: GraphBuilder,
  operators: Operators,
  features: Value,
  normalisation: FeatureSettings['normalisation'],
): Value {
  if (normalisation === 'none') return features;
  const centred = operators.subtract(features, operators.mean(features, [1], true));
  if (normalisation === 'mean') return centred;
  const variance = operators.mean(operators.multiply(centred, centred), [1], true);
  const deviation = operators.sqrt(
    operators.add(variance, builder.floats('still_variance', [], [stillVariance])),
  );
  return operators.divide(centred, deviation);
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

/** [windows, samples] to [windows, frames, bands], levels in dB or their coefficients. */
function addSpectra(
  builder: GraphBuilder,
  operators: Operators,
  clips: Value,
  kind: Exclude<FeatureSettings['kind'], 'statistics'>,
): Value {
  const settings = kind === 'spectrogram' ? spectrogram : referenceMfcc;
  const { floats } = builder;
  const { windowLength, hopLength, melBands, coefficients } = settings;
  const frequencies = frequencyCount(settings);
  const signal = operators.unsqueeze(clips, [1]);
  const padded = operators.reflectLastAxis(signal, windowLength / 2);
  const spectrum = operators.convolve(padded, fourierTaps(builder, operators, settings), hopLength);
  const [real, imaginary] = operators.halves(operators.multiply(spectrum, spectrum), 1, frequencies);
  const power = operators.add(real, imaginary);
  const inTime = (levels: Value): Value => operators.transpose(levels, [0, 2, 1]);
  if (kind === 'spectrogram') return inTime(addLevels(builder, operators, power, settings));
  const filters = floats('mel_filters', [melBands, frequencies], melFilters(settings));
  const levels = addLevels(builder, operators, operators.matMul(filters, power), settings);
  if (kind === 'log-mel') return inTime(levels);
  const cosines = floats('cosines', [coefficients, melBands], cosineTransform(settings));
  return inTime(operators.matMul(cosines, levels));
}

/** Powers [windows, bands, frames] in dB, at most `rangeDb` below the loudest of their window. */
function addLevels(
  builder: GraphBuilder,
  operators: Operators,
  power: Value,
  { smallestPower, rangeDb }: MfccSettings,
): Value {
  const { floats, node } = builder;
  const heard = operators.maximum(power, floats('smallest_power', [], [smallestPower]));
  const decibels = operators.multiply(
    operators.log(heard),
    floats('decibels_per_neper', [], [10 / Math.LN10]),
  );
  const loudest = node('ReduceMax', [decibels, builder.integers('axes', [1, 2])]);
  return operators.maximum(decibels, operators.subtract(loudest, floats('range_db', [], [rangeDb])));
}
