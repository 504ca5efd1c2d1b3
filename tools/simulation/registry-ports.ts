/** The twins of a registry as one of its processes sees them: slow now and then, away now and then, and gone when it dies. */
import type { MemoryBlobs } from '../../registry/ports/blobs.memory.ts';
import { BlobFailure, type Blobs } from '../../registry/ports/blobs.ts';
import {
  StoreFailure,
  type Store,
  type StoreReader,
  type StoreTransaction,
} from '../../registry/ports/store.ts';
import { Crash, never, type Life } from './life.ts';
import type { Chance, Timeline } from './timeline.ts';

export interface RegistryTroubles {
  /** 0: all is well; 1: as bad as it gets. */
  roughness: number;
  isStoreAway: boolean;
  areBlobsAway: boolean;
}

interface Surroundings {
  readonly life: Life;
  readonly timeline: Timeline;
  readonly chance: Chance;
  readonly troubles: RegistryTroubles;
  /** Something that was there may be there no more. */
  readonly onLoss: () => void;
}

/** Kept in these until somebody withdraws. */
const lasting = new Set(['items', 'takes', 'sessions', 'tombstones', 'receipts']);

/** Lets the others go first, for a moment or for long. */
async function dawdle({ life, timeline, chance, troubles }: Surroundings, share: number): Promise<void> {
  life.mustLive();
  if (!chance.is(share * troubles.roughness)) return;
  await timeline.sleep(chance.is(0.05) ? chance.between(1000, 90_000) : chance.between(1, 200));
  life.mustLive();
}

class Again extends Error {}

export function processStore(raw: Store, surroundings: Surroundings): Store {
  const { life, chance, troubles, onLoss } = surroundings;

  const reading = (reader: StoreReader): StoreReader => ({
    async get(table, id) {
      await dawdle(surroundings, 0.05);
      return reader.get(table, id);
    },
    async find(table, query) {
      await dawdle(surroundings, 0.05);
      return reader.find(table, query);
    },
    async count(table, where) {
      await dawdle(surroundings, 0.05);
      return reader.count(table, where);
    },
  });

  const writing = (transaction: StoreTransaction, noteLoss: () => void): StoreTransaction => {
    const noteFor = (table: string): void => {
      if (lasting.has(table)) noteLoss();
    };
    return {
      ...reading(transaction),
      async insert(table, row) {
        await dawdle(surroundings, 0.05);
        return transaction.insert(table, row);
      },
      async put(table, row) {
        await dawdle(surroundings, 0.05);
        return transaction.put(table, row);
      },
      async update(table, id, change) {
        await dawdle(surroundings, 0.05);
        if (table === 'takes' && 'state' in change && change.state !== 'stored') noteLoss();
        return transaction.update(table, id, change);
      },
      async delete(table, id) {
        await dawdle(surroundings, 0.05);
        noteFor(table);
        return transaction.delete(table, id);
      },
      async deleteWhere(table, where) {
        await dawdle(surroundings, 0.05);
        noteFor(table);
        return transaction.deleteWhere(table, where);
      },
      async next(counter) {
        life.mustLive();
        return transaction.next(counter);
      },
    };
  };

  const unlessAway = (): void => {
    life.mustLive();
    if (troubles.isStoreAway) throw new StoreFailure('unavailable', 'the database does not answer');
  };

  const write = async <T>(work: (transaction: StoreTransaction) => Promise<T>): Promise<T> => {
    await dawdle(surroundings, 0.1);
    unlessAway();
    // A store may run a work again when it lost its line in the middle of it.
    if (chance.is(0.02 * troubles.roughness)) {
      const lost = await raw
        .write(async (transaction) => {
          await work(writing(transaction, () => undefined));
          throw new Again();
        })
        .catch((cause: unknown) => cause);
      if (!(lost instanceof Again)) throw lost;
    }
    let hasLost = false;
    const result = await raw.write(async (transaction) => {
      const value = await work(writing(transaction, () => (hasLost = true)));
      await dawdle(surroundings, 0.05);
      life.mustLive();
      unlessAway();
      return value;
    });
    if (hasLost) onLoss();
    life.mustLive();
    // The line breaks after the commit, and nobody knows that it was one.
    if (chance.is(0.01 * troubles.roughness)) {
      throw new StoreFailure('unavailable', 'the line to the database broke');
    }
    return result;
  };

  const read = <T>(work: (reader: StoreReader) => Promise<T>): Promise<T> =>
    lived(
      life,
      (async () => {
        await dawdle(surroundings, 0.05);
        unlessAway();
        return raw.read((reader) => work(reading(reader)));
      })(),
    );
  return {
    write: (work) => lived(life, write(work)),
    read,
    look: {
      get: (table, id) => read((reader) => reader.get(table, id)),
      find: (table, query) => read((reader) => reader.find(table, query)),
      count: (table, where) => read((reader) => reader.count(table, where)),
    },
    check: () => raw.check(),
    close: () => Promise.resolve(),
  };
}

export function processBlobs(raw: MemoryBlobs, surroundings: Surroundings): Blobs {
  const { life, chance, troubles, onLoss } = surroundings;
  const reach = async (): Promise<void> => {
    await dawdle(surroundings, 0.1);
    if (troubles.areBlobsAway || chance.is(0.03 * troubles.roughness)) {
      throw new BlobFailure('unavailable', 'the store does not answer');
    }
  };
  async function* slowly(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
    for await (const chunk of chunks) {
      await dawdle(surroundings, 0.05);
      yield chunk;
    }
  }
  return {
    put: (key, chunks) =>
      lived(
        life,
        (async () => {
          await reach();
          const put = await raw.put(key, slowly(chunks));
          if (chance.is(0.02 * troubles.roughness)) throw new BlobFailure('unavailable', 'no answer came');
          return put;
        })(),
      ),
    get: (key, range) =>
      lived(
        life,
        (async () => {
          await reach();
          const found = await raw.get(key, range);
          return found && { ...found, chunks: slowly(found.chunks) };
        })(),
      ),
    async *read(key) {
      await lived(life, reach());
      yield* slowly(raw.read(key));
    },
    info: (key) =>
      lived(
        life,
        reach().then(() => raw.info(key)),
      ),
    delete: (key) =>
      lived(
        life,
        (async () => {
          await reach();
          await raw.delete(key);
          if (key.startsWith('takes/')) onLoss();
        })(),
      ),
    async *list(prefix) {
      await lived(life, reach());
      yield* raw.list(prefix);
    },
    check: () => raw.check(),
  };
}

/** What is asked by a process that has died meanwhile is never answered, whatever became of it. */
async function lived<T>(life: Life, promise: Promise<T>): Promise<T> {
  try {
    const value = await promise;
    return life.isAlive ? value : await never<T>();
  } catch (cause) {
    if (!life.isAlive || cause instanceof Crash) return never<T>();
    throw cause;
  }
}
