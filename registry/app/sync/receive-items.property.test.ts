import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  auditChain,
  auditItem,
  sessionOf,
  testRegistry,
  withdrawalOf,
  type SentItem,
  type TestRegistry,
} from './fixtures/registry.ts';

const sessions = [sessionOf(1), sessionOf(2), sessionOf(3)];
const trail = auditChain(4).map(auditItem);
const everything: readonly SentItem[] = [...sessions.flatMap(({ items }) => items), ...trail];

/** Batches in any order with repetitions; what is not there at the end is sent until nothing new happens. */
const schedules = (items: readonly SentItem[]) =>
  fc.array(fc.array(fc.constantFrom(...items), { minLength: 1, maxLength: 12 }), { maxLength: 8 });

async function drain(
  registry: TestRegistry,
  batches: readonly (readonly SentItem[])[],
  all: readonly SentItem[],
) {
  for (const batch of batches) await registry.send(batch);
  for (let round = 0; round < 3; round += 1) {
    const answers = await registry.send(all);
    if (answers.every(({ outcome }) => outcome === 'already' || outcome === 'gone')) return;
  }
  throw new Error('it never came to rest');
}

/** What must be the same whatever came when. */
async function endOf(registry: TestRegistry): Promise<unknown> {
  const items = await registry.rows('items');
  const rows = await registry.rows('sessions');
  return {
    items: items.map(({ receivedAt: _at, sequence: _sequence, ...row }) => row).toSorted(byId),
    sessions: rows.map(({ receivedAt: _at, sequence: _sequence, ...row }) => row).toSorted(byId),
    takes: (await registry.rows('takes')).toSorted(byId),
    tombstones: (await registry.rows('tombstones')).map(({ id, kind }) => ({ id, kind })).toSorted(byId),
    reviews: await registry.rows('reviews'),
  };
}

function byId(left: { readonly id: string }, right: { readonly id: string }): number {
  return left.id < right.id ? -1 : 1;
}

it(
  'ends in the same rows, whatever the order and repetition of the batches',
  { timeout: 120_000 },
  async () => {
    const reference = await testRegistry();
    await drain(reference, [], everything);
    const expected = await endOf(reference);
    expect(expected).toMatchObject({ reviews: [] });
    await fc.assert(
      fc.asyncProperty(schedules(everything), async (batches) => {
        const registry = await testRegistry();
        await drain(registry, batches, everything);
        expect(await endOf(registry)).toEqual(expected);
      }),
      { numRuns: 200 },
    );
  },
);

it('never brings a withdrawn session back, whatever is sent again', { timeout: 120_000 }, async () => {
  const [withdrawn, , deleted] = sessions;
  const withdrawals = [
    withdrawalOf(withdrawn!.id, 'withdrawal', 1),
    withdrawalOf(deleted!.id, 'withdrawal', 2),
    withdrawalOf(deleted!.id, 'deletion', 3),
  ];
  const all = [...everything, ...withdrawals];
  const reference = await testRegistry();
  await drain(reference, [], all);
  const expected = await endOf(reference);
  expect(expected).toMatchObject({
    tombstones: [
      { id: withdrawn!.id, kind: 'withdrawal' },
      { id: deleted!.id, kind: 'deletion' },
    ],
  });
  await fc.assert(
    fc.asyncProperty(schedules(all), schedules(everything), async (before, after) => {
      const registry = await testRegistry();
      await drain(registry, before, all);
      for (const batch of after) await registry.send(batch);
      expect(await endOf(registry)).toEqual(expected);
    }),
    { numRuns: 200 },
  );
});

it(
  'never fails and never keeps two answers for one place, whatever it is sent',
  { timeout: 120_000 },
  async () => {
    const mangled = fc
      .tuple(fc.constantFrom(...everything), fc.string({ maxLength: 12 }), fc.jsonValue({ maxDepth: 4 }))
      .map(([item, key, value]) => ({ ...item, [key]: value }));
    const mangledContent = fc
      .tuple(
        fc.constantFrom(...everything),
        fc.constantFrom('id', 'sessionId', 'takeIds', 'createdAt', 'sha256', 'x'),
        fc.jsonValue({ maxDepth: 4 }),
      )
      .map(([item, key, value]) => ({ ...item, content: { ...(item.content as object), [key]: value } }));
    const anything = fc.oneof(fc.jsonValue(), mangled, mangledContent);
    await fc.assert(
      fc.asyncProperty(fc.array(anything, { minLength: 1, maxLength: 20 }), async (items) => {
        const registry = await testRegistry();
        const answers = await registry.send(items);
        expect(answers.map(({ index }) => index)).toEqual(items.map((_, index) => index));
        const again = await registry.send(items);
        expect(again.filter(({ outcome }) => outcome === 'stored')).toEqual([]);
      }),
      { numRuns: 300 },
    );
  },
);
