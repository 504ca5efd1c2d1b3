import { StoreFailure } from '../../ports/store.ts';

/** The connection broke while something was under way: the database may be back in a moment, and then it is done again. */
export class LostConnection extends StoreFailure {
  constructor(cause: unknown) {
    super('unavailable', 'the database does not answer', { cause });
    this.name = 'LostConnection';
  }
}

/** What the driver threw, as StoreFailure; everything else (a bug of ours) as it is. */
export function sqliteFailure(error: unknown): unknown {
  const code = codeOf(error);
  if (code === undefined || !code.startsWith('SQLITE_')) return error;
  const make = (kind: StoreFailure['kind']): StoreFailure => new StoreFailure(kind, code, { cause: error });
  if (code === 'SQLITE_CONSTRAINT_PRIMARYKEY' || code === 'SQLITE_CONSTRAINT_UNIQUE') return make('exists');
  if (code.startsWith('SQLITE_CONSTRAINT') || code === 'SQLITE_ERROR') return error;
  if (code === 'SQLITE_FULL') return make('full');
  if (code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB') return make('damaged');
  return make('unavailable');
}

/** Classes and codes of SQLSTATE (PostgreSQL's appendix A), and of Node where the line itself fails. */
export function postgresFailure(error: unknown): unknown {
  if (error instanceof StoreFailure) return error;
  const code = codeOf(error);
  if (code === undefined) {
    // pg gives these without a code.
    return error instanceof Error && /connection|terminat|timeout|not queryable/iu.test(error.message)
      ? new LostConnection(error)
      : error;
  }
  const make = (kind: StoreFailure['kind']): StoreFailure =>
    new StoreFailure(kind, `SQLSTATE ${code}`, { cause: error });
  if (code === '23505') return make('exists');
  if (code === '53100') return make('full');
  if (code.startsWith('XX')) return make('damaged');
  // Shut down, taking connections away, starting up, too many connections, deadlock, serialization, idle too long.
  if (/^(?:08...|57P0[1-5]|53300|40001|40P01|25P03)$/u.test(code)) return new LostConnection(error);
  if (/^(?:53...|55P03|57014|58...|25006|28...|3D000)$/u.test(code)) return make('unavailable');
  if (/^[0-9A-Z]{5}$/u.test(code) && !/^E[A-Z]{4}$/u.test(code)) return error;
  return new LostConnection(error);
}

function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
