import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from '@playwright/test';
import type { ModelReference } from '../contract/model-manifest.ts';
import type { SessionId } from '../contract/ids.ts';
import { administrator, clinician, doTheRest, draftSession, test, type Bedside } from './support/bedside.ts';
import { copyOfShippedModel } from './support/model-folder.ts';
import { setUpRegistry, startRegistry, type RegistryProcess, type RegistryUser } from './support/registry.ts';
import { runProgram, temporaryFolder } from './support/workstation.ts';

const name = 'sustained-vowel-demonstration';
let folder: ReturnType<typeof temporaryFolder>;
let registry: RegistryProcess;
let keyFile: string;

test.beforeEach(async () => {
  folder = temporaryFolder();
  keyFile = join(folder.path, 'model-key.pem');
  await sign(['--make-key', keyFile]);
  registry = await startRegistry(join(folder.path, 'registry'), {
    env: { SPIRA_REGISTRY_MODEL_KEY_FILES: `${keyFile}.pub` },
  });
});
test.afterEach(async () => {
  await registry.kill();
  folder.remove();
});

async function sign(
  args: readonly string[],
): Promise<{ readonly keyId: string; readonly signature: string }> {
  const { code, stdout, stderr } = await runProgram('registry/hosts/sign-model.ts', args);
  if (code !== 0) throw new Error(`sign-model: ${stderr}`);
  return JSON.parse(stdout) as { readonly keyId: string; readonly signature: string };
}

/** A new version, signed and uploaded as the handbook says. */
async function upload(it: RegistryUser, version: string): Promise<void> {
  const model = copyOfShippedModel(join(folder.path, `model-${version}`), (manifest) => ({
    ...manifest,
    version,
  }));
  const { keyId, signature } = await sign(['--key', keyFile, '--model', model]);
  const tar = execFileSync('tar', ['-cf', '-', '-C', model, '.'], { maxBuffer: 256 * 1024 * 1024 });
  const query = new URLSearchParams({ keyId, signature }).toString();
  await it.upload(`/api/models?${query}`, 'application/x-tar', Uint8Array.from(tar));
}

function point(it: RegistryUser, version: string | null): Promise<unknown> {
  return it.json('PUT', `/api/models/${name}/aliases/production`, { version, why: 'a test' });
}

async function services(bedside: Bedside): Promise<Record<string, string>> {
  const models = await bedside.must('models.list', {});
  return Object.fromEntries(models.map(({ manifest, service }) => [manifest.version, service]));
}

async function becomes(bedside: Bedside, expected: Record<string, string>): Promise<void> {
  await bedside.must('sync.now', {});
  await expect.poll(() => services(bedside), { timeout: 60_000 }).toEqual(expected);
}

async function screen(bedside: Bedside, model: ModelReference): Promise<SessionId> {
  const { id } = await draftSession(bedside, { mode: 'inference', models: [model] });
  await doTheRest(bedside, id);
  await bedside.must('sessions.complete', { sessionId: id });
  return id;
}

async function replay(bedside: Bedside, sessionId: SessionId): Promise<unknown> {
  const { screenings } = await bedside.must('sessions.get', { sessionId });
  const [result] = screenings;
  if (result === undefined) throw new Error('there is no result');
  const { matches } = await bedside.must('sessions.replay', { resultId: result.id });
  return [result.model.version, result.outcome.status, matches];
}

test('a signed model goes from the registry to a ward PC, takes over between sessions, and is taken back', async ({
  openBedside,
}) => {
  test.setTimeout(240_000);
  const central = await setUpRegistry(registry, () => registry.url);
  const bedside = await openBedside();
  const [shipped] = await bedside.must('models.list', {});
  if (shipped === undefined) throw new Error('no model is shipped');
  const first = { name, version: shipped.manifest.version };
  const earlier = await screen(bedside, first);
  const code = await central.invite();
  await bedside.as(administrator, () =>
    bedside.must('sync.enrol', { url: registry.url, code, name: 'Leito 4' }),
  );

  // While somebody is in the middle of a session, nothing changes under them.
  const underWay = await draftSession(bedside, { mode: 'inference', models: [first] });
  await upload(central.it, '9.0.0');
  await point(central.it, '9.0.0');
  await bedside.must('sync.now', {});
  await expect
    .poll(async () => (await bedside.must('models.offers', {})).map(({ state }) => state), {
      timeout: 60_000,
    })
    .toEqual(['between-sessions']);
  expect(await services(bedside)).toEqual({ [first.version]: 'in-service' });
  await doTheRest(bedside, underWay.id);
  await bedside.must('sessions.complete', { sessionId: underWay.id });
  await becomes(bedside, { [first.version]: 'superseded', '9.0.0': 'in-service' });

  // What was said stays as it was said; what is new is said by the new one.
  expect(await replay(bedside, earlier)).toEqual([first.version, 'completed', true]);
  expect(await replay(bedside, underWay.id)).toEqual([first.version, 'completed', true]);
  const later = await screen(bedside, { name, version: '9.0.0' });
  expect(await replay(bedside, later)).toEqual(['9.0.0', 'completed', true]);
  await bedside.page.goto(`${new URL(bedside.workstation.address).origin}/#/models`);
  await expect(bedside.page.getByRole('heading', { name: 'From the central registry' })).toBeVisible();
  await expect(bedside.page.getByText('Taken into use')).toBeVisible();
  await expect(bedside.page.getByText('Superseded: kept only to check results')).toBeVisible();

  // Killed as soon as a part of the next one is there, the PC has the old one or the new one, and then the new one.
  await upload(central.it, '9.1.0');
  await point(central.it, '9.1.0');
  await bedside.must('sync.now', {});
  const incoming = join(bedside.dataFolder, 'models', '.packages');
  await expect
    .poll(
      async () =>
        (existsSync(incoming) && readdirSync(incoming).length > 0) ||
        (await services(bedside))['9.1.0'] !== undefined,
      { intervals: [5], timeout: 60_000 },
    )
    .toBe(true);
  await bedside.workstation.kill();
  await bedside.restart();
  await bedside.must('people.sign-in', { username: clinician.username, password: clinician.password });
  await becomes(bedside, { [first.version]: 'superseded', '9.0.0': 'superseded', '9.1.0': 'in-service' });
  expect(
    readdirSync(join(bedside.dataFolder, 'models')).filter((each) => /^\.(incoming|removed)/u.test(each)),
  ).toEqual([]);

  // Back to the first, then nowhere.
  await point(central.it, '9.0.0');
  await becomes(bedside, { [first.version]: 'superseded', '9.0.0': 'in-service', '9.1.0': 'superseded' });
  await point(central.it, null);
  await becomes(bedside, { [first.version]: 'superseded', '9.0.0': 'withdrawn', '9.1.0': 'superseded' });
  await expect(
    draftSession(bedside, { mode: 'inference', models: [{ name, version: '9.0.0' }] }),
  ).rejects.toThrow('model-not-in-service');
  expect(await replay(bedside, later)).toEqual(['9.0.0', 'completed', true]);
});
