import { expect, it } from 'vitest';
import { memoryWorld } from '../app/world.memory.ts';
import { startChores } from './chores.ts';

it('are done at once and every hour, also after one that failed, until they are stopped', async () => {
  const world = memoryWorld();
  let reads = 0;
  const counting = {
    ...world,
    store: {
      ...world.store,
      read() {
        reads += 1;
        return Promise.reject(new Error('away'));
      },
    },
  };
  const chores = startChores(counting);
  // A round is over when the next one is waited for.
  const roundIsOver = async (): Promise<void> => {
    while (world.clock.nextDue() === undefined) await new Promise(setImmediate);
  };
  await roundIsOver();
  const first = reads;
  expect(first).toBeGreaterThanOrEqual(2);
  world.clock.advance(3_600_000);
  await roundIsOver();
  expect(reads).toBe(2 * first);
  expect(world.log.entries.map(({ event }) => event)).toEqual(Array<string>(2 * first).fill('chore-failed'));
  await chores.stop();
  expect(world.clock.nextDue()).toBeUndefined();
});
