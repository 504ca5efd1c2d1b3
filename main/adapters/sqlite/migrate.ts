import type { Connection } from './driver.ts';
import { fail, ok, type Result } from '../../../contract/result.ts';
import { migration001 } from './migrations/001-workstation.ts';
import { migration002 } from './migrations/002-sync.ts';
import { migration003 } from './migrations/003-models.ts';

/** In order; a database's user_version is how many of them it has had. Never edited, only added to. */
export const migrations: readonly string[] = [migration001, migration002, migration003];

/** Marks the file as this program's ("SPIR"). */
const applicationId = 0x5350_4952;

/** `store-newer` before anything is written; each migration is one transaction of its own. */
export function migrate(db: Connection): Result<{ readonly from: number; readonly to: number }> {
  const from = versionOf(db);
  if (from > migrations.length) {
    return fail('store-newer', { storeVersion: from, programVersion: migrations.length });
  }
  const steps = migrations.slice(from);
  steps.forEach((sql, index) => {
    db.transaction(() => {
      // Another process may have been faster between the reading and the lock.
      if (versionOf(db) > from + index) return;
      db.exec(sql);
      db.pragma(`application_id = ${applicationId}`);
      db.pragma(`user_version = ${from + index + 1}`);
    }).immediate();
  });
  return ok({ from, to: migrations.length });
}

function versionOf(db: Connection): number {
  return Number(db.pragma('user_version', { simple: true }));
}
