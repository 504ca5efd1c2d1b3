import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { participantsPerClass, planFolds } from './folds.ts';

const people = (positives: number, negatives: number, recordingsEach = 1) =>
  Array.from({ length: positives + negatives }, (_, i) => i).flatMap((i) =>
    Array.from({ length: recordingsEach }, () => ({
      subject: `s${i}`,
      isPositive: i < positives,
    })),
  );

describe('folds', () => {
  it('hold every participant once, with the classes spread evenly', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 3, max: 20 }),
        fc.integer({ min: 3, max: 20 }),
        fc.integer({ min: 2, max: 12 }),
        fc.nat(),
        (positives, negatives, count, seed) => {
          const recordings = people(positives, negatives, 2);
          const folds = planFolds(recordings, { kind: 'folds', count }, seed);
          expect(folds.flat().sort()).toEqual([...new Set(recordings.map((r) => r.subject))].sort());
          expect(folds.length).toBe(Math.max(2, Math.min(count, positives, negatives)));
          const inFold = (fold: readonly string[]): number =>
            fold.filter((subject) => Number(subject.slice(1)) < positives).length;
          const perFold = folds.map(inFold);
          expect(Math.max(...perFold) - Math.min(...perFold)).toBeLessThanOrEqual(1);
          expect(Math.min(...perFold)).toBeGreaterThan(0);
        },
      ),
    );
  });

  it('depend on the seed alone', () => {
    const plan = { kind: 'folds', count: 4 } as const;
    const recordings = people(8, 9);
    expect(planFolds(recordings, plan, 5)).toEqual(planFolds([...recordings].reverse(), plan, 5));
    expect(planFolds(recordings, plan, 5)).not.toEqual(planFolds(recordings, plan, 6));
  });

  it('leave one participant out at a time where that is asked for', () => {
    const folds = planFolds(people(5, 17, 3), { kind: 'leave-one-out' }, 1);
    expect(folds.map((fold) => fold.length)).toEqual(Array.from({ length: 22 }, () => 1));
  });

  it('count the participants of each class', () => {
    expect(participantsPerClass(people(5, 17, 3))).toEqual([5, 17]);
  });
});
