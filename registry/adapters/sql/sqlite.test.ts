import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeStore } from '../../ports/store.contract.ts';
import { openSqliteStore } from './sqlite.ts';

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
