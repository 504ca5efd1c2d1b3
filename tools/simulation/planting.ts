/** Where a bug is planted: between a program and what it works with. */
import type { SendItems } from '../../contract/registry/sync.ts';
import type { StoreTransaction as StationTransaction } from '../../main/ports/store.ts';
import type { World as StationWorld } from '../../main/app/world.ts';
import type { World } from '../../registry/app/world.ts';
import type { Row, StoreReader, StoreTransaction, TableName } from '../../registry/ports/store.ts';
import type { Flaws } from './simulate.ts';

/** Changes what every read of one table gives, inside transactions too. */
export function readingOtherwise<T extends TableName>(
  world: World,
  table: T,
  change: (row: Row<T>) => Row<T> | undefined,
): World {
  const otherwise = <R extends StoreReader>(reader: R): R => ({
    ...reader,
    async get(asked: TableName, id: string) {
      const row = await reader.get(asked, id);
      return row !== undefined && asked === table ? change(row as Row<T>) : row;
    },
    async find(asked: TableName, query: object) {
      const rows = await reader.find(asked, query);
      return asked === table ? rows.flatMap((row) => change(row as Row<T>) ?? []) : rows;
    },
  });
  const { store } = world;
  return {
    ...world,
    store: {
      ...store,
      read: (work) => store.read((reader) => work(otherwise(reader))),
      look: otherwise(store.look),
      write: (work) => store.write((transaction) => work(otherwise(transaction))),
    },
  };
}

/** Changes what is written. */
export function writingOtherwise(
  world: World,
  change: (transaction: StoreTransaction) => Partial<StoreTransaction>,
): World {
  const { store } = world;
  return {
    ...world,
    store: {
      ...store,
      write: (work) => store.write((transaction) => work({ ...transaction, ...change(transaction) })),
    },
  };
}

export function withStation(world: (world: StationWorld) => StationWorld): Flaws {
  return { station: { world } };
}

export const sentIn = (bytes: Uint8Array): SendItems =>
  JSON.parse(Buffer.from(bytes).toString('utf8')) as SendItems;

export async function bytesOf(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of body) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** Changes what a workstation's program writes, and sees while it writes. */
export function withStationWrites(
  change: (transaction: StationTransaction) => Partial<StationTransaction>,
): Flaws {
  return withStation((world) => ({
    ...world,
    store: {
      ...world.store,
      write: (work) => world.store.write((transaction) => work({ ...transaction, ...change(transaction) })),
    },
  }));
}
