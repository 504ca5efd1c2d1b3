/** Operations that move or gather values: pooling, flattening, exchange of axes. */
import type { Value } from '../graph/graph-builder.ts';
import { emitterOf, sizeOf, type Tape, type Traced } from './tape.ts';

/**
 * Largest of every `size` steps of time: x [batch, channels, time, features] to time' = floor(time / size); what is
 * left over at the end is dropped. Of equal values the first takes the gradient, so that the gradient of a constant
 * stretch is counted once.
 */
export function maxPool(tape: Tape, x: Traced, size: number): Traced {
  const [batch, channels, time, features] = x.dims as [number, number, number, number];
  const { builder } = tape;
  const emit = emitterOf(builder);
  const length = Math.floor(time / size);
  const used = length * size;
  const parts = Array.from({ length: size }, (_, j) => emit.slice(x.value, 2, [j, used, size]));
  const value = builder.node('Max', parts);
  const inputGradient = (gradient: Value): Value => {
    let rest = gradient;
    const shares = parts.slice(0, -1).map((part) => {
      const share = builder.node('Where', [builder.node('Equal', [part, value]), rest, emit.scalar(0)]);
      rest = emit.subtract(rest, share);
      return share;
    });
    // Beside each other along the features is one after the other in time.
    const joined = emit.reshape(emit.concat([...shares, rest], 3), [batch, channels, used, features]);
    return emit.pad(joined, 4, 2, 0, time - used);
  };
  return tape.record(value, [batch, channels, length, features], [[x, inputGradient]]);
}

/** Mean over time: [batch, channels, time, features] to [batch, channels · features]. */
export function meanOverTime(tape: Tape, x: Traced): Traced {
  const [batch, channels, time, features] = x.dims as [number, number, number, number];
  const emit = emitterOf(tape.builder);
  const flat = [batch, channels * features];
  const value = emit.reshape(emit.mean(x.value, [2], false), flat);
  const inputGradient = (gradient: Value): Value => {
    const share = emit.reshape(emit.divide(gradient, emit.scalar(time)), [batch, channels, 1, features]);
    return tape.builder.node('Expand', [share, tape.builder.integers('shape', x.dims)]);
  };
  return tape.record(value, flat, [[x, inputGradient]]);
}

/** [batch, channels, time, features] to [batch, time · channels · features], in that order. */
export function flatten(tape: Tape, x: Traced): Traced {
  const [batch, channels, time, features] = x.dims as [number, number, number, number];
  const emit = emitterOf(tape.builder);
  const flat = [batch, sizeOf(x.dims) / batch];
  const value = emit.reshape(emit.transpose(x.value, [0, 2, 1, 3]), flat);
  const inputGradient = (gradient: Value): Value =>
    emit.transpose(emit.reshape(gradient, [batch, time, channels, features]), [0, 2, 1, 3]);
  return tape.record(value, flat, [[x, inputGradient]]);
}

/** [batch, 1, time, features] to [batch, features, time, 1]: every feature becomes a channel. */
export function featuresToChannels(tape: Tape, x: Traced): Traced {
  const [batch, , time, features] = x.dims as [number, number, number, number];
  const emit = emitterOf(tape.builder);
  const exchange = (value: Value): Value => emit.transpose(value, [0, 3, 2, 1]);
  return tape.record(exchange(x.value), [batch, features, time, 1], [[x, exchange]]);
}
