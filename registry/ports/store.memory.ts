import type { Json } from '../../contract/canonical-json.ts';
import {
  StoreFailure,
  type Condition,
  type Query,
  type Row,
  type Store,
  type StoreReader,
  type StoreTransaction,
  type TableName,
} from './store.ts';
import { compareText, storedText } from './stored-text.ts';

type AnyRow = { readonly id: string } & { readonly [column: string]: Json };
type Rows = ReadonlyMap<string, AnyRow>;
interface State {
  readonly tables: Map<TableName, Map<string, AnyRow>>;
  readonly counters: Map<string, number>;
  readers: number;
}

/** Besides `id`, which is unique everywhere. */
const uniqueColumns: { readonly [T in TableName]?: string } = { accounts: 'usernameKey' };

/** A store in memory with everything that the real ones promise, except that it ends with the process. */
export function memoryStore(): Store {
  let state: State = { tables: new Map(), counters: new Map(), readers: 0 };
  let lastWriter: Promise<unknown> = Promise.resolve();
  let isClosed = false;
  const refuseWhenClosed = (): void => {
    if (isClosed) throw new StoreFailure('unavailable', 'the store is closed');
  };

  const runWrite = async <T>(work: (transaction: StoreTransaction) => Promise<T>): Promise<T> => {
    refuseWhenClosed();
    const draft = startDraft(state);
    try {
      const result = await work(draft.transaction);
      state = draft.commit(state);
      return result;
    } finally {
      draft.end();
    }
  };

  return {
    write(work) {
      const mine = lastWriter.then(() => runWrite(work));
      lastWriter = mine.catch(() => undefined);
      return mine;
    },
    async read(work) {
      refuseWhenClosed();
      const seen = state;
      seen.readers += 1;
      try {
        return await work(readerOf((table) => seen.tables.get(table) ?? new Map()));
      } finally {
        seen.readers -= 1;
      }
    },
    look: readerOf((table) => {
      refuseWhenClosed();
      return state.tables.get(table) ?? new Map();
    }),
    check: () => Promise.resolve().then(refuseWhenClosed),
    async close() {
      await lastWriter;
      isClosed = true;
    },
  };
}

/** What a transaction has changed so far, over the state that it began with. `null`: deleted. */
function startDraft(base: State): {
  readonly transaction: StoreTransaction;
  commit(onto: State): State;
  end(): void;
} {
  const changes = new Map<TableName, Map<string, AnyRow | null>>();
  const counters = new Map<string, number>();
  let hasEnded = false;
  const refuseAfterEnd = (): void => {
    if (hasEnded) throw new Error('this transaction has ended');
  };

  const current = (table: TableName, id: string): AnyRow | undefined => {
    const changed = changes.get(table)?.get(id);
    return changed === undefined ? base.tables.get(table)?.get(id) : (changed ?? undefined);
  };
  const rowsOf = (table: TableName): Rows => {
    refuseAfterEnd();
    const before = base.tables.get(table) ?? new Map<string, AnyRow>();
    const changed = changes.get(table);
    if (changed === undefined) return before;
    const rows = new Map(before);
    for (const [id, row] of changed) {
      if (row === null) rows.delete(id);
      else rows.set(id, row);
    }
    return rows;
  };
  const set = (table: TableName, id: string, row: AnyRow | null): void => {
    refuseAfterEnd();
    if (row !== null) refuseTaken(table, row, rowsOf);
    const changed = changes.get(table) ?? new Map<string, AnyRow | null>();
    changes.set(table, changed.set(id, row));
  };

  const reader = readerOf(rowsOf);
  const transaction: StoreTransaction = {
    ...reader,
    get: <T extends TableName>(table: T, id: string) =>
      settle(() => {
        refuseAfterEnd();
        return current(table, storedText(id)) as Row<T> | undefined;
      }),
    insert: (table, row) =>
      settle(() => {
        const stored = storedRow(row);
        if (current(table, stored.id) !== undefined) throw taken(table, 'id');
        set(table, stored.id, stored);
      }),
    put: (table, row) =>
      settle(() => {
        const stored = storedRow(row);
        set(table, stored.id, stored);
      }),
    update: (table, id, change) =>
      settle(() => {
        refuseAfterEnd();
        const before = current(table, storedText(id));
        if (before === undefined) return false;
        set(table, before.id, storedRow({ ...before, ...change, id: before.id }));
        return true;
      }),
    delete: (table, id) =>
      settle(() => {
        const before = current(table, storedText(id));
        if (before === undefined) return false;
        set(table, before.id, null);
        return true;
      }),
    deleteWhere: (table, where) =>
      settle(() => {
        const rows = matching(rowsOf(table), where);
        for (const row of rows) set(table, row.id, null);
        return rows.length;
      }),
    next: (counter) =>
      settle(() => {
        refuseAfterEnd();
        const value = (counters.get(counter) ?? base.counters.get(counter) ?? 0) + 1;
        counters.set(counter, value);
        return value;
      }),
  };
  return {
    transaction,
    commit: (onto) => {
      // Whoever reads keeps what they see: then the touched tables are copied first.
      const next = onto.readers === 0 ? onto : { ...onto, tables: new Map(onto.tables), readers: 0 };
      for (const [table, changed] of changes) {
        const before = onto.tables.get(table);
        const rows = next === onto && before !== undefined ? before : new Map(before);
        for (const [id, row] of changed) {
          if (row === null) rows.delete(id);
          else rows.set(id, row);
        }
        next.tables.set(table, rows);
      }
      for (const [counter, value] of counters) next.counters.set(counter, value);
      return next;
    },
    end: () => {
      hasEnded = true;
    },
  };
}

function readerOf(rowsOf: (table: TableName) => Rows): StoreReader {
  return {
    get: <T extends TableName>(table: T, id: string) =>
      settle(() => rowsOf(table).get(storedText(id)) as Row<T> | undefined),
    find: <T extends TableName>(table: T, query: Query<T>) =>
      settle(() => {
        const rows = firstInOrder(matching(rowsOf(table), query.where), query.order ?? [], query.limit);
        return rows as unknown as readonly Row<T>[];
      }),
    count: (table, where) => settle(() => matching(rowsOf(table), where).length),
  };
}

/** Answers and failures come as promises, as from any other store. */
function settle<T>(compute: () => T): Promise<T> {
  return Promise.resolve().then(compute);
}

function refuseTaken(table: TableName, row: AnyRow, rowsOf: (table: TableName) => Rows): void {
  const column = uniqueColumns[table];
  if (column === undefined) return;
  for (const other of rowsOf(table).values()) {
    if (other.id !== row.id && other[column] === row[column]) throw taken(table, column);
  }
}

function taken(table: string, column: string): StoreFailure {
  return new StoreFailure('exists', `${table}: this ${column} is taken`);
}

/** Its own copy, as rows that were written and read again are; frozen, because every reader gets the same one. */
function storedRow(row: object): AnyRow {
  const copy = JSON.parse(JSON.stringify(row)) as Record<string, Json>;
  for (const [column, value] of Object.entries(copy)) {
    copy[column] = typeof value === 'string' ? storedText(value) : value;
  }
  return freeze(copy) as AnyRow;
}

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(freeze);
  return value;
}

type Order = readonly (readonly [column: string, direction: 'ascending' | 'descending'])[];
type Where = { readonly [column: string]: Condition | undefined } | undefined;

function matching(rows: Rows, where: Where): AnyRow[] {
  const conditions = Object.entries(where ?? {}).filter(([, condition]) => condition !== undefined);
  const id = where?.['id'];
  const candidates = typeof id === 'string' ? [rows.get(storedText(id))] : [...rows.values()];
  return candidates.filter(
    (row): row is AnyRow =>
      row !== undefined &&
      conditions.every(([column, condition]) => meets(row[column] ?? null, condition as Condition)),
  );
}

function meets(value: Json, condition: Condition): boolean {
  if (typeof condition !== 'object' || condition === null) return value === storedValue(condition);
  if (value === null) return false;
  if ('in' in condition) return condition.in.some((one) => storedValue(one) === value);
  if ('above' in condition) return compareValues(value, storedValue(condition.above)) > 0;
  if ('below' in condition) return compareValues(value, storedValue(condition.below)) < 0;
  return compareValues(value, storedValue(condition.atMost)) <= 0;
}

function firstInOrder(rows: AnyRow[], order: Order, limit: number | undefined): AnyRow[] {
  const compare = inOrder(order);
  // Asked for often (the newest entry of the audit chain) and not worth a sort.
  if (limit === 1 && rows.length > 1) return [rows.reduce((a, b) => (compare(b, a) < 0 ? b : a))];
  return rows.sort(compare).slice(0, limit);
}

function storedValue<T>(value: T): T | string {
  return typeof value === 'string' ? storedText(value) : value;
}

/** Null comes first; texts by their bytes. Equal rows stand by their ids, in the last direction. */
function inOrder(order: Order): (left: AnyRow, right: AnyRow) => number {
  return (left, right) => {
    for (const [column, direction] of order) {
      const difference = compareValues(left[column] ?? null, right[column] ?? null);
      if (difference !== 0) return direction === 'ascending' ? difference : -difference;
    }
    const last = order.at(-1)?.[1] ?? 'ascending';
    return last === 'ascending' ? compareText(left.id, right.id) : compareText(right.id, left.id);
  };
}

function compareValues(left: Json, right: Json): number {
  if (left === null || right === null) return Number(left !== null) - Number(right !== null);
  if (typeof left === 'string' && typeof right === 'string') return compareText(left, right);
  return Number(left) - Number(right);
}
