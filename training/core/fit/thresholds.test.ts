import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ScoredRecording } from './metrics.ts';
import { allowedDecisions, chooseThresholds, narrowestBand, scoreLimits } from './thresholds.ts';

const scored = (positives: readonly number[], negatives: readonly number[]): ScoredRecording[] => [
  ...positives.map((score, i) => ({ subject: `p${i}`, isPositive: true, score })),
  ...negatives.map((score, i) => ({ subject: `n${i}`, isPositive: false, score })),
];
const open = { lowest: 0.01, highest: 0.99 };

describe('thresholds', () => {
  it('leave between them what the tolerated errors do not allow to decide', () => {
    const positives = [0.3, 0.4, 0.7, 0.8, 0.9];
    const negatives = [0.1, 0.2, 0.35, 0.45, 0.6];
    // One of five may be wrong: 0.6 may reach the upper one, 0.3 may stay at or below the lower one.
    const { positive, negative } = chooseThresholds(scored(positives, negatives), 0.2, open);
    expect(positive).toBeCloseTo((0.45 + 0.6) / 2, 12);
    expect(negative).toBeCloseTo((0.35 + 0.4) / 2, 12);
  });

  it('stand around even odds with the narrowest band where the classes are far apart', () => {
    const { positive, negative } = chooseThresholds(scored([0.95, 0.97], [0.02, 0.04]), 0.1, open);
    expect(positive).toBeGreaterThanOrEqual(0.5);
    expect(negative).toBeLessThanOrEqual(0.5);
    expect(positive - negative).toBeGreaterThanOrEqual(narrowestBand - 1e-12);
  });

  it('keep their promises whatever the scores are', () => {
    const scores = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 30 });
    const participants = fc.integer({ min: 3, max: 200 });
    fc.assert(
      fc.property(scores, scores, participants, participants, (positives, negatives, p, n) => {
        const limits = scoreLimits(p, n);
        const { positive, negative } = chooseThresholds(scored(positives, negatives), 0.1, limits);
        expect(positive - negative).toBeGreaterThanOrEqual(narrowestBand - 1e-9);
        expect(positive).toBeLessThanOrEqual(limits.highest);
        expect(negative).toBeGreaterThanOrEqual(limits.lowest);
        const wrongPositive = negatives.filter((s) => s >= positive).length / negatives.length;
        const wrongNegative = positives.filter((s) => s <= negative).length / positives.length;
        const decisions = allowedDecisions(scored(positives, negatives), { positive, negative }, 0.1);
        expect(decisions.includes('positive')).toBe(wrongPositive <= 0.1);
        expect(decisions.includes('negative')).toBe(wrongNegative <= 0.1);
        if (positive < limits.highest) expect(wrongPositive).toBeLessThanOrEqual(0.1);
        if (negative > limits.lowest) expect(wrongNegative).toBeLessThanOrEqual(0.1);
      }),
    );
  });
});

describe('what a model may say', () => {
  it('is nothing but "inconclusive" where its scores point the wrong way', () => {
    const reversed = scored([0.01, 0.02, 0.03], [0.97, 0.98, 0.99]);
    const thresholds = chooseThresholds(reversed, 0.1, { lowest: 0.2, highest: 0.8 });
    expect(allowedDecisions(reversed, thresholds, 0.1)).toEqual(['inconclusive']);
  });
});

describe('the limits of a score', () => {
  it('are those of the rule of succession', () => {
    expect(scoreLimits(5, 17)).toEqual({ lowest: 1 / 19, highest: 6 / 7 });
  });
});
