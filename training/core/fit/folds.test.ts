import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkFolds, defaultFoldPlan, participantsPerClass, planFolds, type Folds } from './folds.ts';

const people = (positives: number, negatives: number, recordingsEach = 1) =>
  Array.from({ length: positives + negatives }, (_, i) => i).flatMap((i) =>
    Array.from({ length: recordingsEach }, (_, take) => ({
      subject: `s${i}`,
      isPositive: i < positives,
      audioSha256: `${i} ${take}`,
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
          expect(checkFolds(recordings, folds).ok).toBe(true);
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

  it('leave one participant out at a time where there are few', () => {
    const plan = defaultFoldPlan(people(5, 17, 3));
    expect(plan).toEqual({ kind: 'leave-one-out' });
    expect(planFolds(people(5, 17, 3), plan, 1)).toHaveLength(22);
    expect(defaultFoldPlan(people(20, 20))).toEqual({ kind: 'folds', count: 5 });
  });

  it('count the participants of each class', () => {
    expect(participantsPerClass(people(5, 17, 3))).toEqual([5, 17]);
  });

  it.each<[string, Folds, string]>([
    [
      'a participant on both sides',
      [
        ['s0', 's2'],
        ['s0', 's1', 's3'],
      ],
      'subject s0',
    ],
    ['a participant on no side', [['s0', 's2'], ['s1']], 'subject s3 (in no fold)'],
  ])('with %s are refused', (_name, folds, item) => {
    const checked = checkFolds(people(2, 2), folds);
    expect(checked.ok ? undefined : checked.refusal.items).toEqual([item]);
  });

  it('with one voice under two names on both sides are refused', () => {
    const recordings = people(2, 2).map((r) => (r.subject === 's3' ? { ...r, audioSha256: '2 0' } : r));
    const checked = checkFolds(recordings, [
      ['s0', 's2'],
      ['s1', 's3'],
    ]);
    expect(checked.ok ? undefined : checked.refusal.items).toEqual(['the audio of subject s3']);
  });
});
