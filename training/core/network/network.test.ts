import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { onnxTensorEngine } from '../../adapters/onnx-engine/tensor-engine.ts';
import { encodeOnnx } from '../../adapters/onnx-proto/encode-onnx.ts';
import type { FloatTensor, OpenTensorGraph } from '../../ports/tensor-engine.ts';
import { sizeOf } from '../autodiff/tape.ts';
import { createGraphBuilder } from '../graph/graph-builder.ts';
import type { Graph } from '../graph/graph.ts';
import { initialParameters } from './initial-parameters.ts';
import { drawing, parametersLikeTorch } from './fixtures/like-torch.ts';
import { addNetwork, gradientGraph, logitGraph, maskName } from './network-graphs.ts';
import { planNetwork, type Network } from './network.ts';
import { referenceNetwork, smallNetwork } from './networks.ts';

interface NetworkCase {
  readonly seconds: number;
  readonly seed: number;
  readonly parameterCount: number;
  readonly servedLogits: number[];
  readonly targets: number[];
  readonly weights: number[];
  readonly logits: number[];
  readonly loss: number;
  readonly gradients: {
    readonly name: string;
    readonly dims: number[];
    readonly sum: number;
    readonly norm: number;
    readonly values: Record<string, number>;
  }[];
}
const fixture = JSON.parse(
  readFileSync(new URL('../../fixtures/reference-network-torch.json', import.meta.url), 'utf8'),
) as { readonly networks: NetworkCase[] };

const engine = onnxTensorEngine(encodeOnnx);
const opened: OpenTensorGraph[] = [];
afterAll(async () => {
  for (const graph of opened) await graph.release();
});

async function open(graph: Graph): Promise<OpenTensorGraph> {
  const result = await engine.open(graph);
  if (!result.ok) throw new Error(JSON.stringify(result.problem.details));
  opened.push(result.value);
  return result.value;
}

async function run(graph: OpenTensorGraph, inputs: Record<string, FloatTensor>) {
  const result = await graph.run(inputs);
  if (!result.ok) throw new Error(JSON.stringify(result.problem.details));
  return result.value;
}

const tensor = (data: Float32Array, ...dims: number[]): FloatTensor => ({ data, dims });
const column = (values: readonly number[]): FloatTensor =>
  tensor(Float32Array.from(values), values.length, 1);

describe('the reference network', () => {
  it('has 691 613 parameters at 4 s and 499 613 at 3 s', () => {
    expect([4, 3].map((seconds) => planNetwork(referenceNetwork(seconds)).parameterCount)).toEqual([
      691_613, 499_613,
    ]);
  });

  it.each(fixture.networks)('of $seconds s has the loss and the gradients of PyTorch', async (expected) => {
    const network = referenceNetwork(expected.seconds);
    const plan = planNetwork(network);
    const rows = expected.targets.length;
    const random = drawing(expected.seed);
    const parameters = tensor(parametersLikeTorch(network, random), plan.parameterCount);
    const features = tensor(
      random.within(30, rows * network.frames * network.bands),
      ...[rows, network.frames, network.bands],
    );
    const masks = plan.masks.map(({ sizePerRow }, index) => {
      const mask = Float32Array.from({ length: rows * sizePerRow }, () =>
        random.draw() >= 0.7 ? 1 / 0.3 : 0,
      );
      return [maskName(index), tensor(mask, rows, sizePerRow)] as const;
    });
    const served = await run(await open(logitGraph(network, rows)), { parameters, features });
    served['logits']!.data.forEach((logit, row) => expect(logit).toBeCloseTo(expected.servedLogits[row]!, 5));

    const before = Float32Array.from({ length: plan.parameterCount }, (_, i) => (i === 0 ? 3 : 0));
    const found = await run(await open(gradientGraph(network, rows)), {
      parameters,
      features,
      gradient_sum: tensor(before, plan.parameterCount),
      targets: column(expected.targets),
      weights: column(expected.weights),
      ...Object.fromEntries(masks),
    });
    expect(found['loss']!.data[0]).toBeCloseTo(expected.loss, 5);
    found['logits']!.data.forEach((logit, row) => expect(logit).toBeCloseTo(expected.logits[row]!, 5));
    const gradients = found['gradients']!.data;
    gradients[0]! -= 3;
    expect(plan.parameters.map(({ name, dims }) => [name, dims])).toEqual(
      expected.gradients.map(({ name, dims }) => [name, dims]),
    );
    for (const [index, { name, sum, norm, values }] of expected.gradients.entries()) {
      const { dims, offset } = plan.parameters[index]!;
      const own = gradients.subarray(offset, offset + sizeOf(dims));
      const length = Math.sqrt(own.reduce((all, g) => all + g * g, 0));
      expect(Math.abs(length - norm) / norm, `${name}: norm`).toBeLessThan(2e-5);
      const total = own.reduce((all, g) => all + g, 0);
      expect(Math.abs(total - sum) / (norm * Math.sqrt(own.length)), `${name}: sum`).toBeLessThan(2e-5);
      // Against the size of the whole tensor: single values cross zero.
      const typical = norm / Math.sqrt(own.length);
      for (const [place, value] of Object.entries(values)) {
        const error = Math.abs(own[Number(place)]! - value) / Math.max(typical, Math.abs(value));
        expect(error, `${name} ${place}`).toBeLessThan(5e-5);
      }
    }
  });

  it('starts out uniform within one over the root of the inputs, the same for the same seed', () => {
    const network = referenceNetwork();
    const { parameters } = planNetwork(network);
    const flat = initialParameters(network, 5);
    expect(initialParameters(network, 5)).toEqual(flat);
    expect(initialParameters(network, 6)).not.toEqual(flat);
    const part = (name: string): Float32Array => {
      const { dims, offset } = parameters.find((one) => one.name === name)!;
      return flat.subarray(offset, offset + sizeOf(dims));
    };
    const bound = 1 / Math.sqrt(6880);
    const weights = part('fc1.weight');
    const largest = weights.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0);
    expect(largest).toBeLessThanOrEqual(Math.fround(bound));
    expect(largest).toBeGreaterThan(0.9999 * bound);
    const mean = weights.reduce((sum, weight) => sum + weight, 0) / weights.length;
    expect(Math.abs(mean)).toBeLessThan((5 * bound) / Math.sqrt(3 * weights.length));
    expect([new Set(part('norm1.weight')), new Set(part('norm1.bias'))]).toEqual([
      new Set([1]),
      new Set([0]),
    ]);
  });
});

describe.each([smallNetwork(), referenceNetwork(3)])('the $name network', (network) => {
  const plan = planNetwork(network);
  const random = drawing(11);
  const rows = 4;
  const features = random.within(30, rows * network.frames * network.bands);
  const parameters = initialParameters(network, 1);
  const inputs = (from: number, count: number) => ({
    parameters: tensor(parameters, plan.parameterCount),
    gradient_sum: tensor(new Float32Array(plan.parameterCount), plan.parameterCount),
    features: tensor(
      features.slice(from * network.frames * network.bands, (from + count) * network.frames * network.bands),
      ...[count, network.frames, network.bands],
    ),
    targets: column([1, 0, 0.5, 1].slice(from, from + count)),
    weights: column([0.25, 0.5, 0.25, 0.125].slice(from, from + count)),
    ...Object.fromEntries(
      plan.masks.map(({ sizePerRow }, index) => [
        maskName(index),
        tensor(new Float32Array(count * sizePerRow).fill(1), count, sizePerRow),
      ]),
    ),
  });

  it('serves any number of windows with the logits that it was trained by', async () => {
    const { features: given } = inputs(0, rows);
    const trained = await run(await open(logitGraph(network, rows)), {
      parameters: tensor(parameters, plan.parameterCount),
      features: given,
    });
    const builder = createGraphBuilder('served');
    const x = builder.input('features', 'float32', ['windows', network.frames, network.bands]);
    builder.output('scores', addNetwork(builder, network, parameters, x), 'float32', ['windows', 1]);
    const graph = await open(builder.build());
    for (const count of [rows, 1]) {
      const served = await run(graph, { features: inputs(0, count).features });
      expect(served['scores']!.dims).toEqual([count, 1]);
      served['scores']!.data.forEach((score, row) =>
        expect(score).toBeCloseTo(1 / (1 + Math.exp(-trained['logits']!.data[row]!)), 6),
      );
    }
  });

  it('has the same gradients in one piece and in two', async () => {
    const whole = await run(await open(gradientGraph(network, rows)), inputs(0, rows));
    const half = await open(gradientGraph(network, rows / 2));
    const first = await run(half, inputs(0, 2));
    const second = await run(half, { ...inputs(2, 2), gradient_sum: first['gradients']! });
    expect(first['loss']!.data[0]! + second['loss']!.data[0]!).toBeCloseTo(whole['loss']!.data[0]!, 6);
    const norm = Math.sqrt(whole['gradients']!.data.reduce((sum, value) => sum + value ** 2, 0));
    const apart = whole['gradients']!.data.reduce(
      (sum, value, i) => sum + (value - second['gradients']!.data[i]!) ** 2,
      0,
    );
    expect(Math.sqrt(apart) / norm).toBeLessThan(1e-5);
  });

  it('has gradients that its loss follows', async () => {
    const graph = await open(gradientGraph(network, rows));
    const { gradients, loss } = (await run(graph, inputs(0, rows))) as Record<string, FloatTensor>;
    const squared = gradients!.data.reduce((sum, value) => sum + value ** 2, 0);
    const step = 1e-3 / squared;
    const moved = parameters.map((parameter, i) => parameter - step * gradients!.data[i]!);
    const after = await run(graph, { ...inputs(0, rows), parameters: tensor(moved, plan.parameterCount) });
    const fall = loss!.data[0]! - after['loss']!.data[0]!;
    expect(fall / (step * squared)).toBeGreaterThan(0.8);
    expect(fall / (step * squared)).toBeLessThan(1.2);
  });
});

describe('a description that does not fit together', () => {
  const base: Network = { name: 'odd', frames: 20, bands: 4, layers: [] };
  const dense = { kind: 'dense', name: 'out', width: 1 } as const;
  const convolution = {
    kind: 'convolution',
    name: 'c',
    channels: 2,
    taps: 4,
    dilation: 1,
    padding: 'none',
  } as const;
  it.each([
    ['ends in several numbers', [{ kind: 'flatten' }]],
    ['uses a name twice', [{ kind: 'flatten' }, { ...dense, width: 2 }, dense]],
    [
      'has a branch of another shape',
      [{ kind: 'residual', layers: [convolution] }, { kind: 'flatten' }, dense],
    ],
    ['pads an even number of taps', [{ ...convolution, padding: 'same' }, { kind: 'flatten' }, dense]],
    ['is longer than its window', [{ ...convolution, taps: 30 }, { kind: 'flatten' }, dense]],
  ] as [string, Network['layers']][])('is refused when it %s', (_, layers) => {
    expect(() => planNetwork({ ...base, layers })).toThrow(RangeError);
  });
});
