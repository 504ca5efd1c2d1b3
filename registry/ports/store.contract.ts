import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { memoryStore } from './store.memory.ts';
import { StoreFailure, type Query, type Row, type Store, type StoreTransaction } from './store.ts';

export interface StoreUnderTest {
  readonly store: Store;
  /** The same database as another process sees it; absent where there is no other. */
  readonly another?: () => Promise<Store>;
  /** Ends what was opened and removes it. */
  end(): Promise<void>;
}

type Fact = Row<'facts'>;
type TakeQuery = Query<'takes'>;

export function describeStore(
  name: string,
  open: () => Promise<StoreUnderTest>,
  { isShared = true }: { readonly isShared?: boolean } = {},
): void {
  describe(`${name} is a store that`, () => {
    let subject: StoreUnderTest;
    let store: Store;
    beforeEach(async () => {
      subject = await open();
      store = subject.store;
    });
    afterEach(() => subject.end());

    const get = (id: string): Promise<Fact | undefined> => store.read((reader) => reader.get('facts', id));
    const insert = (row: Fact): Promise<void> =>
      store.write((transaction) => transaction.insert('facts', row));

    describe('keeps rows', () => {
      it('of every kind of column, and gives them back as they were', async () => {
        const workstation = workstationRow('w1', {
          clockSkewMs: -86_400_000.25,
          name: 'Ala São José 東\u{1F600}',
        });
        const upload = uploadRow('u1', { lengthBytes: Number.MAX_SAFE_INTEGER, parts: ['a', 'b'] });
        await store.write(async (transaction) => {
          await transaction.insert('workstations', workstation);
          await transaction.insert('uploads', upload);
          await transaction.insert('accounts', accountRow('a1', { isDisabled: true }));
        });
        const found = await store.read(async (reader) => [
          await reader.get('workstations', 'w1'),
          await reader.get('uploads', 'u1'),
          await reader.get('accounts', 'a1'),
          await reader.get('accounts', 'a2'),
        ]);
        expect(found).toEqual([workstation, upload, accountRow('a1', { isDisabled: true }), undefined]);
      });

      it('with any JSON, its keys in their order', async () => {
        await fc.assert(
          fc.asyncProperty(fc.jsonValue(), async (value) => {
            const sent = JSON.stringify(value);
            await store.write((transaction) =>
              transaction.put('facts', { id: 'json', value: JSON.parse(sent) }),
            );
            expect(JSON.stringify((await get('json'))?.value)).toBe(sent);
          }),
          { numRuns: 50 },
        );
        const order = { z: 1, 'a b': '\0\ud800', __proto__x: null };
        await store.write((transaction) => transaction.put('facts', { id: 'json', value: order }));
        expect(JSON.stringify((await get('json'))?.value)).toBe(JSON.stringify(order));
      });

      it('whose text no store could hold in a form that every store can', async () => {
        await store.write((transaction) =>
          transaction.insert('hospitals', hospitalRow('h\0\ud800', 'a\0b\udc00')),
        );
        const found = await store.read(async (reader) => [
          await reader.get('hospitals', 'h\0\ud800'),
          await reader.get('hospitals', 'h\uFFFD\uFFFD'),
          ...(await reader.find('hospitals', { where: { name: 'a\0b\udc00' } })),
        ]);
        expect(found).toEqual(found.map(() => hospitalRow('h\uFFFD\uFFFD', 'a\uFFFDb\uFFFD')));
        expect(found).toHaveLength(3);
      });

      it('that nobody changes from outside', async () => {
        const value = { list: [1] };
        await insert({ id: 'a', value });
        value.list.push(2);
        expect((await get('a'))?.value).toEqual({ list: [1] });
      });
    });

    describe('writes', () => {
      it('a row once: a key that is taken is refused, and the transaction goes on', async () => {
        await insert({ id: 'a', value: 1 });
        const kind = await store.write(async (transaction) => {
          const failure = await transaction
            .insert('facts', { id: 'a', value: 2 })
            .catch((error: unknown) => error);
          await transaction.insert('facts', { id: 'b', value: 3 });
          return failure instanceof StoreFailure ? failure.kind : failure;
        });
        expect([kind, await get('a'), await get('b')]).toEqual([
          'exists',
          { id: 'a', value: 1 },
          { id: 'b', value: 3 },
        ]);
      });

      it('a name once, whether inserted, put or changed', async () => {
        await store.write(async (transaction) => {
          await transaction.insert('accounts', accountRow('a1', { usernameKey: 'ana' }));
          await transaction.insert('accounts', accountRow('a2', { usernameKey: 'bia' }));
        });
        const attempts: ((transaction: StoreTransaction) => Promise<unknown>)[] = [
          (transaction) => transaction.insert('accounts', accountRow('a3', { usernameKey: 'ana' })),
          (transaction) => transaction.put('accounts', accountRow('a3', { usernameKey: 'ana' })),
          (transaction) => transaction.update('accounts', 'a2', { usernameKey: 'ana' }),
        ];
        for (const attempt of attempts) {
          await expect(store.write(attempt)).rejects.toMatchObject({ name: 'StoreFailure', kind: 'exists' });
        }
        await store.write((transaction) =>
          transaction.put('accounts', accountRow('a1', { usernameKey: 'ana' })),
        );
        await store.write((transaction) => transaction.update('accounts', 'a1', { usernameKey: 'ana' }));
        expect(await store.read((reader) => reader.count('accounts', {}))).toBe(2);
      });

      it('in place, by put and by update, and says whether there was a row', async () => {
        const answers = await store.write(async (transaction) => {
          await transaction.put('hospitals', hospitalRow('h1', 'one'));
          await transaction.put('hospitals', hospitalRow('h1', 'two'));
          return [
            await transaction.update('hospitals', 'h1', { createdAt: later }),
            await transaction.update('hospitals', 'h1', {}),
            await transaction.update('hospitals', 'h2', { name: 'none' }),
            await transaction.update('hospitals', 'h2', {}),
          ];
        });
        expect(answers).toEqual([true, true, false, false]);
        const found = await store.read((reader) => reader.find('hospitals', {}));
        expect(found).toEqual([{ id: 'h1', name: 'two', createdAt: later }]);
      });

      it('deletions, of one and of all that match', async () => {
        await store.write(async (transaction) => {
          for (let index = 0; index < 6; index += 1) {
            await transaction.insert('hospitals', hospitalRow(`h${index}`, index < 4 ? 'old' : 'new'));
          }
        });
        const answers = await store.write(async (transaction) => [
          await transaction.delete('hospitals', 'h0'),
          await transaction.delete('hospitals', 'h0'),
          await transaction.deleteWhere('hospitals', { name: 'old' }),
          await transaction.deleteWhere('hospitals', { name: 'old' }),
        ]);
        expect(answers).toEqual([true, false, 3, 0]);
        expect(await ids(store, 'hospitals')).toEqual(['h4', 'h5']);
      });

      it('nothing of a work that throws, and what it throws comes out', async () => {
        await insert({ id: 'before', value: 0 });
        const thrown = new Error('changed my mind');
        await expect(
          store.write(async (transaction) => {
            await transaction.insert('facts', { id: 'new', value: 1 });
            await transaction.update('facts', 'before', { value: 1 });
            await transaction.delete('facts', 'before');
            await transaction.next('arrivals');
            throw thrown;
          }),
        ).rejects.toBe(thrown);
        expect(await ids(store, 'facts')).toEqual(['before']);
        expect(await store.write((transaction) => transaction.next('arrivals'))).toBe(1);
      });

      it('only what succeeds, where many stand in line and some throw', async () => {
        const outcomes = await Promise.allSettled(
          Array.from({ length: 60 }, (_, index) =>
            store.write(async (transaction) => {
              const place = await transaction.next('arrivals');
              await transaction.insert('facts', { id: `f${String(index).padStart(2, '0')}`, value: place });
              if (index % 3 === 0) throw new Error('not this one');
              return place;
            }),
          ),
        );
        const places = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
        expect(places).toEqual(Array.from({ length: 40 }, (_, index) => index + 1));
        expect(await store.read((reader) => reader.count('facts', {}))).toBe(40);
      });

      it('one after the other: what is read stays true until it is written', async () => {
        await insert({ id: 'count', value: 0 });
        const addOne = async (transaction: StoreTransaction): Promise<void> => {
          const value = Number((await transaction.get('facts', 'count'))?.value);
          await breathe();
          await transaction.update('facts', 'count', { value: value + 1 });
        };
        await Promise.all(Array.from({ length: 50 }, () => store.write(addOne)));
        expect((await get('count'))?.value).toBe(50);
      });

      it('with its own changes in sight, and out of others’', async () => {
        await insert({ id: 'a', value: 1 });
        const seen = await store.write(async (transaction) => {
          await transaction.update('facts', 'a', { value: 2 });
          await transaction.insert('facts', { id: 'b', value: 2 });
          return {
            inside: await transaction.find('facts', {}),
            counted: await transaction.count('facts', { id: 'b' }),
            outside: await store.read((reader) => reader.find('facts', {})),
          };
        });
        expect(seen).toEqual({
          inside: [
            { id: 'a', value: 2 },
            { id: 'b', value: 2 },
          ],
          counted: 1,
          outside: [{ id: 'a', value: 1 }],
        });
      });

      it('numbers 1, 2, 3 of each counter by itself', async () => {
        const numbers = await store.write(async (transaction) => [
          await transaction.next('arrivals'),
          await transaction.next('changes'),
          await transaction.next('arrivals'),
        ]);
        expect([...numbers, await store.write((transaction) => transaction.next('arrivals'))]).toEqual([
          1, 1, 2, 3,
        ]);
      });
    });

    describe('finds', () => {
      const sessions = [
        takeRow('t1', { sessionId: 's1', wavBytes: 10, blobKey: null }),
        takeRow('t2', { sessionId: 's1', wavBytes: 20, blobKey: 'k2', state: 'stored' }),
        takeRow('t3', { sessionId: 's2', wavBytes: 20, blobKey: 'k3', state: 'stored' }),
        takeRow('t4', { sessionId: 's3', wavBytes: 1e12, blobKey: null }),
      ];
      beforeEach(() =>
        store.write(async (transaction) => {
          for (const row of [...sessions].reverse()) await transaction.insert('takes', row);
          await transaction.insert('accounts', accountRow('a1', { usernameKey: 'x', isDisabled: true }));
          await transaction.insert('accounts', accountRow('a2', { usernameKey: 'y', isDisabled: false }));
        }),
      );
      const takes = (where: NonNullable<TakeQuery['where']>): Promise<readonly string[]> =>
        find(store, { where });

      it.each<[string, Parameters<typeof takes>[0], readonly string[]]>([
        ['all', {}, ['t1', 't2', 't3', 't4']],
        ['one text', { sessionId: 's1' }, ['t1', 't2']],
        ['no such text', { sessionId: 'S1' }, []],
        ['one number', { wavBytes: 20 }, ['t2', 't3']],
        ['null', { blobKey: null }, ['t1', 't4']],
        ['two at once', { sessionId: 's1', state: 'stored' }, ['t2']],
        ['a list', { sessionId: { in: ['s2', 's3', 'none'] } }, ['t3', 't4']],
        ['a list of numbers', { wavBytes: { in: [10, 1e12] } }, ['t1', 't4']],
        ['an empty list', { sessionId: { in: [] } }, []],
        ['above', { wavBytes: { above: 10 } }, ['t2', 't3', 't4']],
        ['below', { wavBytes: { below: 20 } }, ['t1']],
        ['at most', { wavBytes: { atMost: 20 } }, ['t1', 't2', 't3']],
        ['text above', { id: { above: 't2' } }, ['t3', 't4']],
        ['text above null', { blobKey: { above: '' } }, ['t2', 't3']],
        ['text at most null', { blobKey: { atMost: 'zzz' } }, ['t2', 't3']],
      ])('%s', async (_, where, expected) => {
        expect(await takes(where)).toEqual(expected);
        expect(await store.read((reader) => reader.count('takes', where))).toBe(expected.length);
      });

      it('by truth', async () => {
        const found = await store.read((reader) => reader.find('accounts', { where: { isDisabled: false } }));
        expect(found.map((row) => row.id)).toEqual(['a2']);
      });

      it('by a list of thousands', async () => {
        const many = Array.from({ length: 40_000 }, (_, index) => `no ${index}`);
        expect(await takes({ id: { in: [...many, 't3'] } })).toEqual(['t3']);
      });

      it('in order, equal ones by id in the last direction, null first, as many as asked', async () => {
        const orders = await Promise.all([
          find(store, { order: [['wavBytes', 'ascending']] }),
          find(store, { order: [['wavBytes', 'descending']] }),
          find(store, { order: [['blobKey', 'ascending']] }),
          find(store, { order: [['blobKey', 'descending']] }),
          find(store, {
            order: [
              ['state', 'descending'],
              ['wavBytes', 'ascending'],
            ],
          }),
          find(store, { order: [['wavBytes', 'descending']], limit: 2 }),
          find(store, { order: [['wavBytes', 'descending']], limit: 1 }),
          find(store, { limit: 0 }),
        ]);
        expect(orders.map((order) => order.join(' '))).toEqual([
          't1 t2 t3 t4',
          't4 t3 t2 t1',
          't1 t4 t2 t3',
          't3 t2 t4 t1',
          't2 t3 t1 t4',
          't4 t3',
          't4',
          '',
        ]);
      });

      it('text in the order of its bytes, in every language', async () => {
        const names = ['', ' ', 'A', 'Z', 'a', 'b', 'é', 'Ω', '\uE000', '\uFFFD', '\u{1F600}'];
        await store.write(async (transaction) => {
          for (const [index, id] of [...names].reverse().entries()) {
            await transaction.insert('hospitals', hospitalRow(id, String(index)));
          }
        });
        expect(await ids(store, 'hospitals')).toEqual(names);
        const above = await store.read((reader) =>
          reader.find('hospitals', { where: { id: { above: 'é' } } }),
        );
        expect(above.map((row) => row.id)).toEqual(names.slice(7));
      });
    });

    describe('reads', () => {
      it('one state, whatever is written meanwhile', async () => {
        await insert({ id: 'a', value: 1 });
        const seen = await store.read(async (reader) => {
          const before = await reader.find('facts', {});
          await store.write(async (transaction) => {
            await transaction.update('facts', 'a', { value: 2 });
            await transaction.insert('facts', { id: 'b', value: 2 });
          });
          return { before, after: await reader.find('facts', {}), one: await reader.get('facts', 'b') };
        });
        expect(seen).toEqual({
          before: [{ id: 'a', value: 1 }],
          after: [{ id: 'a', value: 1 }],
          one: undefined,
        });
        expect(await ids(store, 'facts')).toEqual(['a', 'b']);
      });

      it('in parallel', async () => {
        await insert({ id: 'a', value: 1 });
        const counts = await Promise.all(
          Array.from({ length: 40 }, () =>
            store.read(async (reader) => {
              await breathe();
              return reader.count('facts', {});
            }),
          ),
        );
        expect(counts).toEqual(counts.map(() => 1));
      });

      it('and what the work throws comes out', async () => {
        const thrown = new Error('not found here');
        await expect(store.read(() => Promise.reject(thrown))).rejects.toBe(thrown);
      });
    });

    describe('looks', () => {
      it('at what is there in that moment, by key, by condition and by number', async () => {
        expect(await store.look.get('facts', 'a')).toBeUndefined();
        await insert({ id: 'a', value: 1 });
        await insert({ id: 'b', value: { x: [1] } });
        expect(await store.look.get('facts', 'b')).toEqual({ id: 'b', value: { x: [1] } });
        expect(await store.look.find('facts', { order: [['id', 'descending']], limit: 1 })).toEqual([
          { id: 'b', value: { x: [1] } },
        ]);
        expect(await store.look.count('facts', { id: { above: 'a' } })).toBe(1);
        await store.write((transaction) => transaction.delete('facts', 'b'));
        expect(await store.look.get('facts', 'b')).toBeUndefined();
      });

      it('at nothing that is not committed, nor at what is rolled back', async () => {
        await insert({ id: 'a', value: 1 });
        const seen = await store
          .write(async (transaction) => {
            await transaction.update('facts', 'a', { value: 2 });
            await transaction.insert('facts', { id: 'b', value: await store.look.count('facts', {}) });
            const during = await store.look.get('facts', 'a');
            throw Object.assign(new Error('not kept'), { during });
          })
          .catch((thrown: { during?: unknown }) => thrown.during);
        expect(seen).toEqual({ id: 'a', value: 1 });
        expect(await store.look.find('facts', {})).toEqual([{ id: 'a', value: 1 }]);
      });

      it('from many sides at once', async () => {
        await insert({ id: 'a', value: 1 });
        const counts = await Promise.all(Array.from({ length: 40 }, () => store.look.count('facts', {})));
        expect(counts).toEqual(counts.map(() => 1));
      });
    });

    it('does with a thousand deeds what the twin does', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(fc.array(deed, { maxLength: 8 }), { maxLength: 12 }), async (works) => {
          const twin = memoryStore();
          await store.write((transaction) => transaction.deleteWhere('takes', {}));
          const lives = [];
          for (const one of [store, twin]) {
            const life = [];
            for (const [index, deeds] of works.entries()) {
              life.push(await one.write((transaction) => act(transaction, deeds, index)).catch(String));
            }
            life.push(await one.read((reader) => reader.find('takes', {})));
            lives.push(life);
          }
          expect(lives[0]).toEqual(lives[1]);
        }),
        { numRuns: 40 },
      );
    });

    it('answers no more once it is closed, nor through a transaction that has ended', async () => {
      let kept: StoreTransaction | undefined;
      await store.write(async (transaction) => {
        kept = transaction;
        await transaction.insert('facts', { id: 'a', value: 1 });
      });
      await expect(kept?.insert('facts', { id: 'b', value: 1 })).rejects.toThrow('ended');
      await expect(kept?.get('facts', 'a')).rejects.toThrow('ended');
      await store.check();
      await store.close();
      const kind = 'unavailable';
      await expect(store.write((transaction) => transaction.next('a'))).rejects.toMatchObject({ kind });
      await expect(store.read((reader) => reader.get('facts', 'a'))).rejects.toMatchObject({ kind });
      await expect(store.look.get('facts', 'a')).rejects.toMatchObject({ kind });
      await expect(store.check()).rejects.toMatchObject({ kind });
    });

    if (isShared) {
      it('is one for all processes, and has one writer among them', async () => {
        const another = subject.another ?? (() => Promise.reject(new Error('only this process has it')));
        const others = [store, await another(), await another()];
        await insert({ id: 'count', value: 0 });
        const places = await Promise.all(
          Array.from({ length: 90 }, (_, index) =>
            others[index % 3]?.write(async (transaction) => {
              const value = Number((await transaction.get('facts', 'count'))?.value);
              await breathe();
              await transaction.update('facts', 'count', { value: value + 1 });
              return transaction.next('arrivals');
            }),
          ),
        );
        expect([...places].sort((a, b) => Number(a) - Number(b))).toEqual(
          Array.from({ length: 90 }, (_, n) => n + 1),
        );
        expect(await others[1]?.read((reader) => reader.get('facts', 'count'))).toEqual({
          id: 'count',
          value: 90,
        });
        await Promise.all(others.slice(1).map((other) => other.close()));
      });
    }
  });
}

const at = '2026-03-09T12:00:00.000Z';
const later = '2026-03-09T12:00:01.000Z';

function breathe(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

async function ids(store: Store, table: 'facts' | 'hospitals'): Promise<readonly string[]> {
  const rows = await store.read((reader): Promise<readonly { readonly id: string }[]> =>
    reader.find(table, {}),
  );
  return rows.map((row) => row.id);
}

async function find(store: Store, query: TakeQuery): Promise<readonly string[]> {
  return (await store.read((reader) => reader.find('takes', query))).map((row) => row.id);
}

function hospitalRow(id: string, name: string): Row<'hospitals'> {
  return { id, name, createdAt: at };
}

function takeRow(id: string, own: Partial<Row<'takes'>>): Row<'takes'> {
  return {
    id,
    sessionId: 's',
    wavSha256: 'f'.repeat(64),
    wavBytes: 0,
    state: 'announced',
    encoding: null,
    blobKey: null,
    blobBytes: null,
    storedAt: null,
    ...own,
  };
}

function accountRow(id: string, own: Partial<Row<'accounts'>>): Row<'accounts'> {
  return {
    id,
    usernameKey: id,
    username: id,
    displayName: 'Ana',
    email: null,
    passwordHash: 'none',
    roles: ['it'],
    isForAllHospitals: false,
    language: 'pt-BR',
    isDisabled: false,
    createdAt: at,
    ...own,
  };
}

function workstationRow(id: string, own: Partial<Row<'workstations'>>): Row<'workstations'> {
  return {
    id,
    hospitalId: 'h',
    name: 'PC',
    publicKey: 'k',
    enrolledAt: at,
    revokedAt: null,
    lastSeenAt: null,
    clockSkewMs: null,
    appVersion: null,
    formerHospitals: [],
    ...own,
  };
}

function uploadRow(id: string, own: Partial<Row<'uploads'>>): Row<'uploads'> {
  return {
    id,
    takeId: 't',
    sessionId: 's',
    workstationId: 'w',
    encoding: 'flac',
    sha256: 'f'.repeat(64),
    lengthBytes: 1,
    offsetBytes: 0,
    parts: [],
    state: 'open',
    reason: null,
    createdAt: at,
    touchedAt: at,
    ...own,
  };
}

const someId = fc.constantFrom('t1', 't2', 't3', 'T4', 'é');
const someBytes = fc.integer({ min: 0, max: 3 });
const someKey = fc.option(fc.constantFrom('k1', 'k2', 'K3'));
const direction = fc.constantFrom('ascending' as const, 'descending' as const);
const deed = fc.oneof(
  fc.record({
    do: fc.constantFrom('insert' as const, 'put' as const, 'update' as const),
    id: someId,
    wavBytes: someBytes,
    blobKey: someKey,
  }),
  fc.record({ do: fc.constant('delete' as const), id: someId }),
  fc.record({ do: fc.constant('deleteAbove' as const), wavBytes: someBytes }),
  fc.record({ do: fc.constant('find' as const), blobKey: someKey, direction, limit: someBytes }),
  fc.record({ do: fc.constant('throw' as const) }),
);
type Deed = typeof deed extends fc.Arbitrary<infer T> ? T : never;

/** What the deeds answer, in order; a key that is taken is an answer too. */
async function act(transaction: StoreTransaction, deeds: readonly Deed[], index: number): Promise<unknown[]> {
  const answers: unknown[] = [];
  for (const one of deeds) {
    switch (one.do) {
      case 'insert':
      case 'put':
        answers.push(
          await transaction[one.do](
            'takes',
            takeRow(one.id, { wavBytes: one.wavBytes, blobKey: one.blobKey }),
          ).catch((error: unknown) => (error instanceof StoreFailure ? error.kind : Promise.reject(error))),
        );
        break;
      case 'update':
        answers.push(await transaction.update('takes', one.id, { blobKey: one.blobKey }));
        break;
      case 'delete':
        answers.push(await transaction.delete('takes', one.id));
        break;
      case 'deleteAbove':
        answers.push(await transaction.deleteWhere('takes', { wavBytes: { above: one.wavBytes } }));
        break;
      case 'find':
        answers.push(
          await transaction.find('takes', {
            where: { blobKey: one.blobKey },
            order: [['wavBytes', one.direction]],
            limit: one.limit,
          }),
        );
        break;
      case 'throw':
        throw new Error(`work ${index} gives up`);
    }
  }
  return answers;
}
