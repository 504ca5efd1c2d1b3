/**
 * One writer, and one commit for all who wait: a commit costs the disk a few milliseconds, however much is in it. Each
 * work stands behind its own savepoint, so that one that throws takes nothing of the others with it; nobody is told
 * before the commit.
 */
import { StoreFailure, type StoreTransaction } from '../../ports/store.ts';
import { transactionOn } from './rows.ts';
import type { Connection, Dialect } from './connection.ts';
import { LostConnection } from './failures.ts';

export interface WriteTransaction extends Connection {
  /** Statements without parameters, in order. */
  script(statements: readonly string[]): Promise<void>;
  /** Runs the statements and commits. Rejects with LostConnection only when it is sure that nothing was kept. */
  commit(statements: readonly string[]): Promise<void>;
}

/**
 * Begins a transaction, holding the lock of the one writer over all processes, and runs the `first` statements in it.
 * Rolls back what `use` leaves open.
 */
export type WithTransaction = (
  use: (transaction: WriteTransaction) => Promise<void>,
  first?: readonly string[],
) => Promise<void>;

interface GroupedWritesOptions {
  readonly dialect: Dialect;
  readonly withTransaction: WithTransaction;
  /** How long a lost connection is tried again, ms. */
  readonly patienceMs: number;
}

interface Job {
  readonly work: (transaction: StoreTransaction) => Promise<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly since: number;
}

interface Ended {
  readonly job: Job;
  readonly settle: () => void;
}

const longestGroupMs = 20;
const largestGroup = 256;
const beginJob = 'savepoint job';
const firstPauseMs = 25;
const longestPauseMs = 1000;

export interface GroupedWrites {
  write<T>(work: (transaction: StoreTransaction) => Promise<T>): Promise<T>;
  /** Refuses what comes from now on and waits for what came before. */
  close(): Promise<void>;
}

export function groupedWrites({ dialect, withTransaction, patienceMs }: GroupedWritesOptions): GroupedWrites {
  let waiting: Job[] = [];
  let running: Promise<void> | undefined;
  let isClosed = false;

  const run = async (): Promise<void> => {
    let pauseMs = firstPauseMs;
    while (waiting.length > 0) {
      // Whoever else wants to write in this turn of the event loop comes along.
      await new Promise((resolve) => setImmediate(resolve));
      const group: Job[] = [];
      try {
        await withTransaction((transaction) => writeGroup(transaction, group), [beginJob]);
        pauseMs = firstPauseMs;
      } catch (error) {
        if (!(error instanceof LostConnection)) {
          // Beginning failed: then nobody is in the group yet, and the first in line hears of it.
          const failed = group.length > 0 ? group : waiting.splice(0, 1);
          for (const job of failed) job.reject(error);
          continue;
        }
        const all = [...group, ...waiting];
        waiting = all.filter((job) => performance.now() - job.since < patienceMs);
        for (const job of all) if (!waiting.includes(job)) job.reject(error);
        await pause(pauseMs);
        pauseMs = Math.min(pauseMs * 2, longestPauseMs);
      }
    }
  };

  const writeGroup = async (transaction: WriteTransaction, group: Job[]): Promise<void> => {
    const ended: Ended[] = [];
    const startedAt = performance.now();
    let before: readonly string[] | undefined;
    while (group.length < largestGroup && performance.now() - startedAt < longestGroupMs) {
      const job = waiting.shift();
      if (job === undefined) break;
      group.push(job);
      // The first one's savepoint came with the beginning.
      if (before !== undefined) await transaction.script([...before, beginJob]);
      const outcome = await attempt(transaction, job);
      ended.push(outcome);
      before = outcome.isKept
        ? ['release savepoint job']
        : ['rollback to savepoint job', 'release savepoint job'];
    }
    await transaction.commit(before ?? []);
    for (const { settle } of ended) settle();
  };

  const attempt = async (
    transaction: WriteTransaction,
    job: Job,
  ): Promise<Ended & { readonly isKept: boolean }> => {
    let hasEnded = false;
    let broken: unknown;
    const watched: Connection = {
      query: async (statement, parameters) => {
        try {
          return await transaction.query(statement, parameters);
        } catch (error) {
          broken ??= error;
          throw error;
        }
      },
    };
    const guard = (): void => {
      if (hasEnded) throw new Error('this transaction has ended');
    };
    try {
      const value = await job.work(transactionOn(watched, dialect, guard));
      // A work that swallowed a refusal of the database would commit less than it believes.
      if (broken !== undefined) throw broken;
      return { job, settle: () => job.resolve(value), isKept: true };
    } catch (error) {
      if (broken instanceof LostConnection) throw broken;
      return { job, settle: () => job.reject(error), isKept: false };
    } finally {
      hasEnded = true;
    }
  };

  const start = (): void => {
    running ??= Promise.resolve()
      .then(run)
      .finally(() => {
        running = undefined;
        if (waiting.length > 0) start();
      });
  };

  return {
    write<T>(work: (transaction: StoreTransaction) => Promise<T>): Promise<T> {
      if (isClosed) return Promise.reject(new StoreFailure('unavailable', 'the store is closed'));
      return new Promise<T>((resolve, reject) => {
        waiting.push({
          work,
          resolve: resolve as (value: unknown) => void,
          reject,
          since: performance.now(),
        });
        start();
      });
    },
    async close() {
      isClosed = true;
      while (running !== undefined) await running;
    },
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
