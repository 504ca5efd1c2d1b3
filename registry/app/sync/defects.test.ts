/** The defects of the earlier systems that a registry could have in what it receives, one by one (clinical protocol, last section). */
import { expect, it } from 'vitest';
import type { Json } from '../../../contract/canonical-json.ts';
import {
  itemOf,
  moment,
  sessionOf,
  testRegistry,
  workstationCaller,
  type SentItem,
} from './fixtures/registry.ts';
import { receiveItems } from './receive-items.ts';

it('defect 1: a second session of the same patient in the same hospital is kept beside the first', async () => {
  const registry = await testRegistry();
  const patient = { recordNumber: 'A-17' };
  for (const number of [1, 2, 3]) await registry.send(sessionOf(number, patient).items);
  const sessions = await registry.rows('sessions');
  expect(sessions.map(({ id }) => id)).toEqual([1, 2, 3].map((number) => sessionOf(number).id));
  expect(new Set(sessions.map(({ recordNumber }) => recordNumber))).toEqual(new Set(['A-17']));
  expect(await registry.rows('takes')).toHaveLength(9);
});

it('defect 2: nothing is answered as stored when the save fails, and all of it is taken when it is sent again', async () => {
  const registry = await testRegistry();
  const { items } = sessionOf(1);
  const { world } = registry;
  let isDiskFull = true;
  const fullStore = {
    ...world.store,
    write: <T>(work: Parameters<typeof world.store.write<T>>[0]) =>
      world.store.write<T>(async (transaction) => {
        const answer = await work(transaction);
        if (isDiskFull) throw new Error('disk full at the very end');
        return answer;
      }),
  };
  const call = { world: { ...world, store: fullStore }, caller: workstationCaller(1), requestId: 'request' };
  const input = { clock: moment(0), appVersion: '1.0.0', items: [...items] };
  await expect(receiveItems(call, input)).rejects.toThrow('disk full');
  expect(await registry.rows('items')).toEqual([]);
  expect(await registry.rows('sessions')).toEqual([]);
  isDiskFull = false;
  expect((await registry.send(items)).map(({ outcome }) => outcome)).toEqual(items.map(() => 'stored'));
});

it('defect 3: a session that is sent again, also from fifty calls at once, is one session and nothing is overwritten', async () => {
  const registry = await testRegistry();
  const { items } = sessionOf(1);
  const answers = await Promise.all(Array.from({ length: 50 }, () => registry.send(items)));
  expect(answers.flat().filter(({ outcome }) => outcome === 'stored')).toHaveLength(items.length);
  expect(answers.flat().filter(({ outcome }) => outcome === 'already')).toHaveLength(49 * items.length);
  const before = [
    await registry.rows('sessions'),
    await registry.rows('takes'),
    await registry.rows('items'),
  ];
  await registry.send(items);
  await registry.send(items.toReversed());
  expect([
    await registry.rows('sessions'),
    await registry.rows('takes'),
    await registry.rows('items'),
  ]).toEqual(before);
  expect(before[0]).toHaveLength(1);
});

it('defect 4: a retried audio was posted under another number; here it stays with its session', async () => {
  const registry = await testRegistry();
  const [first, second] = [sessionOf(1), sessionOf(2)];
  await registry.send([...first.items, ...second.items.slice(0, 1)]);
  const take = first.items[1]!;
  const misdirected = under(take, second.id);
  const unknown = under(take, sessionOf(3).id);
  const foreign = under(sessionOf(3).items[1]!, second.id);
  const answers = await registry.send([misdirected, unknown, foreign]);
  expect(answers.map(({ outcome, reason }) => [outcome, reason])).toEqual([
    ['invalid', 'bound-to-another-session'],
    ['invalid', 'bound-to-another-session'],
    ['invalid', 'take-not-of-session'],
  ]);
  // An envelope that names another session than its content goes nowhere either.
  const [mixed] = await registry.send([{ ...take, sessionId: second.id }]);
  expect(mixed).toMatchObject({ outcome: 'invalid', reason: 'session-differs' });
  expect((await registry.rows('takes')).map(({ id, sessionId }) => [id, sessionId])).toEqual(
    first.takeIds.map((id) => [id, first.id]),
  );
  expect(await registry.rows('reviews')).toHaveLength(4);
});

function under(take: SentItem, sessionId: string): SentItem {
  return itemOf('take', { ...(take.content as object), sessionId } as Json, take.counter);
}
