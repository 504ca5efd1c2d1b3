/** The defects of the earlier systems, each tried on the running product. */
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, type Page } from '@playwright/test';
import type { FormDefinition } from '../contract/form.ts';
import {
  administrator,
  answers,
  doTheRest,
  draftSession,
  phrase,
  test,
  type Bedside,
} from './support/bedside.ts';
import { filesOf } from './support/folder-print.ts';
import { expectFaithful } from './support/faithful-take.ts';
import { copyOfShippedModel, spoil } from './support/model-folder.ts';
import { roomNoise } from './support/sound.ts';
import { spoken, startTake, watchTake } from './support/take-watch.ts';
import { runProgram } from './support/workstation.ts';

const played = phrase(8);

test('defect 1: a second session of the same patient stands beside the first, and both keep their own recordings', async ({
  openBedside,
}) => {
  const bedside = await openBedside();
  const { page } = bedside;
  const first = await draftSession(bedside);
  const second = await draftSession(bedside);
  expect(first.id).not.toBe(second.id);
  await page.reload();
  await goTo(page, '#/sessions');
  await expect(page.getByRole('row').filter({ hasText: '14259401E' })).toHaveCount(2);
  await page.getByLabel('Search').fill('14259401');
  await expect(page.getByRole('row').filter({ hasText: '14259401E' })).toHaveCount(2);
  const takesOf = async ({ id: sessionId }: typeof first) =>
    (await bedside.must('sessions.get', { sessionId })).steps.flatMap(({ takes }) =>
      takes.map(({ id }) => id),
    );
  const [one, other] = [await takesOf(first), await takesOf(second)];
  expect(one).toHaveLength(2);
  expect(other).toHaveLength(2);
  expect(new Set([...one, ...other]).size).toBe(4);
});

test('defect 1: a session that answers late does not take the place of the one that was opened after it', async ({
  openBedside,
}) => {
  const bedside = await openBedside();
  const { page } = bedside;
  const late = await draftSession(bedside);
  const wanted = await draftSession(bedside);
  const kept = { sessionId: wanted.id, answers, confirmedWarnings: [], currentStep: 'form' };
  await bedside.must('sessions.save-draft', kept);
  const asked = Promise.withResolvers<undefined>();
  const goOn = Promise.withResolvers<undefined>();
  await page.route(/\/api\/sessions\.get$/u, async (route) => {
    if (route.request().postData()?.includes(late.id) === true) {
      asked.resolve(undefined);
      await goOn.promise;
    }
    await route.continue();
  });
  await bedside.open(late.id);
  await asked.promise;
  await bedside.open(wanted.id);
  const age = page.getByLabel(/^Age/u);
  await expect(age).toBeVisible();
  const answered = page.waitForResponse(
    (response) => response.request().postData()?.includes(late.id) === true,
  );
  goOn.resolve(undefined);
  await answered;
  await age.fill('62');
  await expect.poll(() => answersOf(bedside, wanted.id)).toEqual({ ...answers, age: 62 });
  expect(await answersOf(bedside, late.id)).toEqual(answers);
});

test('defect 2: "Saved" is not shown before the take is verified on the disk', async ({ openBedside }) => {
  const bedside = await openBedside({ sound: played });
  const { page, dataFolder } = bedside;
  const { id: sessionId } = await draftSession(bedside);
  await bedside.open(sessionId);
  const asked = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  await page.route(/\/api\/recording\.finish$/u, async (route) => {
    asked.resolve();
    await goOn.promise;
    await route.continue();
  });
  const watch = watchTake(page);
  await startTake(page);
  await spoken(watch, 2.5);
  const before = finishedTakes(dataFolder);
  const words = await recordWords(page);
  await page.keyboard.press('Space');
  await asked.promise;
  await expect(page.locator('.recording__state')).toHaveText('Saving');
  await expect(page.getByRole('button', { name: 'Continue' })).toBeDisabled();
  expect(finishedTakes(dataFolder)).toEqual(before);
  goOn.resolve();
  await expect(page.locator('.recording__state')).toHaveText('Saved');
  expect(finishedTakes(dataFolder)).toHaveLength(before.length + 1);
  expect(await words()).toEqual(['Recording', 'Saving', 'Saved']);
});

test('defect 2: a save that fails is never called "Saved", and trying again saves the whole take', async ({
  openBedside,
}) => {
  const bedside = await openBedside({ sound: played });
  const { page } = bedside;
  const { id: sessionId } = await draftSession(bedside);
  await bedside.open(sessionId);
  let isFailing = true;
  await page.route(/\/api\/recording\.finish$/u, (route) =>
    isFailing
      ? route.fulfill({ json: { ok: false, problem: { code: 'storage-unavailable' } } })
      : route.continue(),
  );
  const watch = watchTake(page);
  await startTake(page);
  await spoken(watch, 2.5);
  const words = await recordWords(page);
  await page.keyboard.press('Space');
  await expect(page.locator('.recording__state')).toHaveText('Problem');
  await expect(page.getByText('The program cannot read or write the disk.')).toBeVisible();
  expect(await words()).not.toContain('Saved');
  isFailing = false;
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(page.locator('.recording__state')).toHaveText('Saved');
  await expectWholeTake(bedside, sessionId);
});

test('defect 5: an optional number that was emptied again is simply absent, in the store, the result and the export', async ({
  openBedside,
}) => {
  const bedside = await openBedside();
  const { page } = bedside;
  const draft = await draftSession(bedside, { mode: 'inference' });
  await bedside.must('sessions.save-draft', {
    sessionId: draft.id,
    answers,
    confirmedWarnings: [],
    currentStep: 'form',
  });
  await bedside.open(draft.id);
  const field = page.getByLabel(/SpO2|SpO₂|saturation/iu).first();
  await field.fill('97');
  await expect
    .poll(() => answersOf(bedside, draft.id), { intervals: [50] })
    .toEqual({ ...answers, spo2: 97 });
  await field.fill('');
  await expect(field).toHaveValue('');
  await expect.poll(() => answersOf(bedside, draft.id), { intervals: [50] }).toEqual(answers);
  await doTheRest(bedside, draft.id);
  const done = await bedside.must('sessions.complete', { sessionId: draft.id });
  expect(done.status).toBe('completed');
  const { csv } = await bedside.must('sessions.export', {
    search: '',
    filter: {},
    sort: { column: 'date', direction: 'ascending' },
  });
  expect(csv).toContain('14259401E');
  expect(csv).not.toMatch(/undefined|NaN|null/u);
});

test('defect 6: a first session is screened with a registry that was never reached; the page asks nobody but this PC', async ({
  openBedside,
}) => {
  const bedside = await openBedside();
  const { page } = bedside;
  const origins = new Set<string>();
  page.on('request', (request) => origins.add(new URL(request.url()).origin));
  await page.reload();
  await expect(
    page.getByText('This PC does not belong to a central registry. Everything works without it.'),
  ).toBeVisible();
  const draft = await draftSession(bedside, {
    mode: 'inference',
    answers: {},
    done: [],
    currentStep: 'form',
  });
  await bedside.open(draft.id);
  const hospital = page.getByLabel(/^Hospital/u).first();
  await hospital.fill('Hospital Municipal que ninguém conhece');
  await expect
    .poll(() => answersOf(bedside, draft.id), { intervals: [50] })
    .toEqual({ hospital: 'Hospital Municipal que ninguém conhece' });

  const known = await draftSession(bedside, { mode: 'inference' });
  await doTheRest(bedside, known.id);
  expect((await bedside.must('sessions.complete', { sessionId: known.id })).status).toBe('completed');
  await goTo(page, `#/sessions/${known.id}`);
  await expect(page.getByText('14259401E').first()).toBeVisible();
  expect([...origins]).toEqual([new URL(bedside.workstation.address).origin]);
});

test('defect 8: one session that failed leaves the list whole; dates sort as dates and show the time of this place', async ({
  openBedside,
}) => {
  const bedside = await openBedside({ env: { TZ: 'America/Sao_Paulo' } });
  const { page, dataFolder } = bedside;
  const patient = { ...answers, hospital: 'Santa Casa' };
  const good = await draftSession(bedside, { mode: 'inference', answers: { ...patient, rgh: '1' } });
  await doTheRest(bedside, good.id);
  await bedside.must('sessions.complete', { sessionId: good.id });
  const broken = await draftSession(bedside, { mode: 'inference', answers: { ...patient, rgh: '2' } });
  await doTheRest(bedside, broken.id);
  const { steps } = await bedside.must('sessions.get', { sessionId: broken.id });
  const takeId = steps.find(({ key }) => key === 'sustentada')?.takes[0]?.id ?? 'none';
  for (const path of filesOf(dataFolder).filter((file) => file.endsWith(takeId))) spoil(path);
  const failed = await bedside.must('sessions.complete', { sessionId: broken.id });
  expect(failed.status).toBe('error');
  const last = await draftSession(bedside, { answers: { ...patient, rgh: '3' } });

  const rows = (direction: 'ascending' | 'descending') =>
    bedside.must('sessions.list', { sort: { column: 'date', direction } });
  const [up, down] = [await rows('ascending'), await rows('descending')];
  expect(up.rows.map(({ id }) => id)).toEqual([good.id, broken.id, last.id]);
  expect(down.rows.map(({ id }) => id)).toEqual([last.id, broken.id, good.id]);
  for (const { createdAt } of up.rows) expect(createdAt.at).toMatch(/Z$/u);

  await goTo(page, '#/sessions');
  const shown = page.getByRole('row').filter({ hasText: 'Santa Casa' });
  await expect(shown).toHaveCount(3);
  await expect(shown.filter({ hasText: 'Screening failed' })).toHaveCount(1);
  const created = up.rows[0]?.createdAt.at ?? '';
  const time = new Intl.DateTimeFormat('en-GB', {
    timeZone: 'America/Sao_Paulo',
    hour: '2-digit',
    minute: '2-digit',
  }).format(new Date(created));
  await expect(page.getByText(time).first()).toBeVisible();
});

test('defect 11: a silent microphone is said on the screen, and its take does not count', async ({
  openBedside,
}) => {
  const bedside = await openBedside({ sound: roomNoise(4, -75) });
  const { page } = bedside;
  const { id: sessionId } = await draftSession(bedside);
  await bedside.open(sessionId);
  await expect(page.getByText('No sound').first()).toBeVisible();
  const watch = watchTake(page);
  await startTake(page);
  await spoken(watch, 2.5);
  await page.keyboard.press('Space');
  await expect(page.locator('.recording__state')).toHaveText('Saved');
  await expect(page.getByText('Record again if the patient can')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Continue' })).toBeDisabled();
  const { steps } = await bedside.must('sessions.get', { sessionId });
  const step = steps.find(({ key }) => key === 'sustentada');
  expect(step?.state).toBe('open');
  expect(step?.takes[0]?.quality.gates.find(({ gate }) => gate === 'silent')?.passed).toBe(false);
});

test('defect 11: blocks that the browser drops are counted, shown and kept with the take', async ({
  openBedside,
}) => {
  const bedside = await openBedside({ sound: played });
  const { page } = bedside;
  const { id: sessionId } = await draftSession(bedside);
  await page.addInitScript(dropBuffersOnRequest);
  await bedside.open(sessionId);
  await page.reload();
  const watch = watchTake(page);
  await startTake(page);
  await spoken(watch, 1.5);
  await page.evaluate(() => Object.assign(window, { buffersToDrop: 80 }));
  await page.waitForFunction(() => (window as DroppingWindow).buffersToDrop === 0);
  const dropped = (await page.evaluate(() => (window as DroppingWindow).droppedFrames)) ?? 0;
  expect(dropped).toBeGreaterThan(10_000);
  await spoken(watch, 3);
  await page.keyboard.press('Space');
  await expect(page.locator('.recording__state')).toHaveText('Saved');
  await expect(page.getByText(/of audio are missing in this recording/u)).toBeVisible();
  const { steps } = await bedside.must('sessions.get', { sessionId });
  const take = steps.find(({ key }) => key === 'sustentada')?.takes[0];
  const missing = take?.continuity.missingFrames ?? 0;
  // Two clocks that were read at different moments: within a hundredth of a second. The device of a busy PC may pause too.
  expect(missing).toBeGreaterThan(dropped - 441);
  expect(missing).toBeLessThan(dropped + 22_050);
  const largest = Math.max(0, ...(take?.continuity.gaps ?? []).map(({ frames }) => frames));
  expect(largest).toBeGreaterThan(dropped - 441);
});

test('defect 11: chunks whose answers are lost on the way are sent again, none twice, none missing', async ({
  openBedside,
}) => {
  const bedside = await openBedside({ sound: played });
  const { page } = bedside;
  const { id: sessionId } = await draftSession(bedside);
  await page.addInitScript(loseSomeChunks);
  await bedside.open(sessionId);
  await page.reload();
  const watch = watchTake(page);
  await startTake(page);
  await spoken(watch, 3);
  await page.keyboard.press('Space');
  await expect(page.locator('.recording__state')).toHaveText('Saved');
  expect(await page.evaluate(() => (window as { lostChunks?: number }).lostChunks)).toBe(2);
  await expectWholeTake(bedside, sessionId);
});

test('defect 12: a model that asks for the outcome of interest is refused, in the app and by command line', async ({
  openBedside,
}) => {
  const bedside = await openBedside();
  const folder = copyOfShippedModel(join(bedside.folder, 'model'), (manifest) => ({
    ...manifest,
    version: '9.0.0',
    input: {
      ...manifest.input,
      fields: [
        {
          key: 'respiratoryInsufficiency',
          required: false,
          encoding: { kind: 'one-hot', values: ['YES', 'NO'] },
        },
      ],
    },
    golden: manifest.golden.map((each) => ({ ...each, fields: [0, 0] })),
  }));
  const installed = await bedside.as(administrator, () => bedside.call('models.install', { folder }));
  expect(installed).toMatchObject({ ok: false, problem: { code: 'model-asks-for-label' } });
  expect(await bedside.must('models.list', {})).toHaveLength(1);
  const { forms } = await bedside.must('definitions.list', {});
  const told = join(bedside.folder, 'answers.json');
  writeFileSync(
    told,
    JSON.stringify({
      form: { id: forms[0]?.id, version: forms[0]?.version },
      answers: { ...answers, respiratoryInsufficiency: 'YES' },
    }),
  );
  const options = ['--data', bedside.dataFolder, '--model-folder', folder, '--answers', told];
  const run = await runProgram('main/hosts/node/screen.ts', [
    ...options,
    join(folder, 'golden', 'steady.wav'),
  ]);
  expect(run.code).toBe(1);
  expect(JSON.parse(run.stdout)).toMatchObject({ error: { code: 'model-asks-for-label' } });
});

test('defect 13: a new version of the form is a file beside the store: it is offered, used, and the older sessions stay readable', async ({
  openBedside,
}) => {
  const bedside = await openBedside();
  const { page, dataFolder } = bedside;
  const former = await draftSession(bedside);
  const own = join(dataFolder, 'definitions', 'forms');
  mkdirSync(own, { recursive: true });
  const next = nextForm();
  writeFileSync(join(own, 'ficha-nova.json'), JSON.stringify(next));
  await goTo(page, '#/new');
  await page.reload();
  await page.getByRole('button', { name: 'Begin' }).click();
  await expect(page.getByLabel('Hours since the last meal')).toBeVisible();
  await page.getByLabel('Hours since the last meal').fill('5');
  const sessionId = (await bedside.must('home.state', {})).drafts.find(
    ({ form }) => form.version === next.version,
  )?.id;
  if (sessionId === undefined) throw new Error('no session with the new form');
  await expect.poll(() => answersOf(bedside, sessionId), { intervals: [50] }).toEqual({ hoursSinceMeal: 5 });

  await goTo(page, `#/new/${former.id}`);
  await expect(page.getByRole('heading', { name: 'Sustained vowel' })).toBeVisible();
  expect((await bedside.must('sessions.get', { sessionId: former.id })).form.version).not.toBe(next.version);

  writeFileSync(join(own, 'broken.json'), '{ "id": "spira-patient", ');
  await bedside.workstation.stop();
  await bedside.restart();
  await bedside.signIn();
  await expect(page.getByText('A form or protocol', { exact: false }).first()).toBeVisible();
  const { forms } = await bedside.must('definitions.list', {});
  expect(forms.map(({ version }) => version)).toContain(next.version);
});

/** The newest shipped form with one more question. */
function nextForm(): FormDefinition {
  const folder = resolve(import.meta.dirname, '../resources/forms');
  const newest = readdirSync(folder).toSorted().at(-1) ?? '';
  const form = JSON.parse(readFileSync(join(folder, newest), 'utf8')) as FormDefinition;
  const [group] = form.groups;
  if (group === undefined) throw new Error('the form has no groups');
  const label = {
    'pt-BR': 'Horas desde a última refeição',
    en: 'Hours since the last meal',
    es: 'Horas desde la última comida',
  };
  return {
    ...form,
    version: '99.0.0',
    fields: [
      ...form.fields,
      {
        key: 'hoursSinceMeal',
        kind: 'number',
        group: group.key,
        minimum: 0,
        maximum: 72,
        decimals: 0,
        required: false,
        showWhen: [],
        label,
      },
    ],
  };
}

function finishedTakes(dataFolder: string): readonly string[] {
  return filesOf(join(dataFolder, 'recordings', 'finished'));
}

async function answersOf(bedside: Bedside, sessionId: Parameters<typeof doTheRest>[1]) {
  return (await bedside.must('sessions.get', { sessionId })).answers;
}

async function expectWholeTake(bedside: Bedside, sessionId: Parameters<typeof doTheRest>[1]): Promise<void> {
  const { steps } = await bedside.must('sessions.get', { sessionId });
  const takes = steps.find(({ key }) => key === 'sustentada')?.takes ?? [];
  expect(takes).toHaveLength(1);
  const [take] = takes;
  if (take === undefined) return;
  await expectFaithful(bedside, take, played);
}

/** Every word that the state of the recording shows from now on, in order. */
async function recordWords(page: Page): Promise<() => Promise<readonly string[]>> {
  await page.evaluate(() => {
    const shown: string[] = [];
    Object.assign(window, { shownWords: shown });
    const look = (): void => {
      const word = document.querySelector('.recording__state')?.textContent ?? '';
      if (shown.at(-1) !== word) shown.push(word);
    };
    look();
    new MutationObserver(look).observe(document.body, {
      subtree: true,
      childList: true,
      characterData: true,
    });
  });
  return () => page.evaluate(() => (window as unknown as { shownWords: readonly string[] }).shownWords);
}

interface DroppingWindow {
  buffersToDrop?: number;
  droppedFrames?: number;
}

/** Runs in the page before its own code: swallows what the browser captures while `buffersToDrop` is above 0. */
function dropBuffersOnRequest(): void {
  const state = window as DroppingWindow;
  state.droppedFrames = 0;
  const page = window as unknown as {
    MediaStreamTrackProcessor: new (wish: unknown) => { readonly readable: ReadableStream<Captured> };
  };
  interface Captured {
    readonly numberOfFrames: number;
    close(): void;
  }
  const Own = page.MediaStreamTrackProcessor;
  page.MediaStreamTrackProcessor = class {
    readonly readable: ReadableStream<Captured>;
    constructor(wish: unknown) {
      const sieve = new TransformStream<Captured, Captured>({
        transform(buffer, onward) {
          if ((state.buffersToDrop ?? 0) === 0) return onward.enqueue(buffer);
          state.buffersToDrop = (state.buffersToDrop ?? 0) - 1;
          state.droppedFrames = (state.droppedFrames ?? 0) + buffer.numberOfFrames;
          buffer.close();
        },
      });
      this.readable = new Own(wish).readable.pipeThrough(sieve);
    }
  };
}

/** Runs in the page before its own code: the third chunk never leaves, the answer to the sixth never arrives. */
function loseSomeChunks(): void {
  const state = window as { lostChunks?: number };
  state.lostChunks = 0;
  const send = window.fetch.bind(window);
  let chunks = 0;
  window.fetch = async (...request) => {
    const isChunk = String(request[0]).endsWith('/api/recording.append');
    if (isChunk) chunks += 1;
    const isLost = isChunk && (chunks === 3 || chunks === 6);
    if (isLost) state.lostChunks = (state.lostChunks ?? 0) + 1;
    if (isLost && chunks === 3) throw new TypeError('the request is lost');
    const answer = await send(...request);
    if (isLost) throw new TypeError('the answer is lost');
    return answer;
  };
}

async function goTo(page: Page, hash: string): Promise<void> {
  await page.goto(`${new URL(page.url()).origin}/${hash}`);
}
