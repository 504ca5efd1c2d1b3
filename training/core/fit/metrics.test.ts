import { describe, expect, it } from 'vitest';
import { measure, type ScoredRecording } from './metrics.ts';

const scored = (positives: readonly number[], negatives: readonly number[]): ScoredRecording[] => [
  ...positives.map((score, i) => ({ subject: `p${i}`, isPositive: true, score })),
  ...negatives.map((score, i) => ({ subject: `n${i}`, isPositive: false, score })),
];

describe('measures', () => {
  it('are those that one counts by hand', () => {
    expect(measure(scored([0.9, 0.5, 0.2], [0.5, 0.1]))).toEqual({
      accuracy: 3 / 5,
      sensitivity: 2 / 3,
      specificity: 1 / 2,
      f1: 4 / 6,
      // Six pairs: 0.9 wins two, 0.5 wins one and ties one, 0.2 wins one.
      auc: (2 + 1.5 + 1) / 6,
      brier: expect.closeTo((0.01 + 0.25 + 0.64 + 0.25 + 0.01) / 5, 12) as number,
    });
  });

  it('give an area of 1, 0 and a half where they must', () => {
    expect(measure(scored([0.8, 0.9], [0.1, 0.7]))?.auc).toBe(1);
    expect(measure(scored([0.1, 0.2], [0.3, 0.7]))?.auc).toBe(0);
    expect(measure(scored([0.4, 0.4], [0.4, 0.4, 0.4]))?.auc).toBe(0.5);
  });

  it('do not exist for one class alone', () => {
    expect(measure(scored([0.5], []))).toBeUndefined();
    expect(measure(scored([], [0.5]))).toBeUndefined();
  });

  it('give no F1 of NaN when nothing is called positive', () => {
    expect(measure(scored([0.1], [0.2]))?.f1).toBe(0);
  });
});
