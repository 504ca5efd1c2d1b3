/** Time as those that wait for others need it. */
export interface Timers {
  /** Milliseconds from any start; never goes back. */
  nowMs(): number;
  /** Resolves after `ms`, or as soon as `early` does. */
  pause(ms: number, early?: Promise<unknown>): Promise<void>;
}
