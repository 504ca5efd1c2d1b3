import { describe, expect, it } from 'vitest';
import type { ScreeningResult } from '../../contract/session.ts';
import { answers } from './fixtures/definitions.ts';
import { referenceOf, voiceModel, type ModelWishes } from './fixtures/models.ts';
import {
  call,
  createDraft,
  done,
  fill,
  person,
  readySession,
  record,
  sampleRateHz,
  signedIn,
  ward,
  type Spoken,
  type WorkstationWishes,
} from './fixtures/workstation.ts';
import { tone } from './fixtures/sound.ts';

const breath = referenceOf(voiceModel());

interface Wishes extends WorkstationWishes {
  readonly model?: ModelWishes;
  readonly voice?: Spoken;
}

async function ready({ model = {}, voice = {}, ...wishes }: Wishes = {}) {
  const station = await ward({ models: [voiceModel(model)], ...wishes });
  const models = (wishes.models ?? [voiceModel(model)]).map(referenceOf);
  const sessionId = await readySession(station.world, station.clinician, { models }, voice);
  const complete = () => done(station.world, station.clinician, 'sessions.complete', { sessionId });
  return { ...station, sessionId, complete };
}

function completed(result: ScreeningResult | undefined) {
  if (result?.outcome.status !== 'completed')
    throw new Error(`no scores: ${JSON.stringify(result?.outcome)}`);
  return result.outcome;
}

describe('a session in inference mode', () => {
  it('stores all that is needed to run it again', async () => {
    const { sessionId, complete, clinician } = await ready();
    const detail = await complete();
    expect(detail.status).toBe('completed');
    const vowel = detail.steps.find((step) => step.key === 'sustentada')?.takes[0];
    const [screening] = detail.screenings;
    expect(screening).toMatchObject({
      sessionId,
      by: clinician.account?.id,
      model: { ...breath, sha256: voiceModel().sha256, isDemonstration: true },
      appVersion: '0.1.0',
      inputs: {
        takes: [{ stepKey: 'sustentada', takeId: vowel?.id, sha256: vowel?.sha256 }],
        fields: [],
        ageYears: 61,
        refusedRecordings: [],
      },
    });
    const outcome = completed(screening);
    // The twin's score is the mean magnitude: 0.3 · 2/π for a sine of amplitude 0.3.
    expect(outcome.scores[0]).toBeCloseTo((0.3 * 2) / Math.PI, 3);
    expect(outcome).toMatchObject({
      provider: 'cpu',
      labels: ['insufficient', 'sufficient'],
      positiveLabel: 'insufficient',
      thresholds: { positive: 0.5, negative: 0.1 },
      decision: 'inconclusive',
      reasons: ['between-thresholds'],
      evidence: [
        { stepKey: 'sustentada', startS: 0, endS: 1 },
        { stepKey: 'sustentada', startS: 1, endS: 2 },
      ],
    });
    expect(detail.results).toEqual([
      { model: breath, isDemonstration: true, status: 'completed', decision: 'inconclusive' },
    ]);
  });

  it.each([
    [0.9, 'positive', 'at-or-above-positive-threshold'],
    [0.1, 'negative', 'at-or-below-negative-threshold'],
    [0.3, 'inconclusive', 'between-thresholds'],
  ])('a voice of amplitude %d is %s', async (amplitude, decision, reason) => {
    const { complete } = await ready({ voice: { amplitude } });
    expect(completed((await complete()).screenings[0])).toMatchObject({ decision, reasons: [reason] });
  });

  it('is never more certain than the card', async () => {
    const { complete } = await ready({
      voice: { amplitude: 0.9 },
      model: { limits: { decisions: ['negative', 'inconclusive'], highestScore: 0.55 } },
    });
    expect(completed((await complete()).screenings[0])).toMatchObject({
      decision: 'inconclusive',
      reasons: ['not-allowed-by-card'],
      shownScore: 0.55,
    });
  });

  it('is inconclusive outside the population that the model was made for', async () => {
    const { complete } = await ready({
      voice: { amplitude: 0.9 },
      model: { limits: { maximumAgeYears: 60 } },
    });
    expect(completed((await complete()).screenings[0])).toMatchObject({
      decision: 'inconclusive',
      reasons: ['outside-population'],
    });
  });

  it('tells the pages how far it is', async () => {
    const { complete, events, sessionId } = await ready();
    await complete();
    const stages = events.published.flatMap((event) =>
      event.name === 'screening.progress' ? [event.payload] : [],
    );
    expect(stages).toEqual(
      ['preparing', 'running', 'done'].map((stage) => ({ sessionId, model: breath, stage })),
    );
  });

  it('hears no more of a recording than the model asks for', async () => {
    const voice = new Float32Array(3 * sampleRateHz);
    voice.set(tone({ seconds: 2, sampleRateHz, amplitude: 0.3 }));
    voice.fill(0.9, 2 * sampleRateHz);
    const { complete } = await ready({ model: { maximumS: 2 }, voice: { samples: voice } });
    const outcome = completed((await complete()).screenings[0]);
    expect(outcome.scores[0]).toBeCloseTo((0.3 * 2) / Math.PI, 3);
    expect(outcome.evidence.at(-1)?.endS).toBe(2);
  });

  it('a model that asks for fields alone is as good as any', async () => {
    const fields: ModelWishes['fields'] = [
      { key: 'age', required: true, encoding: { kind: 'number', offset: 0, scale: 1, missing: 0 } },
      { key: 'covid', required: false, encoding: { kind: 'one-hot', values: ['TRUE', 'FALSE'] } },
    ];
    const { complete } = await ready({ model: { recordings: [], fields } });
    const [screening] = (await complete()).screenings;
    expect(screening?.inputs).toMatchObject({ takes: [], fields: [61, 0, 1] });
    expect(completed(screening).scores[0]).toBeCloseTo(0.062, 9);
  });
});

describe('what a model lacks ends in an error with its reason', () => {
  it.each<[string, ModelWishes, object]>([
    [
      'a recording that was left out',
      { recordings: ['sustentada', 'frase'] },
      { problem: 'model-needs-recording', details: { recording: 'frase' } },
    ],
    [
      'the spoken consent',
      { recordings: ['aceite'] },
      { problem: 'model-invalid', details: { recording: 'aceite' } },
    ],
    [
      'a field without an answer',
      {
        fields: [
          { key: 'spo2', required: true, encoding: { kind: 'number', offset: 0, scale: 1, missing: 0 } },
        ],
      },
      { problem: 'model-needs-field', details: { fields: 'spo2' } },
    ],
  ])('%s', async (_, model, outcome) => {
    const { complete } = await ready({ model });
    const detail = await complete();
    expect(detail.status).toBe('error');
    expect(detail.screenings.map((screening) => screening.outcome)).toMatchObject([
      { status: 'error', ...outcome },
    ]);
    expect(detail.results).toMatchObject([{ status: 'error', decision: null }]);
    expect(detail.history.at(-1)).toMatchObject({ action: 'screening-failed' });
  });

  it('a recording that is too short for it', async () => {
    const { world, clinician, complete, sessionId } = await ready({ voice: { seconds: 0.99 } });
    const take = (await done(world, clinician, 'sessions.get', { sessionId })).steps[2]?.takes[0];
    if (take === undefined) throw new Error('no vowel');
    await done(world, clinician, 'sessions.override-quality', { takeId: take.id, reason: 'out of breath' });
    expect((await complete()).screenings[0]?.outcome).toMatchObject({
      problem: 'audio-too-short',
      details: { recording: 'sustentada', seconds: 0.99, minimumSeconds: 1 },
    });
  });

  it('a recording that was changed on the disk', async () => {
    const { complete, recordings, sessionId, store } = await ready();
    const vowel = store
      .read((transaction) => transaction.takes.ofSession(sessionId))
      .find((take) => take.stepKey === 'sustentada');
    if (vowel === undefined) throw new Error('no vowel');
    recordings.damage(vowel.id);
    const detail = await complete();
    expect(detail.status).toBe('error');
    expect(detail.screenings[0]?.outcome).toMatchObject({
      problem: 'take-damaged',
      details: { step: 'sustentada' },
    });
  });
});

it('a recording that is whole and another than the one that was saved', async () => {
  const { complete, sessionId, store } = await ready();
  store.write((transaction) => {
    const vowel = transaction.takes.ofSession(sessionId).find((take) => take.stepKey === 'sustentada');
    if (vowel !== undefined) transaction.takes.update({ ...vowel, sha256: 'e'.repeat(64) });
  });
  expect((await complete()).screenings).toMatchObject([
    { outcome: { problem: 'take-damaged', details: { step: 'sustentada', reason: 'hash' } } },
  ]);
});

describe('an engine that fails', () => {
  it('is asked once more after a crash, and the session is none the worse', async () => {
    const { world, clinician, complete, inference, events } = await ready();
    await done(world, clinician, 'models.test', breath);
    inference.mishap('crash');
    expect((await complete()).status).toBe('completed');
    expect(events.published).toContainEqual(
      expect.objectContaining({ payload: expect.objectContaining({ stage: 'retrying' }) }),
    );
  });

  it.each([
    ['crash', 'engine-crashed'],
    ['hang', 'engine-timed-out'],
  ] as const)(
    'a second %s ends in the status error with its reason, and later sessions are screened',
    async (kind, problem) => {
      const { world, clinician, complete, inference, sessionId } = await ready();
      await done(world, clinician, 'models.test', breath);
      inference.mishap(kind, { times: 2 });
      const detail = await complete();
      expect(detail.status).toBe('error');
      expect(detail.screenings).toMatchObject([{ outcome: { status: 'error', problem } }]);
      const [again] = await done(world, clinician, 'sessions.screen', { sessionId, models: [breath] });
      expect(again?.outcome.status).toBe('completed');
      expect((await done(world, clinician, 'sessions.get', { sessionId })).status).toBe('completed');
    },
  );

  it('other failures are not repeated', async () => {
    const { world, clinician, complete, inference } = await ready();
    await done(world, clinician, 'models.test', breath);
    inference.mishap('fail');
    expect((await complete()).screenings).toMatchObject([{ outcome: { problem: 'engine-run-failed' } }]);
  });
});

describe('several models', () => {
  const deep = voiceModel({ name: 'deep' });
  const greedy = voiceModel({ name: 'greedy', recordings: ['frase'] });

  it('are compared on one session', async () => {
    const { complete } = await ready({ models: [voiceModel(), deep] });
    const detail = await complete();
    expect(detail.screenings.map((screening) => screening.model.name)).toEqual(['breath', 'deep']);
    expect(detail.status).toBe('completed');
  });

  it('one that fails takes nothing from the others', async () => {
    const { complete } = await ready({ models: [greedy, deep] });
    const detail = await complete();
    expect(detail.status).toBe('completed');
    expect(detail.results.map((result) => result.status).toSorted()).toEqual(['completed', 'error']);
  });

  it('may come later, and are then part of the session', async () => {
    const { world, clinician, complete, sessionId } = await ready({ models: [voiceModel()] });
    const station = await ward({ models: [voiceModel(), deep] });
    await complete();
    expect(
      await call(world, clinician, 'sessions.screen', { sessionId, models: [referenceOf(deep)] }),
    ).toMatchObject({
      problem: { code: 'model-not-found', details: { name: 'deep' } },
    });
    const other = await readySession(station.world, station.clinician);
    await done(station.world, station.clinician, 'sessions.complete', { sessionId: other });
    const results = await done(station.world, station.clinician, 'sessions.screen', {
      sessionId: other,
      models: [referenceOf(deep)],
    });
    expect(results.map((result) => result.outcome.status)).toEqual(['completed']);
    const detail = await done(station.world, station.clinician, 'sessions.get', { sessionId: other });
    expect(detail.models.map((model) => model.name)).toEqual(['breath', 'deep']);
    expect(detail.screenings).toHaveLength(2);
  });
});

describe('screening again', () => {
  it('is refused for a draft, a collection session and one that is set aside', async () => {
    const { world, clinician } = await ward();
    const { id: draft } = await createDraft(world, clinician);
    const collection = await readySession(world, clinician, { mode: 'collection' });
    await done(world, clinician, 'sessions.complete', { sessionId: collection });
    const { id: aside } = await createDraft(world, clinician);
    await done(world, clinician, 'sessions.discard', { sessionId: aside, reason: 'wrong patient' });
    for (const [sessionId, code] of [
      [draft, 'session-incomplete'],
      [collection, 'conflict'],
      [aside, 'session-closed'],
    ] as const) {
      expect(await call(world, clinician, 'sessions.screen', { sessionId, models: [breath] })).toMatchObject({
        problem: { code },
      });
    }
  });

  it('waits for a screening that is under way', async () => {
    const { world, clinician, complete, sessionId } = await ready();
    await complete();
    const again = () => call(world, clinician, 'sessions.screen', { sessionId, models: [breath] });
    const answers = await Promise.all([again(), again()]);
    expect(answers.map((answer) => answer.ok)).toEqual([true, false]);
    expect(answers[1]).toMatchObject({ problem: { code: 'conflict', details: { reason: 'processing' } } });
  });
});

describe('replay', () => {
  it('gives the same scores from what is stored, and says so', async () => {
    const { world, it: it0, complete, inference } = await ready();
    const [screening] = (await complete()).screenings;
    if (screening === undefined) throw new Error('no result');
    const researcher = await person(world, it0, 'rita', ['researcher']);
    const replay = () => done(world, researcher, 'sessions.replay', { resultId: screening.id });
    expect(await replay()).toEqual({ matches: true, largestDifference: 0 });
    inference.mishap('disagree');
    const differs = await replay();
    expect(differs.matches).toBe(false);
    expect(differs.largestDifference).toBeCloseTo(0.25, 9);
  });

  it('names what it lacks: the model, its content, the audio, or scores to compare with', async () => {
    const { world, clinician, complete, models, recordings } = await ready();
    const [screening] = (await complete()).screenings;
    if (screening === undefined) throw new Error('no result');
    const resultId = screening.id;
    const replay = (other = world) => call(other, clinician, 'sessions.replay', { resultId });
    const list = async (sha256: string, name: string) => {
      const listed = await models.list();
      const [model] = listed.models;
      if (model === undefined) throw new Error('no model');
      const changed = { ...model, sha256, manifest: { ...model.manifest, name } };
      return {
        ...world,
        models: { ...models, list: () => Promise.resolve({ models: [changed], refused: [] }) },
      };
    };
    expect(await replay(await list('c'.repeat(64), 'breath'))).toMatchObject({
      problem: { code: 'model-hash-mismatch' },
    });
    expect(await replay(await list('c'.repeat(64), 'other'))).toMatchObject({
      problem: { code: 'model-not-found' },
    });
    const takeId = screening.inputs.takes[0]?.takeId;
    if (takeId === undefined) throw new Error('no take');
    recordings.damage(takeId);
    expect(await replay()).toMatchObject({ problem: { code: 'take-damaged' } });
    expect(
      await call(world, clinician, 'sessions.replay', { resultId: '00000000-0000-7000-8000-000000000000' }),
    ).toMatchObject({ problem: { code: 'not-found' } });
  });

  it('has nothing to compare where there were no scores', async () => {
    const { world, clinician, complete } = await ready({ model: { recordings: ['frase'] } });
    const [screening] = (await complete()).screenings;
    if (screening === undefined) throw new Error('no result');
    expect(await call(world, clinician, 'sessions.replay', { resultId: screening.id })).toMatchObject({
      problem: { code: 'conflict', details: { reason: 'no-scores', problem: 'model-needs-recording' } },
    });
  });
});

describe('the test of a model', () => {
  const mismatch = voiceModel({ goldenError: 0.01 });

  it('chooses the first provider that agrees, and remembers it with what it dropped', async () => {
    const station = await ward({ providers: ['webgpu', 'cuda', 'cpu'], unavailable: ['webgpu'] });
    const { world, clinician, inference, events, store } = station;
    inference.mishap('disagree', { provider: 'cuda' });
    const state = await done(world, clinician, 'models.test', breath);
    expect(state).toMatchObject({ state: 'ready', provider: 'cpu', problem: null });
    expect(state.dropped).toEqual([
      { provider: 'webgpu', reason: 'unavailable', largestDifference: null },
      { provider: 'cuda', reason: 'disagrees', largestDifference: expect.closeTo(0.25, 6) },
    ]);
    expect(events.published.filter((event) => event.name === 'notice').map((event) => event.payload)).toEqual(
      [{ code: 'model-golden-mismatch' }],
    );
    const actions = store
      .read((transaction) => transaction.audit.list({ limit: 3 }))
      .map((entry) => entry.action);
    expect(actions).toEqual(['model-tested', 'provider-dropped', 'provider-dropped']);
  });

  it.each([
    ['crash', 'crashed'],
    ['hang', 'timed-out'],
    ['fail', 'failed'],
  ] as const)('a provider with a %s is dropped as %s', async (kind, reason) => {
    const { world, clinician, inference } = await ward({ providers: ['webgpu', 'cpu'] });
    inference.mishap(kind, { provider: 'webgpu' });
    expect(await done(world, clinician, 'models.test', breath)).toMatchObject({
      provider: 'cpu',
      dropped: [{ provider: 'webgpu', reason }],
    });
  });

  it('does not try a dropped provider again after a restart, until somebody tests the model anew', async () => {
    const station = await ward({ providers: ['webgpu', 'cpu'] });
    station.inference.mishap('disagree', { provider: 'webgpu' });
    await done(station.world, station.clinician, 'models.test', breath);
    const world = station.restart();
    const desk = await signedIn(world, 'clara');
    const before = station.inference.calls.length;
    const sessionId = await readySession(world, desk);
    const detail = await done(world, desk, 'sessions.complete', { sessionId });
    expect(completed(detail.screenings[0]).provider).toBe('cpu');
    expect(station.inference.calls.slice(before).some((entry) => entry.endsWith('webgpu'))).toBe(false);
    const tested = await done(world, desk, 'models.test', breath);
    expect(tested).toMatchObject({ provider: 'webgpu', dropped: [] });
  });

  it('runs the golden inputs once per start, not once per session', async () => {
    const { world, clinician, inference } = await ward();
    for (let turn = 0; turn < 2; turn += 1) {
      const sessionId = await readySession(world, clinician);
      await done(world, clinician, 'sessions.complete', { sessionId });
    }
    expect(inference.calls.map((entry) => entry.split(':')[0])).toEqual(['load', 'score', 'score', 'score']);
  });

  it('a model that disagrees with its own golden scores everywhere is failed and serves nobody', async () => {
    const { world, clinician } = await ward({ models: [mismatch] });
    expect(await done(world, clinician, 'models.test', breath)).toMatchObject({
      state: 'failed',
      provider: null,
      problem: { code: 'model-golden-mismatch', details: { tolerance: 0.001 } },
      dropped: [{ provider: 'cpu', reason: 'disagrees' }],
    });
    const sessionId = await readySession(world, clinician);
    const detail = await done(world, clinician, 'sessions.complete', { sessionId });
    expect(detail.screenings).toMatchObject([{ outcome: { problem: 'model-golden-mismatch' } }]);
    expect((await done(world, clinician, 'home.state', {})).models).toEqual({ ready: 0, failed: 1 });
  });

  it('a difference of 0.0009 is agreement, one of 0.0011 is none', async () => {
    for (const [goldenError, state] of [
      [0.0009, 'ready'],
      [0.0011, 'failed'],
    ] as const) {
      const { world, clinician } = await ward({ models: [voiceModel({ goldenError })] });
      expect((await done(world, clinician, 'models.test', breath)).state).toBe(state);
    }
  });
});

it('a test and a screening at the same time wait for each other', async () => {
  const { world, clinician, sessionId, complete, inference } = await ready({
    providers: ['webgpu', 'cpu'],
    unavailable: ['webgpu'],
  });
  await complete();
  // Trying webgpu takes the loaded graph away; a screening in between would find none.
  let goOn = (): void => undefined;
  const tried = new Promise<void>((isTried) => {
    const { load } = inference;
    inference.load = async (model, provider) => {
      const loaded = await load(model, provider);
      if (provider !== 'webgpu') return loaded;
      isTried();
      await new Promise<void>((resolve) => {
        goOn = resolve;
      });
      return loaded;
    };
  });
  const test = done(world, clinician, 'models.test', breath);
  await tried;
  const screening = done(world, clinician, 'sessions.screen', { sessionId, models: [breath] });
  for (let turn = 0; turn < 100; turn += 1) await world.clock.breathe();
  goOn();
  expect((await test).provider).toBe('cpu');
  expect((await screening)[0]?.outcome.status).toBe('completed');
});

describe('keeping models', () => {
  const fresh = voiceModel({ name: 'fresh' });
  const folder = '/media/stick/fresh';

  it('installs one that passes, and lists it as ready', async () => {
    const { world, it: it0, models, store } = await ward();
    models.offer(folder, fresh);
    expect(await done(world, it0, 'models.install', { folder })).toMatchObject({
      manifest: { name: 'fresh' },
      source: 'installed',
      state: 'ready',
      provider: 'cpu',
    });
    const listed = await done(world, it0, 'models.list', {});
    expect(listed.map((model) => [model.manifest.name, model.state])).toEqual([
      ['breath', 'untested'],
      ['fresh', 'ready'],
    ]);
    const [entry] = store.read((transaction) => transaction.audit.list({ limit: 1 }));
    expect(entry).toMatchObject({
      action: 'model-installed',
      details: { name: 'fresh', sha256: fresh.sha256 },
    });
  });

  it.each<[string, ModelWishes, string]>([
    ['fails its golden check', { goldenError: 0.5 }, 'model-golden-mismatch'],
    [
      'asks for the label',
      {
        fields: [
          { key: 'insufficiency', required: false, encoding: { kind: 'one-hot', values: ['YES', 'NO'] } },
        ],
      },
      'model-asks-for-label',
    ],
  ])('keeps none that %s, and the old ones stay', async (_, wishes, code) => {
    const { world, it: it0, models } = await ward();
    models.offer(folder, voiceModel({ name: 'fresh', ...wishes }));
    expect(await call(world, it0, 'models.install', { folder })).toMatchObject({ problem: { code } });
    expect((await done(world, it0, 'models.list', {})).map((model) => model.manifest.name)).toEqual([
      'breath',
    ]);
  });

  it('installing the same again is a success, and a failed test of it does not take it away', async () => {
    const { world, it: it0, models, inference } = await ward();
    models.offer(folder, fresh);
    await done(world, it0, 'models.install', { folder });
    inference.mishap('disagree', { times: 9 });
    expect((await done(world, it0, 'models.install', { folder })).state).toBe('ready');
    expect(await done(world, it0, 'models.list', {})).toHaveLength(2);
  });

  it('removes an installed one, and forgets that it was preselected; a shipped one stays', async () => {
    const { world, it: it0, models } = await ward();
    models.offer(folder, fresh);
    await done(world, it0, 'models.install', { folder });
    const { settings } = await done(world, it0, 'app.state', {});
    const reference = referenceOf(fresh);
    await done(world, it0, 'settings.save', { ...settings, defaultModels: [breath, reference] });
    await done(world, it0, 'models.remove', reference);
    expect((await done(world, it0, 'app.state', {})).settings.defaultModels).toEqual([breath]);
    expect(await call(world, it0, 'models.remove', reference)).toMatchObject({
      problem: { code: 'model-not-found' },
    });
    expect(await call(world, it0, 'models.remove', breath)).toMatchObject({ problem: { code: 'forbidden' } });
  });

  it('the results of a model that is gone stay readable', async () => {
    const { world, it: it0, clinician, models } = await ward();
    models.offer(folder, fresh);
    await done(world, it0, 'models.install', { folder });
    const sessionId = await readySession(world, clinician, { models: [referenceOf(fresh)] });
    await done(world, clinician, 'sessions.complete', { sessionId });
    await done(world, it0, 'models.remove', referenceOf(fresh));
    const detail = await done(world, clinician, 'sessions.get', { sessionId });
    expect(completed(detail.screenings[0]).decision).toBe('inconclusive');
  });
});

it('an answer that the form stopped asking for reaches no model', async () => {
  const fields: ModelWishes['fields'] = [
    { key: 'spo2', required: false, encoding: { kind: 'number', offset: 0, scale: 1, missing: -1 } },
  ];
  const { world, clinician, complete, sessionId } = await ready({ model: { fields } });
  await fill(world, clinician, sessionId, { answers });
  await record(world, clinician, sessionId, 'sustentada');
  expect((await complete()).screenings[0]?.inputs.fields).toEqual([-1]);
});
