import { int, ints, type Value } from '../graph/graph-builder.ts';
import { emitterOf, type Tape, type Traced } from './tape.ts';

export interface ConvolutionSettings {
  /** Steps of time between the taps. */
  readonly dilation: number;
  /** Zeros on both sides of time. */
  readonly padding: number;
}

/** Length of time after a convolution. */
export function convolvedLength(
  time: number,
  taps: number,
  { dilation, padding }: ConvolutionSettings,
): number {
  return time + 2 * padding - dilation * (taps - 1);
}

/**
 * Convolution over time alone, stride 1: x [batch, in, time, features] with weights [out, in, taps, 1] and bias
 * [out] to [batch, out, time', features]; a feature never meets its neighbour. y(t) = Σ w(k) · x(t + k · dilation).
 */
export function convolve(
  tape: Tape,
  x: Traced,
  parameters: { readonly weights: Traced; readonly bias: Traced },
  settings: ConvolutionSettings,
): Traced {
  const { weights, bias } = parameters;
  const [batch, channels, time, features] = x.dims as [number, number, number, number];
  const [out, , taps] = weights.dims as [number, number, number, number];
  const { dilation, padding } = settings;
  const length = convolvedLength(time, taps, settings);
  const emit = emitterOf(tape.builder);
  const value = tape.builder.node('Conv', [x.value, weights.value, bias.value], {
    dilations: ints(dilation, 1),
    pads: ints(padding, 0, padding, 0),
  });

  const tapsOf = (): Value[] => {
    const padded = emit.pad(x.value, 4, 2, padding, padding);
    return Array.from({ length: taps }, (_, k) =>
      emit.slice(padded, 2, [k * dilation, k * dilation + length, 1]),
    );
  };
  const rows = (gradient: Value): Value => emit.reshape(gradient, [batch, out, length * features]);

  /** All taps beside each other and one product where there is one input channel, else one product per tap. */
  const weightGradient = (gradient: Value): Value => {
    if (channels === 1) {
      const columns = emit.reshape(emit.concat(tapsOf(), 1), [batch, taps, length * features]);
      const product = emit.matMul(rows(gradient), emit.transpose(columns, [0, 2, 1]));
      return emit.reshape(emit.sum(product, [0]), [out, 1, taps, 1]);
    }
    const products = tapsOf().map((tap) => {
      const columns = emit.transpose(emit.reshape(tap, [batch, channels, length * features]), [0, 2, 1]);
      return emit.reshape(emit.sum(emit.matMul(rows(gradient), columns), [0]), [out, channels, 1, 1]);
    });
    return emit.concat(products, 2);
  };
  /** A convolution of the gradient with the taps in reverse and the channels exchanged. */
  const inputGradient = (gradient: Value): Value => {
    const reversed = reverseTaps(tape, weights.value, taps);
    const around = dilation * (taps - 1) - padding;
    return tape.builder.node('Conv', [gradient, emit.transpose(reversed, [1, 0, 2, 3])], {
      dilations: ints(dilation, 1),
      pads: ints(around, 0, around, 0),
    });
  };
  return tape.record(
    value,
    [batch, out, length, features],
    [
      [x, inputGradient],
      [weights, weightGradient],
      [bias, (gradient) => biasGradient(tape, rows(gradient))],
    ],
  );
}

/**
 * Each channel with taps of its own: x [batch, channels, time, features] with weights [channels, 1, taps, 1] and
 * bias [channels] to [batch, channels, time', features].
 */
export function convolveDepthwise(
  tape: Tape,
  x: Traced,
  parameters: { readonly weights: Traced; readonly bias: Traced },
  settings: ConvolutionSettings,
): Traced {
  const { weights, bias } = parameters;
  const [batch, channels, time, features] = x.dims as [number, number, number, number];
  const taps = weights.dims[2]!;
  const { dilation, padding } = settings;
  const length = convolvedLength(time, taps, settings);
  const emit = emitterOf(tape.builder);
  const convolution = (input: Value, kernel: Value, around: number, ...rest: Value[]): Value =>
    tape.builder.node('Conv', [input, kernel, ...rest], {
      dilations: ints(dilation, 1),
      pads: ints(around, 0, around, 0),
      group: int(channels),
    });

  const weightGradient = (gradient: Value): Value => {
    const padded = emit.pad(x.value, 4, 2, padding, padding);
    const columns = Array.from({ length: taps }, (_, k) =>
      emit.reshape(emit.slice(padded, 2, [k * dilation, k * dilation + length, 1]), [
        batch,
        channels,
        1,
        length * features,
      ]),
    );
    const column = emit.reshape(gradient, [batch, channels, length * features, 1]);
    const product = emit.matMul(emit.concat(columns, 2), column);
    return emit.reshape(emit.sum(product, [0]), [channels, 1, taps, 1]);
  };
  return tape.record(
    convolution(x.value, weights.value, padding, bias.value),
    [batch, channels, length, features],
    [
      [
        x,
        (gradient) =>
          convolution(gradient, reverseTaps(tape, weights.value, taps), dilation * (taps - 1) - padding),
      ],
      [weights, weightGradient],
      [bias, (gradient) => biasGradient(tape, emit.reshape(gradient, [batch, channels, length * features]))],
    ],
  );
}

function reverseTaps({ builder }: Tape, weights: Value, taps: number): Value {
  const backwards = Array.from({ length: taps }, (_, k) => taps - 1 - k);
  return builder.node('Gather', [weights, builder.integers('backwards', backwards)], { axis: int(2) });
}

/** [batch, channels, positions] to [channels]: first along memory, then over the batch. */
function biasGradient({ builder }: Tape, gradient: Value): Value {
  const emit = emitterOf(builder);
  return emit.sum(emit.sum(gradient, [2]), [0]);
}
