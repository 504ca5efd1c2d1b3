import type { Value } from '../graph/graph-builder.ts';
import { emitterOf, type Tape, type Traced } from './tape.ts';

/**
 * Mish, x · tanh(softplus x), element by element. Source: D. Misra, BMVC 2020. With s = sigmoid x and a = s (2 − s),
 * tanh(softplus x) = a / (2 − a): nothing overflows, nothing cancels, and the sigmoid is several times faster than
 * softplus or Mish itself in ONNX Runtime.
 */
export function mish(tape: Tape, x: Traced): Traced {
  const { builder } = tape;
  const emit = emitterOf(builder);
  const two = emit.scalar(2);
  const sigmoid = builder.node('Sigmoid', [x.value]);
  const a = emit.multiply(sigmoid, emit.subtract(two, sigmoid));
  const factor = emit.divide(a, emit.subtract(two, a));
  const value = emit.multiply(x.value, factor);
  /** With t = tanh(softplus x): t + x s (1 − t²) = t + s (x − y t). */
  const inputGradient = (gradient: Value): Value => {
    const rest = emit.subtract(x.value, emit.multiply(value, factor));
    return emit.multiply(gradient, emit.add(factor, emit.multiply(sigmoid, rest)));
  };
  return tape.record(value, x.dims, [[x, inputGradient]]);
}

/** The larger of x and 0, element by element; the gradient at 0 is 0. */
export function relu(tape: Tape, x: Traced): Traced {
  const { builder } = tape;
  const emit = emitterOf(builder);
  const inputGradient = (gradient: Value): Value =>
    builder.node('Where', [builder.node('Greater', [x.value, emit.scalar(0)]), gradient, emit.scalar(0)]);
  return tape.record(builder.node('Relu', [x.value]), x.dims, [[x, inputGradient]]);
}

/** x · mask, element by element; the mask is data: 0, or one over the share that is kept. */
export function dropOut(tape: Tape, x: Traced, mask: Value): Traced {
  const { multiply } = emitterOf(tape.builder);
  return tape.record(multiply(x.value, mask), x.dims, [[x, (gradient) => multiply(gradient, mask)]]);
}

/** a + b of one shape. */
export function add(tape: Tape, a: Traced, b: Traced): Traced {
  const pass = (gradient: Value): Value => gradient;
  return tape.record(emitterOf(tape.builder).add(a.value, b.value), a.dims, [
    [a, pass],
    [b, pass],
  ]);
}
