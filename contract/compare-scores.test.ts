import { expect, it } from 'vitest';
import { largestDifference } from './compare-scores.ts';

const scores = { scores: [0.1, 0.9], windowScores: [[0.2, 0.8]] };

it.each([
  ['equal', scores, 0],
  ['scores apart', { ...scores, scores: [0.1, 0.4] }, 0.5],
  ['windows apart', { ...scores, windowScores: [[0.2, 0.55]] }, 0.25],
  ['a score missing', { ...scores, scores: [0.1] }, null],
  ['a window missing', { ...scores, windowScores: [] }, null],
  ['no number', { ...scores, scores: [0.1, Number.NaN] }, null],
])('%s', (_, other, difference) => {
  const found = largestDifference(scores, other);
  if (difference === null) expect(found).toBeNull();
  else expect(found).toBeCloseTo(difference, 12);
});
