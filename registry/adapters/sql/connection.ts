/** What the store needs of a database connection; Kysely writes the SQL, this carries it. */
import {
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';

export interface Answer {
  readonly rows: readonly Record<string, unknown>[];
  /** Rows inserted, changed or deleted. */
  readonly affected: number;
}

export interface Connection {
  /** Rejects with StoreFailure for what the database refuses or when it is not there. */
  query(sql: string, parameters: readonly unknown[]): Promise<Answer>;
}

/** Names of tables and columns are checked by `Tables`, not by Kysely. */
type AnyTables = Record<string, Record<string, unknown>>;

export interface Dialect {
  readonly name: 'sqlite' | 'postgres';
  readonly builder: Kysely<AnyTables>;
}

export const sqliteDialect: Dialect = {
  name: 'sqlite',
  builder: new Kysely({
    dialect: {
      createAdapter: () => new SqliteAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (db) => new SqliteIntrospector(db),
      createQueryCompiler: () => new SqliteQueryCompiler(),
    },
  }),
};

export const postgresDialect: Dialect = {
  name: 'postgres',
  builder: new Kysely({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (db) => new PostgresIntrospector(db),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
  }),
};

/** Whatever Kysely builds. */
export interface Compilable {
  compile(): { readonly sql: string; readonly parameters: readonly unknown[] };
}

export function run(connection: Connection, statement: Compilable): Promise<Answer> {
  const { sql, parameters } = statement.compile();
  return connection.query(sql, parameters);
}
