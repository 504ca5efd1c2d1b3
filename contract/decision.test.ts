import { describe, expect, it } from 'vitest';
import { decide, type DecisionInput } from './decision.ts';

const input: DecisionInput = {
  limits: { decisions: ['positive', 'negative', 'inconclusive'], lowestScore: 0.05, highestScore: 0.95 },
  thresholds: { positive: 0.7, negative: 0.3 },
  score: 0.5,
  refusedRecordings: [],
  ageYears: 40,
};

describe('a decision', () => {
  it.each([
    [0.7, 'positive', 'at-or-above-positive-threshold'],
    [0.6999, 'inconclusive', 'between-thresholds'],
    [0.3001, 'inconclusive', 'between-thresholds'],
    [0.3, 'negative', 'at-or-below-negative-threshold'],
  ] as const)('at a score of %d is %s', (score, decision, reason) => {
    expect(decide({ ...input, score })).toEqual({ decision, reasons: [reason], shownScore: score });
  });

  it('is never more certain than the card: an extreme score is shown at the limit', () => {
    expect(decide({ ...input, score: 0.9999 })).toEqual({
      decision: 'positive',
      reasons: ['at-or-above-positive-threshold'],
      shownScore: 0.95,
    });
  });

  it('is inconclusive where the card does not allow the model to say more', () => {
    const limits = { ...input.limits, decisions: ['negative', 'inconclusive'] as const };
    expect(decide({ ...input, limits: { ...limits, decisions: [...limits.decisions] }, score: 0.9 })).toEqual(
      {
        decision: 'inconclusive',
        reasons: ['not-allowed-by-card'],
        shownScore: 0.9,
      },
    );
  });

  it('is inconclusive when quality was refused or the patient is outside the population', () => {
    const limits = { ...input.limits, minimumAgeYears: 18, maximumAgeYears: 90 };
    expect(decide({ ...input, limits, score: 0.9, refusedRecordings: ['frase'], ageYears: 12 })).toEqual({
      decision: 'inconclusive',
      reasons: ['quality-refused', 'outside-population'],
      shownScore: 0.9,
    });
    expect(decide({ ...input, limits, score: 0.9, ageYears: undefined }).decision).toBe('positive');
  });
});
