import { expect, it } from 'vitest';
import { recordDeed } from '../record-deed.ts';
import { ownHospital, personCaller, testRegistry, valueOf } from '../sync/fixtures/registry.ts';
import { listAudit } from './list-audit.ts';

it('shows the trail newest first, page by page', async () => {
  const registry = await testRegistry();
  const { world } = registry;
  for (let deed = 0; deed < 5; deed += 1) {
    await world.store.write((transaction) =>
      recordDeed(world, transaction, { by: 'system', action: 'deed' }),
    );
  }
  const call = registry.callBy(personCaller('it', 'all'));
  const seen: unknown[] = [];
  let after: string | undefined;
  do {
    const page = valueOf(await listAudit(call, { limit: 2, ...(after === undefined ? {} : { after }) }));
    seen.push(...page.entries.map((entry) => (entry as { sequence: number }).sequence));
    after = page.next ?? undefined;
  } while (after !== undefined);
  expect(seen).toEqual([5, 4, 3, 2, 1]);
});

it('is for IT that is responsible for every hospital, and says so in the trail', async () => {
  const registry = await testRegistry();
  const refused = await listAudit(registry.callBy(personCaller('it', [ownHospital])), { limit: 2 });
  expect(refused).toMatchObject({ ok: false, problem: { code: 'forbidden' } });
  expect(await registry.rows('audit')).toMatchObject([{ action: 'audit.read', outcome: 'refused' }]);
});
