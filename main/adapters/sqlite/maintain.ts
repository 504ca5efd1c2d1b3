/** One round of checking and backing up; blocks its thread for as long as reading the whole database takes. */
import {
  chmodSync,
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Connection } from './driver.ts';
import { fail, ok, type Result } from '../../../contract/result.ts';
import { syncFolder } from '../system/write-file-safely.ts';
import { backupName, backupsKept, isBackupDue, listBackups } from './backups.ts';
import { openDatabase } from './connection.ts';
import { problemOf } from './failures.ts';
import type { MaintenanceReport } from './maintenance.ts';
import type { StoreFiles } from './store-files.ts';

export function maintain(options: {
  readonly files: StoreFiles;
  readonly key: Uint8Array;
  readonly now: string;
}): Result<MaintenanceReport> {
  const { files, key, now } = options;
  const opened = openDatabase(files.database, key);
  if (!opened.ok) return withNewestBackup(opened, files);
  const db = opened.value;
  try {
    const fault = integrityFault(db);
    if (fault !== undefined) return withNewestBackup(fail('store-damaged', { reason: fault }), files);
    const outdated = backupsOfRemoved(db, files, key);
    return outdated.length > 0 || isBackupDue(listBackups(files.backups), now)
      ? backUp(db, { files, key, now, outdated })
      : ok({ integrity: 'ok', backup: null });
  } catch (error) {
    return withNewestBackup(failureOf(error), files);
  } finally {
    db.close();
  }
}

/** What the first fault is, in SQLite's words; undefined: none. Every page is authenticated on the way. */
function integrityFault(db: Connection): string | undefined {
  const first = String(db.pragma('integrity_check(1)', { simple: true }));
  if (first !== 'ok') return first.slice(0, 200);
  const orphan = db.prepare('PRAGMA foreign_key_check').get();
  return orphan === undefined ? undefined : 'foreign key without its row';
}

function backUp(
  db: Connection,
  {
    files,
    key,
    now,
    outdated,
  }: { files: StoreFiles; key: Uint8Array; now: string; outdated: readonly string[] },
): Result<MaintenanceReport> {
  mkdirSync(files.backups, { recursive: true, mode: 0o700 });
  for (const name of readdirSync(files.backups)) {
    if (name.endsWith('.part')) rmSync(join(files.backups, name));
  }
  const earlier = listBackups(files.backups);
  const fileName = backupName((earlier.at(0)?.count ?? 0) + 1, now);
  const path = join(files.backups, fileName);
  const temporary = `${path}.part`;
  try {
    // VACUUM INTO writes into an empty file that exists: so it never is readable by others.
    closeSync(openSync(temporary, 'wx', 0o600));
    db.prepare('VACUUM INTO ?').run(temporary);
    chmodSync(temporary, 0o600);
    const fault = faultOfCopy(temporary, key);
    if (fault !== undefined) return fail('storage-unavailable', { reason: fault });
    syncFile(temporary);
    renameSync(temporary, path);
    syncFolder(files.backups);
  } catch (error) {
    return failureOf(error);
  } finally {
    rmSync(temporary, { force: true });
  }
  const superfluous = earlier.slice(backupsKept - 1).map((old) => old.fileName);
  for (const old of new Set([...superfluous, ...outdated])) rmSync(join(files.backups, old), { force: true });
  return ok({ integrity: 'ok', backup: fileName });
}

/** Copies that still hold a session that was withdrawn or deleted since: a new one takes the place of them all. */
function backupsOfRemoved(db: Connection, files: StoreFiles, key: Uint8Array): readonly string[] {
  const removed = db
    .prepare('SELECT session_id FROM tombstones WHERE session_id NOT IN (SELECT id FROM sessions)')
    .pluck()
    .all();
  if (removed.length === 0) return [];
  return listBackups(files.backups).flatMap(({ fileName }) => {
    const copy = openDatabase(join(files.backups, fileName), key, { readonly: true });
    // What does not open holds nothing that anybody could read.
    if (!copy.ok) return [];
    try {
      const holds = copy.value.prepare('SELECT 1 FROM sessions WHERE id = ?').pluck();
      return removed.some((id) => holds.get(id) === 1) ? [fileName] : [];
    } finally {
      copy.value.close();
    }
  });
}

/** A copy that its key does not open, or that is not whole, must not push out a good one. */
function faultOfCopy(path: string, key: Uint8Array): string | undefined {
  const copy = openDatabase(path, key, { readonly: true });
  if (!copy.ok) return 'backup-unreadable';
  try {
    return integrityFault(copy.value) === undefined ? undefined : 'backup-damaged';
  } finally {
    copy.value.close();
  }
}

function syncFile(path: string): void {
  const file = openSync(path, 'r+');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function failureOf(error: unknown): Result<never> {
  const problem = problemOf(error);
  if (problem !== undefined) return { ok: false, problem };
  if (error instanceof Error && 'code' in error) {
    return error.code === 'ENOSPC' || error.code === 'EDQUOT'
      ? fail('disk-full')
      : fail('storage-unavailable', { reason: String(error.code) }, error);
  }
  throw error;
}

function withNewestBackup(result: Result<never>, files: StoreFiles): Result<never> {
  if (result.ok || result.problem.code !== 'store-damaged') return result;
  const newest = listBackups(files.backups).at(0);
  if (newest === undefined) return result;
  return fail(
    'store-damaged',
    { ...result.problem.details, backup: newest.fileName, backupAt: newest.at },
    result.problem.cause,
  );
}
