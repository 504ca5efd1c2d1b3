import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeStore } from '../../ports/store.contract.ts';
import { openSqliteStore } from './sqlite.ts';
import { schemaVersion, tables, type Description } from './tables.ts';

describeStore('SQLite', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'registry-sqlite-'));
  const path = join(folder, 'registry.sqlite');
  const store = await openSqliteStore(path);
  return {
    store,
    another: () => openSqliteStore(path),
    async end() {
      await store.close();
      await rm(folder, { recursive: true });
    },
  };
});

describe('a database file', () => {
  let folder: string;
  let path: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'registry-sqlite-'));
    path = join(folder, 'registry.sqlite');
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('whose process was killed in the middle has all that was answered and nothing of the rest', async () => {
    for (let round = 0; round < 3; round += 1) {
      const child = fork(new URL('fixtures/write-until-killed.ts', import.meta.url), [path], {
        stdio: 'inherit',
      });
      let answered = 0;
      const enough = Promise.withResolvers<void>();
      child.on('message', (count) => {
        answered = Number(count);
        if (answered >= 40 * (round + 1)) enough.resolve();
      });
      const exited = once(child, 'exit');
      await Promise.race([enough.promise, exited]);
      child.kill('SIGKILL');
      await exited;
      const store = await openSqliteStore(path);
      const facts = await store.read((reader) => reader.find('facts', {}));
      const numbers = facts.map(({ value }) => Number(value)).sort((a, b) => a - b);
      // Each work writes its number twice, with a pause between.
      expect(numbers).toEqual(numbers.map((_, index) => Math.floor(index / 2) + 1));
      expect(numbers.length).toBeGreaterThanOrEqual(answered * 2);
      expect(answered).toBeGreaterThanOrEqual(40 * (round + 1));
      await store.close();
    }
  }, 60_000);

  it('of a newer program is refused, and works again with that program', async () => {
    const newer = {
      description: { ...tables, more: { columns: { id: 'text' }, since: 2 } },
      to: schemaVersion + 1,
    };
    await (
      await openSqliteStore(path, { schema: newer as { description: Description; to: number } })
    ).close();
    await expect(openSqliteStore(path)).rejects.toMatchObject({ name: 'StoreFailure', kind: 'damaged' });
    await (
      await openSqliteStore(path, { schema: newer as { description: Description; to: number } })
    ).close();
  });

  it('of an older program gets its new columns, and keeps its rows', async () => {
    const { name: _, ...older } = tables.hospitals.columns;
    const description: Description = { ...tables, hospitals: { columns: older } };
    await (await openSqliteStore(path, { schema: { description, to: 1 } })).close();
    const added = { name: { since: 2, value: 'without a name' } };
    const schema = { description: { ...tables, hospitals: { ...tables.hospitals, added } }, to: 2 };
    const store = await openSqliteStore(path, { schema });
    await store.write((transaction) =>
      transaction.insert('hospitals', { id: 'h', name: 'São José', createdAt: '2026-03-09T12:00:00.000Z' }),
    );
    expect(await store.read((reader) => reader.get('hospitals', 'h'))).toMatchObject({ name: 'São José' });
    await store.close();
  });

  it('that is no database is damaged, and one that cannot be made is unavailable', async () => {
    await writeFile(
      path,
      'this is a letter, and no database, however long it is; it goes on and on. '.repeat(100),
    );
    await expect(openSqliteStore(path)).rejects.toMatchObject({ kind: 'damaged' });
    await expect(openSqliteStore(join(folder, 'none', 'registry.sqlite'))).rejects.toMatchObject({
      kind: 'unavailable',
    });
  });
});
