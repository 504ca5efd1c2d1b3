/** A line in front of something of which there is only so much at a time. */
import type { Clock } from '../ports/surroundings.ts';

/** Lets the next in line in. Harmless when called again. */
export type Leave = () => void;

interface Patience {
  readonly clock: Clock;
  readonly patienceMs: number;
  /** Calls back when nobody wants to come in any more. */
  readonly whenInterrupted?: (call: () => void) => void;
}

interface Waiting {
  readonly amount: number;
  readonly sinceMs: number;
  admit(): void;
}

export interface WaitingLine {
  /** Undefined where patience ended first, or somebody interrupted the wait. */
  enter(amount: number, patience: Patience): Promise<Leave | undefined>;
  /** What the first in line has waited, or the last who was let in; 0 where nobody waits. */
  waitMs(clock: Pick<Clock, 'now'>): number;
}

/** First come, first served, as far as what is free of the capacity suffices. */
export function createLine(capacity: number): WaitingLine {
  let free = capacity;
  let lastWaitMs = 0;
  const waiting = new Set<Waiting>();
  const admitNext = (): void => {
    for (const next of waiting) {
      if (next.amount > free) return;
      waiting.delete(next);
      next.admit();
    }
  };
  const occupy = (amount: number): Leave => {
    free -= amount;
    let hasLeft = false;
    return () => {
      if (hasLeft) return;
      hasLeft = true;
      free += amount;
      admitNext();
    };
  };
  return {
    enter(amount, { clock, patienceMs, whenInterrupted }) {
      if (waiting.size === 0 && amount <= free) return Promise.resolve(occupy(amount));
      return new Promise((resolve) => {
        const giveUp = (): void => {
          timer.cancel();
          if (!waiting.delete(entry)) return;
          resolve(undefined);
          admitNext();
        };
        const timer = clock.after(patienceMs, giveUp);
        const entry: Waiting = {
          amount,
          sinceMs: clock.now(),
          admit() {
            timer.cancel();
            lastWaitMs = clock.now() - entry.sinceMs;
            resolve(occupy(amount));
          },
        };
        waiting.add(entry);
        whenInterrupted?.(giveUp);
      });
    },
    waitMs(clock) {
      const [first] = waiting;
      return first === undefined ? 0 : Math.max(lastWaitMs, clock.now() - first.sinceMs);
    },
  };
}
