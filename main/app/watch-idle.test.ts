import { expect, it } from 'vitest';
import type { CommandName } from '../../contract/app-api.ts';
import { createDesk } from './desk.ts';
import { dispatch } from './dispatch.ts';
import {
  call,
  createDraft,
  done,
  fill,
  password,
  person,
  speak,
  startTake,
  ward,
} from './fixtures/workstation.ts';
import { watchIdle } from './watch-idle.ts';

const minuteMs = 60_000;

it('locks a desk after five minutes without anybody, and tells the pages', async () => {
  const { world, clock, clinician, events } = await ward();
  watchIdle(world, () => [clinician, createDesk()]);
  clock.advance(5 * minuteMs - 1);
  expect(clinician.isLocked).toBe(false);
  clock.advance(5_001);
  expect(clinician.isLocked).toBe(true);
  expect(events.published.at(-1)).toEqual({ name: 'lock.changed', payload: { isLocked: true } });
});

it('waits anew after whatever somebody did, and not after what a page asks by itself', async () => {
  const { world, clock, clinician } = await ward();
  watchIdle(world, () => [clinician]);
  clock.advance(4 * minuteMs);
  await done(world, clinician, 'people.active', {});
  clock.advance(4 * minuteMs);
  expect(clinician.isLocked).toBe(false);
  await done(world, clinician, 'home.state', {});
  await done(world, clinician, 'app.state', {});
  clock.advance(2 * minuteMs);
  expect(clinician.isLocked).toBe(true);
});

const someId = '01900000-0000-7000-8000-000000000001';
it.each<[CommandName, unknown]>([
  ['research.training-jobs.list', { query: { limit: 20 } }],
  ['research.training-runs.list', { query: { limit: 100 } }],
  ['research.training-runs.read', { params: { runId: 'a-run' } }],
  [
    'research.labels.add',
    {
      params: { sessionId: someId },
      body: { id: someId, question: 'respiratory-insufficiency', value: null, source: 'researcher' },
    },
  ],
])('does not take %s, which a page repeats while nobody looks, for somebody', async (name, input) => {
  const { world, clock, it: administrator } = await ward();
  const researcher = await person(world, administrator, 'rosa', ['researcher']);
  watchIdle(world, () => [researcher]);
  clock.advance(4 * minuteMs);
  // It comes as far as the registry, to which this PC does not belong.
  expect(await dispatch(world, researcher, name, input)).toMatchObject({
    problem: { code: 'not-enrolled' },
  });
  clock.advance(minuteMs + 5_000);
  expect(researcher.isLocked).toBe(true);
});

it('counts typing as being there', async () => {
  const { world, clock, clinician } = await ward();
  const { id } = await createDraft(world, clinician);
  watchIdle(world, () => [clinician]);
  clock.advance(4 * minuteMs);
  await fill(world, clinician, id, { answers: { rgh: 'typed' } });
  clock.advance(4 * minuteMs);
  expect(clinician.isLocked).toBe(false);
  await fill(world, clinician, id, { answers: { rgh: 'typed' } });
  clock.advance(minuteMs + 5_000);
  expect(clinician.isLocked).toBe(true);
});

it('locks also on a full disk, and goes on watching', async () => {
  const { world, clock, clinician, it: desk, store, events } = await ward();
  watchIdle(world, () => [clinician, desk]);
  store.refuse({ code: 'disk-full' });
  clock.advance(3 * minuteMs);
  desk.lastActiveMs = world.clock.monotonicMs();
  clock.advance(2 * minuteMs);
  expect([clinician.isLocked, desk.isLocked]).toEqual([true, false]);
  expect(events.published.at(-1)).toEqual({ name: 'lock.changed', payload: { isLocked: true } });
  clock.advance(3 * minuteMs);
  expect(desk.isLocked).toBe(true);
});

it('follows the setting', async () => {
  const { world, clock, clinician, it: desk } = await ward();
  watchIdle(world, () => [clinician]);
  const { settings } = await done(world, desk, 'app.state', {});
  await done(world, desk, 'settings.save', { ...settings, idleLockMinutes: 1 });
  clock.advance(minuteMs + 5_000);
  expect(clinician.isLocked).toBe(true);
});

it('does not listen to a wall clock that is put forward', async () => {
  const { world, clock, clinician } = await ward();
  watchIdle(world, () => [clinician]);
  clock.setWallClock('2027-01-01T00:00:00.000Z');
  clock.advance(minuteMs);
  expect(clinician.isLocked).toBe(false);
});

it('never ends a recording: it locks over it, and the take is saved whole', async () => {
  const { world, clock, clinician } = await ward();
  watchIdle(world, () => [clinician]);
  const { id } = await createDraft(world, clinician);
  const takeId = await startTake(world, clinician, id, 'aceite');
  clock.advance(6 * minuteMs);
  expect(clinician.isLocked).toBe(true);
  const chunks = await speak(world, clinician, takeId);
  const end = { takeId, chunks, elapsedMs: 2000, interruption: 'none' } as const;
  expect(await done(world, clinician, 'recording.finish', end)).toMatchObject({ durationS: 2 });
  await done(world, clinician, 'people.unlock', { password });
});

it('is quiet for an empty desk, and after it was cancelled', async () => {
  const { world, clock, clinician, it: desk } = await ward();
  const watch = watchIdle(world, () => [clinician, desk]);
  await done(world, clinician, 'people.sign-out', {});
  watch.cancel();
  clock.advance(60 * minuteMs);
  expect(desk.isLocked).toBe(false);
  expect(await call(world, clinician, 'app.state', {})).toMatchObject({ value: { isLocked: false } });
});
