/** The store without a disk: what the SQLite store does, in maps. Values are copied in and out, as through a row. */
import { decisions } from '../../contract/model-manifest.ts';
import { ok, type Problem } from '../../contract/result.ts';
import { sampleKinds, sessionStatuses, syncStates } from '../../contract/session.ts';
import type { sessionColumns, SessionQuery, Settings } from '../../contract/app-api.ts';
import type { ScreeningResult, SessionSummary, Take } from '../../contract/session.ts';
import {
  chainEntry,
  chainStart,
  verifyChain,
  type AuditEntry,
  type AuditHead,
} from '../../contract/audit-chain.ts';
import { compareByCodePoint, foldText } from '../../contract/fold-text.ts';
import {
  completeStatuses,
  modelSortKey,
  searchText,
  withResult,
  type SummaryResults,
} from '../core/session-keys.ts';
import type { Hashing } from './hashing.ts';
import { StoreFailure } from './store-failure.ts';
import { memorySync, startingSync, detachedSync, type SyncState } from './store-sync.memory.ts';
import type { SyncMark } from './store-sync.ts';
import type {
  AccountRecord,
  ModelTest,
  OpenTake,
  OutboxItem,
  SessionNote,
  SessionRecord,
  Store,
  StoreTransaction,
} from './store.ts';

export interface MemoryStore extends Store {
  /** From now on reading and writing fail with this problem; undefined: they work again. */
  refuse(problem: Problem | undefined): void;
  /** Replaces the audit trail's stored entries, as somebody with a database tool would. */
  tamper(change: (entries: readonly AuditEntry[]) => readonly AuditEntry[]): void;
}

type SessionColumn = (typeof sessionColumns)[number];

interface State {
  readonly sessions: Map<string, SessionRecord>;
  readonly results: Map<string, SummaryResults>;
  readonly openTakes: Map<string, OpenTake>;
  readonly takes: Map<string, Take>;
  readonly screenings: Map<string, ScreeningResult>;
  readonly notes: Map<string, SessionNote>;
  readonly accounts: Map<string, AccountRecord>;
  readonly audit: readonly AuditEntry[];
  readonly auditHead: AuditHead | undefined;
  readonly marks: Map<string, Pick<SyncMark, 'progress' | 'reason'>>;
  /** By kind and subject. */
  readonly outbox: Map<string, OutboxItem>;
  readonly outboxCount: number;
  readonly sync: SyncState;
  readonly settings: Settings | undefined;
  readonly facts: Map<string, string>;
  readonly modelTests: Map<string, ModelTest>;
}

export function memoryStore({ hashing }: { readonly hashing: Hashing }): MemoryStore {
  let state: State = {
    sessions: new Map(),
    results: new Map(),
    openTakes: new Map(),
    takes: new Map(),
    screenings: new Map(),
    notes: new Map(),
    accounts: new Map(),
    audit: [],
    auditHead: undefined,
    marks: new Map(),
    outbox: new Map(),
    outboxCount: 0,
    sync: startingSync(),
    settings: undefined,
    facts: new Map(),
    modelTests: new Map(),
  };
  let isWriting = false;
  let isClosed = false;
  let problem: Problem | undefined;

  const mayWrite = (): void => {
    if (!isWriting) throw new Error('the store is being read: nothing can be written');
  };
  const begin = (): void => {
    if (isClosed) throw new Error('the store is closed');
    if (problem !== undefined) throw new StoreFailure(problem);
  };

  const mark = (id: string, { state: sync, progress, reason }: SyncMark): void => {
    mayWrite();
    const session = state.sessions.get(id);
    if (session === undefined) throw new Error(`there is no row with id ${id}`);
    state.sessions.set(id, { ...session, sync });
    state.marks.set(id, { progress, reason });
  };

  const transaction: StoreTransaction = {
    sessions: {
      insert(session) {
        mayWrite();
        mustBeNew(state.sessions, session.id);
        state.sessions.set(session.id, copy(session));
      },
      update(session) {
        mayWrite();
        mustExist(state.sessions, session.id);
        const sync = state.sessions.get(session.id)?.sync ?? session.sync;
        state.sessions.set(session.id, copy({ ...session, sync }));
      },
      get: (id) => copy(state.sessions.get(id)),
      list: (query) => listSessions(state, query),
      withStatus: (statuses) =>
        copy([...state.sessions.values()].filter((session) => statuses.includes(session.status))),
      since: (instant) =>
        [...state.sessions.values()]
          .filter((session) => session.createdAt.at >= instant)
          .reverse()
          .map((session) => summaryOf(state, session)),
      summary(id) {
        const session = state.sessions.get(id);
        return session === undefined ? undefined : summaryOf(state, session);
      },
      countUnsynced: () =>
        [...state.sessions.values()].filter(
          ({ status, sync }) => completeStatuses.includes(status) && sync !== 'synced',
        ).length,
      mark,
      remove(id) {
        mayWrite();
        state.sessions.delete(id);
        state.results.delete(id);
        state.marks.delete(id);
        for (const rows of [state.openTakes, state.takes, state.screenings, state.notes]) {
          for (const [key, row] of rows) if (row.sessionId === id) rows.delete(key);
        }
        for (const [key, item] of state.outbox) {
          if (item.sessionId === id && item.kind !== 'withdrawal') state.outbox.delete(key);
        }
        state.sync.sessions.delete(id);
        state.sync.receipts.delete(id);
        for (const [key, audio] of state.sync.audio) if (audio.sessionId === id) state.sync.audio.delete(key);
      },
    },
    takes: {
      open(take) {
        mayWrite();
        mustExist(state.sessions, take.sessionId);
        mustBeNew(state.takes, take.id);
        mustBeNew(state.openTakes, take.id);
        state.openTakes.set(take.id, copy(take));
      },
      opened: (id) => copy(state.openTakes.get(id)),
      allOpen: () => copy([...state.openTakes.values()]),
      insert(take) {
        mayWrite();
        mustExist(state.sessions, take.sessionId);
        mustBeNew(state.takes, take.id);
        const isRepeatedVersion = [...state.takes.values()].some(
          (other) =>
            other.sessionId === take.sessionId &&
            other.stepKey === take.stepKey &&
            other.version === take.version,
        );
        if (isRepeatedVersion) throw new Error('this version of the take exists');
        state.openTakes.delete(take.id);
        state.takes.set(take.id, copy(take));
      },
      update(take) {
        mayWrite();
        mustExist(state.takes, take.id);
        state.takes.set(take.id, copy(take));
      },
      get: (id) => copy(state.takes.get(id)),
      ofSession: (id) => copy([...state.takes.values()].filter((take) => take.sessionId === id)),
      abandon(id) {
        mayWrite();
        state.openTakes.delete(id);
      },
    },
    screenings: {
      insert(result) {
        mayWrite();
        mustExist(state.sessions, result.sessionId);
        mustBeNew(state.screenings, result.id);
        state.screenings.set(result.id, copy(result));
        state.results.set(result.sessionId, withResult(state.results.get(result.sessionId) ?? [], result));
      },
      get: (id) => copy(state.screenings.get(id)),
      ofSession: (id) => copy([...state.screenings.values()].filter((result) => result.sessionId === id)),
    },
    notes: {
      insert(note) {
        mayWrite();
        mustExist(state.sessions, note.sessionId);
        mustBeNew(state.notes, note.id);
        state.notes.set(note.id, copy(note));
      },
      ofSession: (id) => copy([...state.notes.values()].filter((note) => note.sessionId === id)),
    },
    accounts: {
      insert(account) {
        mayWrite();
        mustBeNew(state.accounts, account.id);
        mustBeFreeName(state, account);
        state.accounts.set(account.id, copy(account));
      },
      update(account) {
        mayWrite();
        mustExist(state.accounts, account.id);
        mustBeFreeName(state, account);
        state.accounts.set(account.id, copy(account));
      },
      get: (id) => copy(state.accounts.get(id)),
      byUsername(username) {
        const key = usernameKey(username);
        return copy([...state.accounts.values()].find((account) => usernameKey(account.username) === key));
      },
      all: () => copy([...state.accounts.values()]),
    },
    audit: {
      append(entry) {
        mayWrite();
        const head = state.auditHead ?? { entries: 0, hash: chainStart };
        const content = { ...copy(entry), sequence: head.entries + 1 };
        const next = chainEntry(content, head.hash, hashing.sha256);
        state = {
          ...state,
          audit: [...state.audit, next],
          auditHead: { entries: next.sequence, hash: next.hash },
        };
      },
      ofSession: (id) => copy(state.audit.filter((entry) => entry.sessionId === id)),
      list: ({ before, limit }) =>
        copy(
          state.audit
            .filter(({ sequence }) => before === undefined || sequence < before)
            .toSorted((a, b) => b.sequence - a.sequence)
            .slice(0, limit),
        ),
      following: (after, limit) =>
        copy(
          state.audit
            .filter(({ sequence }) => sequence > after)
            .toSorted((a, b) => a.sequence - b.sequence)
            .slice(0, limit),
        ),
      verify: () => verifyChain(state.audit, state.auditHead, hashing.sha256),
    },
    outbox: {
      append(entry) {
        mayWrite();
        const key = outboxKey(entry.kind, entry.subjectId);
        if (state.outbox.has(key)) return false;
        const ordinal = state.outboxCount + 1;
        state.outbox.set(key, { ...copy(entry), ordinal, fate: { state: 'waiting' } });
        state = { ...state, outboxCount: ordinal };
        return true;
      },
      count: () => [...state.outbox.values()].filter(isWaiting).length,
      get: (kind, subjectId) => copy(state.outbox.get(outboxKey(kind, subjectId))),
      ofSession: (id) => copy([...state.outbox.values()].filter((item) => item.sessionId === id)),
      waiting: (kind, limit) =>
        copy(
          [...state.outbox.values()].filter((item) => item.kind === kind && isWaiting(item)).slice(0, limit),
        ),
      putAside: () => copy([...state.outbox.values()].filter(({ fate }) => fate.state === 'put-aside')),
      settle(kind, subjectId, fate) {
        mayWrite();
        const key = outboxKey(kind, subjectId);
        const item = state.outbox.get(key);
        if (item === undefined) throw new Error(`nothing of kind ${kind} waits under ${subjectId}`);
        state.outbox.set(key, { ...item, fate: copy(fate) });
      },
      startOver() {
        mayWrite();
        for (const [key, item] of state.outbox) {
          if (item.fate.state === 'done') state.outbox.set(key, { ...item, fate: { state: 'waiting' } });
        }
      },
    },
    sync: memorySync({
      state: () => state,
      replace: (sync) => {
        mayWrite();
        state = { ...state, sync };
      },
      mayWrite,
      mark,
    }),
    settings: {
      get: () => copy(state.settings),
      put(settings) {
        mayWrite();
        state = { ...state, settings: copy(settings) };
      },
    },
    facts: {
      get: (key) => state.facts.get(key),
      put(key, value) {
        mayWrite();
        state.facts.set(key, value);
      },
    },
    modelTests: {
      get: (sha256) => copy(state.modelTests.get(sha256)),
      put(sha256, test) {
        mayWrite();
        state.modelTests.set(sha256, copy(test));
      },
    },
  };

  return {
    write(work) {
      begin();
      const before = state;
      const wasWriting = isWriting;
      state = detached(state);
      isWriting = true;
      try {
        return synchronous(work(transaction));
      } catch (error) {
        state = before;
        throw error;
      } finally {
        isWriting = wasWriting;
      }
    },
    read(work) {
      begin();
      return synchronous(work(transaction));
    },
    state: () => ok({ databaseBytes: 0, lastBackupAt: null, integrity: 'ok' }),
    close() {
      isClosed = true;
    },
    refuse(next) {
      problem = next;
    },
    tamper(change) {
      state = { ...state, audit: change(state.audit) };
    },
  };
}

function listSessions(
  state: State,
  query: SessionQuery,
): { readonly rows: readonly SessionSummary[]; readonly total: number } {
  const needle = foldText(query.search);
  const { filter } = query;
  const found = [...state.sessions.values()]
    .map((session, ordinal) => ({ session, ordinal }))
    .filter(({ session }) => {
      const at = session.createdAt.at;
      const results = state.results.get(session.id) ?? [];
      return (
        searchText(session).includes(needle) &&
        (filter.statuses === undefined
          ? session.status !== 'discarded'
          : filter.statuses.includes(session.status)) &&
        (filter.modes === undefined || filter.modes.includes(session.mode)) &&
        (filter.kinds === undefined || filter.kinds.includes(session.kind)) &&
        (filter.sync === undefined || filter.sync.includes(session.sync)) &&
        (filter.decisions === undefined ||
          results.some(({ decision }) => decision !== null && filter.decisions?.includes(decision))) &&
        (filter.from === undefined || at >= filter.from) &&
        (filter.to === undefined || at <= filter.to)
      );
    });
  const sign = query.sort.direction === 'ascending' ? 1 : -1;
  const keyed = found.map((item) => ({ ...item, key: sortKey(state, item.session, query.sort.column) }));
  keyed.sort((a, b) => {
    if (a.key === null || b.key === null) {
      if (a.key !== b.key) return a.key === null ? 1 : -1;
    } else {
      const order =
        typeof a.key === 'number' && typeof b.key === 'number'
          ? a.key - b.key
          : compareByCodePoint(String(a.key), String(b.key));
      if (order !== 0) return sign * order;
    }
    return sign * (a.ordinal - b.ordinal);
  });
  return {
    total: keyed.length,
    rows: keyed
      .slice(query.offset, query.offset + query.limit)
      .map(({ session }) => summaryOf(state, session)),
  };
}

/** Null: nothing to sort by; such rows come last in either direction. */
function sortKey(state: State, session: SessionRecord, column: SessionColumn): string | number | null {
  const newest = state.results.get(session.id)?.[0];
  switch (column) {
    case 'hospital':
      return emptyToNull(foldText(session.hospital ?? ''));
    case 'recordNumber':
      return emptyToNull(foldText(session.recordNumber ?? ''));
    case 'model':
      return newest === undefined ? null : modelSortKey(newest.model);
    case 'date':
      return session.createdAt.at;
    case 'status':
      return sessionStatuses.indexOf(session.status);
    case 'decision':
      return newest === undefined || newest.decision === null ? null : decisions.indexOf(newest.decision);
    case 'sync':
      return syncStates.indexOf(session.sync);
    case 'kind':
      return sampleKinds.indexOf(session.kind);
  }
}

function emptyToNull(text: string): string | null {
  return text === '' ? null : text;
}

function summaryOf(state: State, session: SessionRecord): SessionSummary {
  const { id, mode, kind, status, hospital, recordNumber, createdAt, updatedAt, form, protocol, sync } =
    session;
  const createdBy = state.accounts.get(session.createdBy)?.username ?? session.createdBy;
  const results = [...(state.results.get(id) ?? [])];
  return copy({
    id,
    mode,
    kind,
    status,
    hospital,
    recordNumber,
    createdAt,
    updatedAt,
    createdBy,
    form,
    protocol,
    results,
    sync,
    syncProgress: state.marks.get(id)?.progress ?? null,
    syncReason: state.marks.get(id)?.reason ?? null,
  });
}

function outboxKey(kind: string, subjectId: string): string {
  return `${kind} ${subjectId}`;
}

function isWaiting({ fate }: OutboxItem): boolean {
  return fate.state === 'waiting';
}

function mustBeNew(rows: ReadonlyMap<string, unknown>, id: string): void {
  if (rows.has(id)) throw new Error(`a row with id ${id} exists`);
}

function mustExist(rows: ReadonlyMap<string, unknown>, id: string): void {
  if (!rows.has(id)) throw new Error(`there is no row with id ${id}`);
}

function mustBeFreeName(state: State, account: AccountRecord): void {
  const key = usernameKey(account.username);
  for (const other of state.accounts.values()) {
    if (other.id !== account.id && usernameKey(other.username) === key)
      throw new Error('the username is taken');
  }
}

function usernameKey(username: string): string {
  return username.normalize('NFC').toLowerCase();
}

function detached(state: State): State {
  return {
    ...state,
    sessions: new Map(state.sessions),
    results: new Map(state.results),
    openTakes: new Map(state.openTakes),
    takes: new Map(state.takes),
    screenings: new Map(state.screenings),
    notes: new Map(state.notes),
    accounts: new Map(state.accounts),
    facts: new Map(state.facts),
    modelTests: new Map(state.modelTests),
    marks: new Map(state.marks),
    outbox: new Map(state.outbox),
    sync: detachedSync(state.sync),
  };
}

function synchronous<T>(value: T): T {
  if (value instanceof Promise) throw new Error('a transaction cannot wait: its work must be synchronous');
  return value;
}

/** What comes back from a row: no shared references, and no members that are undefined. */
function copy<T>(value: T): T {
  return value === undefined ? value : (JSON.parse(JSON.stringify(value)) as T);
}
