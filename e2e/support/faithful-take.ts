/**
 * A take is what was played: sample for sample, no block lost, none from elsewhere. The file microphone itself pauses for
 * a moment on a PC that is busy with other tests and then goes on where it was; the take has to report such a pause, and
 * has lost nothing by it, which the comparison shows.
 */
import { expect } from '@playwright/test';
import type { Take } from '../../contract/session.ts';
import { soundOf, type Bedside } from './bedside.ts';
import { compareWithPlayed, type Sound } from './sound.ts';

const longestPauseS = 0.5;

export async function expectFaithful(bedside: Bedside, take: Take, played: Sound): Promise<void> {
  const { continuity, stepKey } = take;
  expect(continuity.interruption, stepKey).toBe('none');
  const pauseS = pauseOf(take);
  expect(pauseS, stepKey).toBeLessThan(longestPauseS);
  expect(continuity.shortfallMs, stepKey).toBeLessThan(250 + pauseS * 1000);
  const recorded = await soundOf(bedside, take.id);
  expect(recorded.samples, stepKey).toHaveLength(take.frameCount);
  const likeness = compareWithPlayed(recorded, played);
  expect(likeness.correlation, stepKey).toBeGreaterThan(0.99);
  expect(likeness.brokenBlocks, stepKey).toBe(0);
}

/** How long the device paused, as the take reports it, in seconds. */
export function pauseOf({ continuity, sampleRateHz }: Take): number {
  return continuity.missingFrames / sampleRateHz;
}
