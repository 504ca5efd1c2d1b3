/** The defects of the earlier systems that this workstation could have, one by one (clinical protocol, last section). */
import { expect, it } from 'vitest';
import { formDefinitionSchema } from '../../contract/form.ts';
import { canonicalJson, type Json } from '../../contract/canonical-json.ts';
import { memoryDefinitions } from '../ports/definitions.memory.ts';
import { answers, form, newerForm, protocol } from './fixtures/definitions.ts';
import { referenceOf, voiceModel, type ModelWishes } from './fixtures/models.ts';
import {
  call,
  createDraft,
  done,
  fill,
  password,
  readySession,
  record,
  sampleRateHz,
  signedIn,
  speak,
  startTake,
  ward,
  device,
} from './fixtures/workstation.ts';
import { startWorkstation } from './start-workstation.ts';
import { watchIdle } from './watch-idle.ts';

const newestFirst = { sort: { column: 'date', direction: 'descending' } } as const;

it('defect 1: further sessions of the same patient are all kept, each under an id of its own', async () => {
  const { world, clinician } = await ward();
  const made: string[] = [];
  for (let turn = 0; turn < 3; turn += 1) {
    const sessionId = await readySession(
      world,
      clinician,
      { mode: 'collection' },
      { amplitude: 0.2 + turn / 10 },
    );
    await done(world, clinician, 'sessions.complete', { sessionId });
    made.push(sessionId);
  }
  const { rows, total } = await done(world, clinician, 'sessions.list', { ...newestFirst, search: 'A-17' });
  expect(total).toBe(3);
  // Made within one millisecond of the clock, and still in order.
  expect(rows.map((row) => row.id)).toEqual(made.toReversed());
  expect(made).toEqual(made.toSorted());
  const hashes = await Promise.all(
    rows.map(async ({ id }) => {
      const { steps } = await done(world, clinician, 'sessions.get', { sessionId: id });
      return steps.find((step) => step.key === 'sustentada')?.takes[0]?.sha256;
    }),
  );
  expect(new Set(hashes).size).toBe(3);
});

it('defect 2: a take is answered as saved only when its audio is verified and its row is stored', async () => {
  const { world, clinician, recordings, store } = await ward();
  const { id: sessionId } = await createDraft(world, clinician);
  const takeId = await startTake(world, clinician, sessionId, 'ruido');
  const chunks = await speak(world, clinician, takeId);
  const finish = () =>
    call(world, clinician, 'recording.finish', { takeId, chunks, elapsedMs: 2000, interruption: 'none' });
  recordings.setFreeBytes(10);
  expect(await finish()).toMatchObject({ ok: false, problem: { code: 'disk-full' } });
  recordings.setFreeBytes(1_000_000_000);
  store.refuse({ code: 'disk-full' });
  expect(await finish()).toMatchObject({ ok: false, problem: { code: 'disk-full' } });
  store.refuse(undefined);
  expect(store.read((transaction) => transaction.takes.get(takeId))).toBeUndefined();
  const saved = await finish();
  expect(saved.ok && store.read((transaction) => transaction.takes.get(takeId))).toEqual(
    saved.ok && saved.value,
  );
  expect((await recordings.read(takeId)).ok).toBe(true);
});

it('defect 2: a save that fails half-way leaves neither take nor trail nor outbox', async () => {
  const { world, clinician, store } = await ward();
  const { id: sessionId } = await createDraft(world, clinician);
  const takeId = await startTake(world, clinician, sessionId, 'ruido');
  const chunks = await speak(world, clinician, takeId);
  const counts = () =>
    store.read((transaction) => [transaction.audit.verify().entries, transaction.outbox.count()]);
  const before = counts();
  const failing = {
    ...world,
    store: {
      ...store,
      write: <T>(work: Parameters<typeof store.write<T>>[0]) =>
        store.write((transaction) =>
          work({
            ...transaction,
            outbox: {
              ...transaction.outbox,
              append: () => {
                throw new Error('the disk went away');
              },
            },
          }),
        ),
    },
  };
  const finish = { takeId, chunks, elapsedMs: 2000, interruption: 'none' } as const;
  await expect(call(failing, clinician, 'recording.finish', finish)).rejects.toThrow('the disk went away');
  expect(counts()).toEqual(before);
  expect((await done(world, clinician, 'recording.finish', finish)).version).toBe(1);
});

it('defect 5: optional answers that were never given are absent, on every way to the store and back', async () => {
  const { world, clinician } = await ward();
  const fields: ModelWishes['fields'] = [
    { key: 'spo2', required: false, encoding: { kind: 'number', offset: 0, scale: 1, missing: -1 } },
  ];
  const station = await ward({ models: [voiceModel({ fields })] });
  const sessionId = await readySession(station.world, station.clinician);
  const detail = await done(station.world, station.clinician, 'sessions.complete', { sessionId });
  expect(detail.answers).toEqual(answers);
  expect(Object.hasOwn(detail.answers, 'spo2')).toBe(false);
  expect(detail.screenings[0]?.inputs.fields).toEqual([-1]);
  expect(JSON.stringify(detail.answers)).not.toMatch(/undefined|null|NaN/u);
  const { id } = await createDraft(world, clinician);
  for (const wrong of [null, undefined, Number.NaN]) {
    const save = { sessionId: id, answers: { spo2: wrong }, confirmedWarnings: [], currentStep: 'form' };
    // A page that sends one is told so; it never becomes a word in the store.
    expect(await call(world, clinician, 'sessions.save-draft', save as never)).toMatchObject({
      problem: { code: 'invalid-input', details: { path: 'answers.spo2' } },
    });
  }
});

it('defect 6: a whole inference session runs on a PC that never reached a network', async () => {
  const { world, it: it0, clinician } = await ward();
  const { settings } = await done(world, it0, 'app.state', {});
  await done(world, it0, 'settings.save', { ...settings, hospitals: ['Santa Casa'] });
  const sessionId = await readySession(world, clinician);
  const typed = { ...answers, hospital: 'A hospital nobody listed' };
  await fill(world, clinician, sessionId, { answers: typed });
  const detail = await done(world, clinician, 'sessions.complete', { sessionId });
  expect(detail).toMatchObject({
    status: 'completed',
    hospital: 'A hospital nobody listed',
    sync: 'local-only',
  });
  expect(await done(world, clinician, 'home.state', {})).toMatchObject({
    lastContactAt: null,
    unsyncedSessions: 1,
  });
});

it('defect 7: a session that locks or ends during a recording loses neither audio nor typed answers', async () => {
  const { world, clock, clinician } = await ward();
  watchIdle(world, () => [clinician]);
  const { id: sessionId } = await createDraft(world, clinician);
  const takeId = await startTake(world, clinician, sessionId, 'aceite');
  clock.advance(10 * 60_000);
  expect(clinician.isLocked).toBe(true);
  const chunks = await speak(world, clinician, takeId, { seconds: 4 });
  await fill(world, clinician, sessionId, { answers: { rgh: 'typed' }, currentStep: 'aceite' });
  const finish = { takeId, chunks, elapsedMs: 4000, interruption: 'none' } as const;
  expect(await done(world, clinician, 'recording.finish', finish)).toMatchObject({
    durationS: 4,
    continuity: { missingFrames: 0 },
  });
  await done(world, clinician, 'people.unlock', { password });
  const second = await startTake(world, clinician, sessionId, 'aceite');
  await speak(world, clinician, second, { seconds: 3 });
  await done(world, clinician, 'people.sign-out', {});
  const again = await signedIn(world, 'clara');
  const detail = await done(world, again, 'sessions.get', { sessionId });
  expect(detail.answers).toEqual({ rgh: 'typed' });
  expect(detail.steps.flatMap((step) => step.takes.map((take) => take.durationS))).toEqual([4, 3]);
});

it('defect 8: a failed result breaks no list, and dates sort as dates with their zone kept', async () => {
  const { world, clinician, clock, inference } = await ward();
  await done(world, clinician, 'models.test', referenceOf(voiceModel()));
  const ids: string[] = [];
  for (const at of ['2026-03-09T23:30:00.000Z', '2026-03-10T01:00:00.000Z', '2026-10-01T00:00:00.000Z']) {
    clock.setWallClock(at);
    const sessionId = await readySession(world, clinician);
    if (ids.length === 1) inference.mishap('fail');
    await done(world, clinician, 'sessions.complete', { sessionId });
    ids.push(sessionId);
  }
  const { rows } = await done(world, clinician, 'sessions.list', newestFirst);
  expect(rows.map((row) => row.id)).toEqual(ids.toReversed());
  expect(rows.map((row) => row.createdAt)).toEqual([
    { at: '2026-10-01T00:00:00.000Z', zone: 'America/Sao_Paulo' },
    { at: '2026-03-10T01:00:00.000Z', zone: 'America/Sao_Paulo' },
    { at: '2026-03-09T23:30:00.000Z', zone: 'America/Sao_Paulo' },
  ]);
  expect(rows.map((row) => row.status)).toEqual(['completed', 'error', 'completed']);
});

it('defect 9: a screening that fails ends as an error with its reason, and none stays processing', async () => {
  const station = await ward();
  const { world, clinician, inference } = station;
  await done(world, clinician, 'models.test', referenceOf(voiceModel()));
  const sessionId = await readySession(world, clinician);
  inference.mishap('crash', { times: 2 });
  const detail = await done(world, clinician, 'sessions.complete', { sessionId });
  expect(detail).toMatchObject({ status: 'error', screenings: [{ outcome: { problem: 'engine-crashed' } }] });
  const restarted = station.restart();
  await (
    await startWorkstation(restarted)
  ).background;
  expect(station.store.read((transaction) => transaction.sessions.withStatus(['processing']))).toEqual([]);
});

it('defect 11: a silent microphone fails its gate at once, and lost audio is reported by its length', async () => {
  const { world, clinician } = await ward();
  const { id: sessionId } = await createDraft(world, clinician);
  const silent = await record(world, clinician, sessionId, 'aceite', { amplitude: 0 });
  expect(silent.quality).toMatchObject({ passed: false });
  expect(silent.quality.gates).toContainEqual({ gate: 'silent', passed: false, measured: null, limit: -55 });
  const takeId = await startTake(world, clinician, sessionId, 'aceite');
  const chunks = await speak(world, clinician, takeId, { seconds: 2 });
  const short = await done(world, clinician, 'recording.finish', {
    takeId,
    chunks,
    elapsedMs: 3000,
    interruption: 'none',
  });
  expect(short.continuity).toMatchObject({ shortfallMs: 1000, missingFrames: sampleRateHz });
});

it('defect 11: what the device really applied is stored with the take', async () => {
  const { world, clinician } = await ward();
  const { id: sessionId } = await createDraft(world, clinician);
  const stubborn = { ...device, noiseSuppression: 'on', autoGainControl: 'unknown' } as const;
  const { takeId } = await done(world, clinician, 'recording.start', {
    sessionId,
    stepKey: 'ruido',
    sampleRateHz: 44_100,
    device: stubborn,
  });
  const chunks = await speak(world, clinician, takeId);
  const end = { takeId, chunks, elapsedMs: 726, interruption: 'none' } as const;
  expect(await done(world, clinician, 'recording.finish', end)).toMatchObject({
    device: stubborn,
    sampleRateHz: 44_100,
  });
});

it('defect 12: a model that asks for the label is never run, nor installed, nor chosen', async () => {
  const fields: ModelWishes['fields'] = [
    { key: 'insufficiency', required: false, encoding: { kind: 'one-hot', values: ['YES', 'NO'] } },
  ];
  const peeking = voiceModel({ name: 'peeking', fields });
  const { world, it: it0, clinician, models, inference } = await ward({ models: [voiceModel(), peeking] });
  const refused = { problem: { code: 'model-asks-for-label', details: { fields: 'insufficiency' } } };
  expect(
    await call(world, clinician, 'sessions.create', {
      mode: 'inference',
      kind: 'PATIENT',
      form: { id: 'patient', version: '1.0.0' },
      protocol: { id: 'voice', version: '1.0.0' },
      models: [referenceOf(peeking)],
    }),
  ).toMatchObject(refused);
  const sessionId = await readySession(world, clinician);
  await fill(world, clinician, sessionId, { answers: { ...answers, insufficiency: 'YES' } });
  await done(world, clinician, 'sessions.complete', { sessionId });
  const [result] = await done(world, clinician, 'sessions.screen', {
    sessionId,
    models: [referenceOf(peeking)],
  });
  expect(result?.outcome).toMatchObject({ status: 'error', problem: 'model-asks-for-label' });
  models.offer('/stick', {
    ...peeking,
    manifest: { ...peeking.manifest, version: '2.0.0' },
    sha256: 'd'.repeat(64),
  });
  expect(await call(world, it0, 'models.install', { folder: '/stick' })).toMatchObject(refused);
  expect(inference.calls.some((entry) => entry.includes(peeking.sha256))).toBe(false);
});

it('defect 13: a new version of the form needs no new program; both are kept, listed and exported side by side', async () => {
  const { world, clinician } = await ward();
  const widened = formDefinitionSchema.parse({
    ...(JSON.parse(canonicalJson(newerForm as Json)) as object),
    version: '1.2.0',
    fields: [
      ...newerForm.fields,
      {
        key: 'smoking',
        kind: 'choice',
        label: form.title,
        group: 'main',
        choices: ['never', 'current'].map((value) => ({ value, label: form.title })),
      },
    ],
  });
  const older = await readySession(world, clinician, { mode: 'collection' });
  await done(world, clinician, 'sessions.complete', { sessionId: older });
  const definitions = memoryDefinitions({ forms: [form, newerForm, widened], protocols: [protocol] });
  const updated = { ...world, definitions };
  const newer = await readySession(updated, clinician, {
    mode: 'collection',
    form: { id: 'patient', version: '1.2.0' },
  });
  await fill(updated, clinician, newer, { answers: { ...answers, smoking: 'current' } });
  await done(updated, clinician, 'sessions.complete', { sessionId: newer });
  const { rows } = await done(updated, clinician, 'sessions.list', newestFirst);
  expect(rows.map((row) => [row.id, row.form.version])).toEqual([
    [newer, '1.2.0'],
    [older, '1.0.0'],
  ]);
  expect((await done(updated, clinician, 'sessions.get', { sessionId: newer })).answers).toMatchObject({
    smoking: 'current',
  });
  // A definition that is withdrawn hides no session that was made with it.
  const withdrawn = { ...world, definitions: memoryDefinitions({ forms: [widened], protocols: [] }) };
  const detail = await done(withdrawn, clinician, 'sessions.get', { sessionId: older });
  expect(detail.answers).toEqual(answers);
  expect(detail.steps.map((step) => step.key)).toEqual(['aceite', 'sustentada', 'ruido', 'frase']);
});
