import { z } from 'zod';
import { accountIdSchema } from '../../../contract/ids.ts';
import { accountSchema } from '../../../contract/people.ts';
import type { AccountRecord, StoreTransaction } from '../../ports/store.ts';
import { epochMs, flagColumn, instantColumn, jsonColumn, type Access, type Value } from './access.ts';

const accountRow = z.strictObject({
  id: accountIdSchema,
  username: z.string(),
  display_name: z.string(),
  roles: jsonColumn(accountSchema.shape.roles),
  language: accountSchema.shape.language,
  is_disabled: flagColumn,
  created_at_ms: instantColumn,
  created_zone: z.string().min(1),
  password_hash: z.string(),
  failures: z.int().nonnegative(),
  locked_out_until_ms: z.int().nullable(),
  origin: accountSchema.shape.origin,
});

const columns = Object.keys(accountRow.shape);
const select = `SELECT ${columns.join(', ')} FROM accounts`;
const written = [...columns, 'username_key'];

export function accountTable(access: Access): StoreTransaction['accounts'] {
  return {
    insert(account) {
      access.run(
        `INSERT INTO accounts (${written.join(', ')}) VALUES (${written.map((name) => `@${name}`).join(', ')})`,
        values(account),
      );
    },
    update(account) {
      const changed = access.run(
        `UPDATE accounts SET ${written.map((name) => `${name} = @${name}`).join(', ')} WHERE id = @id`,
        values(account),
      );
      if (changed !== 1) throw new Error(`there is no account with id ${account.id}`);
    },
    get(id) {
      const row = access.get(accountRow, `${select} WHERE id = ?`, [id]);
      return row === undefined ? undefined : toAccount(row);
    },
    byUsername(username) {
      const row = access.get(accountRow, `${select} WHERE username_key = ?`, [usernameKey(username)]);
      return row === undefined ? undefined : toAccount(row);
    },
    all: () => access.all(accountRow, `${select} ORDER BY ordinal`).map(toAccount),
  };
}

function values(account: AccountRecord): Readonly<Record<string, Value>> {
  return {
    id: account.id,
    username: account.username,
    username_key: usernameKey(account.username),
    display_name: account.displayName,
    roles: JSON.stringify(account.roles),
    language: account.language,
    is_disabled: account.isDisabled ? 1 : 0,
    created_at_ms: epochMs(account.createdAt.at),
    created_zone: account.createdAt.zone,
    password_hash: account.passwordHash,
    failures: account.failures,
    locked_out_until_ms: account.lockedOutUntilMs,
    origin: account.origin,
  };
}

/** Usernames are one whatever their case: SQLite alone would compare only ASCII so. */
function usernameKey(username: string): string {
  return username.normalize('NFC').toLowerCase();
}

function toAccount(row: z.infer<typeof accountRow>): AccountRecord {
  return {
    id: row.id,
    username: row.username,
    displayName: row.display_name,
    roles: row.roles,
    language: row.language,
    isDisabled: row.is_disabled,
    createdAt: { at: row.created_at_ms, zone: row.created_zone },
    passwordHash: row.password_hash,
    failures: row.failures,
    lockedOutUntilMs: row.locked_out_until_ms,
    origin: row.origin,
  };
}
