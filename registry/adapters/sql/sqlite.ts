import { open, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import type BetterSqlite3 from 'better-sqlite3';
// @ts-expect-error the package's exports hide its types; those of better-sqlite3, whose API it has, describe it
import Encrypting from 'better-sqlite3-multiple-ciphers';
import { StoreFailure, type Store, type StoreReader } from '../../ports/store.ts';
import { sqliteDialect, type Answer, type Connection } from './connection.ts';
import { sqliteFailure } from './failures.ts';
import { groupedWrites, type WithTransaction } from './grouped-writes.ts';
import { migrate } from './migrate.ts';
import { readerOn } from './rows.ts';
import { schemaVersion, tables, type Description } from './tables.ts';

const Database = Encrypting as typeof BetterSqlite3;

/** Another process may hold the write lock for as long as its group of writes takes; waited for without blocking. */
const lockPatienceMs = 15_000;
const lockPauseMs = 5;
/** For the short moments in which SQLite itself waits (recovery, checkpoints). */
const busyTimeoutMs = 2000;
const readerCount = 4;
const largestStatementCache = 300;

interface SqliteOptions {
  /** For tests of migrations. */
  readonly schema?: { readonly description: Description; readonly to: number };
}

/**
 * The store in one file, made where there is none. Rejects with StoreFailure: `damaged` where the file is no database
 * or of a newer program, `unavailable` where it cannot be opened.
 */
export async function openSqliteStore(
  path: string,
  { schema = { description: tables, to: schemaVersion } }: SqliteOptions = {},
): Promise<Store> {
  const writer = openConnection(path, false);
  const log = writeAheadLog(path);
  const withTransaction: WithTransaction = async (use, first = []) => {
    await beginImmediate(writer);
    try {
      first.forEach(writer.execute);
      await use({
        query: writer.query,
        script: async (statements) => statements.forEach(writer.execute),
        async commit(statements) {
          [...statements, 'commit'].forEach(writer.execute);
          await log.keep();
        },
      });
    } finally {
      // After a full disk SQLite has rolled back already.
      if (writer.isInTransaction()) writer.execute('rollback');
    }
  };
  try {
    await withTransaction(async (transaction) => {
      await migrate(transaction, sqliteDialect, schema);
      await transaction.commit([]);
    });
  } catch (error) {
    writer.close();
    await log.close();
    throw error;
  }
  const writes = groupedWrites({ dialect: sqliteDialect, withTransaction, patienceMs: lockPatienceMs });
  const readers = readerPool(path);
  // Nobody hears of what a power cut could still take back.
  const kept = async <T>(seen: Promise<T>): Promise<T> => {
    const value = await seen;
    await log.kept();
    return value;
  };
  const looks: Connection = { query: (text, parameters) => kept(readers.look(text, parameters)) };
  return {
    write: writes.write,
    read: (work) => kept(readers.read(work)),
    look: readerOn(looks, sqliteDialect, () => undefined),
    async check() {
      await log.kept();
      await writer.query('select 1', []);
    },
    async close() {
      await Promise.all([writes.close(), readers.close()]);
      writer.close();
      await log.close();
    },
  };
}

interface SqliteConnection extends Connection {
  execute(statement: string): void;
  isInTransaction(): boolean;
  close(): void;
}

function openConnection(path: string, isReadonly: boolean): SqliteConnection {
  const db = translated(() => {
    try {
      return new Database(path, { timeout: busyTimeoutMs, readonly: isReadonly });
    } catch (error) {
      // How the driver says that the folder is not there.
      if (error instanceof TypeError) {
        throw new StoreFailure('unavailable', 'the database cannot be opened', { cause: error });
      }
      throw error;
    }
  });
  const statements = new Map<string, BetterSqlite3.Statement<unknown[]>>();
  const prepared = (text: string): BetterSqlite3.Statement<unknown[]> => {
    const known = statements.get(text);
    if (known !== undefined) return known;
    if (statements.size >= largestStatementCache) statements.clear();
    const statement = db.prepare<unknown[]>(text);
    statements.set(text, statement);
    return statement;
  };
  const connection: SqliteConnection = {
    // Synchronous underneath: the promise is the port's.
    query: async (text, parameters): Promise<Answer> =>
      translated(() => {
        if (!db.open) throw new StoreFailure('unavailable', 'the store is closed');
        const statement = prepared(text);
        if (!statement.reader) return { rows: [], affected: statement.run(...parameters).changes };
        const rows = statement.all(...parameters) as Record<string, unknown>[];
        return { rows, affected: rows.length };
      }),
    execute: (text) =>
      translated(() => {
        const statement = prepared(text);
        if (statement.reader) statement.all();
        else statement.run();
      }),
    isInTransaction: () => db.open && db.inTransaction,
    close: () => void db.close(),
  };
  try {
    translated(() => {
      if (!isReadonly) {
        db.pragma('journal_mode = WAL');
        // SQLite itself waits for the disk before it reuses its log; after each commit, writeAheadLog does.
        db.pragma('synchronous = NORMAL');
      }
      db.pragma('foreign_keys = ON');
      db.pragma('trusted_schema = OFF');
      db.pragma('cell_size_check = ON');
      db.pragma('cache_size = -16384');
    });
  } catch (error) {
    db.close();
    throw error;
  }
  return connection;
}

/**
 * Makes commits durable as SQLite's `synchronous = FULL` does, by one flush of its log after each, but without standing
 * still meanwhile: others are served, and the next group of writes grows. A log that was not flushed to its end is
 * recovered up to the last whole transaction. A flush that fails leaves unknown what is on the disk (its pages count as
 * written from then on), so nothing more is promised until the database is opened anew.
 */
function writeAheadLog(path: string): {
  /** Resolves when all that was committed is on the disk. */
  keep(): Promise<void>;
  /** Resolves when the last `keep` has. */
  kept(): Promise<void>;
  close(): Promise<void>;
} {
  let file: FileHandle | undefined;
  let last: Promise<void> = Promise.resolve();
  let failure: StoreFailure | undefined;

  const flush = async (): Promise<void> => {
    if (failure !== undefined) throw failure;
    try {
      if (file === undefined) {
        file = await open(`${path}-wal`, 'r+');
        await flushFolder(dirname(path));
      }
      await file.datasync();
    } catch (cause) {
      failure = new StoreFailure('unavailable', 'the database cannot be made durable', { cause });
      throw failure;
    }
  };
  return {
    keep() {
      last = flush();
      return last;
    },
    kept: () => last,
    async close() {
      await last.catch(() => undefined);
      await file?.close();
    },
  };
}

/** The name of a new file is the folder's to keep. */
async function flushFolder(folder: string): Promise<void> {
  // Windows cannot open a folder for this and keeps names durable by itself.
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Waits for another process's transaction without standing in the way of this one's work. */
async function beginImmediate(writer: SqliteConnection): Promise<void> {
  const startedAt = performance.now();
  writer.execute('pragma busy_timeout = 0');
  try {
    for (;;) {
      try {
        writer.execute('begin immediate');
        return;
      } catch (error) {
        if (!isBusy(error) || performance.now() - startedAt > lockPatienceMs) throw error;
        await new Promise((resolve) => setTimeout(resolve, lockPauseMs));
      }
    }
  } finally {
    writer.execute(`pragma busy_timeout = ${busyTimeoutMs}`);
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof StoreFailure && error.message.startsWith('SQLITE_BUSY');
}

/** A few connections of their own, so that readers see one state while the writer goes on. */
function readerPool(path: string): {
  read<T>(work: (reader: StoreReader) => Promise<T>): Promise<T>;
  /** One statement, which sees one state by itself. */
  look: Connection['query'];
  close(): Promise<void>;
} {
  const idle: SqliteConnection[] = [];
  const queue: ((connection: SqliteConnection) => void)[] = [];
  const running = new Set<Promise<unknown>>();
  let opened = 0;
  let isClosed = false;

  const take = async (): Promise<SqliteConnection> => {
    const free = idle.pop();
    if (free !== undefined) return free;
    if (opened >= readerCount) return new Promise((resolve) => queue.push(resolve));
    const connection = openConnection(path, true);
    opened += 1;
    return connection;
  };
  const giveBack = (connection: SqliteConnection): void => {
    const next = queue.shift();
    if (next !== undefined) next(connection);
    else idle.push(connection);
  };
  const readOn = async <T>(work: (reader: StoreReader) => Promise<T>): Promise<T> => {
    const connection = await take();
    let hasEnded = false;
    const guard = (): void => {
      if (hasEnded) throw new Error('this reading has ended');
    };
    try {
      connection.execute('begin');
      // Only the first statement fixes what is seen; it shall be now.
      await connection.query('select 1 from counters limit 1', []);
      return await work(readerOn(connection, sqliteDialect, guard));
    } finally {
      hasEnded = true;
      if (connection.isInTransaction()) connection.execute('rollback');
      giveBack(connection);
    }
  };
  const lookOn: Connection['query'] = async (text, parameters) => {
    const connection = await take();
    try {
      return await connection.query(text, parameters);
    } finally {
      giveBack(connection);
    }
  };
  const watched = <T>(begin: () => Promise<T>): Promise<T> => {
    if (isClosed) return Promise.reject(new StoreFailure('unavailable', 'the store is closed'));
    const reading = begin();
    const quiet = reading.catch(() => undefined).then(() => void running.delete(quiet));
    running.add(quiet);
    return reading;
  };
  return {
    read: (work) => watched(() => readOn(work)),
    look: (text, parameters) => watched(() => lookOn(text, parameters)),
    async close() {
      isClosed = true;
      await Promise.all(running);
      for (const connection of idle) connection.close();
    },
  };
}

function translated<T>(act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw sqliteFailure(error);
  }
}
