import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  answerSignatureHeader,
  feedAnswerSchema,
  maximumItemsBytes,
  maximumItemsPerCall,
  sendItemsAnswerSchema,
  syncPaths,
} from '../../../contract/registry/sync.ts';
import { openSqliteStore } from '../../adapters/sql/sqlite.ts';
import {
  auditChain,
  auditItem,
  moment,
  sessionOf,
  withdrawalOf,
  type SentItem,
} from '../../app/sync/fixtures/registry.ts';
import type { Store } from '../../ports/store.ts';
import { memoryStore } from '../../ports/store.memory.ts';
import { openTwinRegistry, type TwinRegistry, type TwinWorkstation } from './twin-registry.ts';

const stores: readonly { name: string; open: (folder: string) => Promise<Store> }[] = [
  { name: 'memory', open: () => Promise.resolve(memoryStore()) },
  { name: 'SQLite', open: (folder) => openSqliteStore(join(folder, 'registry.sqlite')) },
];

describe.each(stores)('over $name', ({ open }) => {
  let folder: string;
  let store: Store;
  let registry: TwinRegistry;
  let workstation: TwinWorkstation;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'spira-sync-'));
    store = await open(folder);
    registry = await openTwinRegistry({ world: { store } });
    workstation = await registry.workstation(await registry.hospital('North'));
  });
  afterEach(async () => {
    await registry.close();
    await store.close();
    await rm(folder, { recursive: true });
  });

  const bodyOf = (items: readonly unknown[]) => ({ clock: moment(0), appVersion: '1.0.0', items });
  const post = (payload: object | string, by = workstation) =>
    by.inject({
      method: 'POST',
      url: syncPaths.items,
      payload,
      ...(typeof payload === 'string' ? { headers: { 'content-type': 'application/json' } } : {}),
    });
  const send = async (items: readonly SentItem[]) => {
    const answer = await post(bodyOf(items));
    expect(answer.statusCode).toBe(200);
    return sendItemsAnswerSchema.parse(answer.json()).answers.map(({ outcome }) => outcome);
  };

  it('takes items, says already to the same again, and signs what it answers', async () => {
    const items = [...sessionOf(1).items, ...auditChain(3).map(auditItem)];
    const answer = await post(bodyOf(items));
    expect(answer.statusCode).toBe(200);
    expect(answer.headers[answerSignatureHeader]).toMatch(/^[0-9a-f]{16}\.[\w-]{86}$/u);
    expect(await send(items)).toEqual(items.map(() => 'already'));
    expect(await store.read((reader) => reader.count('items', {}))).toBe(items.length);
    expect(await store.read((reader) => reader.count('reviews', {}))).toBe(0);
  });

  it('brings a withdrawal to the feed of the hospital’s workstations and of no other', async () => {
    const { id, items } = sessionOf(1);
    await send(items);
    await send([withdrawalOf(id)]);
    const stranger = await registry.workstation(await registry.hospital('South'));
    const sibling = await registry.workstation(workstation.hospitalId);
    const feedOf = async (reader: TwinWorkstation) =>
      feedAnswerSchema.parse((await reader.inject({ url: syncPaths.feed(0) })).json());
    for (const reader of [workstation, sibling]) {
      expect((await feedOf(reader)).changes).toMatchObject([
        { kind: 'tombstone', content: { sessionId: id } },
      ]);
    }
    expect((await feedOf(stranger)).changes).toEqual([]);
    expect(await send(items)).toEqual(items.map(() => 'gone'));
  });

  it('makes one record of a session that comes in fifty calls at once', async () => {
    const { items } = sessionOf(1);
    const answers = (await Promise.all(Array.from({ length: 50 }, () => send(items)))).flat();
    expect(answers.filter((outcome) => outcome === 'stored')).toHaveLength(items.length);
    expect(answers.filter((outcome) => outcome === 'already')).toHaveLength(49 * items.length);
    expect(await store.read((reader) => reader.count('sessions', {}))).toBe(1);
  });

  it.each([
    ['no items', bodyOf([]), 400],
    ['too many items', bodyOf(Array.from({ length: maximumItemsPerCall + 1 }, () => 1)), 400],
    ['no clock', { appVersion: '1', items: [1] }, 400],
    ['something else', [1], 400],
    ['JSON that ends early', '{"clock":', 400],
    [
      'a number that overflows',
      '{"clock":{"at":"2026-03-09T12:00:00.000Z","zone":"UTC"},"appVersion":"1","items":[1e999]}',
      200,
    ],
    ['a megabyte too much', JSON.stringify('x'.repeat(maximumItemsBytes)), 413],
  ])('meets a call with %s', async (_, payload, status) => {
    const answer = await post(payload);
    expect(answer.statusCode).toBe(status);
    expect(answer.headers[answerSignatureHeader]).toBeDefined();
  });

  it.each(['-1', 'x', '1.5', '1e999', '9'.repeat(30), '1&after=2', '0&x=1'])(
    'refuses %j as a place in the feed',
    async (after) => {
      const answer = await workstation.inject({ url: `/sync/v1/feed?after=${after}` });
      expect(answer.statusCode).toBe(400);
    },
  );

  it('refuses people and strangers', async () => {
    const person = await registry.person({ roles: ['it'], hospitals: 'all' });
    for (const [caller, status] of [
      [person, 403],
      [registry.app, 401],
    ] as const) {
      const calls = [
        { method: 'POST', url: syncPaths.items, payload: bodyOf([1]) },
        { method: 'GET', url: syncPaths.feed(0) },
      ] as const;
      for (const call of calls) expect((await caller.inject(call)).statusCode).toBe(status);
    }
  });

  it('never fails, whatever it is sent', { timeout: 60_000 }, async () => {
    const [session, take] = sessionOf(1).items;
    const text = fc.string({ unit: 'binary', maxLength: 20 });
    const mangled = fc
      .tuple(fc.constantFrom(session, take), fc.constantFrom('id', 'sessionId', 'kind', 'x'), text)
      .map(([item, key, value]) => ({ ...item, [key]: value }));
    const odd = fc.oneof(fc.jsonValue({ stringUnit: 'binary' }), mangled);
    await fc.assert(
      fc.asyncProperty(fc.array(odd, { minLength: 1, maxLength: 5 }), async (items) => {
        const answer = await post(bodyOf(items));
        expect([200, 400]).toContain(answer.statusCode);
      }),
      { numRuns: 60 },
    );
  });
});
