import fc from 'fast-check';
import { expect, it } from 'vitest';
import { layEvidence, shareOf } from './evidence-lanes.ts';

const at = (startS: number, endS: number, score = 0.5) => ({ startS, endS, score });

it('needs one lane where windows follow each other, and as many as overlap at once', () => {
  expect(layEvidence([at(0, 4), at(4, 8)]).lanes).toBe(1);
  expect(layEvidence([at(0, 4), at(1, 5), at(2, 6), at(4, 8)]).windows.map(({ lane }) => lane)).toEqual([
    0, 1, 2, 0,
  ]);
});

it('never lays two windows of one lane over each other', () => {
  const window = fc
    .tuple(fc.nat(100), fc.integer({ min: 1, max: 20 }))
    .map(([from, for_]) => at(from, from + for_));
  fc.assert(
    fc.property(fc.array(window, { maxLength: 30 }), (evidence) => {
      const { windows } = layEvidence(evidence);
      for (const [index, a] of windows.entries()) {
        for (const b of windows.slice(index + 1)) {
          expect(a.lane === b.lane && a.endS > b.startS && b.endS > a.startS).toBe(false);
        }
      }
    }),
  );
});

it('draws a probability over 0 to 1 and any other score over its own range', () => {
  expect(shareOf(layEvidence([at(0, 1, 0.25)]), 0.25)).toBe(0.25);
  const wide = layEvidence([at(0, 1, -2), at(1, 2, 6)], [2]);
  expect([shareOf(wide, -2), shareOf(wide, 2), shareOf(wide, 6)]).toEqual([0, 0.5, 1]);
});
