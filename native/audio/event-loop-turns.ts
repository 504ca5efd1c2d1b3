import { setImmediate as nextTurn } from 'node:timers/promises';

/** About 1 to 2 ms of encoding or decoding at 16 bits, up to 10 ms at 24 bits. */
const samplesPerTurn = 16_384;

/**
 * Shares the event loop during long work in slices: `after(samples)` says how much was worked since the last call, and
 * when a turn's share is used up, it lets everything else that is waiting run first. By count and not by the clock, so
 * that the same work always pauses at the same places.
 */
export function createEventLoopTurns() {
  let sinceTurn = 0;
  return {
    after: async (samples: number): Promise<void> => {
      sinceTurn += samples;
      if (sinceTurn < samplesPerTurn) return;
      sinceTurn = 0;
      await nextTurn();
    },
  };
}
