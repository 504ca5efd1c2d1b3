import type { Value } from '../graph/graph-builder.ts';
import { emitterOf, type Tape, type Traced } from './tape.ts';

/**
 * Σ weight · cross-entropy(sigmoid(logit), target), a scalar: logits [batch, 1], targets [batch, 1] in 0..1 (soft
 * where examples are mixed), weights [batch, 1] (class weight over the size of the whole batch; 0 for a row that only
 * fills up). From the logits, softplus(z) − target · z, which cannot overflow.
 */
export function crossEntropy(
  tape: Tape,
  logits: Traced,
  { targets, weights }: { readonly targets: Value; readonly weights: Value },
): Traced {
  const { builder } = tape;
  const emit = emitterOf(builder);
  const each = emit.subtract(builder.node('Softplus', [logits.value]), emit.multiply(logits.value, targets));
  const value = emit.sum(emit.multiply(each, weights), [0, 1]);
  const inputGradient = (gradient: Value): Value => {
    const error = emit.subtract(builder.node('Sigmoid', [logits.value]), targets);
    return emit.multiply(gradient, emit.multiply(error, weights));
  };
  return tape.record(value, [], [[logits, inputGradient]]);
}
