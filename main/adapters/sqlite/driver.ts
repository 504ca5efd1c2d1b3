import type BetterSqlite3 from 'better-sqlite3';
// @ts-expect-error the package's exports hide its types; those of better-sqlite3, whose API it has, describe it
import Encrypting from 'better-sqlite3-multiple-ciphers';

export const Database = Encrypting as typeof BetterSqlite3;
export type Connection = BetterSqlite3.Database;
export type Statement = BetterSqlite3.Statement<unknown[]>;
