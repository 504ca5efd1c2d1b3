import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from '@playwright/test';
import type { SessionId } from '../contract/ids.ts';
import { uuidV7 } from '../contract/uuid-v7.ts';
import { administrator, answers, doTheRest, draftSession, test, type Bedside } from './support/bedside.ts';
import {
  registryAdministrator,
  researcher,
  setUpRegistry,
  startRegistry,
  type CentralHospital,
  type RegistryProcess,
} from './support/registry.ts';
import { SessionByKeyboard } from './support/session-by-keyboard.ts';
import { breathyVowel } from './support/sound.ts';
import { doWholeSession, sentence } from './support/whole-session.ts';
import { runProgram, temporaryFolder } from './support/workstation.ts';

const name = 'sustained-vowel-demonstration';
const [shippedVersion, trainedVersion] = ['1.0.0', '2.0.0'];
const patients = 16;
const approver = { username: 'chefia', password: 'farol-areia-julho' };

let folder: ReturnType<typeof temporaryFolder>;
let registry: RegistryProcess;
let keyFile: string;

test.beforeEach(async () => {
  folder = temporaryFolder();
  keyFile = join(folder.path, 'model-key.pem');
  const made = await runProgram('registry/hosts/sign-model.ts', ['--make-key', keyFile]);
  expect([made.code, made.stderr]).toEqual([0, '']);
  registry = await startRegistry(join(folder.path, 'registry'), {
    env: { SPIRA_REGISTRY_MODEL_KEY_FILES: `${keyFile}.pub` },
  });
});
test.afterEach(async () => {
  await registry.kill();
  folder.remove();
});

/** A step of the training program, as somebody with an account at the registry. */
async function train(
  args: readonly string[],
  { username, password }: { readonly username: string; readonly password: string },
): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
  const passwordFile = join(folder.path, `password-${username}`);
  writeFileSync(passwordFile, password, { mode: 0o600 });
  const who = ['--registry', registry.url, '--as', username, '--password-file', passwordFile];
  return runProgram('training/hosts/cli.ts', [...args, '--store', join(folder.path, 'store'), ...who]);
}

/** One more patient, whose vowel is breathy or clear, recorded for research. */
async function collect(bedside: Bedside, index: number): Promise<SessionId> {
  const { id } = await draftSession(bedside, {
    mode: 'collection',
    kind: 'PATIENT',
    purposes: ['care', 'research', 'retraining'],
    answers: {
      ...answers,
      hospital: 'Santa Casa',
      rgh: `PATIENT-${String(index)}`,
      sex: index % 4 < 2 ? 'FEMALE' : 'MALE',
    },
  });
  const pitchHz = 100 + 7 * ((index * 5) % patients);
  await doTheRest(bedside, id, { sustentada: breathyVowel(4, pitchHz, isBreathy(index) ? -22 : -70) });
  await bedside.must('sessions.complete', { sessionId: id });
  return id;
}

function isBreathy(index: number): boolean {
  return index % 2 === 0;
}

async function label(central: CentralHospital, sessionId: SessionId, value: string): Promise<void> {
  await central.researcher.json('POST', `/api/sessions/${sessionId}/labels`, {
    id: uuidV7(Date.now(), randomBytes(10)),
    question: 'respiratory-insufficiency',
    value,
    source: 'researcher',
  });
}

async function services(bedside: Bedside): Promise<Record<string, string>> {
  const models = await bedside.must('models.list', {});
  return Object.fromEntries(models.map(({ manifest, service }) => [manifest.version, service]));
}

async function replay(bedside: Bedside, sessionId: SessionId): Promise<unknown> {
  const { screenings } = await bedside.must('sessions.get', { sessionId });
  const [result] = screenings;
  if (result === undefined) throw new Error('there is no result');
  const { matches } = await bedside.must('sessions.replay', { resultId: result.id });
  return [result.model.version, result.outcome.status, matches];
}

/** What every voice here can show, and no more: that the loop closes, not that the model is any good. */
const configuration = {
  data: {
    kind: 'registry',
    purpose: 'retraining',
    recordings: ['sustentada'],
    label: { from: 'question', question: 'respiratory-insufficiency', sources: ['researcher'] },
  },
  labels: { negative: 'negative', positive: 'positive' },
  split: { kind: 'seeded', validation: 0.25, test: 0.25 },
  noise: { training: { negative: 0, positive: 0 } },
  features: { windowS: 1, stepS: 0.5 },
  network: 'small',
  fit: { recordingsPerBatch: 4, mostEpochs: 20, warmUpSteps: 10, learningRate: 0.01 },
  evaluate: { replicates: 100, permutedFits: 0 },
  gate: {
    floors: { sensitivity: { lower: 0 }, specificity: { lower: 0 }, auc: { lower: 0 } },
    noise: { whenUnknown: 'pass' },
    permuted: { whenMissing: 'pass' },
    shortcuts: 'warn',
    thresholds: 'warn',
  },
  model: { name, version: trainedVersion, recording: 'sustentada' },
};

test('the loop closes: record, sync, label, train, gate, publish, screen with the new model, replay the old one', async ({
  openBedside,
}) => {
  test.setTimeout(900_000);
  const central = await setUpRegistry(registry, () => registry.url);
  await central.it.json('POST', '/api/accounts', {
    ...approver,
    displayName: 'Chefia',
    email: null,
    roles: ['researcher'],
    hospitals: [central.hospitalId],
    language: 'pt-BR',
  });
  const bedside = await openBedside({ sound: sentence });

  // The first patient, by microphone and keyboard, screened by the model that was shipped; a trial, never trained on.
  const hands = new SessionByKeyboard(bedside, 'en');
  const patient = { mode: 'inference', recordNumber: '14259401E', leavesSentenceOut: true } as const;
  const { sessionId: first } = await doWholeSession(bedside, hands, patient);
  await expect(hands.heading(hands.words.result)).toBeVisible();

  await bedside.as(administrator, async () =>
    bedside.must('sync.enrol', { url: registry.url, code: await central.invite(), name: 'Leito 4' }),
  );
  const collected: SessionId[] = [];
  for (let index = 0; index < patients; index += 1) collected.push(await collect(bedside, index));
  await bedside.must('sync.now', {});
  for (const id of [first, ...collected]) {
    await expect
      .poll(async () => (await bedside.must('sessions.get', { sessionId: id })).sync, { timeout: 120_000 })
      .toBe('synced');
  }

  // Labelled at the registry, trained from there.
  for (const [index, id] of collected.entries())
    await label(central, id, isBreathy(index) ? 'positive' : 'negative');
  const config = join(folder.path, 'loop.json');
  writeFileSync(config, JSON.stringify(configuration));
  const trained = await train(['run', '--run', 'loop', '--config', config], researcher);
  expect([trained.code, trained.stderr]).toEqual([0, expect.not.stringContaining('error:')]);

  // Not without somebody else's approval.
  const publish = () =>
    train(['publish', '--run', 'loop', '--why', 'the loop', '--key', keyFile], registryAdministrator);
  const refused = await publish();
  expect([refused.code, refused.stderr]).toEqual([3, expect.stringContaining('approval')]);
  const approved = await train(['approve', '--run', 'loop', '--why', 'read the report'], approver);
  expect([approved.code, approved.stderr]).toEqual([0, expect.not.stringContaining('error:')]);
  const published = await publish();
  expect([published.code, published.stdout]).toEqual([
    0,
    `${name} ${trainedVersion} is production at ${registry.url}\n`,
  ]);

  // The ward takes it over, and says what it is.
  await bedside.must('sync.now', {});
  await expect
    .poll(() => services(bedside), { timeout: 120_000 })
    .toEqual({ [shippedVersion]: 'superseded', [trainedVersion]: 'in-service' });
  const { id: later } = await draftSession(bedside, {
    mode: 'inference',
    models: [{ name, version: trainedVersion }],
  });
  await doTheRest(bedside, later, { sustentada: breathyVowel(4, 117, -22) });
  await bedside.must('sessions.complete', { sessionId: later });
  expect(await replay(bedside, later)).toEqual([trainedVersion, 'completed', true]);
  expect(await replay(bedside, first)).toEqual([shippedVersion, 'completed', true]);

  await bedside.page.goto(`${new URL(bedside.workstation.address).origin}/#/sessions/${later}`);
  await expect(bedside.page.getByRole('main').getByText(trainedVersion).first()).toBeVisible();

  // From the model back to the recordings: whoever was trained on is there by a pseudonym, and no trial among them.
  const snapshot = readFileSync(
    join(folder.path, 'store', 'runs', 'loop', 'outputs', 'snapshot.json'),
    'utf8',
  );
  expect(snapshot).not.toContain('PATIENT-');
  expect(snapshot).not.toContain('14259401E');
  const { recordings } = JSON.parse(snapshot) as { readonly recordings: readonly unknown[] };
  expect(recordings).toHaveLength(patients);
});
