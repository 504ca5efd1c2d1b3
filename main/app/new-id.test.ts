import { expect, it } from 'vitest';
import { sessionIdSchema } from '../../contract/ids.ts';
import { workstation } from './fixtures/workstation.ts';
import { newId } from './new-id.ts';

it('ids of one process are different and grow, while the clock stands still and when it is put back', () => {
  const { world, clock } = workstation({ at: '2026-03-09T12:00:00.000Z' });
  const ids: string[] = Array.from({ length: 10_000 }, () => newId.session(world));
  clock.setWallClock('2020-01-01T00:00:00.000Z');
  ids.push(newId.session(world));
  clock.setWallClock('2026-03-09T13:00:00.000Z');
  ids.push(newId.session(world));
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids).toEqual(ids.toSorted());
  for (const id of ids) expect(sessionIdSchema.safeParse(id).success).toBe(true);
});

it('starts with the time at which it was made', () => {
  const { world } = workstation({ at: '2026-03-09T12:00:00.000Z' });
  const epochMs = Number.parseInt(newId.take(world).replace('-', '').slice(0, 12), 16);
  expect(new Date(epochMs).toISOString()).toBe('2026-03-09T12:00:00.000Z');
});
