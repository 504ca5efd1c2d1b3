/** Who works on a portion of features, and what becomes of it when a worker fails, falls silent or gives it back. */
import type { PortionProblem } from '../../contract/registry/feature-portions.ts';

/** A worker that gave no sign for so long is gone. */
export const workerSilentAfterMs = 20_000;
/** Leases of one portion; when the last of them fails, so does its set. */
const mostLeases = 3;

export interface PortionStanding {
  readonly state: 'queued' | 'offered' | 'leased' | 'done' | 'over';
  readonly attempts: number;
  readonly lease: string | null;
  /** Epoch ms of the worker's last sign of life. */
  readonly aliveMs: number | null;
}

/**
 * What the process that the queue gave a portion to does with it: `offer` it to workers, take it back from one that fell
 * silent (`lost`), look again later (`wait`), or let go of the message (`drop`).
 */
export function judgePortion(
  { state, aliveMs }: PortionStanding,
  nowMs: number,
): 'offer' | 'lost' | 'wait' | 'drop' {
  switch (state) {
    case 'queued':
      return 'offer';
    case 'offered':
      return 'wait';
    case 'leased':
      return aliveMs !== null && nowMs - aliveMs <= workerSilentAfterMs ? 'wait' : 'lost';
    case 'done':
    case 'over':
      return 'drop';
  }
}

/** Whether a worker that shows `lease` may write on; a second report of the same result is `repeated`. */
export function judgeLease({ state, lease }: PortionStanding, shown: string): 'holds' | 'repeated' | 'lost' {
  if (lease !== shown) return 'lost';
  if (state === 'leased') return 'holds';
  return state === 'done' ? 'repeated' : 'lost';
}

export type AfterLease =
  | { readonly state: 'offered'; readonly attempts: number }
  | { readonly state: 'over'; readonly problem: PortionProblem };

/** After a lease that came to nothing; one that was given back is not counted. */
export function afterLease(
  { attempts }: Pick<PortionStanding, 'attempts'>,
  end: PortionProblem | 'released',
): AfterLease {
  if (end === 'released') return { state: 'offered', attempts: Math.max(0, attempts - 1) };
  return attempts >= mostLeases ? { state: 'over', problem: end } : { state: 'offered', attempts };
}
