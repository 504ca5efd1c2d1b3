import { describe, expect, it } from 'vitest';
import { referenceOf, voiceModel } from './fixtures/models.ts';
import {
  done,
  readySession,
  createDraft,
  record,
  signedIn,
  speak,
  startTake,
  ward,
} from './fixtures/workstation.ts';
import { startWorkstation } from './start-workstation.ts';

const breath = referenceOf(voiceModel());

describe('after the app ended in the middle of a take', () => {
  it('the take is stored as far as it came, at its step, and the session goes on there', async () => {
    const station = await ward();
    const { id: sessionId } = await createDraft(station.world, station.clinician);
    const takeId = await startTake(station.world, station.clinician, sessionId, 'ruido');
    await speak(station.world, station.clinician, takeId, { seconds: 3, amplitude: 0.1 });
    const world = station.restart();
    expect((await startWorkstation(world)).recoveredTakes).toBe(1);
    const desk = await signedIn(world, 'clara');
    const detail = await done(world, desk, 'sessions.get', { sessionId });
    expect(detail).toMatchObject({ status: 'draft', currentStep: 'ruido' });
    expect(detail.steps[0]).toMatchObject({
      state: 'done',
      takes: [
        {
          id: takeId,
          durationS: 3,
          isChosen: true,
          continuity: { interruption: 'app-ended', elapsedMs: null, missingFrames: 0 },
        },
      ],
    });
    expect(detail.history.at(-2)).toMatchObject({ action: 'take-recovered', by: 'system' });
    expect((await record(world, desk, sessionId, 'ruido')).version).toBe(2);
  });

  it('a take without a single chunk leaves nothing behind', async () => {
    const station = await ward();
    const { id: sessionId } = await createDraft(station.world, station.clinician);
    await startTake(station.world, station.clinician, sessionId, 'ruido');
    const world = station.restart();
    expect((await startWorkstation(world)).recoveredTakes).toBe(0);
    const desk = await signedIn(world, 'clara');
    expect((await record(world, desk, sessionId, 'ruido')).version).toBe(1);
    expect(world.notices).toEqual([]);
  });

  it('one that cannot be closed is named, kept, and closed at the next start', async () => {
    const station = await ward();
    const { id: sessionId } = await createDraft(station.world, station.clinician);
    const takeId = await startTake(station.world, station.clinician, sessionId, 'ruido');
    await speak(station.world, station.clinician, takeId);
    station.recordings.setFreeBytes(10);
    const full = station.restart();
    expect((await startWorkstation(full)).recoveredTakes).toBe(0);
    expect(full.notices.map((notice) => notice.code)).toEqual(['disk-full']);
    station.recordings.setFreeBytes(1_000_000_000);
    const world = station.restart();
    expect((await startWorkstation(world)).recoveredTakes).toBe(1);
    expect(world.notices).toEqual([]);
  });
});

describe('after the app ended in the middle of a screening', () => {
  it('a session that was processing is screened again, and no session stays so for ever', async () => {
    const station = await ward();
    const sessionId = await readySession(station.world, station.clinician);
    // Ends between the transaction that makes it `processing` and the engine's answer.
    station.inference.score = () => new Promise(() => undefined);
    const cutOff = done(station.world, station.clinician, 'sessions.complete', { sessionId });
    const statusOf = () => station.store.read((transaction) => transaction.sessions.get(sessionId)?.status);
    while (statusOf() !== 'processing') await Promise.resolve();
    const restarted = await ward();
    const world = { ...station.restart(), inference: restarted.inference };
    const { background } = await startWorkstation(world);
    await background;
    const desk = await signedIn(world, 'clara');
    const detail = await done(world, desk, 'sessions.get', { sessionId });
    expect(detail.status).toBe('completed');
    expect(detail.screenings).toHaveLength(1);
    expect(detail.history.at(-2)).toMatchObject({ action: 'session-screened', by: 'system' });
    void cutOff;
  });

  it('a model that is gone by then ends it in an error with its reason', async () => {
    const station = await ward();
    const sessionId = await readySession(station.world, station.clinician);
    station.store.write((transaction) => {
      const session = transaction.sessions.get(sessionId);
      if (session === undefined) throw new Error('no session');
      transaction.sessions.update({
        ...session,
        status: 'processing',
        models: [{ name: 'gone', version: '1.0.0' }],
      });
    });
    const world = station.restart();
    await (
      await startWorkstation(world)
    ).background;
    const desk = await signedIn(world, 'clara');
    const detail = await done(world, desk, 'sessions.get', { sessionId });
    expect(detail.status).toBe('error');
    expect(detail.results).toMatchObject([{ model: { name: 'gone' }, status: 'error' }]);
    expect(detail.screenings).toMatchObject([{ outcome: { problem: 'model-not-found' } }]);
  });

  it('a model that has answered already is not asked again', async () => {
    const station = await ward();
    const sessionId = await readySession(station.world, station.clinician);
    await done(station.world, station.clinician, 'sessions.complete', { sessionId });
    station.store.write((transaction) => {
      const session = transaction.sessions.get(sessionId);
      if (session === undefined) throw new Error('no session');
      transaction.sessions.update({ ...session, status: 'processing' });
    });
    const world = station.restart();
    await (
      await startWorkstation(world)
    ).background;
    const desk = await signedIn(world, 'clara');
    const detail = await done(world, desk, 'sessions.get', { sessionId });
    expect(detail).toMatchObject({ status: 'completed', results: [{ model: breath }] });
    expect(detail.screenings).toHaveLength(1);
  });
});

it('writes down that the store was opened, and notes what the user should see, once each', async () => {
  const station = await ward();
  const problem = { code: 'model-damaged' } as const;
  const started = station.restart();
  const world = {
    ...started,
    models: {
      ...started.models,
      list: () => Promise.resolve({ models: [], refused: ['a', 'b'].map((folder) => ({ folder, problem })) }),
    },
  };
  await startWorkstation(world);
  expect(world.notices).toEqual([{ code: 'model-damaged', at: world.clock.now() }]);
  const [entry] = station.store.read((transaction) => transaction.audit.list({ limit: 1 }));
  expect(entry).toMatchObject({ action: 'store-opened', by: 'system', details: { host: 'node' } });
  const desk = await signedIn(world, 'clara');
  expect((await done(world, desk, 'app.state', {})).notices).toHaveLength(1);
});

it('tests a model that is new on this PC, and not one that was tested before', async () => {
  const station = await ward();
  const first = station.restart();
  await (
    await startWorkstation(first)
  ).background;
  const desk = await signedIn(first, 'clara');
  expect((await done(first, desk, 'models.list', {})).map((model) => model.state)).toEqual(['ready']);
  const calls = station.inference.calls.length;
  await (
    await startWorkstation(station.restart())
  ).background;
  expect(station.inference.calls).toHaveLength(calls);
});
