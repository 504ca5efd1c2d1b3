import type { Clock } from './clock.ts';

export interface MemoryClock extends Clock {
  /** Lets time pass: wall clock and monotonic clock, and every call that falls due, in order. */
  advance(ms: number): void;
  /** Sets the wall clock alone, as a user or a time server does. */
  setWallClock(at: string): void;
}

/** A clock that stands still until it is told. */
export function memoryClock(start: { readonly at?: string; readonly zone?: string } = {}): MemoryClock {
  const zone = start.zone ?? 'America/Sao_Paulo';
  let wallMs = Date.parse(start.at ?? '2026-03-09T12:00:00.000Z');
  let monotonicMs = 0;
  let waiting: { dueMs: number; call: () => void }[] = [];
  return {
    now: () => ({ at: new Date(wallMs).toISOString(), zone }),
    monotonicMs: () => monotonicMs,
    after(ms, call) {
      const timer = { dueMs: monotonicMs + ms, call };
      waiting.push(timer);
      return {
        cancel() {
          waiting = waiting.filter((other) => other !== timer);
        },
      };
    },
    breathe: () => Promise.resolve(),
    advance(ms) {
      const endMs = monotonicMs + ms;
      for (;;) {
        const next = waiting
          .filter((timer) => timer.dueMs <= endMs)
          .sort((a, b) => a.dueMs - b.dueMs)
          .at(0);
        if (next === undefined) break;
        waiting = waiting.filter((timer) => timer !== next);
        wallMs += Math.max(0, next.dueMs - monotonicMs);
        monotonicMs = Math.max(monotonicMs, next.dueMs);
        next.call();
      }
      wallMs += endMs - monotonicMs;
      monotonicMs = endMs;
    },
    setWallClock(at) {
      wallMs = Date.parse(at);
    },
  };
}
