import { int, ints, text, type GraphBuilder, type Value } from './graph-builder.ts';

/**
 * The standard ONNX operators that our graphs use, as functions of values. Shapes are in the operators' own
 * documentation (opset 18); axes are stated where they are fixed here.
 */
export function operatorsOf(builder: GraphBuilder) {
  const { node, integers } = builder;
  const axesOf = (axes: readonly number[]): Value => integers('axes', axes);
  return {
    add: (a: Value, b: Value): Value => node('Add', [a, b]),
    subtract: (a: Value, b: Value): Value => node('Sub', [a, b]),
    multiply: (a: Value, b: Value): Value => node('Mul', [a, b]),
    divide: (a: Value, b: Value): Value => node('Div', [a, b]),
    matMul: (a: Value, b: Value): Value => node('MatMul', [a, b]),
    minimum: (a: Value, b: Value): Value => node('Min', [a, b]),
    maximum: (a: Value, b: Value): Value => node('Max', [a, b]),
    /** Remainder of integers with the sign of the divisor. */
    modulo: (a: Value, b: Value): Value => node('Mod', [a, b]),
    log: (a: Value): Value => node('Log', [a]),
    sqrt: (a: Value): Value => node('Sqrt', [a]),
    sigmoid: (a: Value): Value => node('Sigmoid', [a]),
    reshape: (a: Value, dims: readonly number[]): Value => node('Reshape', [a, integers('shape', dims)]),
    transpose: (a: Value, order: readonly number[]): Value =>
      node('Transpose', [a], { perm: ints(...order) }),
    unsqueeze: (a: Value, axes: readonly number[]): Value => node('Unsqueeze', [a, axesOf(axes)]),
    concat: (values: readonly Value[], axis: number): Value => node('Concat', values, { axis: int(axis) }),
    gather: (data: Value, indices: Value, axis: number): Value =>
      node('Gather', [data, indices], { axis: int(axis) }),
    /** Elements from `start` to before `end` along one axis; negative numbers count from the end. */
    slice: (a: Value, axis: number, start: number, end: number): Value =>
      node('Slice', [a, integers('start', [start]), integers('end', [end]), axesOf([axis])]),
    /** Integers 0, 1, … below the scalar. */
    rangeTo: (limit: Value): Value => node('Range', [integers('zero', 0), limit, integers('one', 1)]),
    /** The length of one axis, as an int64 scalar. */
    lengthOf: (a: Value, axis: number): Value =>
      node('Gather', [node('Shape', [a]), integers('axis', axis)], { axis: int(0) }),
    /** Mean over axes, kept with length 1 where `keep`. */
    mean: (a: Value, axes: readonly number[], keep: boolean): Value =>
      node('ReduceMean', [a, axesOf(axes)], { keepdims: int(keep ? 1 : 0) }),
    largest: (a: Value): Value => node('ReduceMax', [a], { keepdims: int(0) }),
    /** Extends the last axis of [1, 1, length] by `count` on both sides by reflection about the end samples. */
    reflectLastAxis: (a: Value, count: number): Value =>
      node('Pad', [a, integers('pads', [0, 0, count, 0, 0, count])], { mode: text('reflect') }),
    /** Extends the last axis of [batch, 1, length] by `count` on both sides by repeating the end samples. */
    repeatEndsOfLastAxis: (a: Value, count: number): Value =>
      node('Pad', [a, integers('pads', [0, 0, count, 0, 0, count])], { mode: text('edge') }),
    /** [batch, in, time] with weights [out, in, taps] to [batch, out, frames], without padding. */
    convolve: (a: Value, weights: Value, stride: number): Value =>
      node('Conv', [a, weights], { strides: ints(stride) }),
    /** Two halves of an axis. */
    halves: (a: Value, axis: number, half: number): readonly [Value, Value] => {
      const [first, second] = builder.nodes('Split', 2, [a, integers('split', [half, half])], {
        axis: int(axis),
      });
      return [first!, second!];
    },
  };
}

export type Operators = ReturnType<typeof operatorsOf>;
