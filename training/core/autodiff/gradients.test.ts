/**
 * Every operation against a plain float64 implementation: its values directly, its gradients by central finite
 * differences of that implementation.
 */
import { describe, expect, it } from 'vitest';
import { onnxTensorEngine } from '../../adapters/onnx-engine/tensor-engine.ts';
import { encodeOnnx } from '../../adapters/onnx-proto/encode-onnx.ts';
import { seededRandom } from '../fit/random.ts';
import { createGraphBuilder } from '../graph/graph-builder.ts';
import { add, dropOut, mish, relu } from './activations.ts';
import { convolve, convolveDepthwise } from './convolution.ts';
import { crossEntropy } from './cross-entropy.ts';
import { dense } from './dense.ts';
import { groupNormalise } from './group-norm.ts';
import { featuresToChannels, flatten, maxPool, meanOverTime } from './shapes.ts';
import { createTape, sizeOf, type Tape, type Traced } from './tape.ts';

type Numbers = readonly number[];
interface Case {
  readonly name: string;
  readonly dims: readonly (readonly number[])[];
  readonly operation: (tape: Tape, ...inputs: Traced[]) => Traced;
  /** The same in float64, flat in and flat out. */
  readonly reference: (...inputs: Numbers[]) => number[];
  /** Numbers of the inputs; standard normal when absent. */
  readonly inputs?: readonly Numbers[];
}

const engine = onnxTensorEngine(encodeOnnx, { threads: 1 });

/** Whole numbers from 0 to below each limit, the last running fastest. */
function* indices(...limits: readonly number[]): Generator<number[]> {
  for (let flat = 0; flat < sizeOf(limits); flat++) {
    let rest = flat;
    yield limits
      .toReversed()
      .map((limit) => {
        const index = rest % limit;
        rest = Math.floor(rest / limit);
        return index;
      })
      .reverse();
  }
}

const at = (dims: readonly number[], index: readonly number[]): number =>
  index.reduce((flat, i, axis) => flat * dims[axis]! + i, 0);

interface ConvolutionShape {
  readonly batch: number;
  readonly channels: number;
  readonly time: number;
  readonly features: number;
  readonly out: number;
  readonly taps: number;
  readonly dilation: number;
  readonly padding: number;
  readonly depthwise?: boolean;
}

function convolutionCase(name: string, shape: ConvolutionShape): Case {
  const { batch, channels, time, features, out, taps, dilation, padding, depthwise = false } = shape;
  const inputsPerFilter = depthwise ? 1 : channels;
  const length = time + 2 * padding - dilation * (taps - 1);
  const xDims = [batch, channels, time, features];
  const wDims = [out, inputsPerFilter, taps, 1];
  return {
    name,
    dims: [xDims, wDims, [out]],
    operation: (tape, x, weights, bias) =>
      (depthwise ? convolveDepthwise : convolve)(
        tape,
        x!,
        { weights: weights!, bias: bias! },
        { dilation, padding },
      ),
    reference: (x, w, b) =>
      [...indices(batch, out, length, features)].map(([n, o, t, f]) => {
        let sum = b![o!]!;
        for (const [i, k] of indices(inputsPerFilter, taps)) {
          const source = t! + k! * dilation - padding;
          if (source < 0 || source >= time) continue;
          sum += w![at(wDims, [o!, i!, k!, 0])]! * x![at(xDims, [n!, depthwise ? o! : i!, source, f!])]!;
        }
        return sum;
      }),
  };
}

function groupNormReference(dims: readonly number[], groups: number) {
  const [batch, channels, time, features] = dims as [number, number, number, number];
  const count = (channels / groups) * time * features;
  return (x: Numbers, scale: Numbers, shift: Numbers): number[] =>
    [...indices(batch, groups)].flatMap(([n, g]) => {
      const start = (n! * groups + g!) * count;
      const members = x.slice(start, start + count);
      const mean = members.reduce((sum, value) => sum + value, 0) / count;
      const variance = members.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count;
      return members.map((value, i) => {
        const channel = g! * (channels / groups) + Math.floor(i / (time * features));
        return ((value - mean) / Math.sqrt(variance + 1e-5)) * scale[channel]! + shift[channel]!;
      });
    });
}

const poolReference =
  (dims: readonly number[], size: number) =>
  (x: Numbers): number[] => {
    const [batch, channels, time, features] = dims as [number, number, number, number];
    return [...indices(batch, channels, Math.floor(time / size), features)].map(([n, c, t, f]) =>
      Math.max(...Array.from({ length: size }, (_, j) => x[at(dims, [n!, c!, t! * size + j, f!])]!)),
    );
  };

const mishReference = (x: Numbers): number[] =>
  x.map((value) => value * Math.tanh(Math.log1p(Math.exp(value))));

const cases: readonly Case[] = [
  convolutionCase('convolution of one channel', {
    batch: 2,
    channels: 1,
    time: 11,
    features: 3,
    out: 4,
    taps: 3,
    dilation: 2,
    padding: 0,
  }),
  convolutionCase('convolution of several channels', {
    batch: 2,
    channels: 3,
    time: 9,
    features: 2,
    out: 2,
    taps: 4,
    dilation: 2,
    padding: 0,
  }),
  convolutionCase('convolution that keeps the length', {
    batch: 2,
    channels: 2,
    time: 7,
    features: 2,
    out: 3,
    taps: 3,
    dilation: 2,
    padding: 2,
  }),
  convolutionCase('convolution of one tap', {
    batch: 2,
    channels: 3,
    time: 5,
    features: 1,
    out: 4,
    taps: 1,
    dilation: 1,
    padding: 0,
  }),
  convolutionCase('depthwise convolution', {
    batch: 2,
    channels: 4,
    time: 9,
    features: 2,
    out: 4,
    taps: 3,
    dilation: 2,
    padding: 2,
    depthwise: true,
  }),
  {
    name: 'group normalisation',
    dims: [[2, 6, 5, 3], [6], [6]],
    operation: (tape, x, scale, shift) => groupNormalise(tape, x!, { scale: scale!, shift: shift! }, 3),
    reference: groupNormReference([2, 6, 5, 3], 3) as Case['reference'],
  },
  {
    name: 'Mish',
    dims: [[16]],
    inputs: [[-60, -30, -12, -5, -2, -1.19, -0.5, -0.01, 0, 0.01, 0.5, 1, 3, 10, 40, 80]],
    operation: (tape, x) => mish(tape, x!),
    reference: mishReference as Case['reference'],
  },
  {
    name: 'ReLU',
    dims: [[6]],
    inputs: [[-3, -0.5, -0.1, 0.1, 0.5, 3]],
    operation: (tape, x) => relu(tape, x!),
    reference: (x) => x!.map((value) => Math.max(0, value)),
  },
  {
    name: 'sum of two branches',
    dims: [[2, 3]],
    operation: (tape, x) => add(tape, mish(tape, x!), x!),
    reference: (x) => mishReference(x!).map((value, i) => value + x![i]!),
  },
  {
    name: 'dropout by a mask',
    dims: [[2, 3]],
    operation: (tape, x) => dropOut(tape, x!, tape.builder.floats('mask', [2, 3], [0, 2, 0, 2, 2, 0])),
    reference: (x) => x!.map((value, i) => value * [0, 2, 0, 2, 2, 0][i]!),
  },
  {
    name: 'max-pool of two, with a step left over',
    dims: [[2, 2, 7, 3]],
    operation: (tape, x) => maxPool(tape, x!, 2),
    reference: poolReference([2, 2, 7, 3], 2) as Case['reference'],
  },
  {
    name: 'max-pool of three where all are negative',
    dims: [[1, 2, 9, 2]],
    inputs: [Array.from({ length: 36 }, (_, i) => -1 - ((i * 17) % 36))],
    operation: (tape, x) => maxPool(tape, x!, 3),
    reference: poolReference([1, 2, 9, 2], 3) as Case['reference'],
  },
  {
    name: 'mean over time',
    dims: [[2, 3, 5, 2]],
    operation: (tape, x) => meanOverTime(tape, x!),
    reference: (x) =>
      [...indices(2, 3, 2)].map(([n, c, f]) => {
        const values = Array.from({ length: 5 }, (_, t) => x![at([2, 3, 5, 2], [n!, c!, t, f!])]!);
        return values.reduce((sum, value) => sum + value, 0) / 5;
      }),
  },
  {
    name: 'flattening by time, channel, feature',
    dims: [[2, 3, 4, 2]],
    operation: (tape, x) => flatten(tape, x!),
    reference: (x) => [...indices(2, 4, 3, 2)].map(([n, t, c, f]) => x![at([2, 3, 4, 2], [n!, c!, t!, f!])]!),
  },
  {
    name: 'features as channels',
    dims: [[2, 1, 4, 3]],
    operation: (tape, x) => featuresToChannels(tape, x!),
    reference: (x) => [...indices(2, 3, 4)].map(([n, f, t]) => x![at([2, 4, 3], [n!, t!, f!])]!),
  },
  {
    name: 'dense layer',
    dims: [[3, 4], [2, 4], [2]],
    operation: (tape, x, weights, bias) => dense(tape, x!, { weights: weights!, bias: bias! }),
    reference: (x, w, b) =>
      [...indices(3, 2)].map(([n, o]) =>
        [0, 1, 2, 3].reduce((sum, i) => sum + x![n! * 4 + i]! * w![o! * 4 + i]!, b![o!]!),
      ),
  },
  {
    name: 'weighted cross-entropy with soft labels',
    dims: [[6, 1]],
    inputs: [[-90, -3, -0.2, 0.4, 5, 90]],
    operation: (tape, logits) =>
      crossEntropy(tape, logits!, {
        targets: tape.builder.floats('targets', [6, 1], softTargets),
        weights: tape.builder.floats('weights', [6, 1], rowWeights),
      }),
    reference: (logits) => [
      logits!.reduce((sum, z, i) => {
        const softplus = Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z)));
        return sum + rowWeights[i]! * (softplus - softTargets[i]! * z);
      }, 0),
    ],
  },
];
const softTargets = [0, 1, 0.3, 0.75, 1, 0.5];
const rowWeights = [1, 0.5, 2, 0, 1.5, 1];

/** The operation's values, and the gradients of Σ output · seed. */
async function compute({ dims, operation }: Case, inputs: readonly Numbers[], seed: Numbers) {
  const builder = createGraphBuilder('operation');
  const tape = createTape(builder);
  const traced = dims.map((one, i) => tape.given(builder.input(`x${i}`, 'float32', one), one, true));
  const output = operation(tape, ...traced);
  const upstream = builder.input('seed', 'float32', output.dims);
  const gradients = tape.gradients(output, upstream, traced);
  builder.output('y', output.value, 'float32', output.dims);
  gradients.forEach((gradient, i) => builder.output(`g${i}`, gradient, 'float32', dims[i]!));
  const opened = await engine.open(builder.build());
  if (!opened.ok) throw new Error(JSON.stringify(opened.problem.details));
  const feeds = inputs.map(
    (data, i) => [`x${i}`, { data: Float32Array.from(data), dims: dims[i]! }] as const,
  );
  const result = await opened.value.run({
    ...Object.fromEntries(feeds),
    seed: { data: Float32Array.from(seed), dims: output.dims },
  });
  await opened.value.release();
  if (!result.ok) throw new Error(JSON.stringify(result.problem.details));
  return {
    y: result.value['y']!,
    declared: output.dims,
    gradients: dims.map((_, i) => result.value[`g${i}`]!),
  };
}

function expectClose(found: ArrayLike<number>, expected: Numbers, what: string): void {
  expect(found.length, what).toBe(expected.length);
  const size = Math.max(1e-3, ...expected.map(Math.abs));
  expected.forEach((value, i) => {
    const error = Math.abs(found[i]! - value);
    expect(error, `${what} ${i}: ${found[i]} for ${value}`).toBeLessThan(
      2e-6 * size + 2e-6 * Math.abs(value),
    );
  });
}

describe('the gradient of', () => {
  it.each(cases)('$name agrees with finite differences in float64', async (one) => {
    const random = seededRandom(7);
    const normal = (length: number): number[] => Array.from({ length }, () => Math.fround(random.normal()));
    const inputs = one.inputs ?? one.dims.map((dims) => normal(sizeOf(dims)));
    const expected = one.reference(...inputs);
    const seed = normal(expected.length);
    const { y, declared, gradients } = await compute(one, inputs, seed);
    expect(y.dims).toEqual(declared);
    expectClose(y.data, expected, 'value');
    inputs.forEach((input, which) => {
      const differences = input.map((value, i) => {
        const step = 1e-5;
        const moved = (by: number): number => {
          const changed = inputs.map((other) => [...other]);
          changed[which]![i] = value + by;
          return one.reference(...changed).reduce((sum, output, k) => sum + output * seed[k]!, 0);
        };
        return (moved(step) - moved(-step)) / (2 * step);
      });
      expect(gradients[which]!.dims).toEqual(one.dims[which]);
      expectClose(gradients[which]!.data, differences, `gradient ${which}`);
    });
  });

  it('a max-pool goes to the first of equal values, once', async () => {
    const pool = cases.find(({ name }) => name.startsWith('max-pool of two'))!;
    const flat = {
      ...pool,
      dims: [[1, 1, 5, 1]],
      operation: (tape: Tape, x?: Traced) => maxPool(tape, x!, 2),
    };
    const { gradients } = await compute(flat, [[3, 3, -1, -1, 9]], [10, 20]);
    expect([...gradients[0]!.data]).toEqual([10, 0, 20, 0, 0]);
  });

  it('a normalisation stays exact where the mean is a thousand deviations away', async () => {
    const dims = [1, 2, 50, 4];
    const random = seededRandom(3);
    const x = Array.from({ length: 400 }, () => Math.fround(1000 + random.normal()));
    const scale = [1, 1];
    const shift = [0, 0];
    const norm = cases.find(({ name }) => name === 'group normalisation')!;
    const far: Case = {
      ...norm,
      dims: [dims, [2], [2]],
      operation: (tape, value, gain, offset) =>
        groupNormalise(tape, value!, { scale: gain!, shift: offset! }, 1),
    };
    const seed = Array.from({ length: 400 }, () => Math.fround(random.normal()));
    const { y } = await compute(far, [x, scale, shift], seed);
    const expected = groupNormReference(dims, 1)(x, scale, shift);
    // The mean itself is known to one part in 10⁷ of a thousand; the usual shortcut is off by 5 % here.
    expected.forEach((value, i) => expect(Math.abs(y.data[i]! - value)).toBeLessThan(3e-4));
  });

  it('a parameter that nothing uses is zero, and data is never differentiated', async () => {
    const builder = createGraphBuilder('unused');
    const tape = createTape(builder);
    const data = tape.given(builder.input('x', 'float32', [2]), [2], false);
    const unused = tape.given(builder.input('w', 'float32', [3]), [3], true);
    const output = mish(tape, data);
    expect(output.isTracked).toBe(false);
    const [gradient] = tape.gradients(output, builder.floats('one', [2], [1, 1]), [unused]);
    builder.output('y', output.value, 'float32', [2]);
    builder.output('g', gradient!, 'float32', [3]);
    const graph = builder.build();
    expect(graph.nodes.filter(({ operator }) => operator === 'Sigmoid').length).toBe(1);
    const opened = await engine.open(graph);
    const result = opened.ok
      ? await opened.value.run({
          x: { data: Float32Array.of(1, 2), dims: [2] },
          w: { data: Float32Array.of(1, 2, 3), dims: [3] },
        })
      : opened;
    expect(result.ok && [...result.value['g']!.data]).toEqual([0, 0, 0]);
  });
});
