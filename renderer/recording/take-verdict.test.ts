import { expect, it } from 'vitest';
import type { QualityGate, Take } from '../../contract/session.ts';
import { isTakeAccepted, verdictOf } from './take-verdict.ts';

function take(change: {
  failed?: QualityGate[];
  overridden?: boolean;
  shortfallMs?: number;
  interruption?: Take['continuity']['interruption'];
}): Pick<Take, 'quality' | 'override' | 'continuity'> {
  const failed = change.failed ?? [];
  return {
    quality: {
      durationS: 3,
      peakDbfs: -6,
      levelDbfs: -20,
      loudestFrameDbfs: -10,
      clippedShare: 0,
      signalToNoiseDb: null,
      gates: (['too-short', 'silent', 'too-quiet', 'clipped', 'noisy'] as const).map((gate) => ({
        gate,
        passed: !failed.includes(gate),
        measured: 1,
        limit: 1,
      })),
      passed: failed.length === 0,
    },
    override: change.overridden === true ? ({ reason: 'patient exhausted' } as Take['override']) : null,
    continuity: {
      elapsedMs: 3000,
      missingFrames: 0,
      gaps: [],
      shortfallMs: change.shortfallMs ?? 0,
      interruption: change.interruption ?? 'none',
    },
  };
}

it('calls a take good, poor, or accepted although poor', () => {
  expect(verdictOf(take({})).kind).toBe('good');
  expect(verdictOf(take({ failed: ['clipped'] })).kind).toBe('poor');
  expect(verdictOf(take({ failed: ['clipped'], overridden: true })).kind).toBe('accepted');
});

it('names every failed gate, but not that silence is quiet as well', () => {
  expect(verdictOf(take({ failed: ['too-short', 'clipped'] })).failedGates).toEqual(['too-short', 'clipped']);
  expect(verdictOf(take({ failed: ['silent', 'too-quiet', 'noisy'] })).failedGates).toEqual(['silent']);
});

it('reports audio that never arrived, from a quarter of a second on', () => {
  expect(verdictOf(take({ shortfallMs: 250 })).missingS).toBe(0);
  expect(verdictOf(take({ shortfallMs: 900, interruption: 'computer-slept' }))).toMatchObject({
    missingS: 0.9,
    interruption: 'computer-slept',
  });
});

it('lets a step go on with a good take or one that was accepted with a reason', () => {
  expect([
    isTakeAccepted(undefined),
    isTakeAccepted(take({})),
    isTakeAccepted(take({ failed: ['noisy'] })),
    isTakeAccepted(take({ failed: ['noisy'], overridden: true })),
  ]).toEqual([false, true, false, true]);
});
