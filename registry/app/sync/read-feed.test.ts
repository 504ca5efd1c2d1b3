import { expect, it } from 'vitest';
import { appendChange } from '../append-change.ts';
import {
  otherHospital,
  ownHospital,
  personCaller,
  testRegistry,
  valueOf,
  workstationCaller,
} from './fixtures/registry.ts';
import { readFeed } from './read-feed.ts';

async function withChanges(count: number) {
  const registry = await testRegistry();
  const { world } = registry;
  const add = (number: number, hospitalId: string | null) =>
    world.store.write((transaction) =>
      appendChange(world, transaction, {
        hospitalId,
        kind: 'tombstone',
        subjectId: String(number),
        content: { number },
      }),
    );
  for (let number = 1; number <= count; number += 1) {
    await add(number, [ownHospital, otherHospital, null][number % 3]!);
  }
  const feed = async (after: number, by: 1 | 3 = 1) =>
    valueOf(await readFeed(registry.callBy(workstationCaller(by)), after));
  return { registry, add, feed };
}

it('gives a workstation what is for its hospital and for everybody, in order and page by page', async () => {
  const { feed } = await withChanges(700);
  const seen: number[] = [];
  for (let after = 0, hasMore = true, pages = 0; hasMore; pages += 1) {
    expect(pages).toBeLessThan(10);
    const answer = await feed(after);
    expect(answer.changes.length).toBeLessThanOrEqual(200);
    seen.push(...answer.changes.map((change) => (change as { sequence: number }).sequence));
    ({ next: after, hasMore } = answer);
  }
  expect(seen).toEqual(
    Array.from({ length: 700 }, (_, index) => index + 1).filter((number) => number % 3 !== 1),
  );
});

it('gives a change that was changed again once, at its new place, and nothing to who has everything', async () => {
  const { feed, add } = await withChanges(6);
  const { next } = await feed(0);
  expect(next).toBe(6);
  expect(await feed(6)).toMatchObject({ changes: [], next: 6, hasMore: false });
  await add(2, null);
  expect((await feed(6)).changes).toMatchObject([{ sequence: 7, content: { number: 2 } }]);
  expect((await feed(0)).changes).toMatchObject([
    { sequence: 3 },
    { sequence: 5 },
    { sequence: 6 },
    { sequence: 7 },
  ]);
});

it('begins anew for a workstation that is ahead of a registry that was put back', async () => {
  const { feed } = await withChanges(6);
  expect(await feed(1000)).toEqual(await feed(0));
});

it('is for workstations only', async () => {
  const { registry } = await withChanges(3);
  expect(await readFeed(registry.callBy(personCaller('it', 'all')), 0)).toMatchObject({
    ok: false,
    problem: { code: 'forbidden' },
  });
});
