/**
 * Binary logistic regression with an L2 penalty, by Newton's method, on standardised features.
 * Source: Hastie, Tibshirani, Friedman, The Elements of Statistical Learning, 2nd ed., 4.4.1 and 4.4.4.
 */
import { solveSymmetric } from './solve-symmetric.ts';

export interface LogisticModel {
  /** Mean and standard deviation of each feature in the training data; a constant feature has deviation 1. */
  readonly means: Float64Array;
  readonly deviations: Float64Array;
  /** Weights of the standardised features. */
  readonly weights: Float64Array;
  readonly intercept: number;
  /** The penalty it was fitted with. */
  readonly penalty: number;
}

export interface Example {
  readonly features: ArrayLike<number>;
  readonly isPositive: boolean;
  /** Positive; only ratios matter, the sum is scaled to 1. */
  readonly weight: number;
}

/**
 * Minimises Σ w·logloss + penalty/2 · |weights|² over weights and an unpenalised intercept, with Σ w = 1.
 * Needs a positive penalty and both classes; throws RangeError otherwise. Deterministic. A model of the same examples
 * with another penalty may serve as the start.
 */
export function fitLogistic(
  examples: readonly Example[],
  penalty: number,
  start?: LogisticModel,
): LogisticModel {
  if (!(penalty > 0)) throw new RangeError('the penalty must be positive');
  if (!examples.some((example) => example.isPositive) || examples.every((example) => example.isPositive)) {
    throw new RangeError('both classes are needed');
  }
  const scaled = scaleWeights(examples);
  const { means, deviations } = standardisation(scaled);
  const rows = scaled.map(({ features }) =>
    Float64Array.from(features, (value, j) => (value - means[j]!) / deviations[j]!),
  );
  const first =
    start === undefined ? new Float64Array(means.length + 1) : [...start.weights, start.intercept];
  const beta = minimise(rows, scaled, penalty, Float64Array.from(first));
  return {
    means,
    deviations,
    weights: beta.slice(0, -1),
    intercept: beta.at(-1)!,
    penalty,
  };
}

/** Probability of the positive class. */
export function predictLogistic(model: LogisticModel, features: ArrayLike<number>): number {
  let logit = model.intercept;
  for (let j = 0; j < model.weights.length; j++) {
    logit += (model.weights[j]! * (features[j]! - model.means[j]!)) / model.deviations[j]!;
  }
  return sigmoid(logit);
}

function sigmoid(x: number): number {
  return x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x));
}

/** log(1 + e^x) without overflow. */
function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}

function scaleWeights(examples: readonly Example[]): readonly Example[] {
  const total = examples.reduce((sum, example) => sum + example.weight, 0);
  return examples.map((example) => ({ ...example, weight: example.weight / total }));
}

function standardisation(examples: readonly Example[]): { means: Float64Array; deviations: Float64Array } {
  const count = examples[0]!.features.length;
  const means = new Float64Array(count);
  const deviations = new Float64Array(count);
  for (const { features, weight } of examples) {
    for (let j = 0; j < count; j++) means[j]! += weight * features[j]!;
  }
  for (const { features, weight } of examples) {
    for (let j = 0; j < count; j++) deviations[j]! += weight * (features[j]! - means[j]!) ** 2;
  }
  for (let j = 0; j < count; j++) {
    const deviation = Math.sqrt(deviations[j]!);
    // Below float32 resolution of the mean a feature is constant but for rounding.
    deviations[j] = deviation > 1e-6 * Math.max(1, Math.abs(means[j]!)) ? deviation : 1;
  }
  return { means, deviations };
}

const largestIterations = 100;

/** Newton steps, halved until the objective falls; the last coefficient is the intercept. */
function minimise(
  rows: readonly Float64Array[],
  examples: readonly Example[],
  penalty: number,
  start: Float64Array,
): Float64Array {
  let beta = start;
  let value = objective(rows, examples, penalty, beta);
  for (let iteration = 0; iteration < largestIterations; iteration++) {
    const { gradient, hessian } = derivatives(rows, examples, penalty, beta);
    if (Math.max(...gradient.map(Math.abs)) < 1e-10) return beta;
    const step = solveSymmetric(hessian, gradient);
    let scale = 1;
    let next = beta.map((b, j) => b - step[j]!);
    let nextValue = objective(rows, examples, penalty, next);
    while (nextValue > value && scale > 1e-6) {
      scale /= 2;
      next = beta.map((b, j) => b - scale * step[j]!);
      nextValue = objective(rows, examples, penalty, next);
    }
    if (nextValue >= value) return beta;
    beta = next;
    value = nextValue;
  }
  return beta;
}

function logitOf(row: Float64Array, beta: Float64Array): number {
  let logit = beta[row.length]!;
  for (let j = 0; j < row.length; j++) logit += beta[j]! * row[j]!;
  return logit;
}

function objective(
  rows: readonly Float64Array[],
  examples: readonly Example[],
  penalty: number,
  beta: Float64Array,
): number {
  let sum = 0;
  rows.forEach((row, i) => {
    const logit = logitOf(row, beta);
    sum += examples[i]!.weight * softplus(examples[i]!.isPositive ? -logit : logit);
  });
  for (let j = 0; j < beta.length - 1; j++) sum += (penalty / 2) * beta[j]! ** 2;
  return sum;
}

function derivatives(
  rows: readonly Float64Array[],
  examples: readonly Example[],
  penalty: number,
  beta: Float64Array,
): { gradient: Float64Array; hessian: Float64Array[] } {
  const size = beta.length;
  const gradient = new Float64Array(size);
  const hessian = Array.from({ length: size }, () => new Float64Array(size));
  rows.forEach((row, i) => {
    const { weight, isPositive } = examples[i]!;
    const p = sigmoid(logitOf(row, beta));
    const slope = weight * (p - (isPositive ? 1 : 0));
    const curvature = weight * p * (1 - p);
    for (let j = 0; j < size; j++) {
      const xj = j < row.length ? row[j]! : 1;
      gradient[j]! += slope * xj;
      const target = hessian[j]!;
      const scaled = curvature * xj;
      for (let k = 0; k <= j; k++) target[k]! += scaled * (k < row.length ? row[k]! : 1);
    }
  });
  for (let j = 0; j < size - 1; j++) {
    gradient[j]! += penalty * beta[j]!;
    hessian[j]![j]! += penalty;
  }
  // An intercept at the far end of the sigmoid has no curvature left.
  hessian[size - 1]![size - 1]! += 1e-12;
  return { gradient, hessian };
}
