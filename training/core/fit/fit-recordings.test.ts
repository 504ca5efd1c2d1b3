import { describe, expect, it } from 'vitest';
import { fitRecordings, type FeatureRecording } from './fit-recordings.ts';
import { planFolds } from './folds.ts';
import { predictLogistic } from './logistic-regression.ts';
import { measure } from './metrics.ts';
import { seededRandom } from './random.ts';

/** Each participant has a random place of their own; the first feature tells the classes apart by `distance`. */
const recordings = (distance: number, seed: number, participants = 40): FeatureRecording[] => {
  const random = seededRandom(seed);
  return Array.from({ length: participants }, (_, i) => {
    const isPositive = i % 2 === 0;
    const own = Array.from({ length: 20 }, () => random.normal());
    own[0]! += isPositive ? distance : 0;
    const windows = Array.from({ length: 6 }, () => own.map((value) => value + 0.1 * random.normal()));
    return { subject: `s${i}`, isPositive, windows };
  });
};
/** Scores by models that never saw the participant. */
const crossValidate = (items: readonly FeatureRecording[]) => {
  const folds = planFolds(items, { kind: 'folds', count: 5 }, 1);
  const models = folds.map((fold) =>
    fitRecordings(
      items.filter(({ subject }) => !fold.includes(subject)),
      1,
    ),
  );
  return items.map(({ subject, isPositive, windows }) => {
    const model = models[folds.findIndex((fold) => fold.includes(subject))]!;
    const sum = windows.reduce((total, window) => total + predictLogistic(model, window), 0);
    return { subject, isPositive, score: sum / windows.length };
  });
};
const auc = (items: readonly FeatureRecording[]): number => measure(crossValidate(items))!.auc;

describe('the baseline, cross-validated,', () => {
  it('finds a difference that is there', () => {
    expect(auc(recordings(4, 2))).toBeGreaterThan(0.95);
  });

  it('finds none where labels say nothing, although windows of one voice are all alike', () => {
    const areas = [1, 2, 3, 4, 5, 6].map((seed) => auc(recordings(0, seed)));
    const mean = areas.reduce((a, b) => a + b, 0) / areas.length;
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.12);
  });

  it('finds none after the labels have been permuted between participants', () => {
    const areas = [1, 2, 3, 4, 5, 6].map((seed) => {
      const items = recordings(4, seed);
      const labels = seededRandom(seed).shuffled(items.map(({ isPositive }) => isPositive));
      return auc(items.map((item, i) => ({ ...item, isPositive: labels[i]! })));
    });
    const mean = areas.reduce((a, b) => a + b, 0) / areas.length;
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.12);
  });

  it('would find one that is not there if a participant were on both sides', () => {
    // Each recording becomes a participant of its own, as a careless split has it.
    const leaking = recordings(0, 3).flatMap(({ isPositive, windows, subject }) =>
      windows.map((window, i) => ({ subject: `${subject} ${i}`, isPositive, windows: [window] })),
    );
    expect(auc(leaking)).toBeGreaterThan(0.9);
  });

  it('counts a participant with many windows no more than one with few', () => {
    const items = recordings(2, 6, 12);
    const repeated = items.map((item, i) =>
      i === 0 ? { ...item, windows: [...item.windows, ...item.windows] } : item,
    );
    const [once, twice] = [fitRecordings(items, 1), fitRecordings(repeated, 1)];
    once.weights.forEach((weight, j) => expect(twice.weights[j]).toBeCloseTo(weight, 8));
  });
});
