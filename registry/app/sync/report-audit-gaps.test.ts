import { expect, it } from 'vitest';
import { listReviews } from '../reviews/reviews.ts';
import { auditChain, auditItem, personCaller, testRegistry, valueOf } from './fixtures/registry.ts';
import { reportAuditGaps } from './report-audit-gaps.ts';

const dayMs = 24 * 60 * 60 * 1000;

async function reviewsOf(registry: Awaited<ReturnType<typeof testRegistry>>) {
  const { reviews } = valueOf(await listReviews(registry.callBy(personCaller('it'))));
  return reviews
    .map(({ itemId, reason, resolvedAt }) => [itemId, reason, resolvedAt === null ? 'open' : 'resolved'])
    .toSorted();
}

it('is silent about whole trails, and about a gap that may still fill', async () => {
  const registry = await testRegistry();
  const items = auditChain(9).map(auditItem);
  await registry.send(items, 1);
  await registry.send([...items.slice(0, 3), ...items.slice(5)], 2);
  expect(await reportAuditGaps(registry.world)).toEqual({ open: 0 });
  registry.clock.advance(dayMs - 1000);
  expect(await reportAuditGaps(registry.world)).toEqual({ open: 0 });
  await registry.send(items.slice(3, 5), 2);
  registry.clock.advance(dayMs);
  expect(await reportAuditGaps(registry.world)).toEqual({ open: 0 });
  expect(await reviewsOf(registry)).toEqual([]);
});

it('puts each gap that did not fill up for review once, and settles it when the entries come after all', async () => {
  const registry = await testRegistry();
  const items = auditChain(12).map(auditItem);
  await registry.send([...items.slice(1, 4), items[6]], 1);
  await reportAuditGaps(registry.world);
  registry.clock.advance(dayMs + 1000);
  await registry.send(items.slice(8), 1);
  for (let round = 0; round < 3; round += 1) {
    expect(await reportAuditGaps(registry.world)).toEqual({ open: 2 });
  }
  expect(await reviewsOf(registry)).toEqual([
    ['1', 'audit-missing', 'open'],
    ['5', 'audit-missing', 'open'],
  ]);
  await registry.send([items[0], items[4]], 1);
  registry.clock.advance(dayMs + 1000);
  expect(await reportAuditGaps(registry.world)).toEqual({ open: 2 });
  // What is left of the second gap is a gap of its own, and the one after entry 7 has had its day by now.
  expect(await reviewsOf(registry)).toEqual([
    ['1', 'audit-missing', 'resolved'],
    ['5', 'audit-missing', 'resolved'],
    ['6', 'audit-missing', 'open'],
    ['8', 'audit-missing', 'open'],
  ]);
});

it('looks through a long trail page by page, and only once', async () => {
  const registry = await testRegistry();
  const items = auditChain(1100).map(auditItem);
  for (let at = 0; at < items.length; at += 100) await registry.send(items.slice(at, at + 100), 1);
  await reportAuditGaps(registry.world);
  const { store } = registry.world;
  let read = 0;
  const counting: typeof store = {
    ...store,
    read: (work) =>
      store.read((reader) =>
        work({
          ...reader,
          async find(table, query) {
            const rows = await reader.find(table, query);
            if (table === 'items') read += rows.length;
            return rows;
          },
        }),
      ),
  };
  await reportAuditGaps({ ...registry.world, store: counting });
  expect(read).toBe(0);
  expect(await registry.rows('reviews')).toEqual([]);
});
