/**
 * Band-limited rational resampling by a polyphase Kaiser-windowed sinc.
 * Source of the formulas: A. V. Oppenheim, R. W. Schafer, Discrete-Time Signal Processing, 3rd ed., 4.6 and 7.6.
 */

/** Edges as fractions of the lower of the two Nyquist frequencies; the −6 dB point lies between them. */
const passbandEdge = 0.9;
const stopbandEdge = 1.1;
const attenuationDb = 85;
const beta = 0.1102 * (attenuationDb - 8.7);
const cutoff = (passbandEdge + stopbandEdge) / 2;
/** Half the filter's length, in samples at the lower of the two rates. */
const halfWidth = Math.ceil((attenuationDb - 7.95) / (2.285 * Math.PI * (stopbandEdge - passbandEdge)) / 2);
/** Linear interpolation in a table this fine errs by less than 1e-6 of the kernel's peak. */
const tableStepsPerSample = 2048;

let kernelTable: Float64Array | undefined;

/**
 * Resamples mono audio from one integer rate in Hz to another.
 * Output length is ceil(samples.length · toHz / fromHz); output sample k stands at time k / toHz, so there is no
 * delay. Outside its ends the signal counts as zero. Flat within 0.01 dB up to 0.9 of the lower Nyquist frequency,
 * at least 80 dB down from 1.1 of it on. Equal rates give a copy. Throws RangeError for rates that are not positive
 * integers.
 */
export function resample(samples: Float32Array, fromHz: number, toHz: number): Float32Array {
  if (!Number.isInteger(fromHz) || !Number.isInteger(toHz) || fromHz <= 0 || toHz <= 0) {
    throw new RangeError(`resample needs positive integer rates, got ${fromHz} and ${toHz}`);
  }
  if (fromHz === toHz || samples.length === 0) return samples.slice();
  const divisor = greatestCommonDivisor(fromHz, toHz);
  const up = toHz / divisor;
  const down = fromHz / divisor;
  const outputLength = Math.ceil((samples.length * up) / down);
  const phaseCount = Math.min(up, outputLength);

  // In input samples: the kernel stretches when the rate goes down.
  const stretch = Math.max(1, down / up);
  const reach = Math.ceil(halfWidth * stretch);
  const tapCount = 2 * reach;
  const phases = phaseTaps(phaseCount, up, down, { stretch, reach, tapCount });
  const padded = new Float64Array(samples.length + 2 * tapCount);
  padded.set(samples, reach);

  const output = new Float32Array(outputLength);
  const rowOf = (k: number) => (k % up) * tapCount;
  const startOf = (k: number) => Math.floor((k * down) / up) + 1;
  // Outputs that stand `up` apart share their taps: eight at a time need one load of each tap instead of eight.
  const group = 8 * up;
  const grouped = outputLength - (outputLength % group);
  for (let first = 0; first < grouped; first += group) {
    for (let k = first; k < first + up; k++) {
      dotEight({
        padded,
        start: startOf(k),
        step: down,
        taps: phases,
        row: rowOf(k),
        tapCount,
        output,
        k,
        up,
      });
    }
  }
  for (let k = grouped; k < outputLength; k++)
    output[k] = dot(padded, startOf(k), phases, rowOf(k), tapCount);
  return output;
}

/** Taps of output k at k·tapCount, for k below `up`; with output k the fractions repeat. Each row sums to 1. */
function phaseTaps(
  phaseCount: number,
  up: number,
  down: number,
  kernel: { stretch: number; reach: number; tapCount: number },
): Float64Array {
  const { stretch, reach, tapCount } = kernel;
  const taps = new Float64Array(phaseCount * tapCount);
  for (let phase = 0; phase < phaseCount; phase++) {
    const fraction = ((phase * down) % up) / up;
    const row = phase * tapCount;
    let sum = 0;
    for (let tap = 0; tap < tapCount; tap++) {
      const value = kernelAt(Math.abs(tap + 1 - reach - fraction) / stretch);
      taps[row + tap] = value;
      sum += value;
    }
    for (let tap = 0; tap < tapCount; tap++) taps[row + tap] = taps[row + tap]! / sum;
  }
  return taps;
}

interface EightOutputs {
  readonly padded: Float64Array;
  readonly start: number;
  readonly step: number;
  readonly taps: Float64Array;
  readonly row: number;
  readonly tapCount: number;
  readonly output: Float32Array;
  readonly k: number;
  readonly up: number;
}

function dotEight({ padded, start, step, taps, row, tapCount, output, k, up }: EightOutputs): void {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let s4 = 0;
  let s5 = 0;
  let s6 = 0;
  let s7 = 0;
  for (let i = 0; i < tapCount; i++) {
    const tap = taps[row + i]!;
    const at = start + i;
    s0 += tap * padded[at]!;
    s1 += tap * padded[at + step]!;
    s2 += tap * padded[at + 2 * step]!;
    s3 += tap * padded[at + 3 * step]!;
    s4 += tap * padded[at + 4 * step]!;
    s5 += tap * padded[at + 5 * step]!;
    s6 += tap * padded[at + 6 * step]!;
    s7 += tap * padded[at + 7 * step]!;
  }
  output[k] = s0;
  output[k + up] = s1;
  output[k + 2 * up] = s2;
  output[k + 3 * up] = s3;
  output[k + 4 * up] = s4;
  output[k + 5 * up] = s5;
  output[k + 6 * up] = s6;
  output[k + 7 * up] = s7;
}

function dot(a: Float64Array, aOffset: number, b: Float64Array, bOffset: number, length: number): number {
  let sum = 0;
  for (let i = 0; i < length; i++) sum += a[aOffset + i]! * b[bOffset + i]!;
  return sum;
}

function kernelAt(distance: number): number {
  const table = (kernelTable ??= buildKernelTable());
  const position = distance * tableStepsPerSample;
  const index = Math.floor(position);
  if (index + 1 >= table.length) return 0;
  const low = table[index]!;
  return low + (table[index + 1]! - low) * (position - index);
}

function buildKernelTable(): Float64Array {
  const table = new Float64Array(halfWidth * tableStepsPerSample + 1);
  const scale = 1 / besselI0(beta);
  for (let i = 0; i < table.length; i++) {
    const distance = i / tableStepsPerSample;
    const angle = Math.PI * cutoff * distance;
    const sinc = i === 0 ? 1 : Math.sin(angle) / angle;
    table[i] = sinc * besselI0(beta * Math.sqrt(1 - (distance / halfWidth) ** 2)) * scale;
  }
  return table;
}

/** Modified Bessel function of the first kind, order 0, by its power series. */
function besselI0(x: number): number {
  const quarter = (x * x) / 4;
  let term = 1;
  let sum = 1;
  for (let k = 1; term > sum * 1e-16; k++) {
    term *= quarter / (k * k);
    sum += term;
  }
  return sum;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
