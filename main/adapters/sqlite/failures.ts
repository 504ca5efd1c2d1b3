/** SQLite's error codes as problems of ours. */
import { Database } from './driver.ts';
import type { Problem, ProblemCode } from '../../../contract/result.ts';
import { StoreFailure } from '../../ports/store-failure.ts';

const byPrefix: readonly (readonly [string, ProblemCode])[] = [
  ['SQLITE_FULL', 'disk-full'],
  ['SQLITE_BUSY', 'store-busy'],
  ['SQLITE_LOCKED', 'store-busy'],
  ['SQLITE_CORRUPT', 'store-damaged'],
  ['SQLITE_NOTADB', 'store-damaged'],
  ['SQLITE_IOERR', 'storage-unavailable'],
  ['SQLITE_CANTOPEN', 'storage-unavailable'],
  ['SQLITE_READONLY', 'storage-unavailable'],
  ['SQLITE_PERM', 'storage-unavailable'],
];

/** The problem behind an error of SQLite; undefined for errors that are bugs (constraints, wrong SQL). */
export function problemOf(error: unknown): Problem | undefined {
  if (!(error instanceof Database.SqliteError)) return undefined;
  const code = byPrefix.find(([prefix]) => error.code.startsWith(prefix))?.[1];
  return code === undefined ? undefined : { code, details: { reason: error.code }, cause: error };
}

/** Runs `work`; a failure of the world comes out as a StoreFailure. */
export function withStoreFailures<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    const problem = problemOf(error);
    throw problem === undefined ? error : new StoreFailure(problem);
  }
}
