/** The graphs of a network: the same layers with the training half, and without it. */
import { add, dropOut, mish, relu } from '../autodiff/activations.ts';
import { convolve, convolveDepthwise } from '../autodiff/convolution.ts';
import { crossEntropy } from '../autodiff/cross-entropy.ts';
import { dense } from '../autodiff/dense.ts';
import { groupNormalise } from '../autodiff/group-norm.ts';
import { featuresToChannels, flatten, maxPool, meanOverTime } from '../autodiff/shapes.ts';
import { createTape, emitterOf, sizeOf, type Tape, type Traced } from '../autodiff/tape.ts';
import { createGraphBuilder, type GraphBuilder, type Value } from '../graph/graph-builder.ts';
import type { Graph } from '../graph/graph.ts';
import { paddingOf, planNetwork, type Layer, type Network } from './network.ts';

/** Name of the n-th dropout mask among the inputs of the gradient graph. */
export function maskName(index: number): string {
  return `mask_${index}`;
}

/**
 * The training half of a step, for a fixed number of windows. In: `parameters` [count], `gradient_sum` [count],
 * `features` [rows, frames, bands], `targets` [rows, 1] in 0..1, `weights` [rows, 1], and `mask_0`, … [rows, numbers
 * per row] (0, or one over the share that is kept). Out: `gradients` [count], the sum so far plus those of
 * Σ weight · cross-entropy over these windows; `loss`, that sum, a scalar; `logits` [rows, 1].
 *
 * Nothing in a network looks from one window to another, so a batch of any size goes through in pieces that fit the
 * processor's cache, and the gradients add up exactly to those of the whole; a piece is filled up with weights of 0.
 */
export function gradientGraph(network: Network, rows: number): Graph {
  const plan = planNetwork(network);
  const builder = createGraphBuilder(`${network.name}_gradients`);
  const emit = emitterOf(builder);
  const tape = createTape(builder);
  const count = plan.parameterCount;
  const flat = builder.input('parameters', 'float32', [count]);
  const before = builder.input('gradient_sum', 'float32', [count]);
  const features = builder.input('features', 'float32', [rows, network.frames, network.bands]);
  const targets = builder.input('targets', 'float32', [rows, 1]);
  const weights = builder.input('weights', 'float32', [rows, 1]);
  const masks = plan.masks.map(({ sizePerRow }, index) =>
    builder.input(maskName(index), 'float32', [rows, sizePerRow]),
  );
  const parameters = unpack(tape, network, flat, true);
  const logits = emitLayers(tape, network, { features, rows, parameters, masks });
  const loss = crossEntropy(tape, logits, { targets, weights });
  const gradients = tape.gradients(loss, emit.scalar(1), [...parameters.values()]);
  const together = emit.concat(
    gradients.map((gradient) => emit.reshape(gradient, [-1])),
    0,
  );
  builder.output('gradients', emit.add(before, together), 'float32', [count]);
  builder.output('loss', loss.value, 'float32', []);
  builder.output('logits', logits.value, 'float32', [rows, 1]);
  return builder.build();
}

/** The network as it is now: `parameters` [count] and `features` [rows, frames, bands] to `logits` [rows, 1]. */
export function logitGraph(network: Network, rows: number): Graph {
  const builder = createGraphBuilder(`${network.name}_logits`);
  const flat = builder.input('parameters', 'float32', [planNetwork(network).parameterCount]);
  const features = builder.input('features', 'float32', [rows, network.frames, network.bands]);
  const tape = createTape(builder);
  const parameters = unpack(tape, network, flat, false);
  const logits = emitLayers(tape, network, { features, rows, parameters });
  builder.output('logits', logits.value, 'float32', [rows, 1]);
  return builder.build();
}

/**
 * Adds a trained network to a graph: features [windows, frames, bands], any number of windows, to the positive
 * label's probability, [windows, 1]. The parameters are stored in the graph by name.
 */
export function addNetwork(
  builder: GraphBuilder,
  network: Network,
  parameters: Float32Array,
  features: Value,
): Value {
  const plan = planNetwork(network);
  if (parameters.length !== plan.parameterCount) {
    throw new RangeError(`${network.name}: ${parameters.length} parameters of ${plan.parameterCount}`);
  }
  const tape = createTape(builder);
  const stored = new Map(
    plan.parameters.map(({ name, dims, offset }) => {
      const data = parameters.slice(offset, offset + sizeOf(dims));
      const value = builder.tensor(name, { elementType: 'float32', dims, data });
      return [name, tape.given(value, dims, false)] as const;
    }),
  );
  const logits = emitLayers(tape, network, { features, rows: -1, parameters: stored });
  return builder.node('Sigmoid', [logits.value]);
}

function unpack(tape: Tape, network: Network, flat: Value, isTracked: boolean): ReadonlyMap<string, Traced> {
  const emit = emitterOf(tape.builder);
  return new Map(
    planNetwork(network).parameters.map(({ name, dims, offset }) => {
      const piece = emit.slice(flat, 0, [offset, offset + sizeOf(dims), 1]);
      return [name, tape.given(emit.reshape(piece, dims), dims, isTracked)] as const;
    }),
  );
}

interface NetworkInputs {
  readonly features: Value;
  /** −1 for any number, which only a graph without gradients can serve. */
  readonly rows: number;
  readonly parameters: ReadonlyMap<string, Traced>;
  /** Absent where the network serves: nothing is dropped. */
  readonly masks?: readonly Value[];
}

/** Logits [rows, 1]. */
function emitLayers(tape: Tape, network: Network, inputs: NetworkInputs): Traced {
  const { rows, masks } = inputs;
  const emit = emitterOf(tape.builder);
  const dims = [rows, 1, network.frames, network.bands];
  let usedMasks = 0;
  const parametersOf = (name: string): { readonly weights: Traced; readonly bias: Traced } => ({
    weights: inputs.parameters.get(`${name}.weight`)!,
    bias: inputs.parameters.get(`${name}.bias`)!,
  });
  const emitLayer = (x: Traced, layer: Layer): Traced => {
    switch (layer.kind) {
      case 'convolution':
        return convolve(tape, x, parametersOf(layer.name), {
          dilation: layer.dilation,
          padding: paddingOf(layer),
        });
      case 'depthwise-convolution':
        return convolveDepthwise(tape, x, parametersOf(layer.name), {
          dilation: layer.dilation,
          padding: paddingOf(layer),
        });
      case 'group-norm': {
        const { weights: scale, bias: shift } = parametersOf(layer.name);
        return groupNormalise(tape, x, { scale, shift }, layer.groups);
      }
      case 'mish':
        return mish(tape, x);
      case 'relu':
        return relu(tape, x);
      case 'max-pool':
        return maxPool(tape, x, layer.size);
      case 'dropout': {
        const mask = masks?.[usedMasks++];
        return mask === undefined ? x : dropOut(tape, x, emit.reshape(mask, x.dims));
      }
      case 'features-to-channels':
        return featuresToChannels(tape, x);
      case 'flatten':
        return flatten(tape, x);
      case 'mean-over-time':
        return meanOverTime(tape, x);
      case 'dense':
        return dense(tape, x, parametersOf(layer.name));
      case 'residual':
        return add(tape, x, layer.layers.reduce(emitLayer, x));
    }
  };
  return network.layers.reduce(emitLayer, tape.given(emit.reshape(inputs.features, dims), dims, false));
}
