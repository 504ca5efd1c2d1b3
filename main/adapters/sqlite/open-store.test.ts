import { createRequire } from 'node:module';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Result } from '../../../contract/result.ts';
import {
  exampleAuditEntry,
  exampleNote,
  exampleResult,
  exampleSession,
  exampleTake,
} from '../../ports/store-examples.contract.ts';
import { StoreFailure } from '../../ports/store-failure.ts';
import { deriveKey } from '../system/derive-key.ts';
import { enlarge, mountSmall, unmount } from '../system/fixtures/small-file-system.ts';
import { systemHashing } from '../system/system.ts';
import { applyKey, openDatabase } from './connection.ts';
import type { Connection } from './driver.ts';
import { migrate, migrations } from './migrate.ts';
import { openStore, type SqliteStore } from './open-store.ts';
import { storeExists } from './store-files.ts';

const masterKey = Uint8Array.from({ length: 32 }, (_, index) => index + 1);
const otherKey = Uint8Array.from({ length: 32 }, (_, index) => index + 2);
let parent: string;
let folder: string;
let stores: SqliteStore[];

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'spira-open-'));
  folder = join(parent, 'data');
  stores = [];
});
afterEach(() => {
  stores.forEach((store) => store.close());
  rmSync(parent, { recursive: true, force: true });
});

const tryOpen = (key = masterKey): Result<SqliteStore> => {
  const opened = openStore({ folder, masterKey: key, hashing: systemHashing() });
  if (opened.ok) stores.push(opened.value);
  return opened;
};
const open = (): SqliteStore => {
  const opened = tryOpen();
  if (!opened.ok) throw new Error(`${opened.problem.code} ${JSON.stringify(opened.problem.details)}`);
  return opened.value;
};
const close = (store: SqliteStore): void => {
  store.close();
  stores = stores.filter((other) => other !== store);
};
const problemOf = (opened: Result<unknown>) =>
  opened.ok ? 'opened' : { code: opened.problem.code, details: opened.problem.details };
const database = (): string => join(folder, 'store.db');

/** Lets somebody with the key and a database tool at the file, outside the program. */
function withDatabase(work: (db: Connection) => void): void {
  const opened = openDatabase(database(), deriveKey(masterKey, 'database v1'));
  if (!opened.ok) throw new Error(opened.problem.code);
  work(opened.value);
  opened.value.close();
}

describe('the store on a disk', () => {
  it('gives back after a restart what it was given', () => {
    const session = exampleSession();
    const first = open();
    first.write(({ sessions }) => sessions.insert(session));
    close(first);
    expect(open().read(({ sessions }) => sessions.get(session.id))).toEqual(session);
  });

  it('keeps a write-ahead log, and tables that are strict about types', () => {
    open();
    withDatabase((db) => {
      expect(db.pragma('journal_mode', { simple: true })).toBe('wal');
      const tables = db
        .prepare(
          `SELECT name, strict FROM pragma_table_list WHERE type = 'table' AND name NOT LIKE 'sqlite_%'`,
        )
        .all() as { name: string; strict: number }[];
      expect(tables.length).toBeGreaterThan(10);
      expect(tables.filter(({ strict }) => strict !== 1)).toEqual([]);
    });
  });

  it('leaves nothing in clear, neither in the database nor in its log nor in a backup', async () => {
    const store = open();
    const session = exampleSession({ hospital: 'Hospital Secreto', recordNumber: 'SEGREDO-14259401E' });
    store.write((all) => {
      all.sessions.insert(session);
      all.notes.insert(exampleNote({ sessionId: session.id, text: 'SEGREDO do paciente' }));
    });
    const during = filesWith('SEGREDO', 'Secreto');
    await store.maintenance.run('2026-03-09T12:00:00.000Z');
    expect([during, filesWith('SEGREDO', 'Secreto')]).toEqual([[], []]);
    expect(existsSync(`${database()}-wal`)).toBe(true);
  });

  it('is readable by this user alone', async () => {
    const store = open();
    store.write(({ facts }) => facts.put('last-username', 'ana'));
    await store.maintenance.run('2026-03-09T12:00:00.000Z');
    const modes = paths().map((path) => (statSync(path).mode & 0o777).toString(8));
    expect([...new Set(modes)].toSorted()).toEqual(['600', '700']);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
  });

  it('refuses a wrong key, changes nothing, and opens with the right one', () => {
    const session = exampleSession();
    const store = open();
    store.write(({ sessions }) => sessions.insert(session));
    close(store);
    const before = contents();
    expect(problemOf(tryOpen(otherKey))).toEqual({ code: 'key-wrong', details: undefined });
    expect(contents()).toEqual(before);
    rmSync(join(folder, 'store.check'));
    expect(problemOf(tryOpen(otherKey))).toEqual({ code: 'key-wrong', details: undefined });
    expect(open().read(({ sessions }) => sessions.get(session.id))).toEqual(session);
    expect(existsSync(join(folder, 'store.check'))).toBe(true);
  });

  it('refuses the store of a newer program and does not touch it', () => {
    close(open());
    withDatabase((db) => db.pragma(`user_version = ${migrations.length + 1}`));
    const before = contents();
    expect(problemOf(tryOpen())).toEqual({
      code: 'store-newer',
      details: { storeVersion: migrations.length + 1, programVersion: migrations.length },
    });
    expect(contents()).toEqual(before);
  });

  it.each([
    ['text', Buffer.from('this is no database '.repeat(1000))],
    ['a few bytes', Buffer.from('x')],
    ['a database in clear', plainDatabase()],
  ])('calls a file that holds %s damaged, and keeps it', (_what, bytes) => {
    mkdirSync(folder);
    writeFileSync(database(), bytes);
    expect(problemOf(tryOpen())).toMatchObject({ code: 'store-damaged' });
    expect(Buffer.compare(readFileSync(database()), bytes)).toBe(0);
  });

  it('says which backup there is when the database is damaged, empty or gone', async () => {
    const store = open();
    store.write(({ sessions }) => sessions.insert(exampleSession()));
    const { backup } = valueOf(await store.maintenance.run('2026-03-09T12:00:00.000Z'));
    close(store);
    const expected = { backup, backupAt: '2026-03-09T12:00:00.000Z' };
    const sound = readFileSync(database());
    const answers: unknown[] = [];
    for (const bytes of [Buffer.alloc(sound.length), Buffer.alloc(0), undefined]) {
      rmSync(database());
      if (bytes !== undefined) writeFileSync(database(), bytes);
      answers.push(problemOf(tryOpen()));
    }
    expect(answers).toMatchObject([
      { code: 'store-damaged', details: { ...expected, reason: 'SQLITE_NOTADB' } },
      { code: 'store-damaged', details: { ...expected, reason: 'database-missing' } },
      { code: 'store-damaged', details: { ...expected, reason: 'database-missing' } },
    ]);
    copyFileSync(join(folder, 'backups', String(backup)), database());
    expect(open().read(({ sessions }) => sessions.countUnsynced())).toBe(0);
  });

  it('knows whether there is anything that a key belongs to', () => {
    expect(storeExists(folder)).toBe(false);
    mkdirSync(folder);
    expect(storeExists(folder)).toBe(false);
    close(open());
    expect(storeExists(folder)).toBe(true);
    rmSync(database());
    expect(storeExists(folder)).toBe(true);
  });

  it('is not opened where nothing can be written', () => {
    writeFileSync(folder, 'a file stands where the folder should be');
    expect(problemOf(tryOpen())).toMatchObject({ code: 'storage-unavailable' });
  });

  it('calls a damaged page damaged when it is read, not before and not silently', () => {
    const store = open();
    const ids = Array.from({ length: 300 }, () => {
      const session = exampleSession();
      store.write(({ sessions }) => sessions.insert(session));
      return session.id;
    });
    close(store);
    const bytes = readFileSync(database());
    for (let page = 45; page * 4096 < bytes.length; page += 1)
      bytes[page * 4096 + 100] = (bytes[page * 4096 + 100] ?? 0) ^ 1;
    writeFileSync(database(), bytes);
    const opened = tryOpen();
    const failure = opened.ok
      ? thrownBy(() => opened.value.read(({ sessions }) => ids.map((id) => sessions.get(id))))
      : undefined;
    expect(failure).toBeInstanceOf(StoreFailure);
    expect((failure as StoreFailure).problem.code).toBe('store-damaged');
  });

  it('is shared by two programs, one write after the other', () => {
    const [one, two] = [open(), open()];
    one.write(({ audit }) => audit.append(exampleAuditEntry()));
    two.write(({ audit }) => audit.append(exampleAuditEntry()));
    one.write(({ audit }) => audit.append(exampleAuditEntry()));
    expect(two.read(({ audit }) => audit.verify())).toEqual({ entries: 3, findings: [] });
  });

  it('says that the disk is full, keeps what it has, and goes on when there is room', ({ skip }) => {
    mkdirSync(folder);
    if (!mountSmall(folder, '1m')) skip('mounting a file system needs rights that this user does not have');
    try {
      const store = open();
      const kept: unknown[] = [];
      const answers = Object.fromEntries(
        Array.from({ length: 20 }, (_, index) => [`remarks${index}`, 'a'.repeat(1000)]),
      );
      const insert = (): void => {
        const session = exampleSession({ answers });
        store.write(({ sessions }) => sessions.insert(session));
        kept.push(session.id);
      };
      const failure = thrownBy(() => {
        for (;;) insert();
      });
      expect((failure as StoreFailure).problem.code).toBe('disk-full');
      enlarge(folder, '8m');
      insert();
      expect(store.read(({ sessions }) => sessions.withStatus(['draft']).map(({ id }) => id))).toEqual(kept);
      close(store);
    } finally {
      unmount(folder);
    }
  });

  it('calls a row that no program of this version wrote damaged', () => {
    const session = exampleSession();
    const store = open();
    store.write(({ sessions }) => sessions.insert(session));
    withDatabase((db) => db.exec(`UPDATE session_contents SET answers = '{"age": {}}'`));
    const failure = thrownBy(() => store.read(({ sessions }) => sessions.get(session.id)));
    expect((failure as StoreFailure).problem).toMatchObject({
      code: 'store-damaged',
      details: { column: 'answers' },
    });
    expect(JSON.stringify((failure as StoreFailure).problem.details)).not.toContain('age');
  });
});

describe('a SQLite that does not encrypt', () => {
  it('is found out by its silence', () => {
    // The one that Node brings is a plain build.
    const { DatabaseSync } = createRequire(import.meta.url)('node:sqlite') as typeof import('node:sqlite');
    const plain = new DatabaseSync(':memory:');
    const pragma = (text: string): unknown => {
      const row = plain.prepare(`PRAGMA ${text}`).get();
      return row === undefined ? undefined : Object.values(row)[0];
    };
    expect(applyKey(pragma, masterKey)).toBe(false);
    plain.close();
  });
});

describe('the audit trail in the database', () => {
  const filled = (): SqliteStore => {
    const store = open();
    for (let index = 0; index < 5; index += 1) {
      store.write(({ audit }) => audit.append(exampleAuditEntry({ details: { index } })));
    }
    return store;
  };
  const unlocked = `DROP TRIGGER audit_is_never_edited; DROP TRIGGER audit_is_never_cut;`;
  const findingsAfter = (sql: string) => {
    const store = filled();
    withDatabase((db) => db.exec(unlocked + sql));
    return store.read(({ audit }) => audit.verify().findings);
  };

  it.each([
    [`UPDATE audit SET action = 'signed-in' WHERE sequence = 3`],
    [`DELETE FROM audit WHERE sequence = 3`],
    [
      `INSERT OR REPLACE INTO audit SELECT position, sequence, at, zone, 'bia', action, session_id, details,
       previous_hash, hash FROM audit WHERE sequence = 3`,
    ],
  ])('is append-only: the database itself refuses %s', (sql) => {
    const store = filled();
    withDatabase((db) => {
      db.pragma('recursive_triggers = ON');
      expect(() => db.exec(sql)).toThrow(/append-only/u);
    });
    expect(store.read(({ audit }) => audit.verify())).toEqual({ entries: 5, findings: [] });
  });

  it.each<[string, string, readonly { sequence: number; kind: string }[]]>([
    ['an edit', `UPDATE audit SET by_username = 'bia' WHERE sequence = 3`, [{ sequence: 3, kind: 'edited' }]],
    [
      'an edit of details',
      `UPDATE audit SET details = '{"index":7}' WHERE sequence = 2`,
      [{ sequence: 2, kind: 'edited' }],
    ],
    [
      'details that are nonsense',
      `UPDATE audit SET details = 'x' WHERE sequence = 2`,
      [{ sequence: 2, kind: 'edited' }],
    ],
    [
      'details written otherwise',
      `UPDATE audit SET details = ' {"index":1}' WHERE sequence = 2`,
      [{ sequence: 2, kind: 'edited' }],
    ],
    [
      'a gap',
      `DELETE FROM audit WHERE sequence IN (2, 3)`,
      [
        { sequence: 2, kind: 'missing' },
        { sequence: 3, kind: 'missing' },
      ],
    ],
    [
      'two entries that changed places',
      `UPDATE audit SET position = 100 WHERE sequence = 2; UPDATE audit SET position = 2 WHERE sequence = 3;
       UPDATE audit SET position = 3 WHERE sequence = 2;`,
      [{ sequence: 2, kind: 'reordered' }],
    ],
    ['a cut end', `DELETE FROM audit WHERE sequence > 3`, [{ sequence: 5, kind: 'cut' }]],
    [
      'a cut end with a head that was made to fit',
      `DELETE FROM audit WHERE sequence > 3;
       UPDATE audit_head SET entries = 3, hash = (SELECT hash FROM audit WHERE sequence = 3);`,
      [{ sequence: 0, kind: 'cut' }],
    ],
    [
      'a trail that is gone with its head',
      `DELETE FROM audit WHERE sequence < 5; DELETE FROM audit_head;`,
      [
        { sequence: 1, kind: 'missing' },
        { sequence: 2, kind: 'missing' },
        { sequence: 3, kind: 'missing' },
        { sequence: 4, kind: 'missing' },
        { sequence: 0, kind: 'cut' },
      ],
    ],
  ])('names %s', (_what, sql, findings) => {
    expect(findingsAfter(sql)).toEqual(findings);
  });
});

describe('maintenance', () => {
  const backups = (): string[] => readdirSync(join(folder, 'backups')).toSorted();

  it('checks the store and makes one encrypted backup a day, keeping the last five', async () => {
    const store = open();
    store.write(({ sessions }) => sessions.insert(exampleSession()));
    expect(store.state()).toMatchObject({ ok: true, value: { lastBackupAt: null, integrity: 'unchecked' } });
    const reports: unknown[] = [];
    for (const now of [1, 1.5, 2, 3, 4, 5, 6].map(
      (day) => new Date(Date.UTC(2026, 2, 0) + day * 86_400_000),
    )) {
      reports.push(valueOf(await store.maintenance.run(now.toISOString())).backup !== null);
    }
    expect(reports).toEqual([true, false, true, true, true, true, true]);
    expect(backups()).toEqual([2, 3, 4, 5, 6].map((day) => `backup-00000${day}-2026030${day}T000000Z.db`));
    expect(store.state()).toMatchObject({
      ok: true,
      value: { lastBackupAt: '2026-03-06T00:00:00.000Z', integrity: 'ok' },
    });
  });

  it('makes a backup that opens with the key alone', async () => {
    const session = exampleSession();
    const store = open();
    store.write(({ sessions }) => sessions.insert(session));
    const { backup } = valueOf(await store.maintenance.run('2026-03-09T12:00:00.000Z'));
    const original = folder;
    folder = join(parent, 'another-pc');
    mkdirSync(folder);
    copyFileSync(join(original, 'backups', String(backup)), database());
    expect(open().read(({ sessions }) => sessions.get(session.id))).toEqual(session);
  });

  it('goes by its own count when the clock went back', async () => {
    const store = open();
    for (const now of ['2031-01-01T00:00:00.000Z', '2026-03-09T00:00:00.000Z', '2026-03-09T01:00:00.000Z']) {
      valueOf(await store.maintenance.run(now));
    }
    expect(backups()).toEqual(['backup-000001-20310101T000000Z.db', 'backup-000002-20260309T000000Z.db']);
  });

  it('makes no backup of a damaged store and drops none', async () => {
    const store = open();
    for (let index = 0; index < 200; index += 1)
      store.write(({ sessions }) => sessions.insert(exampleSession()));
    const { backup } = valueOf(await store.maintenance.run('2026-03-01T00:00:00.000Z'));
    close(store);
    const bytes = readFileSync(database());
    const last = bytes.length - 2000;
    bytes[last] = (bytes[last] ?? 0) ^ 1;
    writeFileSync(database(), bytes);
    const damaged = open();
    const report = await damaged.maintenance.run('2026-03-09T00:00:00.000Z');
    expect(problemOf(report)).toMatchObject({ code: 'store-damaged', details: { backup } });
    expect([backups(), damaged.state()]).toMatchObject([
      [backup],
      { ok: true, value: { integrity: 'failed' } },
    ]);
  });

  it('ends with the store, and the store is sound afterwards', async () => {
    const store = open();
    store.write(({ facts }) => facts.put('last-username', 'ana'));
    const report = store.maintenance.run('2026-03-09T00:00:00.000Z');
    close(store);
    expect(problemOf(await report)).toEqual({
      code: 'storage-unavailable',
      details: { reason: 'maintenance-ended' },
    });
    const again = open();
    expect(again.read(({ facts }) => facts.get('last-username'))).toBe('ana');
    expect((await again.maintenance.run('2026-03-09T00:00:00.000Z')).ok).toBe(true);
  });

  it('runs once for two that ask, and drops what an earlier one left half-made', async () => {
    const store = open();
    mkdirSync(join(folder, 'backups'));
    writeFileSync(join(folder, 'backups', 'backup-000001-20260101T000000Z.db.part'), 'half');
    const [one, two] = await Promise.all([
      store.maintenance.run('2026-03-09T00:00:00.000Z'),
      store.maintenance.run('2026-03-09T00:00:00.000Z'),
    ]);
    expect(one).toEqual(two);
    expect(backups()).toEqual(['backup-000001-20260309T000000Z.db']);
  });
});

describe('migrations', () => {
  it('bring an empty file to the newest version, once', () => {
    close(open());
    withDatabase((db) => {
      const before = db.prepare('SELECT sql FROM sqlite_schema ORDER BY name').all();
      expect(migrate(db)).toEqual({ ok: true, value: { from: migrations.length, to: migrations.length } });
      expect(db.prepare('SELECT sql FROM sqlite_schema ORDER BY name').all()).toEqual(before);
      expect(db.pragma('application_id', { simple: true })).toBe(0x53504952);
    });
  });

  it('never change once they are released', () => {
    const hashes = migrations.map((sql) => systemHashing().sha256(sql));
    expect(hashes).toEqual([
      'd8378651a6a80682b4b5bbf1005c040cbe14a4e904104f0d5bafaf49c8cea3b0',
      '7f006b9aff9f1eaa98b260b812b3fc1687dbda78213318c76ca0e5fcee79cbb1',
      '77a849489626e5c520a194f557924fd0b1c8667eb030e4e96edee5c37dba2b38',
    ]);
  });

  it('bring a store of version 1 forward with everything in it', () => {
    // Made by the program of version 1: a completed session, a draft, a note, two accounts.
    const fixture = join(import.meta.dirname, 'fixtures', 'store-001');
    mkdirSync(folder, { recursive: true });
    copyFileSync(join(fixture, 'database.bin'), database());
    copyFileSync(join(fixture, 'check.txt'), join(folder, 'store.check'));
    const store = open();
    const read = store.read((all) => {
      const [session] = all.sessions.withStatus(['completed']);
      if (session === undefined) throw new Error('the session is gone');
      return {
        sync: [session.sync, all.sessions.summary(session.id)?.syncProgress],
        outbox: all.outbox.ofSession(session.id).map(({ kind, fate }) => `${kind} ${fate.state}`),
        order: all.outbox.ofSession(session.id).map(({ ordinal }) => ordinal),
        notes: all.notes.ofSession(session.id).map(({ text }) => text),
        takes: all.takes.ofSession(session.id).length,
        drafts: all.sessions.withStatus(['draft']).length,
        origins: all.accounts.all().map(({ username, origin }) => [username, origin]),
        audit: all.audit.verify().findings,
        withoutContent: all.sync.withoutContent(10),
        facts: all.sync.facts().enrolment,
        id: session.id,
      };
    });
    expect(read).toEqual({
      sync: ['local-only', null],
      outbox: ['session waiting', 'take waiting', 'take waiting', 'result waiting', 'note waiting'],
      order: read.order.toSorted((a, b) => a - b),
      notes: ['kept from version 1'],
      takes: 2,
      drafts: 1,
      origins: [
        ['ines', 'local'],
        ['clara', 'local'],
      ],
      audit: [],
      withoutContent: [read.id],
      facts: null,
      id: read.id,
    });
    // The count of changes goes on: version 1 had given twelve numbers, for six things.
    const at = exampleSession().createdAt;
    store.write(({ outbox }) => outbox.append({ kind: 'note', sessionId: null, subjectId: 'next', at }));
    expect(store.read(({ outbox }) => outbox.get('note', 'next')?.ordinal)).toBe(13);
  });

  it('bring what version 2 knew of offered models forward: open, and older than any news', () => {
    const offer = {
      alias: 'production',
      name: 'breath',
      version: '2.0.0',
      sha256: 'ab'.repeat(32),
      packageSha256: 'cd'.repeat(32),
      packageBytes: 5,
      keyId: '0123456789abcdef',
      signature: 'A'.repeat(86),
    };
    close(open());
    withDatabase((db) => {
      db.exec('DROP TABLE followed_aliases; DROP TABLE model_standings; PRAGMA user_version = 2');
      db.prepare('INSERT INTO model_offers (name, alias, content) VALUES (?, ?, ?)').run(
        offer.name,
        offer.alias,
        JSON.stringify(offer),
      );
    });
    expect(open().read(({ sync }) => sync.offers())).toEqual([
      { offer, sequence: 0, state: 'open', problem: null, settledAt: null },
    ]);
  });

  it('make the tables that version 1 describes: its rows are kept and its faults refused', () => {
    const store = open();
    const session = exampleSession();
    store.write((all) => {
      all.sessions.insert(session);
      all.takes.insert(exampleTake({ sessionId: session.id }));
      all.screenings.insert(exampleResult({ sessionId: session.id }));
    });
    withDatabase((db) => {
      db.pragma('foreign_keys = ON');
      expect(() => db.exec(`UPDATE sessions SET status = 'lost'`)).toThrow(/CHECK/u);
      expect(() => db.exec(`UPDATE sessions SET created_at_ms = 'yesterday'`)).toThrow(/INTEGER/u);
      expect(() => db.exec(`UPDATE takes SET session_id = 'nobody'`)).toThrow(/FOREIGN KEY/u);
    });
  });
});

function paths(): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).map((entry) =>
    join(entry.parentPath, entry.name),
  );
}

function contents(): Record<string, string> {
  const files = paths().filter((path) => statSync(path).isFile() && !/-(?:wal|shm)$/u.test(path));
  return Object.fromEntries(files.map((path) => [path, systemHashing().sha256(readFileSync(path))]));
}

function filesWith(...secrets: readonly string[]): string[] {
  return paths().filter(
    (path) => statSync(path).isFile() && secrets.some((secret) => readFileSync(path).includes(secret)),
  );
}

function plainDatabase(): Buffer {
  const { DatabaseSync } = createRequire(import.meta.url)('node:sqlite') as typeof import('node:sqlite');
  const path = join(mkdtempSync(join(tmpdir(), 'spira-plain-')), 'plain.db');
  const plain = new DatabaseSync(path);
  plain.exec('CREATE TABLE t (x); INSERT INTO t VALUES (1)');
  plain.close();
  const bytes = readFileSync(path);
  rmSync(join(path, '..'), { recursive: true });
  return bytes;
}

function thrownBy(work: () => unknown): unknown {
  try {
    work();
    return undefined;
  } catch (error) {
    return error;
  }
}

function valueOf<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw new Error(`${result.problem.code} ${JSON.stringify(result.problem.details ?? {})}`);
}
