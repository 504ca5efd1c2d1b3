/** The models of this PC: listed with what their test found, tested, installed, removed. */
import type { ModelState } from '../../contract/app-api.ts';
import type { ModelManifest, ModelReference } from '../../contract/model-manifest.ts';
import { fail, ok, type Result } from '../../contract/result.ts';
import { isSameModel } from '../core/same-model.ts';
import type { InstalledModel } from '../ports/models.ts';
import type { Caller, Input, Output } from './caller.ts';
import { checkModelForForm } from './check-model.ts';
import { inEngineTurn, prepareModel } from './prepare-model.ts';
import { recordDeed } from './record-deed.ts';
import { rememberTest } from './remember-test.ts';
import { settingsOf } from './settings.ts';
import { standingOf } from './model-standing.ts';
import type { World } from './world.ts';

export async function listModels({ world }: Caller): Promise<Output<'models.list'>> {
  const { models } = await world.models.list();
  return ok(models.map((model) => stateOf(world, model)));
}

/** From the first provider on, whatever an earlier test remembered. */
export async function testModel(
  { world, account }: Caller,
  reference: Input<'models.test'>,
): Promise<Output<'models.test'>> {
  const model = await findModel(world, reference);
  if (!model.ok) return model;
  await runTest(world, model.value, account.username);
  return ok(stateOf(world, model.value));
}

/** A model stays only if it keeps its hands off the label and passes its own golden test on this PC. */
export async function installModel(
  { world, account }: Caller,
  { folder }: Input<'models.install'>,
): Promise<Output<'models.install'>> {
  const before = (await world.models.list()).models;
  const installed = await world.models.install(folder);
  if (!installed.ok) return installed;
  const model = installed.value;
  if (before.some((known) => known.sha256 === model.sha256)) return ok(stateOf(world, model));
  const accepted = await acceptModel(world, model, account.username);
  if (!accepted.ok) {
    await dropModel(world, model);
    return accepted;
  }
  world.store.write((transaction) => {
    const at = world.clock.now();
    const { name, version } = model.manifest;
    transaction.sync.putStanding({
      sha256: model.sha256,
      name,
      version,
      service: 'in-service',
      alias: null,
      installedAt: at,
    });
    recordDeed(transaction, {
      at,
      by: account.username,
      action: 'model-installed',
      details: factsOf(model),
    });
  });
  world.events.publish({ name: 'models.changed', payload: {} });
  return ok(stateOf(world, model));
}

export async function removeModel(
  { world, account }: Caller,
  reference: Input<'models.remove'>,
): Promise<Output<'models.remove'>> {
  const model = await findModel(world, reference);
  if (!model.ok) return model;
  const removed = await dropModel(world, model.value);
  if (!removed.ok) return removed;
  world.store.write((transaction) => {
    const settings = settingsOf(transaction);
    const defaultModels = settings.defaultModels.filter((known) => !isSameModel(known, reference));
    if (defaultModels.length < settings.defaultModels.length) {
      transaction.settings.put({ ...settings, defaultModels });
    }
    recordDeed(transaction, {
      at: world.clock.now(),
      by: account.username,
      action: 'model-removed',
      details: factsOf(model.value),
    });
  });
  world.events.publish({ name: 'models.changed', payload: {} });
  return ok({});
}

export function stateOf(world: World, model: InstalledModel): ModelState {
  const { manifest, sha256, card, source } = model;
  const { test, standing } = world.store.read((transaction) => ({
    test: transaction.modelTests.get(sha256),
    standing: standingOf(transaction, model),
  }));
  const isInTest = world.memory.modelsInTest.has(sha256);
  return {
    manifest,
    sha256,
    card,
    source,
    state: isInTest ? 'testing' : (test?.state ?? 'untested'),
    provider: test?.provider ?? null,
    testedAt: test?.testedAt ?? null,
    installedAt: standing.installedAt,
    service: standing.service,
    problem: test?.problem ?? null,
    dropped: test?.dropped ?? [],
  };
}

/** Tests a model anew, remembers what was found, and says whether it may serve. */
export async function runTest(world: World, model: InstalledModel, by: string): Promise<Result<null>> {
  const { modelsInTest } = world.memory;
  modelsInTest.add(model.sha256);
  world.events.publish({ name: 'models.changed', payload: {} });
  try {
    const prepared = await inEngineTurn(world, () => prepareModel(world, model, undefined));
    modelsInTest.delete(model.sha256);
    rememberTest(world, model, by, prepared);
    const { problem } = prepared.test;
    return problem === null ? ok(null) : fail(problem.code, problem.details);
  } finally {
    modelsInTest.delete(model.sha256);
  }
}

async function acceptModel(world: World, model: InstalledModel, by: string): Promise<Result<null>> {
  const allowed = await checkModelForForms(world, model.manifest);
  return allowed.ok ? runTest(world, model, by) : allowed;
}

/** By every form that this PC has. */
export async function checkModelForForms(
  { definitions }: Pick<World, 'definitions'>,
  manifest: ModelManifest,
): Promise<Result<null>> {
  const known = await definitions.list();
  if (!known.ok) return known;
  for (const form of known.value.forms) {
    const allowed = checkModelForForm(manifest, form);
    if (!allowed.ok) return allowed;
  }
  return ok(null);
}

async function dropModel(world: World, model: InstalledModel): Promise<Result<void>> {
  const removed = await world.models.remove(model);
  if (!removed.ok) return removed;
  world.memory.readyModels.delete(model.sha256);
  await inEngineTurn(world, () => world.inference.release(model.sha256));
  return ok(undefined);
}

async function findModel(world: World, reference: ModelReference): Promise<Result<InstalledModel>> {
  const { models } = await world.models.list();
  const model = models.find(({ manifest }) => isSameModel(manifest, reference));
  return model === undefined
    ? fail('model-not-found', { name: reference.name, version: reference.version })
    : ok(model);
}

function factsOf({ manifest, sha256 }: InstalledModel): Record<string, string> {
  return { name: manifest.name, version: manifest.version, sha256 };
}
