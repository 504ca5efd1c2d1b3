/** Prepared statements by their text, rows parsed at the edge, and no write outside a writing transaction. */
import type { Connection, Statement } from './driver.ts';
import { z } from 'zod';
import { StoreFailure } from '../../ports/store-failure.ts';

export type Value = string | number | null;
export type Parameters = Readonly<Record<string, Value>> | readonly Value[];

export interface Access {
  all<Row>(rowSchema: z.ZodType<Row>, sql: string, parameters?: Parameters): readonly Row[];
  get<Row>(rowSchema: z.ZodType<Row>, sql: string, parameters?: Parameters): Row | undefined;
  /** Rows one at a time, unparsed: for the reader that looks for what cannot be parsed. */
  each(sql: string): Iterable<unknown>;
  /** How many rows changed. Throws outside a writing transaction. */
  run(sql: string, parameters?: Parameters): number;
}

export function createAccess(db: Connection, isWriting: () => boolean): Access {
  const statements = new Map<string, Statement>();
  const prepare = (sql: string): Statement => {
    const known = statements.get(sql);
    if (known !== undefined) return known;
    const statement = db.prepare<unknown[]>(sql);
    statements.set(sql, statement);
    return statement;
  };
  return {
    all: (rowSchema, sql, parameters = []) =>
      prepare(sql)
        .all(parameters)
        .map((row) => parsed(rowSchema, row)),
    get(rowSchema, sql, parameters = []) {
      const row = prepare(sql).get(parameters);
      return row === undefined ? undefined : parsed(rowSchema, row);
    },
    // A statement of its own: a cached one would be busy while it is read through.
    each: (sql) => db.prepare(sql).iterate(),
    run(sql, parameters = []) {
      if (!isWriting()) throw new Error('the store is being read: nothing can be written');
      return prepare(sql).run(parameters).changes;
    },
  };
}

function parsed<Row>(rowSchema: z.ZodType<Row>, row: unknown): Row {
  const result = rowSchema.safeParse(row);
  if (result.success) return result.data;
  const column = result.error.issues[0]?.path[0];
  throw new StoreFailure({
    code: 'store-damaged',
    details: { reason: 'row', column: String(column ?? '') },
    cause: result.error,
  });
}

/** A text column that holds JSON of this shape. */
export function jsonColumn<T>(schema: z.ZodType<T>): z.ZodType<T, string> {
  return z
    .string()
    .transform((text, context): unknown => {
      try {
        return JSON.parse(text);
      } catch {
        context.addIssue({ code: 'custom', message: 'not JSON' });
        return z.NEVER;
      }
    })
    .pipe(schema);
}

export const flagColumn = z.union([z.literal(0), z.literal(1)]).transform((flag) => flag === 1);

/** Milliseconds since 1970, within the four-digit years. */
export const instantColumn = z
  .int()
  .min(-62_167_219_200_000)
  .max(253_402_300_799_999)
  .transform((epochMs) => new Date(epochMs).toISOString());

export const countRow = z.strictObject({ count: z.int().nonnegative() });

export function epochMs(instant: string): number {
  return Date.parse(instant);
}
