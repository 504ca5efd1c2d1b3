/** The schema by numbered migrations, computed from the description of the tables. */
import { sql, type ColumnDataType, type CreateTableBuilder } from 'kysely';
import { StoreFailure } from '../../ports/store.ts';
import { run, type Compilable, type Connection, type Dialect } from './connection.ts';
import { countersTable } from './rows.ts';
import type { ColumnKind, Description, TableDescription } from './tables.ts';

const migrationsTable = 'schemaMigrations';

/**
 * Brings the database to `to`; the caller holds the write lock in a transaction and commits after it. Throws
 * StoreFailure `damaged` for a database of a newer program, before anything is written.
 */
export async function migrate(
  connection: Connection,
  dialect: Dialect,
  { description, to }: { readonly description: Description; readonly to: number },
): Promise<void> {
  const { builder } = dialect;
  await run(
    connection,
    builder.schema
      .createTable(migrationsTable)
      .ifNotExists()
      .addColumn('version', 'integer', (column) => column.primaryKey())
      .addColumn('at', 'text', (column) => column.notNull()),
  );
  const { rows } = await run(
    connection,
    builder.selectFrom(migrationsTable).select((all) => all.fn.max('version').as('version')),
  );
  const from = Number(rows[0]?.['version'] ?? 0);
  if (from > to) {
    throw new StoreFailure(
      'damaged',
      `the database is of a newer program: schema ${from}, this program knows ${to}`,
    );
  }
  for (let version = from + 1; version <= to; version += 1) {
    for (const statement of migrationTo(version, dialect, description)) await run(connection, statement);
    await run(
      connection,
      builder.insertInto(migrationsTable).values({ version, at: new Date().toISOString() }),
    );
  }
}

function migrationTo(version: number, dialect: Dialect, description: Description): Compilable[] {
  const statements: Compilable[] = version === 1 ? [countersStatement(dialect)] : [];
  for (const [name, table] of Object.entries(description)) {
    const isNew = (table.since ?? 1) === version;
    if (isNew) statements.push(createTable(dialect, name, table, version));
    else statements.push(...addedColumns(dialect, name, table, version));
    const indices = [
      ...(table.unique ?? []).map((column) => ({ columns: [column], isUnique: true })),
      ...(table.indices ?? []).map((columns) => ({ columns: [...columns, 'id'], isUnique: false })),
    ];
    for (const { columns, isUnique } of indices) {
      const needs = Math.max(
        table.since ?? 1,
        ...columns.map((column) => table.added?.[column]?.since ?? table.since ?? 1),
      );
      if (needs === version) statements.push(createIndex(dialect, name, columns, isUnique));
    }
  }
  return statements;
}

function countersStatement(dialect: Dialect): Compilable {
  return dialect.builder.schema
    .createTable(countersTable)
    .addColumn('id', textType(dialect), (column) => column.primaryKey().notNull())
    .addColumn('value', 'bigint', (column) => column.notNull());
}

function createTable(dialect: Dialect, name: string, table: TableDescription, version: number): Compilable {
  let statement: CreateTableBuilder<string, string> = dialect.builder.schema.createTable(name);
  for (const [column, kind] of Object.entries(table.columns)) {
    if ((table.added?.[column]?.since ?? version) > version) continue;
    statement = statement.addColumn(column, typeOf(dialect, kind), (definition) => {
      const bounded = kind.endsWith('?') ? definition : definition.notNull();
      return column === 'id' ? bounded.primaryKey() : bounded;
    });
  }
  return statement;
}

function addedColumns(
  dialect: Dialect,
  name: string,
  table: TableDescription,
  version: number,
): Compilable[] {
  return Object.entries(table.added ?? {})
    .filter(([, { since }]) => since === version)
    .map(([column, { value }]) => {
      const kind = table.columns[column] ?? 'text?';
      return dialect.builder.schema
        .alterTable(name)
        .addColumn(column, typeOf(dialect, kind), (definition) => {
          const bounded = kind.endsWith('?') ? definition : definition.notNull();
          return value === undefined ? bounded : bounded.defaultTo(value);
        });
    });
}

function createIndex(
  dialect: Dialect,
  table: string,
  columns: readonly string[],
  isUnique: boolean,
): Compilable {
  const statement = dialect.builder.schema
    .createIndex([table, ...columns].join('_'))
    .on(table)
    .columns([...columns]);
  return isUnique ? statement.unique() : statement;
}

type ColumnType = ColumnDataType | ReturnType<typeof sql>;

function typeOf(dialect: Dialect, kind: ColumnKind): ColumnType {
  switch (kind) {
    case 'text':
    case 'text?':
    case 'json':
      return textType(dialect);
    case 'integer':
    case 'integer?':
      return 'bigint';
    case 'number?':
      return 'double precision';
    case 'boolean':
      return 'smallint';
  }
}

/** Ordered by its bytes, as SQLite does by itself, whatever the language of the PostgreSQL server is. */
function textType(dialect: Dialect): ColumnType {
  return dialect.name === 'postgres' ? sql`text collate "C"` : 'text';
}
