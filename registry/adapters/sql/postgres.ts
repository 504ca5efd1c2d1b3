import pg from 'pg';
import { StoreFailure, type Store, type StoreReader } from '../../ports/store.ts';
import { postgresDialect, type Connection } from './connection.ts';
import { LostConnection, postgresFailure } from './failures.ts';
import { groupedWrites, type WithTransaction, type WriteTransaction } from './grouped-writes.ts';
import { migrate } from './migrate.ts';
import { readerOn } from './rows.ts';
import { schemaVersion, tables, type Description } from './tables.ts';

/** The lock that the one writer holds, in the database's space of advisory locks. ("SPIR") */
const writerLock = 0x5350_4952;
const connectTimeoutMs = 10_000;
const readerCount = 8;
const firstPauseMs = 25;
const longestPauseMs = 1000;
/** A process that hangs or whose machine is gone must not keep the writer's lock. */
const sessionSettings = [
  `set idle_in_transaction_session_timeout = '60s'`,
  `set lock_timeout = '60s'`,
  `set tcp_keepalives_idle = 15`,
  `set tcp_keepalives_interval = 5`,
  `set tcp_keepalives_count = 3`,
].join('; ');

interface PostgresOptions {
  /** How long a lost connection is tried again before the caller hears of it, ms. */
  readonly patienceMs?: number;
  /** For tests of migrations. */
  readonly schema?: { readonly description: Description; readonly to: number };
}

/**
 * The store in a PostgreSQL database (12 or later, encoding UTF8) at a `postgres://` address. Rejects with StoreFailure:
 * `unavailable` where it does not answer in time, `damaged` for a database of a newer program or another encoding.
 */
export async function openPostgresStore(
  url: string,
  { patienceMs = 15_000, schema = { description: tables, to: schemaVersion } }: PostgresOptions = {},
): Promise<Store> {
  // Readers never wait for the writer, nor the writer for readers.
  const [writer, readers] = [openPool(url, 1), openPool(url, readerCount)];
  let isClosed = false;
  const refuseWhenClosed = (): void => {
    if (isClosed) throw new StoreFailure('unavailable', 'the store is closed');
  };
  const closePools = async (): Promise<void> => {
    await Promise.all([writer.end(), readers.end()]);
  };
  const withTransaction: WithTransaction = (use, first = []) =>
    writeOn(writer, { use, first, url, patienceMs });
  try {
    await untilAnswered(patienceMs, () =>
      withTransaction(async (transaction) => {
        await refuseOtherEncodings(transaction);
        await migrate(transaction, postgresDialect, schema);
        await transaction.commit([]);
      }),
    );
  } catch (error) {
    await closePools();
    throw error;
  }
  const writes = groupedWrites({ dialect: postgresDialect, withTransaction, patienceMs });
  const looks: Connection = {
    query: (text, parameters) =>
      untilAnswered(patienceMs, () => withClient(readers, (client) => query(client, text, parameters))),
  };
  return {
    write: writes.write,
    look: readerOn(looks, postgresDialect, refuseWhenClosed),
    async read(work) {
      refuseWhenClosed();
      return untilAnswered(patienceMs, () => readOn(readers, work));
    },
    async check() {
      refuseWhenClosed();
      await withClient(readers, (client) => query(client, 'select 1', []));
    },
    async close() {
      if (isClosed) return;
      isClosed = true;
      await writes.close();
      await closePools();
    },
  };
}

function openPool(url: string, max: number): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max,
    connectionTimeoutMillis: connectTimeoutMs,
    idleTimeoutMillis: 60_000,
    keepAlive: true,
    application_name: 'spira-registry',
    allowExitOnIdle: true,
  });
  // A connection that breaks while nobody uses it is replaced at its next use; whoever uses it hears by their query.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => {
    client.on('error', () => undefined);
    client.query(sessionSettings).catch(() => undefined);
  });
  return pool;
}

async function withClient<T>(pool: pg.Pool, use: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  let client: pg.PoolClient;
  try {
    client = await pool.connect();
  } catch (error) {
    throw postgresFailure(error);
  }
  let isLost = false;
  try {
    return await use(client);
  } catch (error) {
    isLost = error instanceof LostConnection;
    throw error;
  } finally {
    client.release(isLost);
  }
}

async function query(client: pg.PoolClient, text: string, parameters: readonly unknown[]) {
  try {
    const { rows, rowCount } = await client.query<Record<string, unknown>>(text, [...parameters]);
    return { rows: rows ?? [], affected: rowCount ?? 0 };
  } catch (error) {
    throw postgresFailure(error);
  }
}

/** Several statements in one message: one round trip. An error in one ends the message there. */
async function script(
  client: pg.PoolClient,
  statements: readonly string[],
): Promise<readonly pg.QueryResult[]> {
  if (statements.length === 0) return [];
  try {
    const results: pg.QueryResult | pg.QueryResult[] = await client.query(statements.join('; '));
    return Array.isArray(results) ? results : [results];
  } catch (error) {
    throw postgresFailure(error);
  }
}

interface Writing {
  readonly use: (transaction: WriteTransaction) => Promise<void>;
  /** Statements that go with the transaction's beginning. */
  readonly first: readonly string[];
  readonly url: string;
  readonly patienceMs: number;
}

async function writeOn(pool: pg.Pool, { use, first, url, patienceMs }: Writing): Promise<void> {
  await withClient(pool, async (client) => {
    let isOpen = true;
    const begun = await script(client, [
      'begin',
      `select pg_advisory_xact_lock(${writerLock}), pg_current_xact_id()::text as xid`,
      ...first,
    ]);
    const xid = String(begun[1]?.rows[0]?.xid);
    try {
      await use({
        query: (text, parameters) => query(client, text, parameters),
        script: async (statements) => void (await script(client, statements)),
        async commit(statements) {
          try {
            const committed = await script(client, [...statements, 'commit']);
            isOpen = false;
            // PostgreSQL answers ROLLBACK to the commit of a transaction that an error has ended.
            if (committed.at(-1)?.command !== 'COMMIT')
              throw new StoreFailure('unavailable', 'rolled back at the commit');
          } catch (error) {
            if (!(error instanceof LostConnection)) throw error;
            isOpen = false;
            if (await wasCommitted(url, xid, patienceMs)) return;
            throw error;
          }
        },
      });
    } finally {
      if (isOpen) await script(client, ['rollback']).catch(() => undefined);
    }
  });
}

/** The line broke between the commit and its answer: only the database knows. */
async function wasCommitted(url: string, xid: string, patienceMs: number): Promise<boolean> {
  const pool = openPool(url, 1);
  try {
    const state = await untilAnswered(patienceMs, () =>
      withClient(pool, async (client) => {
        const { rows } = await query(client, 'select pg_xact_status($1::xid8) as state', [xid]);
        if (rows[0]?.['state'] === 'in progress') throw new LostConnection('still deciding');
        return rows[0]?.['state'];
      }),
    );
    return state === 'committed';
  } catch (error) {
    // Not a LostConnection: whoever tried again now could do it twice.
    throw new StoreFailure('unavailable', 'it is not known whether the transaction was kept', {
      cause: error,
    });
  } finally {
    await pool.end();
  }
}

async function readOn<T>(pool: pg.Pool, work: (reader: StoreReader) => Promise<T>): Promise<T> {
  return withClient(pool, async (client) => {
    // The second statement fixes what is seen; it shall be now.
    await script(client, ['begin isolation level repeatable read read only', 'select 1']);
    let hasEnded = false;
    let broken: unknown;
    const connection: Connection = {
      async query(text, parameters) {
        try {
          return await query(client, text, parameters);
        } catch (error) {
          broken ??= error;
          throw error;
        }
      },
    };
    const guard = (): void => {
      if (hasEnded) throw new Error('this reading has ended');
    };
    try {
      return await work(readerOn(connection, postgresDialect, guard));
    } catch (error) {
      throw broken instanceof LostConnection ? broken : error;
    } finally {
      hasEnded = true;
      await script(client, ['rollback']).catch(() => undefined);
    }
  });
}

async function refuseOtherEncodings(connection: Connection): Promise<void> {
  const { rows } = await connection.query(`select current_setting('server_encoding') as encoding`, []);
  if (rows[0]?.['encoding'] !== 'UTF8') {
    throw new StoreFailure('damaged', 'the database needs the encoding UTF8: create it anew with that');
  }
}

/** Again while the connection is lost, at growing distances, until `patienceMs` have gone. */
async function untilAnswered<T>(patienceMs: number, act: () => Promise<T>): Promise<T> {
  const startedAt = performance.now();
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    try {
      return await act();
    } catch (error) {
      if (!(error instanceof LostConnection) || performance.now() - startedAt > patienceMs) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}
