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
import { run, type Answer, type Compilable, type Connection, type Dialect } from './connection.ts';
import { tables, type ColumnKind, type TableDescription } from './tables.ts';

export const countersTable = 'counters';

/** Kysely's types would follow the parameter; which columns there are, the port says. */
const nameOf = (table: TableName): string => table;

/** `guard` is called before each statement and throws when no more may come. */
export function readerOn(connection: Connection, dialect: Dialect, guard: () => void): StoreReader {
  const { builder } = dialect;
  const ask = async (statement: Compilable): Promise<Answer> => {
    guard();
    return run(connection, statement);
  };
  return {
    async get<T extends TableName>(table: T, id: string) {
      guard();
      const { rows } = await connection.query(rowById(dialect, table), [storedText(id)]);
      return rows[0] === undefined ? undefined : decode(table, rows[0]);
    },
    async find<T extends TableName>(table: T, query: Query<T>) {
      let statement = builder.selectFrom(nameOf(table)).selectAll();
      for (const condition of conditions(dialect, table, query.where)) statement = statement.where(condition);
      for (const part of ordering(table, query.order ?? [])) statement = statement.orderBy(part);
      if (query.limit !== undefined) statement = statement.limit(query.limit);
      const { rows } = await ask(statement);
      return rows.map((row) => decode(table, row));
    },
    async count(table, where) {
      let statement = builder.selectFrom(nameOf(table)).select((all) => all.fn.countAll().as('total'));
      for (const condition of conditions(dialect, table, where)) statement = statement.where(condition);
      const { rows } = await ask(statement);
      return Number(rows[0]?.['total']);
    },
  };
}

const rowsById = new Map<string, string>();

/** What is asked most, and so written once. */
function rowById({ name, builder }: Dialect, table: TableName): string {
  const key = `${name} ${table}`;
  const known = rowsById.get(key);
  if (known !== undefined) return known;
  const { sql: text } = builder.selectFrom(nameOf(table)).selectAll().where('id', '=', '').compile();
  rowsById.set(key, text);
  return text;
}

/** Needs to be the one writer: what is unique is looked up before it is written, because a refused statement would end a transaction of PostgreSQL. */
export function transactionOn(connection: Connection, dialect: Dialect, guard: () => void): StoreTransaction {
  const { builder } = dialect;
  const reader = readerOn(connection, dialect, guard);
  const ask = async (statement: Compilable): Promise<Answer> => {
    guard();
    return run(connection, statement);
  };
  const refuseTaken = async (table: TableName, id: string, row: Record<string, unknown>): Promise<void> => {
    for (const column of describe(table).unique ?? []) {
      if (!(column in row)) continue;
      const { rows } = await ask(
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
      const { affected } = await ask(
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
      await ask(
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
      const { affected } = await ask(
        builder.updateTable(nameOf(table)).set(encoded).where('id', '=', storedText(id)),
      );
      return affected > 0;
    },
    async delete(table, id) {
      const { affected } = await ask(builder.deleteFrom(nameOf(table)).where('id', '=', storedText(id)));
      return affected > 0;
    },
    async deleteWhere(table, where) {
      let statement = builder.deleteFrom(nameOf(table));
      for (const condition of conditions(dialect, table, where)) statement = statement.where(condition);
      const { affected } = await ask(statement);
      return affected;
    },
    async next(counter) {
      const { rows } = await ask(
        builder
          .insertInto(countersTable)
          .values({ id: storedText(counter), value: 1 })
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

function conditions(dialect: Dialect, table: TableName, where: Where): Expression<SqlBool>[] {
  return Object.entries(where ?? {}).flatMap(([column, condition]) => {
    const kind = kindOf(table, column);
    return condition === undefined ? [] : [conditionOn(dialect, kind, sql.ref(column), condition)];
  });
}

function conditionOn(
  dialect: Dialect,
  kind: ColumnKind,
  column: RawBuilder<unknown>,
  condition: Condition,
): Expression<SqlBool> {
  const parameter = (value: Json): unknown => encodeValue(kind, value);
  if (condition === null) return sql<SqlBool>`${column} is null`;
  if (typeof condition !== 'object') return sql<SqlBool>`${column} = ${parameter(condition)}`;
  if ('in' in condition) return isOneOf(dialect, column, condition.in.map(parameter));
  if ('above' in condition) return sql<SqlBool>`${column} > ${parameter(condition.above)}`;
  if ('below' in condition) return sql<SqlBool>`${column} < ${parameter(condition.below)}`;
  return sql<SqlBool>`${column} <= ${parameter(condition.atMost)}`;
}

/** As one parameter, however long the list is. */
function isOneOf(
  dialect: Dialect,
  column: RawBuilder<unknown>,
  values: readonly unknown[],
): Expression<SqlBool> {
  return dialect.name === 'postgres'
    ? sql<SqlBool>`${column} = any(${values})`
    : sql<SqlBool>`${column} in (select value from json_each(${JSON.stringify(values)}))`;
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
