import { describe, expect, it } from 'vitest';
import type { SessionId } from '../../contract/ids.ts';
import { StoreFailure } from '../ports/store-failure.ts';
import { referenceOf, voiceModel } from './fixtures/models.ts';
import { call, done, readySession, signedIn, ward, type Workstation } from './fixtures/workstation.ts';
import { leaveScreenings } from './hold-screening.ts';
import { startWorkstation } from './start-workstation.ts';
import type { World } from './world.ts';

const breath = referenceOf(voiceModel());
const deep = voiceModel({ name: 'deep' });
const full = { code: 'disk-full', details: { reason: 'SQLITE_FULL' } } as const;

/** A session whose model answers just when the store stops taking anything. */
async function fullAtResult() {
  const station = await ward({ models: [voiceModel(), deep] });
  const models = [breath, referenceOf(deep)];
  const sessionId = await readySession(station.world, station.clinician, { models });
  // The test of a model asks the engine too.
  for (const model of models) await done(station.world, station.clinician, 'models.test', model);
  let scored = 0;
  const { score } = station.inference;
  station.inference.score = (...asked) => {
    scored += 1;
    if (scored === 1) station.store.refuse(full);
    return score(...asked);
  };
  const complete = () => call(station.world, station.clinician, 'sessions.complete', { sessionId });
  return { ...station, sessionId, complete, scores: () => scored };
}

function rowsOf({ store }: Pick<Workstation, 'store'>, sessionId: SessionId) {
  return store.read((transaction) => ({
    status: transaction.sessions.get(sessionId)?.status,
    results: transaction.screenings.ofSession(sessionId),
  }));
}

/** Lets everything go on that waits for nothing but its turn. */
async function settled({ clock }: Pick<World, 'clock'>): Promise<void> {
  for (let turn = 0; turn < 500; turn += 1) await clock.breathe();
}

describe('a disk that is full in the moment a result is stored', () => {
  it('is told to whoever asked, and neither half a result nor another status is stored', async () => {
    const { complete, events, store, sessionId, world } = await fullAtResult();
    expect(await complete()).toEqual({ ok: false, problem: full });
    store.refuse(undefined);
    expect(rowsOf({ store }, sessionId)).toEqual({ status: 'processing', results: [] });
    expect(events.published).toContainEqual({
      name: 'screening.progress',
      payload: { sessionId, model: breath, stage: 'not-stored', problem: 'disk-full' },
    });
    expect(world.notices.map(({ code }) => code)).toEqual(['disk-full']);
  });

  it('is tried again later and later, and with room the result that was there is stored, once', async () => {
    const { complete, clock, store, sessionId, scores, events } = await fullAtResult();
    await complete();
    clock.advance(1_000);
    await settled({ clock });
    clock.advance(2_000);
    await settled({ clock });
    store.refuse(undefined);
    clock.advance(3_999);
    await settled({ clock });
    expect(rowsOf({ store }, sessionId).status).toBe('processing');
    clock.advance(1);
    await settled({ clock });
    const { status, results } = rowsOf({ store }, sessionId);
    expect(status).toBe('completed');
    expect(results.map(({ model, outcome }) => [model.name, outcome.status])).toEqual([
      ['breath', 'completed'],
      ['deep', 'completed'],
    ]);
    // The one that waited was not asked again.
    expect(scores()).toBe(2);
    expect(events.published.at(-1)).toEqual({ name: 'session.changed', payload: { sessionId } });
    clock.advance(3_600_000);
    await settled({ clock });
    expect(rowsOf({ store }, sessionId).results).toHaveLength(2);
  });

  it('is tried again at the next thing that somebody does here, and not because a page looks', async () => {
    const { complete, clock, clinician, store, sessionId, world } = await fullAtResult();
    await complete();
    store.refuse(undefined);
    await done(world, clinician, 'sessions.get', { sessionId });
    await settled({ clock });
    expect(rowsOf({ store }, sessionId).status).toBe('processing');
    await done(world, clinician, 'sessions.add-note', { sessionId, text: 'made room' });
    await settled({ clock });
    expect(rowsOf({ store }, sessionId).status).toBe('completed');
  });

  it('completing again stores it at once, or says why not', async () => {
    const { complete, store, sessionId } = await fullAtResult();
    await complete();
    expect(await complete()).toMatchObject({ problem: { code: 'disk-full' } });
    store.refuse(undefined);
    expect(await complete()).toMatchObject({ ok: true, value: { status: 'completed' } });
    expect(rowsOf({ store }, sessionId).results).toHaveLength(2);
  });

  it('a status that was not stored is stored later, beside results that were', async () => {
    const { clinician, clock, ...station } = await ward();
    const sessionId = await readySession(station.world, clinician);
    let writes = Number.NaN;
    const world: World = {
      ...station.world,
      store: {
        ...station.store,
        write(work) {
          writes += 1;
          if (writes === 3) throw new StoreFailure(full);
          return station.store.write(work);
        },
      },
    };
    await done(world, clinician, 'models.test', breath);
    writes = 0;
    expect(await call(world, clinician, 'sessions.complete', { sessionId })).toMatchObject({ problem: full });
    expect(rowsOf(station, sessionId)).toMatchObject({ status: 'processing', results: [{ model: breath }] });
    clock.advance(1_000);
    await settled({ clock });
    expect(rowsOf(station, sessionId)).toMatchObject({ status: 'completed', results: [{ model: breath }] });
    expect(rowsOf(station, sessionId).results).toHaveLength(1);
  });

  it('after many refusals an error with the reason is stored where only that fits, and it can be run again', async () => {
    const { clinician, clock, ...station } = await ward();
    const sessionId = await readySession(station.world, clinician);
    let isFull = true;
    const world: World = {
      ...station.world,
      store: {
        ...station.store,
        write: (work) =>
          station.store.write((transaction) =>
            work({
              ...transaction,
              screenings: {
                ...transaction.screenings,
                insert(result) {
                  if (isFull && result.outcome.status === 'completed') throw new StoreFailure(full);
                  transaction.screenings.insert(result);
                },
              },
            }),
          ),
      },
    };
    await call(world, clinician, 'sessions.complete', { sessionId });
    for (const waitMs of [1_000, 2_000, 4_000, 8_000]) {
      clock.advance(waitMs);
      await settled({ clock });
      expect(rowsOf(station, sessionId)).toEqual({ status: 'processing', results: [] });
    }
    clock.advance(16_000);
    await settled({ clock });
    expect(rowsOf(station, sessionId)).toMatchObject({
      status: 'error',
      results: [{ model: breath, outcome: { status: 'error', problem: 'disk-full' } }],
    });
    isFull = false;
    const [again] = await done(world, clinician, 'sessions.screen', { sessionId, models: [breath] });
    expect(again?.outcome.status).toBe('completed');
    expect(rowsOf(station, sessionId).status).toBe('completed');
  });

  it('an app that ends meanwhile screens the session at its next start', async () => {
    const { complete, clock, inference, store, sessionId, world, restart } = await fullAtResult();
    await complete();
    leaveScreenings(world);
    store.refuse(undefined);
    clock.advance(60_000);
    await settled({ clock });
    expect(rowsOf({ store }, sessionId).status).toBe('processing');
    const started = restart();
    await (
      await startWorkstation({ ...started, inference })
    ).background;
    expect(rowsOf({ store }, sessionId)).toMatchObject({ status: 'completed' });
    expect(rowsOf({ store }, sessionId).results).toHaveLength(2);
    await signedIn(started, 'clara');
  });
});
