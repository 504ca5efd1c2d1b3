import { describe, expect, it } from 'vitest';
import type { TrainingJobState } from '../../contract/registry/training-jobs.ts';
import { trainingExitCodes } from '../../contract/training/exit-codes.ts';
import { runIdSchema } from '../../contract/training/run.ts';
import { afterTry, chooseJobs, judgeOffer, retryDelayMs, runIdOf, type TryEnd } from './training-jobs.ts';

const limits = { attempts: 3, firstDelayS: 60, timeoutMinutes: 10 };
const waiting = (id: string, kind: string, sequence: number, notBeforeMs: number | null = null) => ({
  id,
  kind,
  sequence,
  notBeforeMs,
});

describe('of the jobs that wait', () => {
  it('the first of each kind is handed over, unless its kind is at work', () => {
    const jobs = [
      waiting('c', 'cough', 3),
      waiting('b', 'vowel', 2),
      waiting('a', 'vowel', 1),
      waiting('d', 'x', 4),
    ];
    expect(chooseJobs(jobs, new Set(), 0)).toEqual(['a', 'c', 'd']);
    expect(chooseJobs(jobs, new Set(['cough']), 0)).toEqual(['a', 'd']);
  });

  it('a retry waits for its time, and its kind with it', () => {
    const jobs = [waiting('a', 'vowel', 1, 1000), waiting('b', 'vowel', 2), waiting('c', 'cough', 3)];
    expect(chooseJobs(jobs, new Set(), 999)).toEqual(['c']);
    expect(chooseJobs(jobs, new Set(), 1000)).toEqual(['a', 'c']);
  });
});

describe('after a try', () => {
  const tried = (state: TrainingJobState, attempts: number) => ({ state, attempts, limits, step: 'fit' });
  const exited = (exitCode: number): TryEnd => ({ kind: 'exited', exitCode });

  it.each<[string, TryEnd, string]>([
    ['that came to its end', exited(0), 'succeeded'],
    ['that the gate refused', exited(trainingExitCodes.refusedByGate), 'refused-by-gate'],
    ['of which the options were not understood', exited(2), 'failed'],
    ['that was refused', exited(1), 'queued'],
    ['that crashed', exited(134), 'queued'],
    ['that was killed', { kind: 'killed' }, 'queued'],
    ['that took too long', { kind: 'timed-out' }, 'queued'],
    ['whose trainer is gone', { kind: 'lost' }, 'queued'],
    ['that could not be started', { kind: 'not-started' }, 'queued'],
  ])('%s', (_name, end, state) => {
    expect(afterTry(tried('running', 1), end).state).toBe(state);
  });

  it('another follows until the limit, each after twice the wait of the one before', () => {
    const first = afterTry(tried('running', 1), exited(1));
    const second = afterTry(tried('running', 2), exited(1));
    const third = afterTry(tried('running', 3), exited(1));
    expect([first, second]).toMatchObject([
      { state: 'queued', attempts: 1, delayMs: 60_000 },
      { state: 'queued', attempts: 2, delayMs: 120_000 },
    ]);
    expect(third).toEqual({ state: 'failed', problem: { code: 'run-refused', step: 'fit', exitCode: 1 } });
  });

  it('a try does not count that was given back, or found its run busy', () => {
    expect(afterTry(tried('running', 3), { kind: 'released' })).toMatchObject({
      state: 'queued',
      attempts: 2,
    });
    const busy = afterTry(tried('running', 3), exited(trainingExitCodes.inUse));
    expect(busy).toMatchObject({ state: 'queued', attempts: 2, problem: null });
    expect(busy).toHaveProperty('delayMs', 15_000);
  });

  it('a job that is to be cancelled is, however the try ended, unless it succeeded', () => {
    const ends: TryEnd[] = [
      exited(130),
      exited(1),
      { kind: 'killed' },
      { kind: 'lost' },
      { kind: 'released' },
    ];
    expect(ends.map((end) => afterTry(tried('cancelling', 1), end).state)).toEqual(
      ends.map(() => 'cancelled'),
    );
    expect(afterTry(tried('cancelling', 1), exited(0)).state).toBe('succeeded');
  });

  it('no wait is longer than a day', () => {
    expect(retryDelayMs(limits, 20)).toBe(86_400_000);
  });
});

it('a job is begun when nobody is at it, taken over from who fell silent, and never shared', () => {
  const offer = (state: TrainingJobState, aliveMs: number | null) =>
    judgeOffer({ state, aliveMs }, { nowMs: 100_000, silentAfterMs: 30_000 });
  expect(offer('queued', null)).toBe('begin');
  expect(offer('running', 70_001)).toBe('wait');
  expect(offer('running', 70_000)).toBe('take-over');
  expect(offer('cancelling', 1)).toBe('take-over');
  for (const state of ['cancelled', 'succeeded', 'failed', 'refused-by-gate'] as const)
    expect(offer(state, null)).toBe('drop');
});

it('a run has a name that runs may have, whatever the kind', () => {
  const id = runIdOf('a'.repeat(40), '01900000-0000-7000-8000-000000000001');
  expect(runIdSchema.safeParse(id).success).toBe(true);
});
