import { int, type Value } from '../graph/graph-builder.ts';
import { emitterOf, type Tape, type Traced } from './tape.ts';

/** x [batch, in] with weights [out, in] and bias [out] to x · weightsᵀ + bias, [batch, out]. */
export function dense(
  tape: Tape,
  x: Traced,
  { weights, bias }: { readonly weights: Traced; readonly bias: Traced },
): Traced {
  const { builder } = tape;
  const emit = emitterOf(builder);
  const value = builder.node('Gemm', [x.value, weights.value, bias.value], { transB: int(1) });
  return tape.record(
    value,
    [x.dims[0]!, weights.dims[0]!],
    [
      [x, (gradient) => emit.matMul(gradient, weights.value)],
      [weights, (gradient): Value => builder.node('Gemm', [gradient, x.value], { transA: int(1) })],
      [bias, (gradient) => emit.sum(gradient, [0])],
    ],
  );
}
