/** A network as a plain value, and what follows from it: shapes, parameters in one flat vector, dropout masks. */
import { convolvedLength } from '../autodiff/convolution.ts';
import { sizeOf } from '../autodiff/tape.ts';

/**
 * One step of a network. Between layers stands [batch, channels, time, features] or, after 'flatten' and
 * 'mean-over-time', [batch, width].
 */
export type Layer =
  | {
      /** Over time alone; 'same' keeps the length by zeros at both ends and wants an odd number of taps. */
      readonly kind: 'convolution';
      readonly name: string;
      readonly channels: number;
      readonly taps: number;
      readonly dilation: number;
      readonly padding: 'none' | 'same';
    }
  | {
      /** Each channel by itself. */
      readonly kind: 'depthwise-convolution';
      readonly name: string;
      readonly taps: number;
      readonly dilation: number;
      readonly padding: 'none' | 'same';
    }
  | { readonly kind: 'group-norm'; readonly name: string; readonly groups: number }
  | { readonly kind: 'mish' }
  | { readonly kind: 'relu' }
  | { readonly kind: 'max-pool'; readonly size: number }
  /** `rate` is the share that is left out in training. */
  | { readonly kind: 'dropout'; readonly rate: number }
  | { readonly kind: 'features-to-channels' }
  | { readonly kind: 'flatten' }
  | { readonly kind: 'mean-over-time' }
  | { readonly kind: 'dense'; readonly name: string; readonly width: number }
  /** Input plus what the layers make of it; they keep the shape. */
  | { readonly kind: 'residual'; readonly layers: readonly Layer[] };

export interface Network {
  readonly name: string;
  /** What one window is: [1, frames, bands] of features. */
  readonly frames: number;
  readonly bands: number;
  /** Ends in one logit per window. */
  readonly layers: readonly Layer[];
}

export interface Parameter {
  /** The layer's name and `weight` or `bias`, as PyTorch names them. */
  readonly name: string;
  readonly dims: readonly number[];
  /** Where it starts in the flat vector. */
  readonly offset: number;
  /** How it starts out: uniform in ± bound, or all one value. */
  readonly start:
    | { readonly kind: 'uniform'; readonly bound: number }
    | { readonly kind: 'constant'; readonly value: number };
}

export interface DropoutMask {
  readonly rate: number;
  /** Numbers of the mask for one window. */
  readonly sizePerRow: number;
}

export interface NetworkPlan {
  readonly parameters: readonly Parameter[];
  /** Length of the flat parameter vector. */
  readonly parameterCount: number;
  readonly masks: readonly DropoutMask[];
}

/** Throws where layers do not fit each other: a network is written by us, not read from outside. */
export function planNetwork(network: Network): NetworkPlan {
  const parameters: Parameter[] = [];
  const masks: DropoutMask[] = [];
  let parameterCount = 0;
  const walk = (layers: readonly Layer[], before: readonly number[]): readonly number[] =>
    layers.reduce((dims, layer) => {
      for (const { name, dims: own, start } of parametersOf(layer, dims)) {
        parameters.push({ name, dims: own, offset: parameterCount, start });
        parameterCount += sizeOf(own);
      }
      if (layer.kind === 'dropout') masks.push({ rate: layer.rate, sizePerRow: sizeOf(dims) });
      const after = layer.kind === 'residual' ? walk(layer.layers, dims) : shapeAfter(layer, dims);
      if (layer.kind === 'residual' && after.join() !== dims.join()) {
        throw new RangeError(
          `${network.name}: a residual branch makes [${after.join()}] of [${dims.join()}]`,
        );
      }
      if (after.some((dim) => !Number.isInteger(dim) || dim < 1)) {
        throw new RangeError(`${network.name}: ${layer.kind} makes [${after.join()}] of [${dims.join()}]`);
      }
      return after;
    }, before);
  const end = walk(network.layers, [1, network.frames, network.bands]);
  if (end.join() !== '1') throw new RangeError(`${network.name} ends in [${end.join()}], not in one logit`);
  const names = new Set(parameters.map(({ name }) => name));
  if (names.size !== parameters.length) throw new RangeError(`${network.name}: two layers share a name`);
  return { parameters, parameterCount, masks };
}

export function paddingOf(layer: { taps: number; dilation: number; padding: 'none' | 'same' }): number {
  if (layer.padding === 'none') return 0;
  const reach = (layer.dilation * (layer.taps - 1)) / 2;
  if (!Number.isInteger(reach)) throw new RangeError('same padding wants an odd number of taps');
  return reach;
}

/** Shapes are without the batch: [channels, time, features] or [width]. */
function shapeAfter(layer: Exclude<Layer, { kind: 'residual' }>, dims: readonly number[]): readonly number[] {
  const [channels = 0, time = 0, features = 0] = dims;
  const convolved = (conv: Parameters<typeof paddingOf>[0]): number =>
    convolvedLength(time, conv.taps, { dilation: conv.dilation, padding: paddingOf(conv) });
  switch (layer.kind) {
    case 'convolution':
      return [layer.channels, convolved(layer), features];
    case 'depthwise-convolution':
      return [channels, convolved(layer), features];
    case 'max-pool':
      return [channels, Math.floor(time / layer.size), features];
    case 'features-to-channels':
      return [features, time, channels];
    case 'flatten':
      return [sizeOf(dims)];
    case 'mean-over-time':
      return [channels * features];
    case 'dense':
      return [layer.width];
    case 'group-norm':
    case 'mish':
    case 'relu':
    case 'dropout':
      return dims;
  }
}

type NewParameter = Omit<Parameter, 'offset'>;

function parametersOf(layer: Layer, [first = 0]: readonly number[]): readonly NewParameter[] {
  switch (layer.kind) {
    case 'convolution':
      return weightAndBias(layer.name, [layer.channels, first, layer.taps, 1]);
    case 'depthwise-convolution':
      return weightAndBias(layer.name, [first, 1, layer.taps, 1]);
    case 'dense':
      return weightAndBias(layer.name, [layer.width, first]);
    case 'group-norm':
      return [
        { name: `${layer.name}.weight`, dims: [first], start: { kind: 'constant', value: 1 } },
        { name: `${layer.name}.bias`, dims: [first], start: { kind: 'constant', value: 0 } },
      ];
    case 'mish':
    case 'relu':
    case 'max-pool':
    case 'dropout':
    case 'features-to-channels':
    case 'flatten':
    case 'mean-over-time':
    case 'residual':
      return [];
  }
}

/** Weights and biases start uniform within one over the root of the number of inputs, PyTorch's default. */
function weightAndBias(name: string, dims: readonly number[]): readonly NewParameter[] {
  const start = { kind: 'uniform', bound: 1 / Math.sqrt(sizeOf(dims.slice(1))) } as const;
  return [
    { name: `${name}.weight`, dims, start },
    { name: `${name}.bias`, dims: [dims[0]!], start },
  ];
}
