/** One encrypted connection: SQLCipher's format with a raw key, every page authenticated. */
import { Database, type Connection } from './driver.ts';
import { fail, ok, type Result } from '../../../contract/result.ts';
import { problemOf } from './failures.ts';

export const busyTimeoutMs = 5000;

/**
 * Opens and reads the schema, so that a wrong key shows here: `store-damaged` with `reason: SQLITE_NOTADB` is a
 * wrong key or no database at all; the caller tells them apart. A SQLite that ignores keys is refused.
 */
export function openDatabase(
  path: string,
  key: Uint8Array,
  options: { readonly readonly?: boolean } = {},
): Result<Connection> {
  let db: Connection | undefined;
  try {
    db = new Database(path, {
      timeout: busyTimeoutMs,
      readonly: options.readonly === true,
      fileMustExist: options.readonly === true,
    });
    const opened = db;
    if (!applyKey((text) => opened.pragma(text, { simple: true }), key)) {
      opened.close();
      return fail('storage-unavailable', { reason: 'sqlite-without-encryption' });
    }
    // Sorting and statement journals go to memory: on disk they would be in clear.
    opened.pragma('temp_store = MEMORY');
    opened.pragma('cache_size = -65536');
    opened.prepare('SELECT count(*) FROM sqlite_schema').get();
    return ok(opened);
  } catch (error) {
    db?.close();
    const problem = problemOf(error);
    if (problem === undefined) throw error;
    return { ok: false, problem };
  }
}

/** False where the library does not encrypt: plain SQLite ignores a key without a word. */
export function applyKey(pragma: (text: string) => unknown, key: Uint8Array): boolean {
  pragma(`cipher = 'sqlcipher'`);
  pragma('legacy = 4');
  pragma(`key = "x'${Buffer.from(key).toString('hex')}'"`);
  return pragma('cipher') === 'sqlcipher';
}

/** What every writing connection runs with. */
export function configure(db: Connection): void {
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.pragma('foreign_keys = ON');
  db.pragma('recursive_triggers = ON');
  db.pragma('secure_delete = ON');
  db.pragma('trusted_schema = OFF');
  db.pragma('cell_size_check = ON');
}
