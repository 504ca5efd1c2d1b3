/** What every store does. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sessionColumns, sessionQuerySchema, type SessionQueryInput } from '../../contract/app-api.ts';
import { hospitalIdSchema } from '../../contract/registry/ids.ts';
import type { Store } from './store.ts';
import {
  exampleAccount,
  exampleAuditEntry,
  exampleClinician,
  exampleContent,
  exampleNote,
  exampleOpenTake,
  exampleReceipt,
  exampleResult,
  exampleSession,
  exampleTake,
  moment,
  newEntryId,
  newSessionId,
} from './store-examples.contract.ts';

type Query = Omit<SessionQueryInput, 'sort'> & { readonly sort?: SessionQueryInput['sort'] };

export function describeStore(
  name: string,
  make: () => { readonly store: Store; readonly discard: () => void },
): void {
  describe(`${name} is a store that`, () => {
    let store: Store;
    let discard: () => void;
    beforeEach(() => {
      ({ store, discard } = make());
    });
    afterEach(() => discard());

    const list = (query: Query = {}) =>
      store.read(({ sessions }) =>
        sessions.list(
          sessionQuerySchema.parse({ sort: { column: 'date', direction: 'ascending' }, ...query }),
        ),
      );
    const numbers = (query?: Query) => list(query).rows.map(({ recordNumber }) => recordNumber);
    const insert = (...sessions: readonly ReturnType<typeof exampleSession>[]) =>
      store.write((all) => sessions.forEach((session) => all.sessions.insert(session)));

    it('gives a session back as it was stored, before and after a change', () => {
      const session = exampleSession();
      const changed = exampleSession({
        ...session,
        hospital: null,
        recordNumber: null,
        consent: null,
        skips: [],
        answers: {},
        status: 'recorded',
        updatedAt: moment('2026-03-10T00:00:00.001Z'),
      });
      insert(session);
      const before = store.read(({ sessions }) => sessions.get(session.id));
      store.write(({ sessions }) => sessions.update(changed));
      const after = store.read(({ sessions }) => sessions.get(session.id));
      expect([before, after]).toEqual([session, changed]);
    });

    it('keeps every session of one patient', () => {
      const visits = [exampleSession(), exampleSession(), exampleSession()];
      insert(...visits);
      expect(list().rows.map(({ id }) => id)).toEqual(visits.map(({ id }) => id));
    });

    it('knows nothing of a session that was never stored', () => {
      const id = newSessionId();
      expect(store.read(({ sessions }) => [sessions.get(id), sessions.summary(id)])).toEqual([
        undefined,
        undefined,
      ]);
    });

    it('refuses the same id twice and a change of what is not there', () => {
      const session = exampleSession();
      insert(session);
      expect(() => insert(session)).toThrow();
      expect(() => store.write(({ sessions }) => sessions.update(exampleSession()))).toThrow();
      expect(() =>
        store.write(({ takes }) => takes.update(exampleTake({ sessionId: session.id }))),
      ).toThrow();
      expect(() => store.write(({ accounts }) => accounts.update(exampleAccount()))).toThrow();
    });

    it('refuses what belongs to a session that is not there', () => {
      const sessionId = newSessionId();
      expect(() => store.write(({ takes }) => takes.open(exampleOpenTake({ sessionId })))).toThrow();
      expect(() => store.write(({ takes }) => takes.insert(exampleTake({ sessionId })))).toThrow();
      expect(() =>
        store.write(({ screenings }) => screenings.insert(exampleResult({ sessionId }))),
      ).toThrow();
      expect(() => store.write(({ notes }) => notes.insert(exampleNote({ sessionId })))).toThrow();
    });

    it('keeps nothing of a transaction that throws', () => {
      const kept = exampleSession();
      insert(kept);
      const failing = (): void =>
        store.write((all) => {
          all.sessions.insert(exampleSession());
          all.sessions.update({ ...kept, status: 'discarded' });
          all.audit.append(exampleAuditEntry());
          all.facts.put('last-username', 'ana');
          throw new Error('power cut');
        });
      expect(failing).toThrow('power cut');
      expect(
        store.read((all) => [
          all.sessions.get(kept.id)?.status,
          all.audit.list({ limit: 10 }),
          all.facts.get('last-username'),
        ]),
      ).toEqual(['draft', [], undefined]);
      expect(list().total).toBe(1);
    });

    it('takes back only the inner one of two transactions when that one throws', () => {
      store.write((outer) => {
        outer.facts.put('last-username', 'ana');
        expect(() =>
          store.write((inner) => {
            inner.facts.put('last-username', 'bia');
            throw new Error('inner');
          }),
        ).toThrow('inner');
      });
      expect(store.read(({ facts }) => facts.get('last-username'))).toBe('ana');
    });

    it('writes nothing while it is read, and waits for nobody', () => {
      expect(() => store.read(({ facts }) => facts.put('last-username', 'ana'))).toThrow(/read/u);
      expect(() => store.write(() => Promise.resolve())).toThrow();
      expect(store.read(({ facts }) => facts.get('last-username'))).toBeUndefined();
    });

    describe('lists sessions', () => {
      it('in pages, with the number of all', () => {
        insert(...['1', '2', '3', '4', '5'].map((recordNumber) => exampleSession({ recordNumber })));
        const pages = [0, 2, 4, 6].map((offset) => numbers({ offset, limit: 2 }));
        expect(pages).toEqual([['1', '2'], ['3', '4'], ['5'], []]);
        expect(list({ offset: 6, limit: 2 }).total).toBe(5);
      });

      it('by date as dates, and by order of making where the clock stood still or went back', () => {
        insert(
          exampleSession({ recordNumber: 'b', createdAt: moment('2026-10-02T00:00:00.000Z') }),
          exampleSession({ recordNumber: 'a', createdAt: moment('2026-09-30T23:59:59.999Z') }),
          exampleSession({ recordNumber: 'c', createdAt: moment('2026-10-02T00:00:00.000Z') }),
        );
        expect(numbers()).toEqual(['a', 'b', 'c']);
        expect(numbers({ sort: { column: 'date', direction: 'descending' } })).toEqual(['c', 'b', 'a']);
      });

      it('by hospital and record number without regard to case and accents, the empty ones last', () => {
        insert(
          exampleSession({ recordNumber: 'b2', hospital: 'zona Sul' }),
          exampleSession({ recordNumber: null, hospital: null }),
          exampleSession({ recordNumber: 'A1', hospital: 'Ábaco' }),
          exampleSession({ recordNumber: 'Ç3', hospital: 'abacate' }),
        );
        const by = (column: 'hospital' | 'recordNumber', direction: 'ascending' | 'descending') =>
          numbers({ sort: { column, direction } });
        expect(by('hospital', 'ascending')).toEqual(['Ç3', 'A1', 'b2', null]);
        expect(by('hospital', 'descending')).toEqual(['b2', 'A1', 'Ç3', null]);
        expect(by('recordNumber', 'ascending')).toEqual(['A1', 'b2', 'Ç3', null]);
        expect(by('recordNumber', 'descending')).toEqual(['Ç3', 'b2', 'A1', null]);
      });

      it('by model, version as numbers, and by decision', () => {
        const sessions = ['none', 'v2', 'v10', 'other'].map((recordNumber) =>
          exampleSession({ recordNumber }),
        );
        insert(...sessions);
        const [, v2, v10, other] = sessions;
        const run = (session: typeof v2, model: object, decision: 'positive' | 'negative' | 'inconclusive') =>
          store.write(({ screenings }) => {
            if (session === undefined) throw new Error('no session');
            const result = exampleResult({ sessionId: session.id }, decision);
            screenings.insert({ ...result, model: { ...result.model, ...model } });
          });
        run(v10, { version: '10.0.0' }, 'inconclusive');
        run(v2, { version: '2.0.0' }, 'positive');
        run(other, { name: 'another' }, 'negative');
        const sorted = (column: 'model' | 'decision', direction: 'ascending' | 'descending') =>
          numbers({ sort: { column, direction } });
        expect(sorted('model', 'ascending')).toEqual(['other', 'v2', 'v10', 'none']);
        expect(sorted('model', 'descending')).toEqual(['v10', 'v2', 'other', 'none']);
        expect(sorted('decision', 'ascending')).toEqual(['v2', 'other', 'v10', 'none']);
      });

      it('by status, sync and kind in the order of their lists', () => {
        insert(
          exampleSession({ recordNumber: '1', status: 'error', sync: 'synced', kind: 'AFTERCOVID' }),
          exampleSession({ recordNumber: '2', status: 'draft', sync: 'needs-attention', kind: 'TEST' }),
          exampleSession({ recordNumber: '3', status: 'completed', sync: 'local-only', kind: 'PATIENT' }),
        );
        const sorted = (['status', 'sync', 'kind'] as const).map((column) =>
          numbers({ sort: { column, direction: 'ascending' } }),
        );
        expect(sorted).toEqual([
          ['2', '3', '1'],
          ['3', '1', '2'],
          ['3', '2', '1'],
        ]);
      });

      it('that hold the searched text in record number or hospital, whatever its case and accents', () => {
        insert(
          exampleSession({ recordNumber: '14259401E', hospital: 'Santa Casa' }),
          exampleSession({ recordNumber: '13817615A', hospital: 'Hospital São José' }),
          exampleSession({ recordNumber: null, hospital: null }),
        );
        const found = ['259401e', 'SAO  jose', 'São José', 'a', '%', '_', '5a hospital', ''].map((search) =>
          numbers({ search }),
        );
        expect(found).toEqual([
          ['14259401E'],
          ['13817615A'],
          ['13817615A'],
          ['14259401E', '13817615A'],
          [],
          [],
          [],
          ['14259401E', '13817615A', null],
        ]);
      });

      it('without the discarded ones, unless they are asked for', () => {
        insert(
          exampleSession({ recordNumber: 'draft' }),
          exampleSession({ recordNumber: 'gone', status: 'discarded' }),
        );
        expect([numbers(), numbers({ filter: { statuses: ['discarded'] } })]).toEqual([['draft'], ['gone']]);
      });

      it('by every filter, alone and together', () => {
        insert(
          exampleSession({
            recordNumber: '1',
            mode: 'collection',
            createdAt: moment('2026-03-01T00:00:00.000Z'),
          }),
          exampleSession({ recordNumber: '2', kind: 'TEST', createdAt: moment('2026-03-02T00:00:00.000Z') }),
          exampleSession({
            recordNumber: '3',
            sync: 'synced',
            createdAt: moment('2026-03-03T00:00:00.000Z'),
          }),
        );
        const filters: Query['filter'][] = [
          { modes: ['collection'] },
          { kinds: ['TEST', 'CONTROL'] },
          { sync: ['synced'] },
          { from: '2026-03-02T00:00:00.000Z' },
          { to: '2026-03-02T00:00:00.000Z' },
          { from: '2026-03-02T00:00:00.000Z', kinds: ['PATIENT'], statuses: ['draft'] },
          { modes: [] },
        ];
        expect(filters.map((filter) => numbers({ filter }))).toEqual([
          ['1'],
          ['2'],
          ['3'],
          ['2', '3'],
          ['1', '2'],
          ['3'],
          [],
        ]);
      });

      it('with the newest result of each model, and finds them by any of these decisions', () => {
        const session = exampleSession();
        const other = exampleSession({ recordNumber: 'never screened' });
        insert(session, other);
        const second = { name: 'second', version: '1.0.0', sha256: 'ef'.repeat(32), isDemonstration: false };
        store.write(({ screenings }) => {
          screenings.insert(exampleResult({ sessionId: session.id }, 'inconclusive'));
          screenings.insert(exampleResult({ sessionId: session.id, model: second }, 'error'));
          screenings.insert(exampleResult({ sessionId: session.id }, 'positive'));
        });
        const row = store.read(({ sessions }) => sessions.summary(session.id));
        const found = (['positive', 'negative', 'inconclusive'] as const).map(
          (decision) => list({ filter: { decisions: [decision] } }).total,
        );
        expect(row?.results).toEqual([
          {
            model: { name: 'baseline', version: '1.0.0' },
            isDemonstration: true,
            status: 'completed',
            decision: 'positive',
          },
          {
            model: { name: 'second', version: '1.0.0' },
            isDemonstration: false,
            status: 'error',
            decision: null,
          },
        ]);
        expect(found).toEqual([1, 0, 0]);
      });

      it('with the name of who made them, and all facts of a row', () => {
        store.write(({ accounts }) => accounts.insert(exampleAccount({ id: exampleClinician })));
        const session = exampleSession({ mode: 'collection', kind: 'CONTROL', sync: 'waiting' });
        insert(session);
        const { id, mode, kind, status, hospital, recordNumber, createdAt, updatedAt, form, protocol, sync } =
          session;
        const expected = {
          id,
          mode,
          kind,
          status,
          hospital,
          recordNumber,
          createdAt,
          updatedAt,
          createdBy: 'Ana.Souza',
          form,
          protocol,
          results: [],
          sync,
          syncProgress: null,
          syncReason: null,
        };
        const everyOrder = sessionColumns.flatMap((column) =>
          (['ascending', 'descending'] as const).map(
            (direction) => list({ sort: { column, direction } }).rows,
          ),
        );
        expect(everyOrder).toEqual(everyOrder.map(() => [expected]));
        expect(store.read(({ sessions }) => [sessions.summary(id), sessions.since(createdAt.at)])).toEqual([
          expected,
          [expected],
        ]);
      });
    });

    it('finds sessions by status and since an instant, and counts what no receipt covers', () => {
      const yesterday = exampleSession({
        createdAt: moment('2026-03-08T23:59:59.999Z'),
        status: 'completed',
      });
      const first = exampleSession({ createdAt: moment('2026-03-09T00:00:00.000Z'), status: 'error' });
      const second = exampleSession({ createdAt: moment('2026-03-09T00:00:00.000Z'), sync: 'waiting' });
      const synced = exampleSession({ status: 'completed', sync: 'synced', createdAt: yesterday.createdAt });
      insert(yesterday, first, second, synced);
      const found = store.read(({ sessions }) => ({
        errors: sessions.withStatus(['error', 'processing']),
        today: sessions.since('2026-03-09T00:00:00.000Z').map(({ id }) => id),
        unsynced: sessions.countUnsynced(),
      }));
      expect(found).toEqual({ errors: [first], today: [second.id, first.id], unsynced: 2 });
    });

    it('carries a take from its start to its end', () => {
      const session = exampleSession();
      insert(session);
      const open = exampleOpenTake({ sessionId: session.id });
      const finished = exampleTake({ sessionId: session.id, id: open.id });
      store.write(({ takes }) => takes.open(open));
      const during = store.read(({ takes }) => [takes.opened(open.id), takes.allOpen(), takes.get(open.id)]);
      store.write(({ takes }) => takes.insert(finished));
      const after = store.read(({ takes }) => [takes.opened(open.id), takes.allOpen(), takes.get(open.id)]);
      expect(during).toEqual([open, [open], undefined]);
      expect(after).toEqual([undefined, [], finished]);
    });

    it('keeps every version of a take in order, and lets a choice and a reason be changed', () => {
      const session = exampleSession();
      insert(session);
      const first = exampleTake({ sessionId: session.id });
      const second = exampleTake({
        sessionId: session.id,
        version: 2,
        source: 'file',
        sourceSha256: 'ee'.repeat(32),
        device: null,
        bitDepth: 24,
      });
      const overridden = {
        ...first,
        isChosen: false,
        override: { reason: 'patient too weak', by: exampleClinician, at: moment() },
      };
      store.write(({ takes }) => {
        takes.insert(first);
        takes.insert(second);
        takes.update(overridden);
      });
      expect(store.read(({ takes }) => takes.ofSession(session.id))).toEqual([overridden, second]);
      expect(() =>
        store.write(({ takes }) => takes.insert(exampleTake({ sessionId: session.id, version: 2 }))),
      ).toThrow();
    });

    it('forgets an open take that holds no audio', () => {
      const session = exampleSession();
      insert(session);
      const open = exampleOpenTake({ sessionId: session.id });
      store.write(({ takes }) => {
        takes.open(open);
        takes.abandon(open.id);
      });
      expect(store.read(({ takes }) => takes.allOpen())).toEqual([]);
    });

    it('keeps screenings with every number, good and failed, in order', () => {
      const session = exampleSession();
      insert(session);
      const results = [
        exampleResult({ sessionId: session.id }, 'error'),
        exampleResult({ sessionId: session.id }, 'negative'),
      ];
      store.write(({ screenings }) => results.forEach((result) => screenings.insert(result)));
      expect(store.read(({ screenings }) => screenings.ofSession(session.id))).toEqual(results);
      expect(store.read(({ screenings }) => results.map(({ id }) => screenings.get(id)))).toEqual(results);
    });

    it('keeps notes in order', () => {
      const session = exampleSession();
      insert(session);
      const written = [
        exampleNote({ sessionId: session.id }),
        exampleNote({ sessionId: session.id, text: 'ação, 日本, 🫁' }),
      ];
      store.write(({ notes }) => written.forEach((note) => notes.insert(note)));
      expect(store.read(({ notes }) => notes.ofSession(session.id))).toEqual(written);
    });

    it('knows an account by its name whatever the case, and takes a name once', () => {
      const account = exampleAccount({ username: 'José.Lima' });
      const other = exampleAccount({ username: 'bia' });
      store.write(({ accounts }) => {
        accounts.insert(account);
        accounts.insert(other);
      });
      const locked = { ...account, failures: 5, lockedOutUntilMs: 1_773_057_600_000, isDisabled: true };
      store.write(({ accounts }) => accounts.update(locked));
      expect(
        store.read(({ accounts }) => [
          accounts.byUsername('JOSÉ.LIMA'),
          accounts.get(account.id),
          accounts.byUsername('jose.lima'),
          accounts.all(),
        ]),
      ).toEqual([locked, locked, undefined, [locked, other]]);
      expect(() =>
        store.write(({ accounts }) => accounts.insert(exampleAccount({ username: 'josé.lima' }))),
      ).toThrow();
      expect(() =>
        store.write(({ accounts }) => accounts.update({ ...other, username: 'JOSÉ.lima' })),
      ).toThrow();
    });

    it('chains the audit trail, newest first in the list, oldest first for a session', () => {
      const sessionId = newSessionId();
      store.write(({ audit }) => {
        audit.append(exampleAuditEntry({ action: 'signed-in' }));
        audit.append(exampleAuditEntry({ sessionId, details: { z: 1, a: 'é', ç: true } }));
        audit.append(exampleAuditEntry({ sessionId, action: 'take-played', details: {} }));
      });
      const trail = store.read(({ audit }) => ({
        all: audit.list({ limit: 10 }).map(({ sequence }) => sequence),
        page: audit.list({ before: 3, limit: 1 }).map(({ action, sequence }) => [action, sequence]),
        session: audit.ofSession(sessionId).map(({ action, details }) => [action, details]),
        verdict: audit.verify(),
      }));
      expect(trail).toEqual({
        all: [3, 2, 1],
        page: [['session-viewed', 2]],
        session: [
          ['session-viewed', { z: 1, a: 'é', ç: true }],
          ['take-played', {}],
        ],
        verdict: { entries: 3, findings: [] },
      });
      const [newest, middle] = store.read(({ audit }) => audit.list({ limit: 2 }));
      expect(newest?.previousHash).toBe(middle?.hash);
    });

    it('finds an empty audit trail sound', () => {
      expect(store.read(({ audit }) => audit.verify())).toEqual({ entries: 0, findings: [] });
    });

    it('queues a thing once, in order, and says what has become of it', () => {
      const sessionId = newSessionId();
      const at = moment();
      const appended = store.write(({ outbox }) => [
        outbox.append({ kind: 'session', sessionId, subjectId: sessionId, at }),
        outbox.append({ kind: 'note', sessionId, subjectId: 'n', at }),
        outbox.append({ kind: 'session', sessionId, subjectId: sessionId, at }),
        outbox.append({ kind: 'withdrawal', sessionId, subjectId: 'w', at }),
      ]);
      expect(appended).toEqual([true, true, false, true]);
      const aside = { state: 'put-aside', reason: 'content-conflict', detail: 'text' } as const;
      store.write(({ outbox }) => {
        outbox.settle('session', sessionId, { state: 'done' });
        outbox.settle('note', 'n', aside);
        expect(() => outbox.settle('note', 'nobody', { state: 'done' })).toThrow();
      });
      const seen = store.read(({ outbox }) => ({
        fates: outbox.ofSession(sessionId).map(({ kind, fate, ordinal }) => [ordinal, kind, fate]),
        waiting: [outbox.waiting('withdrawal', 5).length, outbox.waiting('note', 5).length, outbox.count()],
        aside: outbox.putAside().map(({ subjectId }) => subjectId),
        missing: outbox.get('take', 'n'),
      }));
      expect(seen).toEqual({
        fates: [
          [1, 'session', { state: 'done' }],
          [2, 'note', aside],
          [3, 'withdrawal', { state: 'waiting' }],
        ],
        waiting: [1, 0, 1],
        aside: ['n'],
        missing: undefined,
      });
      store.write(({ outbox }) => outbox.startOver());
      expect(store.read(({ outbox }) => outbox.get('session', sessionId)?.fate)).toEqual({
        state: 'waiting',
      });
      expect(store.read(({ outbox }) => outbox.get('note', 'n')?.fate)).toEqual(aside);
    });

    it('follows a session on its way, and marks it without touching the rest', () => {
      const open = exampleSession({ status: 'completed' });
      const draft = exampleSession();
      insert(open, draft);
      const take = exampleTake({ sessionId: open.id });
      store.write((all) => {
        all.takes.insert(take);
        all.outbox.append({ kind: 'session', sessionId: open.id, subjectId: open.id, at: moment() });
        all.outbox.append({ kind: 'session', sessionId: draft.id, subjectId: draft.id, at: moment() });
      });
      const content = exampleContent(open.id);
      const before = store.read(({ sync }) => [sync.withoutContent(5), sync.open(5)]);
      store.write(({ sync }) => {
        sync.keepContent(content);
        sync.keepContent({ ...content, hospital: 'another' });
      });
      const waiting = store.read(({ sync }) => [sync.content(open.id), sync.open(5), sync.waiting()]);
      expect(before).toEqual([[open.id], []]);
      expect(waiting).toEqual([
        content,
        [open.id],
        { sessions: 1, takes: 1, bytes: take.sizeBytes, items: 1 },
      ]);
      const audio = {
        takeId: take.id,
        sessionId: open.id,
        fate: { state: 'sent' },
        upload: { url: '/u', encoding: 'flac', sha256: 'ab'.repeat(32), sizeBytes: 3 },
        refusals: 1,
        removedAt: null,
      } as const;
      store.write(({ sync, sessions }) => {
        sync.putAudio({ ...audio, fate: { state: 'put-aside', reason: 'audio-refused', detail: 'x' } });
        sessions.mark(open.id, { state: 'needs-attention', progress: null, reason: 'audio-refused' });
      });
      const aside = store.read(({ sync, sessions }) => [
        sync.audioPutAside().length,
        sync.countNeedingAttention(),
        sessions.summary(open.id)?.syncReason,
      ]);
      expect(aside).toEqual([1, 1, 'audio-refused']);
      store.write(({ sync, sessions }) => {
        sync.putAudio(audio);
        sync.keepReceipt(exampleReceipt(open.id, '2026-03-01T00:00:00.000Z'));
        sync.keepReceipt(exampleReceipt(open.id, '2026-03-02T00:00:00.000Z', 2));
        sync.setOpen(open.id, false);
        sessions.mark(open.id, { state: 'sending', progress: 0.5, reason: null });
        sessions.update({ ...open, hospital: 'renamed', sync: 'local-only' });
      });
      const after = store.read(({ sync, sessions }) => ({
        audio: [sync.audio(take.id), sync.audioOf(open.id).length],
        receipt: sync.newestReceipt(open.id)?.receipt.sequence,
        receipts: sync.receipts(open.id).map(({ receipt }) => receipt.sequence),
        removed: sync.withRemovedAudio(),
        removable: [
          sync.removable('2026-03-02T00:00:00.000Z', 5),
          sync.removable('2026-03-02T00:00:00.001Z', 5),
        ],
        open: [sync.open(5), sync.countOpen()],
        summary: sessions.summary(open.id),
      }));
      expect(after).toMatchObject({
        audio: [audio, 1],
        receipt: 2,
        receipts: [1, 2],
        removed: [],
        removable: [[], [take.id]],
        open: [[], 0],
        summary: { sync: 'sending', syncProgress: 0.5, hospital: 'renamed' },
      });
      store.write(({ sync }) => sync.putAudio({ ...audio, removedAt: moment() }));
      expect(store.read(({ sync }) => sync.withRemovedAudio())).toEqual([open.id]);
      store.write(({ sync }) => {
        sync.putAudio(audio);
        sync.startOver();
      });
      expect(
        store.read(({ sync, sessions }) => [
          sync.audio(take.id),
          sync.open(5),
          sessions.summary(open.id)?.sync,
          sessions.summary(draft.id)?.sync,
        ]),
      ).toEqual([
        { ...audio, fate: { state: 'waiting' }, upload: null, refusals: 0 },
        [open.id],
        'waiting',
        'local-only',
      ]);
    });

    it('removes a session with all that is of it, but its trail, its withdrawal and its tombstone', () => {
      const session = exampleSession({ status: 'completed' });
      const other = exampleSession({ status: 'completed' });
      insert(session, other);
      const take = exampleTake({ sessionId: session.id });
      const tombstone = {
        sessionId: session.id,
        kind: 'withdrawal',
        at: moment(),
        by: 'ana',
        entryId: newEntryId(),
      } as const;
      store.write((all) => {
        all.takes.insert(take);
        all.takes.open(exampleOpenTake({ sessionId: session.id, version: 2 }));
        all.screenings.insert(exampleResult({ sessionId: session.id }));
        all.notes.insert(exampleNote({ sessionId: session.id }));
        all.sync.keepContent(exampleContent(session.id));
        all.sync.keepReceipt(exampleReceipt(session.id, '2026-03-01T00:00:00.000Z'));
        all.sync.putAudio({
          takeId: take.id,
          sessionId: session.id,
          fate: { state: 'sent' },
          upload: null,
          refusals: 0,
          removedAt: moment(),
        });
        all.audit.append(exampleAuditEntry({ sessionId: session.id }));
        all.outbox.append({ kind: 'note', sessionId: session.id, subjectId: 'n', at: moment() });
        all.outbox.append({ kind: 'withdrawal', sessionId: session.id, subjectId: 'w', at: moment() });
        all.sync.putTombstone(tombstone);
        all.sync.putTombstone({ ...tombstone, kind: 'deletion' });
        all.sync.condemn([take.id, take.id]);
      });
      const unburied = store.read(({ sync }) => sync.unburied());
      store.write((all) => {
        all.sessions.remove(session.id);
        all.sessions.remove(newSessionId());
      });
      const left = store.read((all) => ({
        rows: [
          all.sessions.get(session.id),
          all.sessions.summary(session.id),
          all.takes.get(take.id),
          all.sync.audio(take.id),
          all.sync.content(session.id),
          all.sync.newestReceipt(session.id),
        ],
        lists: [
          all.takes.allOpen(),
          all.screenings.ofSession(session.id),
          all.notes.ofSession(session.id),
          all.sync.unburied(),
        ],
        outbox: all.outbox.ofSession(session.id).map(({ kind }) => kind),
        trail: all.audit.ofSession(session.id).length,
        tombstone: all.sync.tombstone(session.id),
        condemned: all.sync.condemned(),
        other: all.sessions.get(other.id),
        total: all.sessions.countUnsynced(),
      }));
      expect([unburied, left]).toEqual([
        [tombstone],
        {
          rows: Array.from({ length: 6 }, () => undefined),
          lists: [[], [], [], []],
          outbox: ['withdrawal'],
          trail: 1,
          tombstone,
          condemned: [take.id],
          other,
          total: 1,
        },
      ]);
      store.write(({ sync }) => sync.pardon(take.id));
      expect(store.read(({ sync }) => sync.condemned())).toEqual([]);
    });

    it('keeps what the registry says, and the trail in the order in which it is sent', () => {
      const hospital = { id: hospitalIdSchema.parse(newSessionId()), name: 'Norte', isOwn: true };
      const model = { alias: 'production', name: 'voice', version: '1.0.0', sha256: 'ab'.repeat(32) };
      const offer = {
        ...model,
        packageSha256: 'cd'.repeat(32),
        packageBytes: 5,
        keyId: '0123456789abcdef',
        signature: 'A'.repeat(86),
      };
      const failed = {
        offer: { ...offer, version: '2.0.0' },
        sequence: 4,
        state: 'failed',
        problem: { code: 'model-golden-mismatch', details: { tolerance: 0.001 } },
        settledAt: moment(),
      } as const;
      const standing = {
        sha256: offer.sha256,
        name: model.name,
        version: '1.0.0',
        service: 'in-service',
        alias: 'production',
        installedAt: moment(),
      } as const;
      const facts = store.read(({ sync }) => sync.facts());
      store.write(({ sync, audit, sessions }) => {
        sync.putFacts({ ...facts, feedPosition: 7, clockSkewMs: -3.5 });
        sync.putHospital({ ...hospital, name: 'Sul' });
        sync.putHospital(hospital);
        sync.putOffer({ offer, sequence: 3, state: 'open', problem: null, settledAt: null });
        sync.putOffer(failed);
        sync.follow(model.name, 'staging');
        sync.follow(model.name, 'trial');
        sync.putStanding({ ...standing, service: 'waiting' });
        sync.putStanding(standing);
        for (const step of ['a', 'b', 'c']) audit.append(exampleAuditEntry({ details: { step } }));
        sessions.insert(exampleSession({ status: 'recorded' }));
        sync.markAll('local-only', 'waiting');
      });
      const seen = store.read(({ sync, audit, sessions }) => ({
        facts: sync.facts(),
        hospitals: sync.hospitals(),
        offers: sync.offers(),
        followed: [...sync.followed()],
        standings: sync.standings(),
        trail: audit.following(1, 5).map(({ sequence }) => sequence),
        page: audit.following(0, 1).map(({ sequence }) => sequence),
        waiting: sessions.withStatus(['recorded']).map(({ sync: state }) => state),
      }));
      expect(seen).toEqual({
        facts: { ...facts, feedPosition: 7, clockSkewMs: -3.5 },
        hospitals: [hospital],
        offers: [failed],
        followed: [[model.name, 'trial']],
        standings: [standing],
        trail: [2, 3],
        page: [1],
        waiting: ['waiting'],
      });
      store.write(({ sync }) => sync.removeOffer(model));
      expect(store.read(({ sync }) => sync.offers())).toEqual([]);
    });

    it('remembers settings, facts, tests of models and what waits to be sent', () => {
      const settings = {
        language: 'es',
        theme: 'dark',
        idleLockMinutes: 5,
        preferredMicrophone: null,
        hospitals: ['Hospital das Clínicas'],
        defaultModels: [{ name: 'baseline', version: '1.0.0' }],
      } as const;
      const test = {
        state: 'failed',
        provider: null,
        testedAt: moment(),
        problem: { code: 'model-golden-mismatch', details: { largestDifference: 0.25 } },
        dropped: [{ provider: 'webgpu', reason: 'disagrees', largestDifference: 0.25 }],
      } as const;
      const hash = 'ab'.repeat(32);
      const before = store.read((all) => [
        all.settings.get(),
        all.facts.get('last-username'),
        all.modelTests.get(hash),
      ]);
      store.write((all) => {
        all.settings.put({ ...settings, language: 'en', hospitals: [], defaultModels: [] });
        all.settings.put({
          ...settings,
          hospitals: [...settings.hospitals],
          defaultModels: [...settings.defaultModels],
        });
        all.facts.put('last-username', 'ana');
        all.facts.put('last-username', 'bia');
        all.modelTests.put(hash, { ...test, state: 'untested', dropped: [] });
        all.modelTests.put(hash, { ...test, dropped: [...test.dropped] });
        all.outbox.append({ kind: 'session', sessionId: newSessionId(), subjectId: 'x', at: moment() });
        all.outbox.append({ kind: 'audit', sessionId: null, subjectId: '1', at: moment() });
      });
      const after = store.read((all) => [
        all.settings.get(),
        all.facts.get('last-username'),
        all.facts.get('recovery-key-shown-at'),
        all.modelTests.get(hash),
        all.outbox.count(),
      ]);
      expect(before).toEqual([undefined, undefined, undefined]);
      expect(after).toEqual([settings, 'bia', undefined, test, 2]);
    });
  });
}
