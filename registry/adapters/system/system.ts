/** Clock, random numbers, ids and hashes of this computer. */
import { createHash, randomBytes } from 'node:crypto';
import { uuidV7 } from '../../../contract/uuid-v7.ts';
import type { Clock, Hashing, Randomness } from '../../ports/surroundings.ts';

/** Longest delay of one timer; longer ones are renewed. */
const longestTimerMs = 2 ** 31 - 1;

export function systemClock(): Clock {
  return {
    now: () => Date.now(),
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
  };
}

export function systemRandomness(): Randomness {
  return {
    bytes: (count) => new Uint8Array(randomBytes(count)),
    id: (nowMs) => uuidV7(nowMs, randomBytes(10)),
  };
}

export function systemHashing(): Hashing {
  return {
    sha256: (data) => createHash('sha256').update(data).digest('hex'),
    startSha256() {
      const hash = createHash('sha256');
      return { update: (data) => void hash.update(data), end: () => hash.digest('hex') };
    },
  };
}
