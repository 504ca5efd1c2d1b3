import type { Moment } from '../../contract/localized.ts';

export interface Clock {
  /** UTC instant (ms) and the PC's zone. May jump: never order by it alone. */
  now(): Moment;
  /** Milliseconds that only grow, from an arbitrary start; goes on while the PC sleeps where the OS offers that. */
  monotonicMs(): number;
  /** Calls back once after `ms` unless cancelled. */
  after(ms: number, call: () => void): { cancel(): void };
  /** Lets whatever else waits on the event loop go first; for long computations, between their slices. */
  breathe(): Promise<void>;
}
