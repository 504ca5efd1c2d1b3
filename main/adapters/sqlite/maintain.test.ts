import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { exampleSession } from '../../ports/store-examples.contract.ts';
import { systemHashing } from '../system/system.ts';
import { openStore, type SqliteStore } from './open-store.ts';

const masterKey = Uint8Array.from({ length: 32 }, (_, index) => index + 1);
let parent: string;
const open: SqliteStore[] = [];

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'spira-maintain-'));
});
afterEach(() => {
  for (const store of open.splice(0)) store.close();
  rmSync(parent, { recursive: true, force: true });
});

function openIn(folder: string): SqliteStore {
  const opened = openStore({ folder, masterKey, hashing: systemHashing() });
  if (!opened.ok) throw new Error(opened.problem.code);
  open.push(opened.value);
  return opened.value;
}

it('lets no backup keep a session that was withdrawn, and keeps one that is whole without it', async () => {
  const folder = join(parent, 'data');
  const store = openIn(folder);
  const [kept, withdrawn] = [exampleSession(), exampleSession()];
  store.write(({ sessions }) => {
    sessions.insert(kept);
    sessions.insert(withdrawn);
  });
  for (const day of ['01', '02', '03']) await store.maintenance.run(`2026-03-${day}T00:00:00.000Z`);
  expect(readdirSync(join(folder, 'backups'))).toHaveLength(3);

  store.write(({ sessions, sync }) => {
    sync.putTombstone({
      sessionId: withdrawn.id,
      kind: 'withdrawal',
      at: { at: '2026-03-03T01:00:00.000Z', zone: 'UTC' },
      by: 'ana',
      entryId: null,
    });
    sessions.remove(withdrawn.id);
  });
  // Long before the next one is due by the day.
  expect(await store.maintenance.run('2026-03-03T02:00:00.000Z')).toMatchObject({ ok: true });
  const [left, ...more] = readdirSync(join(folder, 'backups'));
  expect(more).toEqual([]);

  const restored = join(parent, 'restored');
  mkdirSync(restored);
  copyFileSync(join(folder, 'backups', String(left)), join(restored, 'store.db'));
  const ids = openIn(restored).read(({ sessions }) => [
    sessions.get(kept.id)?.id,
    sessions.get(withdrawn.id)?.id,
  ]);
  expect(ids).toEqual([kept.id, undefined]);
  // And nothing is made anew while nothing else was removed.
  expect(await store.maintenance.run('2026-03-03T03:00:00.000Z')).toEqual({
    ok: true,
    value: { integrity: 'ok', backup: null },
  });
});
