import type { Timers } from '../../ports/timers.ts';

export const systemTimers: Timers = {
  nowMs: () => performance.now(),
  async pause(ms, early) {
    let timer: NodeJS.Timeout | undefined;
    const isDue = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, ms);
    });
    await Promise.race(early === undefined ? [isDue] : [isDue, early]);
    clearTimeout(timer);
  },
};
