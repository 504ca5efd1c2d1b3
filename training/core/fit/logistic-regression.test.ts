import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fitLogistic, predictLogistic, type Example } from './logistic-regression.ts';
import { measure } from './metrics.ts';

interface Fixture {
  readonly features: number[][];
  readonly isPositive: boolean[];
  readonly weights: number[];
  readonly fits: { penalty: number; weights: number[]; intercept: number; probabilities: number[] }[];
  readonly measures: { scores: number[]; truth: number[] } & Record<string, number>;
}
const fixture = JSON.parse(
  readFileSync(new URL('../../fixtures/logistic-sklearn.json', import.meta.url), 'utf8'),
) as Fixture;
const examples: Example[] = fixture.features.map((features, i) => ({
  features,
  isPositive: fixture.isPositive[i]!,
  weight: fixture.weights[i]!,
}));

describe('logistic regression', () => {
  it.each(fixture.fits)('agrees with scikit-learn at a penalty of $penalty', (expected) => {
    const model = fitLogistic(examples, expected.penalty);
    const largest = (a: ArrayLike<number>, b: readonly number[]): number =>
      Math.max(...b.map((value, i) => Math.abs(a[i]! - value)));
    expect(largest(model.weights, expected.weights)).toBeLessThan(1e-7);
    expect(Math.abs(model.intercept - expected.intercept)).toBeLessThan(1e-7);
    const probabilities = fixture.features.map((row) => predictLogistic(model, row));
    expect(largest(probabilities, expected.probabilities)).toBeLessThan(1e-7);
  });

  it('finds the log odds of two groups when the penalty vanishes', () => {
    // 3 of 4 are positive at x = 1, 1 of 5 at x = 0.
    const at = (x: number, isPositive: boolean, weight: number): Example => ({
      features: [x],
      isPositive,
      weight,
    });
    const groups = [at(1, true, 3), at(1, false, 1), at(0, true, 1), at(0, false, 4)];
    const model = fitLogistic(groups, 1e-9);
    expect(predictLogistic(model, [1])).toBeCloseTo(3 / 4, 6);
    expect(predictLogistic(model, [0])).toBeCloseTo(1 / 5, 6);
  });

  it('reaches the same model from any start, also where the classes are separable', () => {
    const separable = examples.map((example) => ({ ...example, isPositive: example.features[0]! > 0 }));
    const strong = fitLogistic(separable, 1);
    const direct = fitLogistic(separable, 1e-3);
    const fromStrong = fitLogistic(separable, 1e-3, strong);
    fromStrong.weights.forEach((weight, j) => expect(weight).toBeCloseTo(direct.weights[j]!, 6));
    expect(Math.abs(direct.weights[0]!)).toBeGreaterThan(3 * Math.abs(strong.weights[0]!));
  });

  it('gives a constant feature no weight', () => {
    expect(fitLogistic(examples, 0.1).weights[5]).toBeCloseTo(0, 15);
  });

  it('refuses one class alone, or no penalty', () => {
    expect(() =>
      fitLogistic(
        examples.filter(({ isPositive }) => isPositive),
        1,
      ),
    ).toThrow(RangeError);
    expect(() => fitLogistic(examples, 0)).toThrow(RangeError);
  });
});

describe('the measures of scores', () => {
  it('agree with scikit-learn', () => {
    const { scores, truth, ...expected } = fixture.measures;
    const found = measure(scores.map((score, i) => ({ subject: `${i}`, isPositive: truth[i] === 1, score })));
    for (const [name, value] of Object.entries(found!)) expect(value, name).toBeCloseTo(expected[name]!, 12);
  });
});
