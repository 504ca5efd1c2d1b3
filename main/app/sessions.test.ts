import { describe, expect, it } from 'vitest';
import type { CommandInput } from '../../contract/app-api.ts';
import { answers } from './fixtures/definitions.ts';
import { referenceOf, voiceModel } from './fixtures/models.ts';
import {
  call,
  consent,
  createDraft,
  done,
  fill,
  person,
  readySession,
  record,
  signedIn,
  startTake,
  ward,
} from './fixtures/workstation.ts';

const create: CommandInput<'sessions.create'> = {
  mode: 'collection',
  kind: 'PATIENT',
  form: { id: 'patient', version: '1.0.0' },
  protocol: { id: 'voice', version: '1.0.0' },
  models: [],
};
const breath = referenceOf(voiceModel());

describe('a new session', () => {
  it('is a draft with nothing in it but what was chosen', async () => {
    const { world, clinician } = await ward();
    const detail = await createDraft(world, clinician, { mode: 'collection', kind: 'TEST' });
    expect(detail).toMatchObject({
      mode: 'collection',
      kind: 'TEST',
      status: 'draft',
      hospital: null,
      recordNumber: null,
      createdBy: 'clara',
      models: [],
      answers: {},
      consent: null,
      currentStep: 'form',
      sync: 'local-only',
      results: [],
      screenings: [],
    });
    expect(detail.steps.map((step) => [step.key, step.state])).toEqual([
      ['ruido', 'open'],
      ['aceite', 'open'],
      ['sustentada', 'open'],
      ['frase', 'open'],
    ]);
  });

  it.each<[string, Partial<CommandInput<'sessions.create'>>, string, object]>([
    [
      'a form that is not there',
      { form: { id: 'patient', version: '9.0.0' } },
      'not-found',
      { what: 'form' },
    ],
    [
      'a protocol that is not there',
      { protocol: { id: 'x', version: '1.0.0' } },
      'not-found',
      { what: 'protocol' },
    ],
    [
      'a model that is not there',
      { mode: 'inference', models: [{ name: 'x', version: '1.0.0' }] },
      'model-not-found',
      { name: 'x' },
    ],
    ['inference without a model', { mode: 'inference' }, 'invalid-input', { path: 'models' }],
    ['collection with one', { models: [breath] }, 'invalid-input', { path: 'models' }],
  ])('is refused for %s', async (_, wishes, code, details) => {
    const { world, clinician } = await ward();
    const answer = await call(world, clinician, 'sessions.create', { ...create, ...wishes });
    expect(answer).toMatchObject({ ok: false, problem: { code, details } });
  });

  it('is refused before it starts when the disk cannot hold it', async () => {
    const { world, clinician, recordings } = await ward();
    recordings.setFreeBytes(50_000_000);
    expect(await call(world, clinician, 'sessions.create', create)).toMatchObject({
      problem: { code: 'disk-full', details: { freeBytes: 50_000_000, neededBytes: expect.any(Number) } },
    });
    expect((await done(world, clinician, 'home.state', {})).disk.isEnough).toBe(false);
  });
});

describe('a draft', () => {
  it('keeps whatever is typed, valid or not, and is found by it', async () => {
    const { world, clinician } = await ward();
    const { id } = await createDraft(world, clinician);
    const typed = { rgh: ' A-17 ', age: 999, hospital: '', covid: 'MAYBE' };
    await fill(world, clinician, id, { answers: typed, currentStep: 'aceite', confirmedWarnings: ['spo2'] });
    const again = await signedIn(world, 'clara');
    expect(await done(world, again, 'sessions.get', { sessionId: id })).toMatchObject({
      answers: typed,
      currentStep: 'aceite',
      confirmedWarnings: ['spo2'],
      hospital: null,
      recordNumber: 'A-17',
    });
    await fill(world, again, id);
    expect(await done(world, again, 'sessions.get', { sessionId: id })).toMatchObject({
      answers,
      hospital: 'Santa Casa',
      recordNumber: 'A-17',
    });
  });

  it('names each edited field once per opening, and no value', async () => {
    const { world, clinician, store } = await ward();
    const { id } = await createDraft(world, clinician);
    for (const rgh of ['S', 'Se', 'Secret', 'Secret']) await fill(world, clinician, id, { answers: { rgh } });
    await fill(world, clinician, id, { answers: { rgh: 'Secret', age: 3 } });
    const entries = store.read((transaction) => transaction.audit.ofSession(id));
    expect(
      entries.filter((entry) => entry.action === 'session-edited').map((entry) => entry.details),
    ).toEqual([{ fields: 'rgh' }, { fields: 'age' }]);
    expect(JSON.stringify(entries)).not.toContain('Secret');
  });

  it('can be taken over by a colleague', async () => {
    const { world, it: it0, clinician } = await ward();
    const other = await person(world, it0, 'bruno', ['clinician']);
    const { id } = await createDraft(world, clinician);
    await fill(world, other, id);
    expect((await done(world, clinician, 'sessions.get', { sessionId: id })).recordNumber).toBe('A-17');
  });

  it('is not changed any more once it is complete or set aside', async () => {
    const { world, clinician } = await ward();
    const closed = await readySession(world, clinician, { mode: 'collection' });
    await done(world, clinician, 'sessions.complete', { sessionId: closed });
    const { id: aside } = await createDraft(world, clinician);
    await done(world, clinician, 'sessions.discard', { sessionId: aside, reason: 'wrong patient' });
    for (const [sessionId, status] of [
      [closed, 'recorded'],
      [aside, 'discarded'],
    ] as const) {
      const save = { sessionId, answers: {}, confirmedWarnings: [], currentStep: 'form' };
      expect(await call(world, clinician, 'sessions.save-draft', save)).toMatchObject({
        problem: { code: 'session-closed', details: { status } },
      });
      const skip = { sessionId, stepKey: 'frase', reason: 'cannot-read' };
      expect(await call(world, clinician, 'sessions.skip-step', skip)).toMatchObject({
        problem: { code: 'session-closed' },
      });
    }
  });

  it('set aside twice is set aside, with its reason as a note; nothing is deleted', async () => {
    const { world, clinician } = await ward();
    const { id: sessionId } = await createDraft(world, clinician);
    await fill(world, clinician, sessionId);
    const discard = { sessionId, reason: 'wrong patient' };
    await done(world, clinician, 'sessions.discard', discard);
    await done(world, clinician, 'sessions.discard', discard);
    expect(await done(world, clinician, 'sessions.get', { sessionId })).toMatchObject({
      status: 'discarded',
      answers,
      notes: [{ text: 'wrong patient', by: 'clara' }],
    });
  });

  it('is not set aside while a take is recorded into it', async () => {
    const { world, clinician } = await ward();
    const { id: sessionId } = await createDraft(world, clinician);
    await startTake(world, clinician, sessionId, 'ruido');
    expect(
      await call(world, clinician, 'sessions.discard', { sessionId, reason: 'never mind' }),
    ).toMatchObject({
      problem: { code: 'recording-in-progress' },
    });
  });
});

describe('consent', () => {
  async function spoken(amplitude = 0.3) {
    const station = await ward();
    const { id: sessionId } = await createDraft(station.world, station.clinician);
    const take = await record(station.world, station.clinician, sessionId, 'aceite', { amplitude });
    const accept = (input: Partial<CommandInput<'sessions.accept-consent'>> = {}) =>
      call(station.world, station.clinician, 'sessions.accept-consent', {
        sessionId,
        takeId: take.id,
        textId: 'consent-text',
        textVersion: '2.0.0',
        language: 'es',
        purposes: ['care'],
        witness: 'Dr. Rui',
        ...input,
      });
    return { ...station, sessionId, take, accept };
  }

  it('stores text, version, language, purposes, take, witness, time and who accepted it', async () => {
    const { take, accept, clinician } = await spoken();
    expect(await accept({ purposes: ['care', 'research', 'care'] })).toMatchObject({
      value: {
        consent: {
          textId: 'consent-text',
          textVersion: '2.0.0',
          language: 'es',
          purposes: ['care', 'research'],
          takeId: take.id,
          witness: 'Dr. Rui',
          at: { at: '2026-03-09T12:00:00.000Z', zone: 'America/Sao_Paulo' },
          by: clinician.account?.id,
        },
      },
    });
  });

  it.each<[string, Partial<CommandInput<'sessions.accept-consent'>>, string]>([
    ['another text', { textId: 'other' }, 'consent-text-changed'],
    ['an older version of it', { textVersion: '1.0.0' }, 'consent-text-changed'],
    ['not to what is required', { purposes: ['research'] }, 'consent-required'],
    ['to what was not asked', { purposes: ['care', 'retraining'] }, 'invalid-input'],
    ['in a take that is not there', { takeId: '00000000-0000-7000-8000-000000000000' }, 'take-not-found'],
  ])('is refused for %s', async (_, input, code) => {
    const { accept } = await spoken();
    expect(await accept(input)).toMatchObject({ ok: false, problem: { code } });
  });

  it('is refused where nothing can be heard, until somebody answers for it', async () => {
    const { world, clinician, take, accept } = await spoken(0);
    expect(await accept()).toMatchObject({
      problem: { code: 'consent-required', details: { reason: 'take-quality' } },
    });
    await done(world, clinician, 'sessions.override-quality', {
      takeId: take.id,
      reason: 'nods, cannot speak',
    });
    expect((await accept()).ok).toBe(true);
  });

  it('is refused in a take of another step or another session', async () => {
    const { world, clinician, sessionId, accept } = await spoken();
    const noise = await record(world, clinician, sessionId, 'ruido');
    expect(await accept({ takeId: noise.id })).toMatchObject({ problem: { code: 'take-not-found' } });
    const { id: other } = await createDraft(world, clinician);
    const elsewhere = await record(world, clinician, other, 'aceite');
    expect(await accept({ takeId: elsewhere.id })).toMatchObject({ problem: { code: 'take-not-found' } });
  });

  it('a repeat keeps both takes, and the accepted one stays the evidence', async () => {
    const { world, clinician, sessionId, take, accept } = await spoken();
    await accept();
    await record(world, clinician, sessionId, 'aceite');
    const detail = await done(world, clinician, 'sessions.get', { sessionId });
    expect(detail.consent?.takeId).toBe(take.id);
    expect(detail.steps.find((step) => step.key === 'aceite')?.takes).toHaveLength(2);
  });
});

describe('steps that are left out', () => {
  it('only optional ones, only for a known reason, and recording one after all takes it back in', async () => {
    const { world, clinician } = await ward();
    const { id: sessionId } = await createDraft(world, clinician);
    const skip = (stepKey: string, reason: string) =>
      call(world, clinician, 'sessions.skip-step', { sessionId, stepKey, reason });
    expect(await skip('sustentada', 'cannot-read')).toMatchObject({
      problem: { code: 'step-not-skippable' },
    });
    expect(await skip('frase', 'no time')).toMatchObject({ problem: { code: 'invalid-input' } });
    expect(await skip('canto', 'cannot-read')).toMatchObject({ problem: { code: 'step-not-found' } });
    expect(await skip('ruido', 'cannot-be-quiet')).toMatchObject({
      value: { steps: [{ key: 'ruido', state: 'skipped', skipReason: 'cannot-be-quiet' }, {}, {}, {}] },
    });
    await record(world, clinician, sessionId, 'ruido');
    const { steps } = await done(world, clinician, 'sessions.get', { sessionId });
    expect(steps[0]).toMatchObject({ state: 'done', skipReason: null });
  });
});

describe('completing', () => {
  async function almost(more: object = {}) {
    const station = await ward();
    const sessionId = await readySession(station.world, station.clinician, { mode: 'collection' });
    await fill(station.world, station.clinician, sessionId, { answers: { ...answers, ...more } });
    const complete = () => call(station.world, station.clinician, 'sessions.complete', { sessionId });
    return { ...station, sessionId, complete };
  }

  it('closes a collection session as recorded; no model runs', async () => {
    const { complete, inference } = await almost();
    expect(await complete()).toMatchObject({
      value: { status: 'recorded', currentStep: 'result', screenings: [], sync: 'local-only' },
    });
    expect(inference.calls).toEqual([]);
  });

  it('again answers the same, and nothing is done twice', async () => {
    const { complete, store } = await almost();
    const first = await complete();
    const audited = store.read((transaction) => transaction.audit.verify().entries);
    expect(await complete()).toEqual(first);
    expect(store.read((transaction) => transaction.audit.verify().entries)).toBe(audited);
  });

  it.each<[string, object, object]>([
    ['a missing answer', { age: undefined }, { code: 'form-incomplete', details: { fields: 'age' } }],
    ['a blank one', { rgh: '   ' }, { code: 'form-incomplete', details: { fields: 'rgh' } }],
    [
      'several',
      { rgh: undefined, age: undefined },
      { code: 'form-incomplete', details: { fields: 'rgh, age' } },
    ],
    [
      'a wrong one',
      { age: 130 },
      { code: 'form-invalid-answer', details: { field: 'age', fault: 'too-high' } },
    ],
    [
      'a date that is asked now',
      { covid: 'TRUE' },
      { code: 'form-incomplete', details: { fields: 'diagnosedOn' } },
    ],
    [
      'a date of tomorrow',
      { covid: 'TRUE', diagnosedOn: '2026-03-10' },
      { code: 'form-invalid-answer', details: { field: 'diagnosedOn', fault: 'in-the-future' } },
    ],
    [
      'a warning nobody confirmed',
      { spo2: 85 },
      { code: 'form-invalid-answer', details: { field: 'spo2', warning: 'unusually-low' } },
    ],
  ])('is refused for %s', async (_, more, problem) => {
    const defined = Object.fromEntries(
      Object.entries({ ...answers, ...more }).filter(([, value]) => value !== undefined),
    );
    const { world, clinician, sessionId, complete } = await almost();
    await fill(world, clinician, sessionId, { answers: defined });
    expect(await complete()).toEqual({ ok: false, problem });
  });

  it('takes a confirmed warning, trims texts and drops what is not asked', async () => {
    const { world, clinician, sessionId, complete } = await almost();
    await fill(world, clinician, sessionId, {
      answers: { ...answers, rgh: ' A-17 ', spo2: 85, remark: ' ', diagnosedOn: '2020-01-01' },
      confirmedWarnings: ['spo2'],
    });
    expect(await complete()).toMatchObject({
      value: { answers: { ...answers, spo2: 85 }, recordNumber: 'A-17' },
    });
  });

  it('is refused without consent, with a step open, and during a take', async () => {
    const { world, clinician } = await ward();
    const { id: sessionId } = await createDraft(world, clinician, { mode: 'collection' });
    const complete = () => call(world, clinician, 'sessions.complete', { sessionId });
    await fill(world, clinician, sessionId);
    expect(await complete()).toMatchObject({ problem: { code: 'consent-required' } });
    await consent(world, clinician, sessionId);
    expect(await complete()).toMatchObject({
      problem: { code: 'session-incomplete', details: { step: 'ruido', reason: 'not-recorded' } },
    });
    await startTake(world, clinician, sessionId, 'sustentada');
    expect(await complete()).toMatchObject({ problem: { code: 'recording-in-progress' } });
  });

  it('is refused when the consent text has changed since', async () => {
    const { world, store, sessionId, complete } = await almost();
    store.write((transaction) => {
      const session = transaction.sessions.get(sessionId);
      if (session?.consent === undefined || session.consent === null) throw new Error('no consent');
      transaction.sessions.update({ ...session, consent: { ...session.consent, textVersion: '1.0.0' } });
    });
    expect(await complete()).toMatchObject({
      problem: { code: 'consent-text-changed', details: { textVersion: '2.0.0' } },
    });
    expect(world.notices).toEqual([]);
  });

  it('goes into the trail and the outbox in the same transaction', async () => {
    const { sessionId, complete, store } = await almost();
    const kinds = () =>
      store.read((transaction) => transaction.outbox.ofSession(sessionId).map(({ kind }) => kind));
    const before = kinds();
    await complete();
    store.read((transaction) => {
      expect(kinds()).toEqual(before);
      expect(transaction.sync.content(sessionId)).toMatchObject({ id: sessionId });
      expect(transaction.audit.ofSession(sessionId).at(-1)).toMatchObject({
        action: 'session-completed',
        by: 'clara',
      });
    });
  });
});

describe('looking', () => {
  it('is written down once, until another session is looked at', async () => {
    const { world, it: it0, clinician, store } = await ward();
    const { id: one } = await createDraft(world, clinician);
    const { id: two } = await createDraft(world, clinician);
    const rita = await person(world, it0, 'rita', ['researcher']);
    for (const sessionId of [one, one, two, one]) await done(world, rita, 'sessions.get', { sessionId });
    const views = (id: typeof one) =>
      store
        .read((transaction) => transaction.audit.ofSession(id))
        .filter((entry) => entry.action === 'session-viewed');
    expect(views(one).map((entry) => entry.by)).toEqual(['rita', 'rita']);
    expect(views(two)).toHaveLength(1);
  });

  it('home shows drafts, what was completed today, and what is unsynced', async () => {
    const { world, clinician, clock } = await ward({ at: '2026-03-09T02:00:00.000Z' });
    const yesterday = await readySession(world, clinician, { mode: 'collection' });
    await done(world, clinician, 'sessions.complete', { sessionId: yesterday });
    clock.advance(2 * 3_600_000);
    const today = await readySession(world, clinician, { mode: 'collection' });
    await done(world, clinician, 'sessions.complete', { sessionId: today });
    const { id: draft } = await createDraft(world, clinician);
    const home = await done(world, clinician, 'home.state', {});
    expect(home.today.map((session) => session.id)).toEqual([today]);
    expect(home.drafts.map((session) => session.id)).toEqual([draft]);
    expect(home).toMatchObject({ unsyncedSessions: 2, lastContactAt: null, disk: { isEnough: true } });
  });

  it('notes are added to a closed session too, and never changed', async () => {
    const { world, clinician } = await ward();
    const sessionId = await readySession(world, clinician, { mode: 'collection' });
    await done(world, clinician, 'sessions.complete', { sessionId });
    const detail = await done(world, clinician, 'sessions.add-note', { sessionId, text: 'called the ward' });
    expect(detail.notes).toMatchObject([{ text: 'called the ward', by: 'clara' }]);
    expect(detail.history.at(-1)).toMatchObject({ action: 'note-added' });
    expect(JSON.stringify(detail.history)).not.toContain('called the ward');
  });

  it('two versions of the form live side by side', async () => {
    const { world, clinician } = await ward();
    const older = await readySession(world, clinician, { mode: 'collection' });
    const newer = await readySession(world, clinician, {
      mode: 'collection',
      form: { id: 'patient', version: '1.1.0' },
    });
    await fill(world, clinician, newer, { answers: { ...answers, weight: 70.5 } });
    for (const sessionId of [older, newer]) await done(world, clinician, 'sessions.complete', { sessionId });
    const { rows } = await done(world, clinician, 'sessions.list', {
      sort: { column: 'date', direction: 'ascending' },
    });
    expect(rows.map((row) => row.form.version)).toEqual(['1.0.0', '1.1.0']);
    expect((await done(world, clinician, 'sessions.get', { sessionId: newer })).answers).toEqual({
      ...answers,
      weight: 70.5,
    });
  });
});
