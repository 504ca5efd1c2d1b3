import { expect, it } from 'vitest';
import type { TrainingEvent } from '../../../contract/training/run.ts';
import { followFit, type UnfinishedFit } from './unfinished-fit.ts';

type Told = Pick<TrainingEvent, 'step' | 'kind' | 'fit'>;
const [one, other] = ['1'.repeat(64), '2'.repeat(64)];
const epochs = (key: string, ...numbers: readonly number[]): Told => ({
  step: 'fit',
  kind: 'progress',
  fit: {
    key,
    curve: numbers.map((epoch) => ({
      epoch,
      trainingLoss: 1,
      evaluationLoss: 1,
      evaluationAccuracy: 0.5,
      learningRate: 0.1,
    })),
  },
});
const told = (...events: readonly Told[]) => {
  const fit = events.reduce<UnfinishedFit | undefined>(
    (before, event) => followFit(before, event),
    undefined,
  );
  return fit && [fit.key, ...fit.curve.map(({ epoch }) => epoch)];
};

it.each<[string, readonly Told[], ReturnType<typeof told>]>([
  ['grows by each epoch', [epochs(one, 0), epochs(one, 1), epochs(one, 2)], [one, 0, 1, 2]],
  ['is not changed by what tells no epoch', [epochs(one, 0), { step: 'fit', kind: 'progress' }], [one, 0]],
  ['stays where it was cancelled', [epochs(one, 0), { step: 'fit', kind: 'failed' }], [one, 0]],
  [
    'goes back to its checkpoint',
    [epochs(one, 0), epochs(one, 1), epochs(one, 0), epochs(one, 1)],
    [one, 0, 1],
  ],
  ['goes back to its very start', [epochs(one, 0), epochs(one, 1), epochs(one)], [one]],
  ['has all that is over from a checkpoint', [epochs(one, 0, 1, 2), epochs(one, 3)], [one, 0, 1, 2, 3]],
  ['is another with another key', [epochs(one, 0), epochs(one, 1), epochs(other, 0)], [other, 0]],
  ['is none once it is done', [epochs(one, 0), { step: 'fit', kind: 'done' }], undefined],
  ['is none where an earlier one is taken', [epochs(one, 0), { step: 'fit', kind: 'reused' }], undefined],
  ['is not ended by other steps', [epochs(one, 0), { step: 'split', kind: 'reused' }], [one, 0]],
])('an unfinished fit %s', (_name, events, expected) => {
  expect(told(...events)).toEqual(expected);
});
