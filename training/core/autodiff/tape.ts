/**
 * Reverse-mode differentiation of a graph while it is built: each operation writes its forward operators into the
 * ONNX graph and remembers how a gradient passes back through it. Every shape is static.
 */
import { int, type GraphBuilder, type Value } from '../graph/graph-builder.ts';
import type { Attribute } from '../graph/graph.ts';

/** A float32 value of the graph with its shape, row-major. */
export interface Traced {
  readonly value: Value;
  readonly dims: readonly number[];
  /** Whether a gradient is wanted for it, because a parameter stands before it. */
  readonly isTracked: boolean;
}

/** From the gradient with respect to an output to that with respect to one input, of the input's shape. */
type InputGradient = (gradient: Value) => Value;

interface Step {
  readonly output: Value;
  readonly inputs: readonly { readonly traced: Traced; readonly gradient: InputGradient }[];
}

export interface Tape {
  readonly builder: GraphBuilder;
  /** A value that is given: data (not tracked) or a parameter (tracked). */
  given(value: Value, dims: readonly number[], isTracked: boolean): Traced;
  /**
   * The result of an operation on values, with the gradient for each of them; those of inputs that are not tracked
   * are never asked for.
   */
  record(
    value: Value,
    dims: readonly number[],
    inputs: readonly (readonly [Traced, InputGradient])[],
  ): Traced;
  /** The gradients of Σ output · seed with respect to parameters, in their order; zeros where nothing depends. */
  gradients(output: Traced, seed: Value, parameters: readonly Traced[]): readonly Value[];
}

export function createTape(builder: GraphBuilder): Tape {
  const steps: Step[] = [];
  return {
    builder,
    given: (value, dims, isTracked) => ({ value, dims, isTracked }),
    record(value, dims, inputs) {
      const tracked = inputs.filter(([traced]) => traced.isTracked);
      if (tracked.length > 0) {
        steps.push({
          output: value,
          inputs: tracked.map(([traced, gradient]) => ({ traced, gradient })),
        });
      }
      return { value, dims, isTracked: tracked.length > 0 };
    },
    gradients(output, seed, parameters) {
      const found = new Map<string, Value>([[output.value.name, seed]]);
      for (const step of steps.toReversed()) {
        const gradient = found.get(step.output.name);
        if (gradient === undefined) continue;
        for (const { traced, gradient: passBack } of step.inputs) {
          const part = passBack(gradient);
          const before = found.get(traced.value.name);
          found.set(traced.value.name, before === undefined ? part : builder.node('Add', [before, part]));
        }
      }
      return parameters.map(
        ({ value, dims }) =>
          found.get(value.name) ?? builder.floats('no_gradient', dims, new Float32Array(sizeOf(dims))),
      );
    },
  };
}

export function sizeOf(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1);
}

/** Shorthands for operators with static shapes. */
export function emitterOf(builder: GraphBuilder) {
  const { node, integers } = builder;
  const scalar = (value: number): Value => builder.floats('number', [], [value]);
  return {
    scalar,
    add: (a: Value, b: Value): Value => node('Add', [a, b]),
    subtract: (a: Value, b: Value): Value => node('Sub', [a, b]),
    multiply: (a: Value, b: Value): Value => node('Mul', [a, b]),
    divide: (a: Value, b: Value): Value => node('Div', [a, b]),
    matMul: (a: Value, b: Value): Value => node('MatMul', [a, b]),
    reshape: (a: Value, dims: readonly number[]): Value => node('Reshape', [a, integers('shape', dims)]),
    transpose: (a: Value, order: readonly number[]): Value =>
      node('Transpose', [a], { perm: { kind: 'ints', value: order } }),
    sum: (a: Value, axes: readonly number[], keep = false): Value => reduce('ReduceSum', a, axes, keep),
    sumOfSquares: (a: Value, axes: readonly number[], keep = false): Value =>
      reduce('ReduceSumSquare', a, axes, keep),
    mean: (a: Value, axes: readonly number[], keep = false): Value => reduce('ReduceMean', a, axes, keep),
    /** Elements start, start + step, … before `end` of one axis. */
    slice: (a: Value, axis: number, [start, end, step]: readonly [number, number, number]): Value =>
      node('Slice', [
        a,
        integers('start', [start]),
        integers('end', [end]),
        integers('axis', [axis]),
        integers('step', [step]),
      ]),
    concat: (values: readonly Value[], axis: number): Value =>
      values.length === 1 ? values[0]! : node('Concat', values, { axis: int(axis) }),
    /** Zeros before and after along one axis of a tensor with `rank` axes. */
    pad: (a: Value, rank: number, axis: number, before: number, after: number): Value => {
      if (before === 0 && after === 0) return a;
      const pads = Array.from({ length: 2 * rank }, (_, index) =>
        index === axis ? before : index === rank + axis ? after : 0,
      );
      return node('Pad', [a, integers('pads', pads)]);
    },
    /**
     * rows [count, length] · scale [count] + bias [count], one scale and one bias per row: BatchNormalization with
     * the rows as channels does it in one pass over memory.
     */
    scaleRows: (rows: Value, scale: Value, bias: Value, count: number, length: number): Value => {
      const channels = node('Reshape', [rows, integers('shape', [1, count, length])]);
      const zeros = builder.floats('zeros', [count], new Float32Array(count));
      const ones = builder.floats('ones', [count], new Float32Array(count).fill(1));
      const epsilon: Attribute = { kind: 'float', value: 0 };
      return node('BatchNormalization', [channels, scale, bias, zeros, ones], { epsilon });
    },
  };

  function reduce(operator: string, a: Value, axes: readonly number[], keep: boolean): Value {
    return node(operator, [a, integers('axes', axes)], { keepdims: int(keep ? 1 : 0) });
  }
}
