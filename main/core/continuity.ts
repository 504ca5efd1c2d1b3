/** How whole a take is: the audio that came, against the device's own frame counter and against elapsed time. */
import type { TakeContinuity } from '../../contract/session.ts';

/** Starting and stopping cost the page's clock this much; more is missing audio. */
const toleratedShortfallMs = 250;
const mostGaps = 1000;

export interface ContinuityFacts {
  /** Frames in the finished recording. */
  readonly frameCount: number;
  readonly sampleRateHz: number;
  /** Where the device's counter went on without audio. */
  readonly gaps: readonly { readonly atFrame: number; readonly frames: number }[];
  /** Null where nobody measured it: a file, or a take that a crash ended. */
  readonly elapsedMs: number | null;
  readonly interruption: TakeContinuity['interruption'];
}

export function continuityOf(facts: ContinuityFacts): TakeContinuity {
  const { frameCount, sampleRateHz, elapsedMs, interruption } = facts;
  const gapFrames = facts.gaps.reduce((total, gap) => total + gap.frames, 0);
  const shortfallMs = elapsedMs === null ? 0 : elapsedMs - (frameCount / sampleRateHz) * 1000;
  const shortfallFrames =
    shortfallMs > toleratedShortfallMs ? Math.round((shortfallMs / 1000) * sampleRateHz) : 0;
  return {
    elapsedMs,
    missingFrames: Math.max(gapFrames, shortfallFrames),
    gaps: facts.gaps
      .filter((gap) => gap.frames > 0)
      .slice(0, mostGaps)
      .map((gap) => ({ atS: gap.atFrame / sampleRateHz, frames: gap.frames })),
    shortfallMs,
    interruption,
  };
}
