import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeStore } from '../../ports/store.contract.ts';
import { postgresMissing, skipFor, startPostgres, type PostgresService } from '../fixtures/services.ts';
import { openPostgresStore } from './postgres.ts';
import { schemaVersion, tables } from './tables.ts';

describe.skipIf(skipFor(await postgresMissing()))('with PostgreSQL,', () => {
  let service: PostgresService;
  beforeAll(async () => {
    service = await startPostgres();
  }, 120_000);
  afterAll(() => service.stop());

  describeStore('PostgreSQL', async () => {
    const url = await service.newDatabase();
    const store = await openPostgresStore(url);
    return { store, another: () => openPostgresStore(url), end: () => store.close() };
  });

  it('a work whose connection is taken away is done again, once', async () => {
    const url = await service.newDatabase();
    const store = await openPostgresStore(url);
    let runs = 0;
    const place = await store.write(async (transaction) => {
      runs += 1;
      await transaction.insert('facts', { id: 'a', value: runs });
      if (runs === 1) await endConnections(url);
      return transaction.next('arrivals');
    });
    expect([runs, place]).toEqual([2, 1]);
    expect(await store.read((reader) => reader.find('facts', {}))).toEqual([{ id: 'a', value: 2 }]);
    await store.close();
  });

  it('a reading whose connection is taken away is done again', async () => {
    const url = await service.newDatabase();
    const store = await openPostgresStore(url);
    let runs = 0;
    const count = await store.read(async (reader) => {
      runs += 1;
      if (runs === 1) await endConnections(url);
      return reader.count('facts', {});
    });
    expect([runs, count]).toEqual([2, 0]);
    await store.close();
  });

  it('writers wait for a server that crashes and comes back, and nothing of theirs is lost or doubled', async () => {
    const own = await startPostgres();
    const store = await openPostgresStore(await own.newDatabase(), { patienceMs: 60_000 });
    let begun = 0;
    const half = Promise.withResolvers<void>();
    const writes = Promise.all(
      Array.from({ length: 400 }, (_, index) =>
        store.write(async (transaction) => {
          if ((begun += 1) === 200) half.resolve();
          await transaction.insert('facts', { id: `f${index}`, value: await transaction.next('arrivals') });
        }),
      ),
    );
    await half.promise;
    await own.kill();
    await own.restart();
    await writes;
    const found = await store.read((reader) => reader.find('facts', {}));
    expect(found.map((row) => Number(row.value)).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 400 }, (_, index) => index + 1),
    );
    await own.kill();
    await expect(store.check()).rejects.toMatchObject({ kind: 'unavailable' });
    await store.close();
    await own.stop();
  }, 120_000);

  it('an address where nothing answers is unavailable', async () => {
    await expect(
      openPostgresStore('postgres://spira@127.0.0.1:1/none', { patienceMs: 50 }),
    ).rejects.toMatchObject({ name: 'LostConnection', kind: 'unavailable' });
  });

  it('a database of a newer program is refused and left as it is', async () => {
    const url = await service.newDatabase();
    const newer = await openPostgresStore(url, {
      schema: {
        description: { ...tables, more: { columns: { id: 'text' }, since: 2 } },
        to: schemaVersion + 1,
      },
    });
    await newer.close();
    await expect(openPostgresStore(url)).rejects.toMatchObject({ kind: 'damaged' });
  });
});

async function endConnections(url: string): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  await client.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and pid <> pg_backend_pid()`,
  );
  await client.end();
}
