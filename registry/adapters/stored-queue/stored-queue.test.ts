import { expect, it } from 'vitest';
import { memoryStore } from '../../ports/store.memory.ts';
import { memoryClock, memoryRandomness } from '../../ports/surroundings.memory.ts';
import { describeWorkQueue } from '../../ports/work-queue.contract.ts';
import { storedWorkQueue } from './stored-queue.ts';

let seed = 0;

describeWorkQueue('the queue in the store', async () => {
  const clock = memoryClock();
  const store = memoryStore();
  const open = () => storedWorkQueue({ store, clock, randomness: memoryRandomness((seed += 1)) });
  const queue = open();
  return {
    queue,
    another: async () => open(),
    async pass(ms) {
      // In small steps, between which what fell due comes to its end.
      for (let step = 0; step < 4; step += 1) {
        clock.advance(ms / 4);
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
    end: () => queue.close(),
  };
});

it('the queue in the store forgets what is done after ten minutes, and takes its id again', async () => {
  const clock = memoryClock();
  const store = memoryStore();
  const queue = storedWorkQueue({ store, clock, randomness: memoryRandomness() });
  const rows = () => store.read((reader) => reader.find('jobs', {}));
  let count = 0;
  const settled = async (jobs: number, handled: number): Promise<void> => {
    while (count < handled || (await queue.depth('t')) > 0 || (await rows()).length !== jobs) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  await queue.consume('t', { concurrency: 1, acknowledgeWithinMs: 1000, maximumDeliveries: 3 }, async () => {
    count += 1;
    return { kind: 'done' };
  });
  await queue.publish('t', 'm', { big: 'payload' });
  await settled(1, 1);
  expect((await rows())[0]).toMatchObject({ state: 'done', payload: null });
  clock.advance(540_000);
  await queue.publish('t', 'm', 1);
  await settled(1, 1);
  clock.advance(61_000);
  await settled(0, 1);
  await queue.publish('t', 'm', 1);
  await settled(1, 2);
  expect(count).toBe(2);
  await queue.close();
});

it('the queue in the store takes a message with the transaction that it belongs to, or not at all', async () => {
  const store = memoryStore();
  const queue = storedWorkQueue({ store, clock: memoryClock(), randomness: memoryRandomness() });
  const publish = (messageId: string, isKept: boolean) =>
    store.write(async (transaction) => {
      const announce = await queue.publishWithin!(transaction, 't', messageId, messageId);
      if (!isKept) throw new Error('the rest of it failed');
      return announce;
    });
  const seen: unknown[] = [];
  const isThere = Promise.withResolvers<void>();
  await queue.consume(
    't',
    { concurrency: 1, acknowledgeWithinMs: 1000, maximumDeliveries: 3 },
    async ({ payload }) => {
      seen.push(payload);
      isThere.resolve();
      return { kind: 'done' };
    },
  );
  await expect(publish('lost', false)).rejects.toThrow('the rest');
  (await publish('kept', true))();
  await isThere.promise;
  expect(seen).toEqual(['kept']);
  await queue.close();
});
