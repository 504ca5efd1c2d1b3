/** Clock, random numbers and hashes of this computer. */
import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from '../../ports/clock.ts';
import type { Hashing } from '../../ports/hashing.ts';
import type { Randomness } from '../../ports/randomness.ts';

/** Longest delay of one timer; longer ones are renewed. */
const longestTimerMs = 2 ** 31 - 1;

export function systemClock(): Clock {
  return {
    now: () => ({
      at: new Date().toISOString(),
      zone: new Intl.DateTimeFormat('en').resolvedOptions().timeZone,
    }),
    monotonicMs: () => performance.now(),
    after(ms, call) {
      const dueMs = performance.now() + ms;
      let timer: NodeJS.Timeout;
      const wait = (): void => {
        const leftMs = dueMs - performance.now();
        timer =
          leftMs > longestTimerMs ? setTimeout(wait, longestTimerMs) : setTimeout(call, Math.max(0, leftMs));
      };
      wait();
      return { cancel: () => clearTimeout(timer) };
    },
    breathe: () => new Promise((resolve) => setImmediate(resolve)),
  };
}

export function systemRandomness(): Randomness {
  return { bytes: (length) => new Uint8Array(randomBytes(length)) };
}

export function systemHashing(): Hashing {
  return { sha256: (data) => createHash('sha256').update(data).digest('hex') };
}
