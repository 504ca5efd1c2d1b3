import type { GraphBuilder, Value } from '../graph/graph-builder.ts';
import type { Operators } from '../graph/operators.ts';
import { cosineTransform, frequencyCount, hannWindow, melFilters, type MfccSettings } from './mfcc-tables.ts';

/**
 * Shortest waveform, in samples, that the reflection at the ends can serve: half a window and one sample.
 */
export function shortestWaveform(settings: MfccSettings): number {
  return settings.windowLength / 2 + 1;
}

/**
 * Adds the MFCC front end to a graph: waveform [samples], float32 in −1..1 at `settings.sampleRateHz` and at least
 * `shortestWaveform` long, to coefficients [coefficients, frames] with frames = 1 + floor(samples / hopLength);
 * frame t is centred on sample t · hopLength.
 *
 * The window is zero outside its own length, so the transform needs `windowLength` taps only, and reflecting half a
 * window at the ends gives the same frames as reflecting half a transform.
 */
export function addMfcc(
  builder: GraphBuilder,
  operators: Operators,
  waveform: Value,
  settings: MfccSettings,
): Value {
  const { melBands, coefficients, hopLength, windowLength, smallestPower, rangeDb } = settings;
  const frequencies = frequencyCount(settings);
  const { floats } = builder;
  const padded = operators.reflectLastAxis(operators.reshape(waveform, [1, 1, -1]), windowLength / 2);
  const spectrum = operators.convolve(padded, fourierTaps(builder, operators, settings), hopLength);
  const [real, imaginary] = operators.halves(operators.multiply(spectrum, spectrum), 1, frequencies);
  const power = operators.add(real, imaginary);
  const filters = floats('mel_filters', [melBands, frequencies], melFilters(settings));
  const melPower = operators.maximum(
    operators.matMul(filters, power),
    floats('smallest_power', [], [smallestPower]),
  );
  const decibels = operators.multiply(
    operators.log(melPower),
    floats('decibels_per_neper', [], [10 / Math.LN10]),
  );
  const floor = operators.subtract(operators.largest(decibels), floats('range_db', [], [rangeDb]));
  const cosines = floats('cosines', [coefficients, melBands], cosineTransform(settings));
  const transformed = operators.matMul(cosines, operators.maximum(decibels, floor));
  return operators.reshape(transformed, [coefficients, -1]);
}

/**
 * Windowed Fourier basis as convolution weights [2 · frequencies, 1, windowLength]: cosines, then negative sines. It
 * is looked up in one period of a cosine by the graph itself (constant folding does so once, when the graph is
 * loaded): a file of 10 kB instead of 2 MB, and exact in float32.
 */
export function fourierTaps(builder: GraphBuilder, operators: Operators, settings: MfccSettings): Value {
  const { fftLength, windowLength } = settings;
  const frequencies = frequencyCount(settings);
  const { floats, integers } = builder;
  const period = Float64Array.from({ length: fftLength }, (_, n) => Math.cos((2 * Math.PI * n) / fftLength));
  const table = floats('cosine_period', [fftLength], period);
  const rows = operators.unsqueeze(operators.rangeTo(integers('frequencies', frequencies)), [1]);
  const columns = operators.unsqueeze(operators.rangeTo(integers('taps', windowLength)), [0]);
  // Tap n stands at sample n + (fftLength − windowLength) / 2 of the transform.
  const shifted = operators.add(columns, integers('first_tap', (fftLength - windowLength) / 2));
  const phase = operators.multiply(rows, shifted);
  const lookUp = (offset: number): Value =>
    operators.gather(
      table,
      operators.modulo(operators.add(phase, integers('offset', offset)), integers('period', fftLength)),
      0,
    );
  // −sin(x) = cos(x + π/2)
  const basis = operators.concat([lookUp(0), lookUp(fftLength / 4)], 0);
  const windowed = operators.multiply(basis, floats('hann', [1, windowLength], hannWindow(windowLength)));
  return operators.unsqueeze(windowed, [1]);
}

/** Slope over five frames, as in speech recognition: [1, 1, 5] weights of the delta coefficients. */
const deltaTaps = [-0.2, -0.1, 0, 0.1, 0.2] as const;

/** Delta coefficients [coefficients, frames] of coefficients [coefficients, frames]; the ends are repeated. */
export function addDeltas(
  builder: GraphBuilder,
  operators: Operators,
  coefficients: Value,
  count: number,
): Value {
  const channels = operators.reshape(coefficients, [count, 1, -1]);
  const reach = (deltaTaps.length - 1) / 2;
  const padded = operators.repeatEndsOfLastAxis(channels, reach);
  const taps = builder.floats('delta_taps', [1, 1, deltaTaps.length], deltaTaps);
  const slopes = operators.convolve(padded, taps, 1);
  return operators.reshape(slopes, [count, -1]);
}
