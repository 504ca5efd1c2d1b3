import {
  accountIdSchema,
  entryIdSchema,
  importIdSchema,
  resultIdSchema,
  sessionIdSchema,
  takeIdSchema,
} from '../../contract/ids.ts';
import { uuidV7 } from '../../contract/uuid-v7.ts';
import type { World } from './world.ts';

const highestCounter = 0xfff;

type IdWorld = Pick<World, 'clock' | 'randomness' | 'memory'>;

/**
 * UUIDv7 whose 12 bits after the time are a counter within the millisecond (RFC 9562, 6.2, method 1): ids of one
 * process grow, also when the wall clock stands still or is put back.
 */
function nextId({ clock, randomness, memory }: IdWorld): string {
  const random = randomness.bytes(10);
  const nowMs = Date.parse(clock.now().at);
  const last = memory.lastId;
  // A fresh millisecond starts in the lower half, so that the counter has room.
  let next = { epochMs: nowMs, counter: (((random[0] ?? 0) & 0x07) << 8) | (random[1] ?? 0) };
  if (last !== undefined && nowMs <= last.epochMs) {
    next =
      last.counter < highestCounter
        ? { epochMs: last.epochMs, counter: last.counter + 1 }
        : { ...next, epochMs: last.epochMs + 1 };
  }
  memory.lastId = next;
  random[0] = next.counter >> 8;
  random[1] = next.counter & 0xff;
  return uuidV7(next.epochMs, random);
}

export const newId = {
  session: (world: IdWorld) => sessionIdSchema.parse(nextId(world)),
  take: (world: IdWorld) => takeIdSchema.parse(nextId(world)),
  result: (world: IdWorld) => resultIdSchema.parse(nextId(world)),
  account: (world: IdWorld) => accountIdSchema.parse(nextId(world)),
  import: (world: IdWorld) => importIdSchema.parse(nextId(world)),
  entry: (world: IdWorld) => entryIdSchema.parse(nextId(world)),
};
