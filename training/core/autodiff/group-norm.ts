import type { Value } from '../graph/graph-builder.ts';
import { emitterOf, type Tape, type Traced } from './tape.ts';

/** Added to the variance; the default of the reference's framework. */
const epsilon = 1e-5;

/**
 * Group normalisation: x [batch, channels, time, features], mean and variance over each group of channels, all of time
 * and features of one example, then scale and shift per channel ([channels] each). Source: Y. Wu and K. He, "Group
 * Normalization", ECCV 2018. The variance takes two passes: the mean of squares less the squared mean loses three
 * digits where the mean is large.
 */
export function groupNormalise(
  tape: Tape,
  x: Traced,
  parameters: { readonly scale: Traced; readonly shift: Traced },
  groups: number,
): Traced {
  const { scale, shift } = parameters;
  const [batch, channels, time, features] = x.dims as [number, number, number, number];
  if (channels % groups !== 0) throw new RangeError(`${channels} channels do not make ${groups} groups`);
  if (batch < 0) return normaliseAnyBatch(tape, x, parameters, groups);
  const inGroup = channels / groups;
  const positions = time * features;
  const count = inGroup * positions;
  const rows = batch * channels;
  const { builder } = tape;
  const emit = emitterOf(builder);

  const grouped = emit.reshape(x.value, [batch * groups, count]);
  const centred = emit.subtract(grouped, emit.mean(grouped, [1], true));
  const variance = emit.divide(emit.sumOfSquares(centred, [1], true), emit.scalar(count));
  const deviation = builder.node('Sqrt', [emit.add(variance, emit.scalar(epsilon))]);
  const inverse = emit.reshape(builder.node('Reciprocal', [deviation]), [batch, groups, 1]);
  const scaleOfGroup = emit.reshape(scale.value, [1, groups, inGroup]);
  const rowScale = emit.reshape(emit.multiply(inverse, scaleOfGroup), [rows]);
  const repeated = builder.node('Expand', [
    emit.reshape(shift.value, [1, channels]),
    builder.integers('shape', [batch, channels]),
  ]);
  const value = emit.scaleRows(centred, rowScale, emit.reshape(repeated, [rows]), rows, positions);

  /** Per channel of each example: Σ gradient and Σ gradient · centred, [batch, groups, inGroup]. */
  const sumsOf = once((gradient: Value) => {
    const flat = emit.reshape(gradient, [rows, positions]);
    const products = emit.multiply(flat, emit.reshape(centred, [rows, positions]));
    const perChannel = [batch, groups, inGroup];
    return {
      plain: emit.reshape(emit.sum(flat, [1]), perChannel),
      weighted: emit.reshape(emit.sum(products, [1]), perChannel),
    };
  });
  const inputGradient = (gradient: Value): Value => {
    const { plain, weighted } = sumsOf(gradient);
    const overGroup = (sums: Value): Value =>
      emit.divide(emit.sum(emit.multiply(sums, scaleOfGroup), [2], true), emit.scalar(-count));
    const inverseCubed = emit.multiply(emit.multiply(inverse, inverse), inverse);
    const perRow = (ofGroup: Value): Value =>
      emit.reshape(builder.node('Expand', [ofGroup, builder.integers('shape', [batch, groups, inGroup])]), [
        rows,
      ]);
    const bias = perRow(emit.multiply(inverse, overGroup(plain)));
    const slope = emit.reshape(emit.multiply(inverseCubed, overGroup(weighted)), [batch * groups, 1]);
    const direct = emit.scaleRows(gradient, rowScale, bias, rows, positions);
    const along = emit.multiply(centred, slope);
    return emit.add(emit.reshape(direct, x.dims), emit.reshape(along, x.dims));
  };
  return tape.record(emit.reshape(value, x.dims), x.dims, [
    [x, inputGradient],
    [
      scale,
      (gradient) =>
        emit.reshape(emit.sum(emit.multiply(sumsOf(gradient).weighted, inverse), [0]), [channels]),
    ],
    [shift, (gradient) => emit.reshape(emit.sum(sumsOf(gradient).plain, [0]), [channels])],
  ]);
}

/** The same without a gradient, where the number of examples (−1) is only known when the graph runs. */
function normaliseAnyBatch(
  tape: Tape,
  x: Traced,
  { scale, shift }: { readonly scale: Traced; readonly shift: Traced },
  groups: number,
): Traced {
  if (x.isTracked || scale.isTracked) throw new RangeError('a gradient wants a fixed number of examples');
  const [, channels, time, features] = x.dims as [number, number, number, number];
  const { builder } = tape;
  const emit = emitterOf(builder);
  const grouped = emit.reshape(x.value, [-1, groups, (channels / groups) * time * features]);
  const centred = emit.subtract(grouped, emit.mean(grouped, [2], true));
  const variance = emit.mean(emit.multiply(centred, centred), [2], true);
  const deviation = builder.node('Sqrt', [emit.add(variance, emit.scalar(epsilon))]);
  const normalised = emit.reshape(emit.divide(centred, deviation), [-1, channels, time, features]);
  const perChannel = (parameter: Traced): Value => emit.reshape(parameter.value, [1, channels, 1, 1]);
  const value = emit.add(emit.multiply(normalised, perChannel(scale)), perChannel(shift));
  return tape.record(value, x.dims, []);
}

/** Three gradients need the same sums: written into the graph once. */
function once<T>(make: (gradient: Value) => T): (gradient: Value) => T {
  let made: { readonly name: string; readonly result: T } | undefined;
  return (gradient) => {
    if (made?.name !== gradient.name) made = { name: gradient.name, result: make(gradient) };
    return made.result;
  };
}
