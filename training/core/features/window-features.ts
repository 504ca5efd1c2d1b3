import type { GraphBuilder, Value } from '../graph/graph-builder.ts';
import type { Operators } from '../graph/operators.ts';
import { addDeltas, addMfcc } from './mfcc-graph.ts';
import type { MfccSettings } from './mfcc-tables.ts';

export interface WindowSettings {
  readonly lengthS: number;
  readonly stepS: number;
}

/** Numbers per window: means of all coefficients but the first, deviations of all, deviations of all deltas. */
export function featureCount(settings: MfccSettings): number {
  return 3 * settings.coefficients - 1;
}

/** Length and step in whole frames; undefined unless both are whole positive numbers of frames. */
export function windowInFrames(
  window: WindowSettings,
  settings: MfccSettings,
): { readonly length: number; readonly step: number } | undefined {
  const frames = (seconds: number): number => (seconds * settings.sampleRateHz) / settings.hopLength;
  const [length, step] = [Math.round(frames(window.lengthS)), Math.round(frames(window.stepS))];
  const isWhole =
    Math.abs(length - frames(window.lengthS)) < 1e-6 && Math.abs(step - frames(window.stepS)) < 1e-6;
  return isWhole && length > 0 && step > 0 ? { length, step } : undefined;
}

/**
 * Adds statistics over time to a graph: waveform [samples] to features [windows, features], with the windows of
 * `windowSpans` of the model contract. A window holds every frame that is centred within it, both ends included; the
 * last window, aligned to the end, and a recording shorter than one window do so to within a frame.
 *
 * The mean of the first coefficient is left out, so that the loudness of the recording is not a feature.
 */
export function addWindowFeatures(
  builder: GraphBuilder,
  operators: Operators,
  waveform: Value,
  settings: MfccSettings,
  window: WindowSettings,
): Value {
  const frames = windowInFrames(window, settings);
  if (frames === undefined) throw new RangeError('window length and step must be whole numbers of frames');
  const mfcc = addMfcc(builder, operators, waveform, settings);
  const deltas = addDeltas(builder, operators, mfcc, settings.coefficients);
  const frameIndices = addFrameIndices(builder, operators, { waveform, mfcc, settings, frames });
  const ofMfcc = addStatistics(operators, operators.gather(mfcc, frameIndices, 1));
  const ofDeltas = addStatistics(operators, operators.gather(deltas, frameIndices, 1));
  const means = operators.slice(ofMfcc.mean, 0, 1, settings.coefficients);
  const features = operators.concat([means, ofMfcc.deviation, ofDeltas.deviation], 0);
  return operators.transpose(features, [1, 0]);
}

interface FrameIndexInput {
  readonly waveform: Value;
  readonly mfcc: Value;
  readonly settings: MfccSettings;
  readonly frames: { readonly length: number; readonly step: number };
}

/** Frames of each window: int64 [windows, frames per window]. */
function addFrameIndices(
  { integers }: GraphBuilder,
  operators: Operators,
  { waveform, mfcc, settings, frames }: FrameIndexInput,
): Value {
  const { hopLength } = settings;
  const sampleCount = operators.lengthOf(waveform, 0);
  const frameCount = operators.lengthOf(mfcc, 1);
  const perWindow = operators.minimum(integers('frames_per_window', frames.length + 1), frameCount);
  // Windows beyond the first: the samples that it leaves, in steps, rounded up.
  const rest = operators.maximum(
    operators.subtract(sampleCount, integers('window_samples', frames.length * hopLength)),
    integers('zero', 0),
  );
  const step = frames.step * hopLength;
  const further = operators.divide(
    operators.add(rest, integers('step_less_one', step - 1)),
    integers('step_samples', step),
  );
  const windowNumbers = operators.rangeTo(operators.add(further, integers('one', 1)));
  const starts = operators.minimum(
    operators.multiply(windowNumbers, integers('step_frames', frames.step)),
    operators.subtract(frameCount, perWindow),
  );
  return operators.add(
    operators.unsqueeze(starts, [1]),
    operators.unsqueeze(operators.rangeTo(perWindow), [0]),
  );
}

/** [rows, windows, frames] to mean and population standard deviation, each [rows, windows]; two passes. */
function addStatistics(operators: Operators, values: Value): { mean: Value; deviation: Value } {
  const centre = operators.mean(values, [2], true);
  const difference = operators.subtract(values, centre);
  const variance = operators.mean(operators.multiply(difference, difference), [2], false);
  return { mean: operators.reshape(centre, [0, -1]), deviation: operators.sqrt(variance) };
}
