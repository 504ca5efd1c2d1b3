import { createGraphBuilder, type Value } from '../graph/graph-builder.ts';
import type { Graph } from '../graph/graph.ts';
import { emitterOf } from './tape.ts';

export interface AdamSettings {
  /** L2: this times the parameters is added to the gradient. */
  readonly weightDecay: number;
  /** Decay of the mean of gradients and of the mean of their squares. */
  readonly decays: readonly [number, number];
  readonly epsilon: number;
}

export const referenceAdam: AdamSettings = { weightDecay: 0.01, decays: [0.9, 0.999], epsilon: 1e-8 };

/**
 * One step of Adam with L2 weight decay over flat vectors [count]: `parameters`, `first_moments`, `second_moments`
 * and `gradients` in, the first three out under `next_…`. `rates` [2] holds what `adamRates` gives for the step.
 * Source: D. Kingma and J. Ba, ICLR 2015, algorithm 1.
 */
export function adamGraph(count: number, settings: AdamSettings): Graph {
  const builder = createGraphBuilder('adam');
  const emit = emitterOf(builder);
  const vector = (name: string): Value => builder.input(name, 'float32', [count]);
  const parameters = vector('parameters');
  const first = vector('first_moments');
  const second = vector('second_moments');
  const plain = vector('gradients');
  const rates = builder.input('rates', 'float32', [2]);
  const [firstDecay, secondDecay] = settings.decays;
  const gradients = emit.add(plain, emit.multiply(parameters, emit.scalar(settings.weightDecay)));
  const decayed = (moments: Value, decay: number, fresh: Value): Value =>
    emit.add(emit.multiply(moments, emit.scalar(decay)), emit.multiply(fresh, emit.scalar(1 - decay)));
  const nextFirst = decayed(first, firstDecay, gradients);
  const nextSecond = decayed(second, secondDecay, emit.multiply(gradients, gradients));
  const rate = emit.slice(rates, 0, [0, 1, 1]);
  const correction = emit.slice(rates, 0, [1, 2, 1]);
  const deviation = emit.multiply(builder.node('Sqrt', [nextSecond]), correction);
  const step = emit.divide(
    emit.multiply(nextFirst, rate),
    emit.add(deviation, emit.scalar(settings.epsilon)),
  );
  builder.output('next_parameters', emit.subtract(parameters, step), 'float32', [count]);
  builder.output('next_first_moments', nextFirst, 'float32', [count]);
  builder.output('next_second_moments', nextSecond, 'float32', [count]);
  return builder.build();
}

/**
 * For step 1, 2, …: the learning rate over 1 − β₁ˢ, and one over √(1 − β₂ˢ). In float64 here: in float32 the
 * difference from 1 would lose four digits at the first steps.
 */
export function adamRates(
  step: number,
  learningRate: number,
  { decays: [first, second] }: AdamSettings,
): readonly [number, number] {
  return [learningRate / (1 - first ** step), 1 / Math.sqrt(1 - second ** step)];
}

export interface Schedule {
  readonly kind: 'noam' | 'constant';
  readonly learningRate: number;
  /** Steps until the rate is at its peak, for 'noam'. */
  readonly warmUpSteps: number;
}

/**
 * Learning rate of step 1, 2, …. 'noam': rate · √w · min(s · w^−1.5, s^−0.5), which rises to `learningRate` at step w
 * and falls with the root of the step. Source: A. Vaswani et al., NeurIPS 2017, 5.3, scaled to its peak.
 */
export function learningRateAt(step: number, { kind, learningRate, warmUpSteps }: Schedule): number {
  switch (kind) {
    case 'constant':
      return learningRate;
    case 'noam':
      return learningRate * Math.sqrt(warmUpSteps) * Math.min(step * warmUpSteps ** -1.5, step ** -0.5);
  }
}
