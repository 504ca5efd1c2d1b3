/** The workstation's database: opened only with its key, never made anew over what is there. */
import { chmodSync, closeSync, mkdirSync, openSync, readSync } from 'node:fs';
import type { Connection } from './driver.ts';
import { fail, ok, type Problem, type ProblemDetails, type Result } from '../../../contract/result.ts';
import type { Hashing } from '../../ports/hashing.ts';
import type { MasterKey } from '../../ports/keys.ts';
import type { Store, StoreTransaction } from '../../ports/store.ts';
import { deriveKey } from '../system/derive-key.ts';
import { createAccess } from './access.ts';
import { accountTable } from './accounts.ts';
import { auditTable } from './audit.ts';
import { listBackups } from './backups.ts';
import { configure, openDatabase } from './connection.ts';
import { problemOf, withStoreFailures } from './failures.ts';
import { createMaintenance, type Maintenance } from './maintenance.ts';
import { migrate } from './migrate.ts';
import { outboxTable } from './outbox.ts';
import { screeningTable } from './screenings.ts';
import { sessionTable } from './sessions.ts';
import { factTable, modelTestTable, noteTable, settingsTable } from './small-tables.ts';
import { keyFits, rememberKey, sizeOf, storeFiles, type StoreFiles } from './store-files.ts';
import { syncTables } from './sync.ts';
import { takeTable } from './takes.ts';

export interface OpenStoreOptions {
  /** Made with mode 0700 where it is missing. */
  readonly folder: string;
  readonly masterKey: MasterKey;
  readonly hashing: Hashing;
  /** Entry of the maintenance thread where the program is bundled; the source file beside this one by default. */
  readonly maintenanceWorkerPath?: string;
}

export interface SqliteStore extends Store {
  /** Checks the whole database and backs it up, off this thread; at most one at a time. */
  readonly maintenance: Maintenance;
}

const pageBytes = 4096;

/**
 * Opens the store, or makes it where there never was one. Problems: `key-wrong`; `store-newer` (a newer program made
 * it; nothing is written); `store-damaged` (`reason`, and `backup`: the newest backup's file name where there is
 * one; nothing is overwritten); `store-busy`; `disk-full`; `storage-unavailable`.
 */
export function openStore(options: OpenStoreOptions): Result<SqliteStore> {
  const files = storeFiles(options.folder);
  try {
    mkdirSync(options.folder, { recursive: true, mode: 0o700 });
    const fault = faultOfFile(files);
    if (fault !== undefined) return { ok: false, problem: fault };
    closeSync(openSync(files.database, 'a', 0o600));
    chmodSync(files.database, 0o600);
  } catch (cause) {
    return fail('storage-unavailable', { reason: systemCode(cause) }, cause);
  }
  const opened = openDatabase(files.database, deriveKey(options.masterKey, 'database v1'));
  if (!opened.ok) return { ok: false, problem: explained(opened.problem, files, options.masterKey) };
  const db = opened.value;
  try {
    const migrated = prepare(db, files);
    if (!migrated.ok) {
      db.close();
      return migrated;
    }
    if (keyFits(files, options.masterKey) !== 'fits') rememberKey(files, options.masterKey);
    return ok(storeOver(db, files, options));
  } catch (error) {
    db.close();
    const problem = problemOf(error);
    if (problem === undefined) throw error;
    return { ok: false, problem: explained(problem, files, options.masterKey) };
  }
}

function prepare(db: Connection, files: StoreFiles): Result<void> {
  configure(db);
  const migrated = migrate(db);
  if (!migrated.ok) return migrated;
  if (startsInClear(files.database)) return fail('storage-unavailable', { reason: 'database-in-clear' });
  return ok(undefined);
}

function storeOver(db: Connection, files: StoreFiles, options: OpenStoreOptions): SqliteStore {
  let isWriting = false;
  const access = createAccess(db, () => isWriting);
  const transaction: StoreTransaction = {
    sessions: sessionTable(access),
    takes: takeTable(access),
    screenings: screeningTable(access),
    notes: noteTable(access),
    accounts: accountTable(access),
    audit: auditTable(access, {
      hashing: options.hashing,
      sealKey: deriveKey(options.masterKey, 'audit head v1'),
    }),
    outbox: outboxTable(access),
    sync: syncTables(access),
    settings: settingsTable(access),
    facts: factTable(access),
    modelTests: modelTestTable(access),
  };
  const runInTransaction = db.transaction((work: (transaction: StoreTransaction) => unknown) =>
    work(transaction),
  );
  const maintenance = createMaintenance({
    files,
    key: deriveKey(options.masterKey, 'database v1'),
    ...(options.maintenanceWorkerPath === undefined ? {} : { workerPath: options.maintenanceWorkerPath }),
  });
  return {
    maintenance,
    write<T>(work: (transaction: StoreTransaction) => T): T {
      const wasWriting = isWriting;
      isWriting = true;
      try {
        return withStoreFailures(() => runInTransaction.immediate(work) as T);
      } finally {
        isWriting = wasWriting;
      }
    },
    read: <T>(work: (transaction: StoreTransaction) => T): T =>
      withStoreFailures(() => runInTransaction.deferred(work) as T),
    state() {
      const newest = listBackups(files.backups).at(0);
      return ok({
        databaseBytes: sizeOf(files.database) + sizeOf(`${files.database}-wal`),
        lastBackupAt: newest?.at ?? null,
        integrity: maintenance.integrity(),
      });
    },
    close() {
      maintenance.stop();
      db.close();
    },
  };
}

/** What SQLite would take for a first start and write over: a database that is gone or empty, or a scrap of a file. */
function faultOfFile(files: StoreFiles): Problem | undefined {
  const size = sizeOf(files.database);
  if (size >= pageBytes) return undefined;
  if (size > 0) {
    return { code: 'store-damaged', details: { reason: 'not-a-database', ...newestBackup(files) } };
  }
  const wasThere = sizeOf(files.keyCheck) > 0 || listBackups(files.backups).length > 0;
  return wasThere
    ? { code: 'store-damaged', details: { reason: 'database-missing', ...newestBackup(files) } }
    : undefined;
}

/** A key that does not fit and a file that is no database look alike to SQLite. */
function explained(problem: Problem, files: StoreFiles, masterKey: MasterKey): Problem {
  if (problem.code !== 'store-damaged') return problem;
  const isUnreadable = problem.details?.['reason'] === 'SQLITE_NOTADB';
  const fits = keyFits(files, masterKey);
  if (isUnreadable && (fits === 'other' || (fits === 'unknown' && looksEncrypted(files.database)))) {
    return { code: 'key-wrong', cause: problem.cause };
  }
  return { ...problem, details: { ...problem.details, ...newestBackup(files) } };
}

function newestBackup(files: StoreFiles): ProblemDetails {
  const newest = listBackups(files.backups).at(0);
  return newest === undefined ? {} : { backup: newest.fileName, backupAt: newest.at };
}

/** Whole pages that do not begin as SQLite's clear text does. */
function looksEncrypted(path: string): boolean {
  const size = sizeOf(path);
  return size >= pageBytes && size % pageBytes === 0 && !startsInClear(path);
}

function startsInClear(path: string): boolean {
  const file = openSync(path, 'r');
  try {
    const start = Buffer.alloc(16);
    readSync(file, start, 0, 16, 0);
    return start.toString('latin1') === 'SQLite format 3\0';
  } finally {
    closeSync(file);
  }
}

function systemCode(cause: unknown): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown';
}
