/** What a take's measurements say, in the order in which a person wants to hear it. */
import type { QualityGate, Take } from '../../contract/session.ts';

/** Elapsed time may exceed recorded time by this much without being a loss. */
const toleratedShortfallMs = 250;

export interface TakeVerdict {
  readonly kind: 'good' | 'accepted' | 'poor';
  readonly failedGates: readonly QualityGate[];
  /** Seconds of audio that never arrived; 0 when all is there. */
  readonly missingS: number;
  readonly interruption: Take['continuity']['interruption'];
}

/** What has no voice at all says all else as well. */
const implied: Partial<Record<QualityGate, readonly QualityGate[]>> = {
  silent: ['too-quiet', 'noisy'],
};

export function verdictOf(take: Pick<Take, 'quality' | 'override' | 'continuity'>): TakeVerdict {
  const failed = take.quality.gates.filter((gate) => !gate.passed).map((gate) => gate.gate);
  const hidden = new Set(failed.flatMap((gate) => implied[gate] ?? []));
  return {
    kind: take.quality.passed ? 'good' : take.override === null ? 'poor' : 'accepted',
    failedGates: failed.filter((gate) => !hidden.has(gate)),
    missingS: missingSecondsOf(take.continuity),
    interruption: take.continuity.interruption,
  };
}

function missingSecondsOf({ shortfallMs }: Take['continuity']): number {
  return shortfallMs > toleratedShortfallMs ? shortfallMs / 1000 : 0;
}

/** A step whose chosen take may go into the session: good, or taken with a reason. */
export function isTakeAccepted(take: Pick<Take, 'quality' | 'override'> | undefined): boolean {
  return take !== undefined && (take.quality.passed || take.override !== null);
}
