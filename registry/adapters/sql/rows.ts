/** Rows of the port's tables to and from SQL. */
import { sql, type Expression, type RawBuilder, type SqlBool } from 'kysely';
import type { Json } from '../../../contract/canonical-json.ts';
import {
  StoreFailure,
  type Condition,
  type Query,
  type Row,
  type StoreReader,
  type StoreTransaction,
  type TableName,
} from '../../ports/store.ts';
import { storedText } from '../../ports/stored-text.ts';
import type { Answer, Compilable, Connection, Dialect } from './connection.ts';
import { tables, type ColumnKind, type TableDescription } from './tables.ts';

export const countersTable = 'counters';

/** Kysely's types would follow the parameter; which columns there are, the port says. */
const nameOf = (table: TableName): string => table;

/** `guard` is called before each statement and throws when no more may come. */
export function readerOn(connection: Connection, dialect: Dialect, guard: () => void): StoreReader {
  const { builder } = dialect;
  const ask = askerOn(connection, dialect, guard);
  return {
    async get<T extends TableName>(table: T, id: string) {
      const key = storedText(id);
      const { rows } = await ask(['get', table], [key], () =>
        builder.selectFrom(nameOf(table)).selectAll().where('id', '=', key),
      );
      return rows[0] === undefined ? undefined : decode(table, rows[0]);
    },
    async find<T extends TableName>(table: T, { where, order = [], limit }: Query<T>) {
      const conditions = conditionsOf(dialect, table, where);
      const shape = ['find', table, shapeOf(conditions), order.join(' '), String(limit !== undefined)];
      const { rows } = await ask(
        shape,
        [...parametersOf(conditions), ...(limit === undefined ? [] : [limit])],
        () => {
          let statement = builder.selectFrom(nameOf(table)).selectAll();
          for (const { expression } of conditions) statement = statement.where(expression());
          for (const part of ordering(table, order)) statement = statement.orderBy(part);
          return limit === undefined ? statement : statement.limit(limit);
        },
      );
      return rows.map((row) => decode(table, row));
    },
    async count(table, where) {
      const conditions = conditionsOf(dialect, table, where);
      const { rows } = await ask(['count', table, shapeOf(conditions)], parametersOf(conditions), () => {
        let statement = builder.selectFrom(nameOf(table)).select((all) => all.fn.countAll().as('total'));
        for (const { expression } of conditions) statement = statement.where(expression());
        return statement;
      });
      return Number(rows[0]?.['total']);
    },
  };
}

type Ask = (
  shape: readonly string[],
  parameters: readonly unknown[],
  build: () => Compilable,
) => Promise<Answer>;

const texts = new Map<string, string>();

/**
 * To compile a statement takes longer than to run it. Those of one shape differ in their parameters only, so each is
 * compiled once; there are as many shapes as the program's code has.
 */
function askerOn(connection: Connection, { name }: Dialect, guard: () => void): Ask {
  return async (shape, parameters, build) => {
    guard();
    const key = [name, ...shape].join('|');
    let text = texts.get(key);
    if (text === undefined) {
      const compiled = build().compile();
      const isAsSaid =
        compiled.parameters.length === parameters.length &&
        compiled.parameters.every((parameter, index) => Object.is(parameter, parameters[index]));
      if (!isAsSaid) throw new Error(`${key}: the parameters are not those of the statement`);
      text = compiled.sql;
      texts.set(key, text);
    }
    return connection.query(text, parameters);
  };
}

/** Needs to be the one writer: what is unique is looked up before it is written, because a refused statement would end a transaction of PostgreSQL. */
export function transactionOn(connection: Connection, dialect: Dialect, guard: () => void): StoreTransaction {
  const { builder } = dialect;
  const reader = readerOn(connection, dialect, guard);
  const ask = askerOn(connection, dialect, guard);
  const refuseTaken = async (table: TableName, id: string, row: Record<string, unknown>): Promise<void> => {
    for (const column of describe(table).unique ?? []) {
      if (!(column in row)) continue;
      const { rows } = await ask(['taken', table, column], [row[column], id], () =>
        builder.selectFrom(nameOf(table)).select('id').where(column, '=', row[column]).where('id', '<>', id),
      );
      if (rows.length > 0) throw taken(table, column);
    }
  };
  return {
    ...reader,
    async insert(table, row) {
      const encoded = encode(table, row);
      await refuseTaken(table, String(encoded['id']), encoded);
      const { affected } = await ask(['insert', table, ...Object.keys(encoded)], Object.values(encoded), () =>
        builder
          .insertInto(nameOf(table))
          .values(encoded)
          .onConflict((conflict) => conflict.doNothing()),
      );
      if (affected === 0) throw taken(table, 'id');
    },
    async put(table, row) {
      const encoded = encode(table, row);
      await refuseTaken(table, String(encoded['id']), encoded);
      const others = Object.keys(encoded).filter((column) => column !== 'id');
      await ask(['put', table, ...Object.keys(encoded)], Object.values(encoded), () =>
        builder
          .insertInto(nameOf(table))
          .values(encoded)
          .onConflict((conflict) =>
            conflict
              .column('id')
              .doUpdateSet(
                Object.fromEntries(others.map((column) => [column, sql.ref(`excluded.${column}`)])),
              ),
          ),
      );
    },
    async update(table, id, change) {
      const encoded = encode(table, change);
      if (Object.keys(encoded).length === 0) return (await reader.get(table, id)) !== undefined;
      await refuseTaken(table, storedText(id), encoded);
      const key = storedText(id);
      const { affected } = await ask(
        ['update', table, ...Object.keys(encoded)],
        [...Object.values(encoded), key],
        () => builder.updateTable(nameOf(table)).set(encoded).where('id', '=', key),
      );
      return affected > 0;
    },
    async delete(table, id) {
      const key = storedText(id);
      const { affected } = await ask(['delete', table], [key], () =>
        builder.deleteFrom(nameOf(table)).where('id', '=', key),
      );
      return affected > 0;
    },
    async deleteWhere(table, where) {
      const conditions = conditionsOf(dialect, table, where);
      const shape = ['delete-where', table, shapeOf(conditions)];
      const { affected } = await ask(shape, parametersOf(conditions), () => {
        let statement = builder.deleteFrom(nameOf(table));
        for (const { expression } of conditions) statement = statement.where(expression());
        return statement;
      });
      return affected;
    },
    async next(counter) {
      const key = storedText(counter);
      const { rows } = await ask(['next'], [key, 1], () =>
        builder
          .insertInto(countersTable)
          .values({ id: key, value: 1 })
          .onConflict((conflict) => conflict.column('id').doUpdateSet({ value: sql`counters.value + 1` }))
          .returning('value'),
      );
      return Number(rows[0]?.['value']);
    },
  };
}

function describe(table: TableName): TableDescription {
  return tables[table];
}

function kindOf(table: TableName, column: string): ColumnKind {
  const kind = describe(table).columns[column];
  if (kind === undefined) throw new Error(`${table} has no column ${column}`);
  return kind;
}

function taken(table: string, column: string): StoreFailure {
  return new StoreFailure('exists', `${table}: this ${column} is taken`);
}

function encode(table: TableName, row: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row)
      .filter(([, value]) => value !== undefined)
      .map(([column, value]) => [column, encodeValue(kindOf(table, column), value as Json)]),
  );
}

function encodeValue(kind: ColumnKind, value: Json): unknown {
  if (kind === 'json') return JSON.stringify(value);
  if (typeof value === 'string') return storedText(value);
  // Whole numbers for a truth value: the makes of SQL do not agree on one.
  return typeof value === 'boolean' ? Number(value) : value;
}

function decode<T extends TableName>(table: T, row: Record<string, unknown>): Row<T> {
  const decoded = Object.entries(describe(table).columns).map(([column, kind]) => [
    column,
    decodeValue(kind, row[column] ?? null),
  ]);
  return Object.fromEntries(decoded) as Row<T>;
}

function decodeValue(kind: ColumnKind, value: unknown): unknown {
  if (value === null) return null;
  switch (kind) {
    case 'json':
      return JSON.parse(String(value));
    case 'boolean':
      return Number(value) !== 0;
    case 'integer':
    case 'integer?':
    case 'number?':
      return Number(value);
    case 'text':
    case 'text?':
      return value;
  }
}

type Where = { readonly [column: string]: Condition | undefined } | undefined;

/** A condition of a statement: its column and comparison make the shape, its one parameter does not. */
interface Clause {
  readonly shape: string;
  readonly parameters: readonly unknown[];
  readonly expression: () => Expression<SqlBool>;
}

function conditionsOf(dialect: Dialect, table: TableName, where: Where): readonly Clause[] {
  return Object.entries(where ?? {}).flatMap(([column, condition]) => {
    const kind = kindOf(table, column);
    return condition === undefined ? [] : [clauseOf(dialect, kind, column, condition)];
  });
}

function shapeOf(conditions: readonly Clause[]): string {
  return conditions.map(({ shape }) => shape).join(' and ');
}

function parametersOf(conditions: readonly Clause[]): readonly unknown[] {
  return conditions.flatMap(({ parameters }) => parameters);
}

function clauseOf({ name }: Dialect, kind: ColumnKind, column: string, condition: Condition): Clause {
  const ref = sql.ref(column);
  const clause = (comparison: string, parameter: unknown, expression: () => Expression<SqlBool>): Clause => ({
    shape: `${column} ${comparison}`,
    parameters: [parameter],
    expression,
  });
  if (condition === null) {
    return { shape: `${column} is null`, parameters: [], expression: () => sql<SqlBool>`${ref} is null` };
  }
  if (typeof condition !== 'object') {
    const value = encodeValue(kind, condition);
    return clause('=', value, () => sql<SqlBool>`${ref} = ${value}`);
  }
  if ('in' in condition) {
    // As one parameter, however long the list is.
    const values = condition.in.map((value) => encodeValue(kind, value));
    if (name === 'postgres') return clause('in', values, () => sql<SqlBool>`${ref} = any(${values})`);
    const list = JSON.stringify(values);
    return clause('in', list, () => sql<SqlBool>`${ref} in (select value from json_each(${list}))`);
  }
  if ('above' in condition) {
    const value = encodeValue(kind, condition.above);
    return clause('>', value, () => sql<SqlBool>`${ref} > ${value}`);
  }
  if ('below' in condition) {
    const value = encodeValue(kind, condition.below);
    return clause('<', value, () => sql<SqlBool>`${ref} < ${value}`);
  }
  const value = encodeValue(kind, condition.atMost);
  return clause('<=', value, () => sql<SqlBool>`${ref} <= ${value}`);
}

/** Ends with `id` in the last direction, as the indices do, so that an index gives the order in either direction. */
function ordering(
  table: TableName,
  order: readonly (readonly [column: string, direction: 'ascending' | 'descending'])[],
): RawBuilder<unknown>[] {
  const last = order.at(-1)?.[1] ?? 'ascending';
  const whole = order.some(([column]) => column === 'id') ? order : [...order, ['id', last] as const];
  return whole.map(([column, direction]) => {
    const mayBeNull = kindOf(table, column).endsWith('?');
    const way = direction === 'ascending' ? sql`asc` : sql`desc`;
    if (!mayBeNull) return sql`${sql.ref(column)} ${way}`;
    return sql`${sql.ref(column)} ${way} nulls ${direction === 'ascending' ? sql`first` : sql`last`}`;
  });
}
