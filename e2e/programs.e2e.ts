/** The programs without a window: screening of files, running a stored result again, the audit trail. */
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test as plain } from '@playwright/test';
import { badFiles, goodFiles } from './support/audio-files.ts';
import {
  administrator,
  answers,
  doTheRest,
  draftSession,
  phrase,
  test,
  type Bedside,
} from './support/bedside.ts';
import { filesOf, printOf } from './support/folder-print.ts';
import { copyOfShippedModel, spoil } from './support/model-folder.ts';
import { roomNoise, vowel, wavBytes } from './support/sound.ts';
import { spoken, startTake, watchTake } from './support/take-watch.ts';
import { runProgram, temporaryFolder } from './support/workstation.ts';

const forms = resolve(import.meta.dirname, '../resources/forms');

interface Printed {
  readonly session: string;
  readonly error?: { readonly code: string; readonly message: string; readonly file?: string };
  readonly form: { readonly version: string } | null;
  readonly recordings: readonly { readonly key: string; readonly sha256?: string }[];
  readonly results: readonly {
    readonly scores?: readonly number[];
    readonly decision?: string;
    readonly model: { readonly version: string; readonly sha256: string };
  }[];
}

async function screen(args: readonly string[]) {
  const run = await runProgram('main/hosts/node/screen.ts', args);
  return {
    ...run,
    sessions: run.stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Printed),
  };
}

const fileTest = plain.extend<{ readonly folder: string }>({
  folder: async ({}, use) => {
    const folder = temporaryFolder();
    await use(folder.path);
    folder.remove();
  },
});

fileTest(
  'screen: one file, and several files, give one object each with scores and a decision',
  async ({ folder }) => {
    const paths = ['first.wav', 'second.wav', 'third.flac'].map((name) => join(folder, name));
    const [first = '', second = '', third = ''] = paths;
    writeFileSync(first, wavBytes(vowel(3)));
    writeFileSync(second, wavBytes(phrase(3)));
    writeFileSync(third, goodFiles().find(({ name }) => name === 'usual.flac')?.bytes ?? Buffer.alloc(0));
    const alone = await screen(['--data', join(folder, 'none'), first]);
    expect(alone.code).toBe(0);
    expect(alone.sessions).toHaveLength(1);
    expect(alone.sessions[0]?.results[0]?.scores?.length).toBeGreaterThan(0);
    expect(['positive', 'negative', 'inconclusive']).toContain(alone.sessions[0]?.results[0]?.decision);

    const several = await screen(['--data', join(folder, 'none'), ...paths]);
    expect(several.sessions.map(({ session }) => session)).toHaveLength(3);
    expect(several.sessions[0]?.results[0]?.scores).toEqual(alone.sessions[0]?.results[0]?.scores);
  },
);

fileTest(
  'screen: a folder of sessions whose answers come from two versions of the form',
  async ({ folder }) => {
    const references = readdirSync(forms)
      .map((name) => JSON.parse(readFileSync(join(forms, name), 'utf8')) as { id: string; version: string })
      .map(({ id, version }) => ({ id, version }));
    expect(references.length).toBeGreaterThanOrEqual(2);
    for (const form of references) {
      const session = join(folder, `session-${form.version}`);
      mkdirSync(session);
      writeFileSync(join(session, 'ruido.wav'), wavBytes(roomNoise(10, -60)));
      writeFileSync(join(session, 'sustentada.wav'), wavBytes(vowel(3)));
      writeFileSync(join(session, 'answers.json'), JSON.stringify({ form, answers }));
    }
    const run = await screen(['--data', join(folder, 'none'), folder]);
    expect(run.stderr).toBe('');
    expect(run.code).toBe(0);
    expect(run.sessions.map(({ form }) => form?.version).toSorted()).toEqual(
      references.map(({ version }) => version).toSorted(),
    );
    for (const { results } of run.sessions) expect(results[0]?.decision).toBeDefined();
    expect(run.stdout).not.toContain('14259401E');
  },
);

fileTest(
  'screen: each bad file is one clear error, the exit code is 1, and the good ones beside it are screened',
  async ({ folder }) => {
    const [good] = goodFiles();
    const files = [
      ...badFiles(),
      { name: 'good.wav', bytes: good?.bytes ?? Buffer.alloc(0), code: undefined },
    ];
    const paths = files.map(({ name, bytes }) => {
      const path = join(folder, name);
      writeFileSync(path, bytes);
      return path;
    });
    const missing = join(folder, 'never-was.wav');
    const run = await screen(['--data', join(folder, 'none'), ...paths, missing]);
    expect(run.code).toBe(1);
    const codeOf = new Map(run.sessions.map(({ session, error }) => [session, error?.code]));
    for (const { name, code } of files) {
      const found = [...codeOf].find(
        ([session]) => session === name || `${session}.wav` === name || `${session}.flac` === name,
      );
      expect(found, name).toBeDefined();
      expect(found?.[1], name).toBe(code);
    }
    expect(run.sessions).toHaveLength(files.length + 1);
    expect([...codeOf.values()].filter((code) => code === 'audio-file-missing')).toHaveLength(1);
    for (const { session, error } of run.sessions) {
      if (error === undefined) continue;
      expect(error.message.split('\n'), session).toHaveLength(1);
      expect(error.file, session).toBeDefined();
    }
    expect(run.stderr).not.toMatch(/ at .*\.ts:/u);
  },
);

fileTest('screen: every usual kind of WAV and FLAC is screened', async ({ folder }) => {
  const paths = goodFiles().map(({ name, bytes }) => {
    const path = join(folder, name);
    writeFileSync(path, bytes);
    return path;
  });
  const run = await screen(['--data', join(folder, 'none'), ...paths]);
  const failed = run.sessions.filter(({ error }) => error !== undefined);
  // The short FLAC of the fixtures is read; what it is too short for is the model's.
  expect(failed.filter(({ error }) => error?.code !== 'audio-too-short')).toEqual([]);
  expect(run.sessions).toHaveLength(paths.length);
});

test('replay: a session that was recorded in the app matches; a changed recording or model is said', async ({
  openBedside,
}) => {
  const bedside = await openBedside({ sound: vowel(8) });
  const { dataFolder } = bedside;
  const model = copyOfShippedModel(join(bedside.folder, 'model'), (manifest) => ({
    ...manifest,
    version: '9.0.0',
  }));
  const { manifest } = await bedside.as(administrator, () =>
    bedside.must('models.install', { folder: model }),
  );
  const { id: sessionId } = await recordedSession(bedside, manifest);
  await bedside.workstation.stop();

  const same = await screen(['--data', dataFolder, '--replay', sessionId]);
  expect(same.stderr).toBe('');
  expect(JSON.parse(same.stdout)).toMatchObject({ session: sessionId, matches: true, verdict: 'match' });
  expect(same.code).toBe(0);

  const healthy = join(bedside.folder, 'healthy');
  cpSync(dataFolder, healthy, { recursive: true });
  const { steps } = await screenedSession(bedside, sessionId);
  const takeId = steps.find(({ key }) => key === 'sustentada')?.takes[0]?.id ?? '';
  const takeFile = filesOf(dataFolder).find((path) => path.endsWith(takeId));
  if (takeFile === undefined) throw new Error('the take has no file');
  await bedside.workstation.stop();
  spoil(takeFile);
  const changedTake = await screen(['--data', dataFolder, '--replay', sessionId]);
  expect(changedTake.code).toBe(1);
  expect(JSON.parse(changedTake.stdout)).toMatchObject({
    verdict: 'differ',
    results: [{ error: { code: 'take-damaged' } }],
  });

  const graph = filesOf(join(healthy, 'models')).find((path) => path.endsWith('.onnx'));
  if (graph === undefined) throw new Error('the model is not installed');
  spoil(graph);
  const changedModel = await screen(['--data', healthy, '--replay', sessionId]);
  expect(changedModel.code).toBe(1);
  expect(changedModel.stdout).toMatch(/"code":"(model-[a-z-]+|engine-hash-mismatch)"/u);
});

test('audit: the trail of a workstation that was used and killed is whole, and reading it changes nothing', async ({
  openBedside,
}) => {
  const bedside = await openBedside();
  const draft = await draftSession(bedside, { mode: 'inference' });
  await doTheRest(bedside, draft.id);
  await bedside.must('sessions.complete', { sessionId: draft.id });
  await bedside.workstation.kill();
  const before = printOf(join(bedside.dataFolder, 'recordings'));
  const run = await runProgram('main/hosts/node/audit.ts', ['verify', '--data', bedside.dataFolder]);
  expect(run.stderr).toBe('');
  expect(run.stdout).toMatch(/^\d+ entries; the trail is whole\n$/u);
  expect(run.code).toBe(0);
  expect(printOf(join(bedside.dataFolder, 'recordings'))).toEqual(before);
  const listed = await runProgram('main/hosts/node/audit.ts', ['list', '--data', bedside.dataFolder]);
  for (const action of [
    'signed-in',
    'session-created',
    'take-imported',
    'consent-accepted',
    'session-screened',
  ])
    expect(listed.stdout).toContain(`"action":"${action}"`);
  expect(listed.stdout).not.toContain('14259401E');
});

/** One whose vowel came from the microphone, screened by this model. */
async function recordedSession(bedside: Bedside, model: { readonly name: string; readonly version: string }) {
  const { page } = bedside;
  const draft = await draftSession(bedside, { mode: 'inference', models: [model] });
  await page.reload();
  await bedside.open(draft.id);
  const watch = watchTake(page);
  await startTake(page);
  await spoken(watch, 3);
  await page.keyboard.press('Space');
  await expect(page.locator('.recording__state')).toHaveText('Saved');
  await doTheRest(bedside, draft.id);
  const session = await bedside.must('sessions.complete', { sessionId: draft.id });
  expect(session.status).toBe('completed');
  return session;
}

async function screenedSession(
  bedside: Bedside,
  sessionId: Awaited<ReturnType<typeof recordedSession>>['id'],
) {
  await bedside.restart();
  await bedside.signIn();
  return bedside.must('sessions.get', { sessionId });
}
