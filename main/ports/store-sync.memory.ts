/** The way to the registry in a store without a disk. */
import type { SessionId, TakeId } from '../../contract/ids.ts';
import type { HospitalId } from '../../contract/registry/ids.ts';
import type { OfferedModel, SessionContent, SignedReceipt } from '../../contract/registry/sync.ts';
import type { Take } from '../../contract/session.ts';
import { compareByCodePoint } from '../../contract/fold-text.ts';
import { firstSyncFacts } from '../core/first-sync-facts.ts';
import { completeStatuses } from '../core/session-keys.ts';
import type { OutboxItem, SessionRecord } from './store.ts';
import type {
  LocalTombstone,
  ModelStanding,
  OfferRecord,
  StoreSync,
  SyncFacts,
  SyncMark,
  TakeAudio,
} from './store-sync.ts';

interface Hospital {
  readonly id: HospitalId;
  readonly name: string;
  readonly isOwn: boolean;
}

export interface SyncState {
  readonly facts: SyncFacts;
  readonly sessions: Map<string, { readonly content: SessionContent; readonly isOpen: boolean }>;
  readonly audio: Map<string, TakeAudio>;
  readonly receipts: Map<string, readonly SignedReceipt[]>;
  readonly condemned: Set<TakeId>;
  readonly tombstones: Map<string, LocalTombstone>;
  readonly hospitals: Map<string, Hospital>;
  readonly offers: Map<string, OfferRecord>;
  readonly followed: Map<string, string>;
  readonly standings: Map<string, ModelStanding>;
}

export function startingSync(): SyncState {
  return {
    facts: firstSyncFacts,
    sessions: new Map(),
    audio: new Map(),
    receipts: new Map(),
    condemned: new Set(),
    tombstones: new Map(),
    hospitals: new Map(),
    offers: new Map(),
    followed: new Map(),
    standings: new Map(),
  };
}

export function detachedSync(state: SyncState): SyncState {
  return {
    facts: state.facts,
    sessions: new Map(state.sessions),
    audio: new Map(state.audio),
    receipts: new Map(state.receipts),
    condemned: new Set(state.condemned),
    tombstones: new Map(state.tombstones),
    hospitals: new Map(state.hospitals),
    offers: new Map(state.offers),
    followed: new Map(state.followed),
    standings: new Map(state.standings),
  };
}

interface WholeState {
  readonly sync: SyncState;
  readonly sessions: ReadonlyMap<string, SessionRecord>;
  readonly takes: ReadonlyMap<string, Take>;
  readonly outbox: ReadonlyMap<string, OutboxItem>;
}

export function memorySync({
  state,
  replace,
  mayWrite,
  mark,
}: {
  readonly state: () => WholeState;
  readonly replace: (sync: SyncState) => void;
  readonly mayWrite: () => void;
  readonly mark: (id: string, mark: SyncMark) => void;
}): StoreSync {
  const isComplete = (session: SessionRecord | undefined): boolean =>
    session !== undefined && completeStatuses.includes(session.status);
  const openIds = (): readonly SessionId[] =>
    [...state().sessions.values()]
      .filter(({ id }) => state().sync.sessions.get(id)?.isOpen === true)
      .map(({ id }) => id);
  const newestReceipt = (id: string): SignedReceipt | undefined => state().sync.receipts.get(id)?.at(-1);
  const offerKey = ({ name, alias }: Pick<OfferedModel, 'name' | 'alias'>): string => `${name}\n${alias}`;
  const mustHaveSession = (id: string): void => {
    if (!state().sessions.has(id)) throw new Error(`there is no row with id ${id}`);
  };
  return {
    facts: () => copy(state().sync.facts),
    putFacts(facts) {
      replace({ ...state().sync, facts: copy(facts) });
    },

    keepContent(content) {
      mayWrite();
      mustHaveSession(content.id);
      if (state().sync.sessions.has(content.id)) return;
      state().sync.sessions.set(content.id, { content: copy(content), isOpen: true });
    },
    content: (id) => copy(state().sync.sessions.get(id)?.content),
    withoutContent: (limit) =>
      [...state().sessions.values()]
        .filter((session) => isComplete(session) && !state().sync.sessions.has(session.id))
        .map(({ id }) => id)
        .slice(0, limit),
    open: (limit) => openIds().slice(0, limit),
    countOpen: () => openIds().length,
    setOpen(id, isOpen) {
      mayWrite();
      const known = state().sync.sessions.get(id);
      if (known !== undefined) state().sync.sessions.set(id, { ...known, isOpen });
    },

    audio: (id) => copy(state().sync.audio.get(id)),
    audioOf: (id) => copy([...state().sync.audio.values()].filter((audio) => audio.sessionId === id)),
    audioPutAside: () =>
      copy([...state().sync.audio.values()].filter(({ fate }) => fate.state === 'put-aside')),
    withRemovedAudio: () => {
      const removed = [...state().sync.audio.values()].filter(({ removedAt }) => removedAt !== null);
      return [...new Set(removed.map(({ sessionId }) => sessionId))].toSorted(compareByCodePoint);
    },
    putAudio(audio) {
      mayWrite();
      mustHaveSession(audio.sessionId);
      if (!state().takes.has(audio.takeId)) throw new Error(`there is no row with id ${audio.takeId}`);
      state().sync.audio.set(audio.takeId, copy(audio));
    },

    keepReceipt(signed) {
      mayWrite();
      const { sessionId } = signed.receipt;
      mustHaveSession(sessionId);
      state().sync.receipts.set(sessionId, [...(state().sync.receipts.get(sessionId) ?? []), copy(signed)]);
    },
    newestReceipt: (id) => copy(newestReceipt(id)),
    receipts: (id) => copy(state().sync.receipts.get(id) ?? []),
    removable: (receiptBefore, limit) =>
      [...state().sync.audio.values()]
        .filter(({ sessionId, fate, removedAt }) => {
          const at = newestReceipt(sessionId)?.receipt.at;
          return fate.state === 'sent' && removedAt === null && at !== undefined && at < receiptBefore;
        })
        .map(({ takeId }) => takeId)
        .toSorted(compareByCodePoint)
        .slice(0, limit),

    waiting() {
      const open = new Set<string>(openIds());
      const takes = [...state().takes.values()].filter(
        ({ id, sessionId }) =>
          open.has(sessionId) && (state().sync.audio.get(id)?.fate.state ?? 'waiting') === 'waiting',
      );
      return {
        sessions: [...state().sessions.values()].filter(
          (session) => isComplete(session) && session.sync !== 'synced',
        ).length,
        takes: takes.length,
        bytes: takes.reduce((total, { sizeBytes }) => total + sizeBytes, 0),
        items: [...state().outbox.values()].filter(
          ({ fate, kind, sessionId }) =>
            fate.state === 'waiting' &&
            (kind === 'withdrawal' || (sessionId !== null && open.has(sessionId))),
        ).length,
      };
    },
    countNeedingAttention: () =>
      [...state().sessions.values()].filter(({ sync }) => sync === 'needs-attention').length,
    markAll(from, to) {
      mayWrite();
      for (const session of [...state().sessions.values()]) {
        if (!isComplete(session) || session.sync !== from) continue;
        mark(session.id, { state: to, progress: null, reason: null });
      }
    },
    startOver() {
      mayWrite();
      state().sync.offers.clear();
      for (const [id, audio] of state().sync.audio) {
        state().sync.audio.set(id, { ...audio, fate: { state: 'waiting' }, upload: null, refusals: 0 });
      }
      for (const [id, known] of state().sync.sessions) {
        state().sync.sessions.set(id, { ...known, isOpen: true });
      }
      for (const session of [...state().sessions.values()]) {
        if (isComplete(session)) mark(session.id, { state: 'waiting', progress: null, reason: null });
      }
    },

    condemn(takeIds) {
      mayWrite();
      for (const id of takeIds) state().sync.condemned.add(id);
    },
    condemned: () => [...state().sync.condemned].toSorted(compareByCodePoint),
    pardon(id) {
      mayWrite();
      state().sync.condemned.delete(id);
    },

    putTombstone(tombstone) {
      mayWrite();
      if (state().sync.tombstones.has(tombstone.sessionId)) return;
      state().sync.tombstones.set(tombstone.sessionId, copy(tombstone));
    },
    tombstone: (id) => copy(state().sync.tombstones.get(id)),
    unburied: () =>
      copy(
        [...state().sync.tombstones.values()]
          .filter(({ sessionId }) => state().sessions.has(sessionId))
          .toSorted((a, b) => compareByCodePoint(a.sessionId, b.sessionId)),
      ),

    putHospital(hospital) {
      mayWrite();
      state().sync.hospitals.set(hospital.id, copy(hospital));
    },
    hospitals: () =>
      copy(
        [...state().sync.hospitals.values()].toSorted(
          (a, b) => compareByCodePoint(a.name, b.name) || compareByCodePoint(a.id, b.id),
        ),
      ),

    putOffer(record) {
      mayWrite();
      state().sync.offers.set(offerKey(record.offer), copy(record));
    },
    removeOffer(offer) {
      mayWrite();
      state().sync.offers.delete(offerKey(offer));
    },
    offers: () =>
      copy(
        [...state().sync.offers.values()].toSorted(
          ({ offer: a }, { offer: b }) =>
            compareByCodePoint(a.name, b.name) || compareByCodePoint(a.alias, b.alias),
        ),
      ),
    followed: () => new Map(state().sync.followed),
    follow(name, alias) {
      mayWrite();
      state().sync.followed.set(name, alias);
    },
    standings: () =>
      copy([...state().sync.standings.values()].toSorted((a, b) => compareByCodePoint(a.sha256, b.sha256))),
    putStanding(standing) {
      mayWrite();
      state().sync.standings.set(standing.sha256, copy(standing));
    },
  };
}

/** What comes back from a row: no shared references, and no members that are undefined. */
function copy<T>(value: T): T {
  return value === undefined ? value : (JSON.parse(JSON.stringify(value)) as T);
}
