import { memoryClock } from './surroundings.memory.ts';
import { describeWorkQueue } from './work-queue.contract.ts';
import { memoryWorkQueue } from './work-queue.memory.ts';

describeWorkQueue(
  'the twin in memory',
  async () => {
    const clock = memoryClock();
    const queue = memoryWorkQueue({ clock });
    return {
      queue,
      another: () => Promise.reject(new Error('there is none')),
      async pass(ms) {
        clock.advance(ms);
        await new Promise((resolve) => setImmediate(resolve));
      },
      end: () => queue.close(),
    };
  },
  { isShared: false },
);
