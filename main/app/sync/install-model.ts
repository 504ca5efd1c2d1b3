/**
 * Models that the registry offers come into service here: fetched, checked against what was announced and signed, tested
 * on this PC, and put in place between two sessions. Until the very last step the old model serves, and stays after any
 * failure; a crash at any moment leaves either the old or the new one in service.
 */
import { fail, ok, type Problem, type Result } from '../../../contract/result.ts';
import { defaultsAfter, isSessionUnderWay, wantedOffers } from '../../core/model-offer.ts';
import type { StagedModel } from '../../ports/model-packages.ts';
import type { InstalledModel } from '../../ports/models.ts';
import type { StoreTransaction } from '../../ports/store.ts';
import type { OfferRecord } from '../../ports/store-sync.ts';
import { checkModelForForms, runTest } from '../keep-models.ts';
import { inEngineTurn, prepareModel } from '../prepare-model.ts';
import { recordDeed } from '../record-deed.ts';
import { rememberTest } from '../remember-test.ts';
import { settingsOf } from '../settings.ts';
import { standingOf } from '../model-standing.ts';
import type { World } from '../world.ts';
import { fetchPackage } from './fetch-package.ts';
import { offerOf } from './note-offer.ts';
import { stopsPass, type Pass } from './pass.ts';
import { offerKey, type RolloutProgress } from './rollout-memory.ts';

type Offered = OfferRecord['offer'];

/** Takes all that this PC follows, as far as it can be done now; a problem where the line is to be given up. */
export async function installOfferedModels(pass: Pass): Promise<Problem | undefined> {
  const { world } = pass;
  for (const record of wanted(world)) {
    const found = await find(pass, record.offer);
    if (found.ok) {
      if (found.value === 'paused') return undefined;
      await bringIntoService(world, record, found.value);
      continue;
    }
    const { problem } = found;
    show(world, record.offer, undefined);
    if (!isOfTheLine(problem)) await giveUp(world, record, problem);
    else if (stopsPass(pass, problem)) return problem;
  }
  return undefined;
}

/** Those that were fetched and checked and waited for the end of a session. Needs no line. */
export async function activateWaitingModels(world: World): Promise<void> {
  for (const record of wanted(world)) {
    const staged = world.memory.rollout.staged.get(record.offer.packageSha256);
    if (staged !== undefined) await bringIntoService(world, record, staged);
  }
}

/** Before anything else is fetched: what a crash has left is removed, what is still wanted goes on where it was. */
export async function tidyModels(world: World): Promise<void> {
  const packages = wanted(world).map(({ offer }) => offer.packageSha256);
  await world.modelPackages.tidy(packages);
  await world.models.tidy();
}

function wanted({ store }: Pick<World, 'store'>): readonly OfferRecord[] {
  return store.read(({ sync }) =>
    sync.facts().enrolment === null ? [] : wantedOffers(sync.offers(), sync.followed()),
  );
}

type Found = StagedModel | { readonly model: InstalledModel; readonly folder?: undefined };

/** The very model that is offered, checked: among the models of this PC, or out of its package. */
async function find(pass: Pass, offer: Offered): Promise<Result<Found | 'paused'>> {
  const { world } = pass;
  const here = (await world.models.list()).models.find(({ sha256 }) => sha256 === offer.sha256);
  if (here !== undefined) {
    const bytes = await world.models.manifestBytes(here);
    if (!bytes.ok) return bytes;
    const verified = verify(world, offer, { model: here, manifestBytes: bytes.value });
    return verified.ok ? ok({ model: here }) : verified;
  }
  const known = world.memory.rollout.staged.get(offer.packageSha256);
  if (known !== undefined) return ok(known);
  const staged = await fetchAndUnpack(pass, offer);
  if (!staged.ok || staged.value === 'paused') return staged;
  const verified = verify(world, offer, staged.value);
  if (!verified.ok) return verified;
  world.memory.rollout.staged.set(offer.packageSha256, staged.value);
  return staged;
}

async function fetchAndUnpack(pass: Pass, offer: Offered): Promise<Result<StagedModel | 'paused'>> {
  const { world } = pass;
  const { packageSha256 } = offer;
  for (let tries = 1; ; tries += 1) {
    const fetched = await fetchPackage(pass, offer, (receivedBytes) =>
      show(world, offer, { stage: 'fetching', receivedBytes }),
    );
    if (!fetched.ok) return fetched;
    if (fetched.value === 'paused') return ok('paused');
    show(world, offer, { stage: 'checking', receivedBytes: offer.packageBytes });
    const staged = await world.modelPackages.unpack(packageSha256);
    // What lay here from before may be what was spoilt: once more from the first byte.
    const isSpoilt = !staged.ok && staged.problem.details?.['file'] === 'package';
    if (!isSpoilt || tries > 1) return staged;
    await world.modelPackages.discard(packageSha256);
  }
}

/** The model that was announced, signed by somebody whose key this PC has pinned. */
function verify(
  { store, signing }: Pick<World, 'store' | 'signing'>,
  offer: Offered,
  { model, manifestBytes }: Pick<StagedModel, 'model' | 'manifestBytes'>,
): Result<null> {
  const { name, version } = model.manifest;
  if (model.sha256 !== offer.sha256) return fail('model-hash-mismatch', { file: 'manifest.json' });
  if (name !== offer.name || version !== offer.version) {
    return fail('model-invalid', { reason: 'another-model', name, version });
  }
  const { enrolment } = store.read(({ sync }) => sync.facts());
  const keys = enrolment?.modelKeys.filter(({ keyId }) => keyId === offer.keyId) ?? [];
  if (keys.length === 0) return fail('model-key-unknown', { keyId: offer.keyId });
  return keys.some(({ publicKey }) => signing.verify(publicKey, manifestBytes, offer.signature))
    ? ok(null)
    : fail('model-signature-invalid', { keyId: offer.keyId });
}

/** Tests, puts in place, activates; or waits for the end of the session that is under way. */
async function bringIntoService(world: World, record: OfferRecord, found: Found): Promise<void> {
  const { offer } = record;
  const { rollout } = world.memory;
  const wait = (): void =>
    show(world, offer, { stage: 'between-sessions', receivedBytes: offer.packageBytes });
  if (world.store.read((transaction) => isHeld(world, transaction))) return wait();
  show(world, offer, { stage: 'checking', receivedBytes: offer.packageBytes });
  if (!rollout.tested.has(offer.sha256)) {
    const passed = await test(world, found);
    if (!passed.ok) return giveUp(world, record, passed.problem);
    rollout.tested.add(offer.sha256);
  }
  if (world.store.read((transaction) => isHeld(world, transaction))) return wait();
  if (found.folder !== undefined) {
    const installed = await putInPlace(world, record, found);
    if (!installed.ok) return giveUp(world, record, installed.problem);
  }
  const { models } = await world.models.list();
  const others = models.filter(
    ({ manifest, sha256 }) => manifest.name === offer.name && sha256 !== offer.sha256,
  );
  const outcome = world.store.write((transaction) => activate(world, transaction, record, others));
  if (outcome === 'held') return wait();
  show(world, offer, undefined);
  await forget(world, offer);
  if (outcome === 'activated') world.events.publish({ name: 'settings.changed', payload: {} });
  world.events.publish({ name: 'models.changed', payload: {} });
}

function isHeld({ clock }: Pick<World, 'clock'>, transaction: StoreTransaction): boolean {
  const sessions = transaction.sessions.withStatus(['draft', 'processing']);
  return isSessionUnderWay(sessions, Date.parse(clock.now().at));
}

async function test(world: World, { model, folder }: Found): Promise<Result<null>> {
  const allowed = await checkModelForForms(world, model.manifest);
  if (!allowed.ok) return allowed;
  if (folder === undefined) return runTest(world, model, 'system');
  const prepared = await inEngineTurn(world, async () => {
    const result = await prepareModel(world, model, undefined);
    // It moves: nothing may be loaded from where it is now.
    world.memory.readyModels.delete(model.sha256);
    await world.inference.release(model.sha256);
    return result;
  });
  const { problem } = prepared.test;
  if (problem !== null) return fail(problem.code, problem.details);
  rememberTest(world, model, 'system', prepared);
  return ok(null);
}

/** Among the models of this PC, as one that no new session may use yet. */
async function putInPlace(
  world: World,
  { offer }: OfferRecord,
  { folder }: StagedModel,
): Promise<Result<null>> {
  const { sha256, name, version, alias } = offer;
  world.store.write(({ sync }) =>
    sync.putStanding({ sha256, name, version, alias, service: 'waiting', installedAt: null }),
  );
  const installed = await world.models.install(folder);
  if (!installed.ok) return installed;
  return installed.value.sha256 === sha256
    ? ok(null)
    : fail('model-hash-mismatch', { file: 'manifest.json' });
}

/** One transaction: the new version serves, the others of its name are kept for replay, what was preselected follows. */
function activate(
  world: World,
  transaction: StoreTransaction,
  record: OfferRecord,
  others: readonly InstalledModel[],
): 'activated' | 'held' | 'stale' {
  if (isHeld(world, transaction)) return 'held';
  const { sync } = transaction;
  const { offer, sequence } = record;
  const current = wantedOffers(sync.offers(), sync.followed()).some(
    (other) => other.sequence === sequence && other.offer.packageSha256 === offer.packageSha256,
  );
  if (!current || sync.facts().enrolment === null) return 'stale';
  const { name, version, sha256, alias, keyId } = offer;
  const at = world.clock.now();
  const replaced: string[] = [];
  for (const other of others) {
    const standing = standingOf(transaction, other);
    if (standing.service === 'in-service') replaced.push(standing.version);
    if (standing.service !== 'withdrawn') sync.putStanding({ ...standing, service: 'superseded' });
  }
  sync.putStanding({ sha256, name, version, alias, service: 'in-service', installedAt: at });
  sync.putOffer({ ...record, state: 'taken', problem: null, settledAt: at });
  const settings = settingsOf(transaction);
  const defaultModels = defaultsAfter(settings.defaultModels, { name, version });
  transaction.settings.put({ ...settings, defaultModels });
  recordDeed(transaction, {
    at,
    by: 'system',
    action: 'model-activated',
    details: { model: `${name} ${version}`, alias, sha256, keyId, replaced: replaced.join(', ') || 'none' },
  });
  return 'activated';
}

async function giveUp(world: World, record: OfferRecord, problem: Problem): Promise<void> {
  const { offer } = record;
  await forget(world, offer);
  show(world, offer, undefined);
  world.store.write((transaction) => {
    const current = offerOf(transaction, offer);
    if (current?.sequence !== record.sequence || current.state !== 'open') return;
    const at = world.clock.now();
    const { code, details = {} } = problem;
    transaction.sync.putOffer({
      ...record,
      state: 'failed',
      problem: { code, details: { ...details } },
      settledAt: at,
    });
    recordDeed(transaction, {
      at,
      by: 'system',
      action: 'model-offer-failed',
      details: { model: `${offer.name} ${offer.version}`, alias: offer.alias, problem: code },
    });
  });
  world.events.publish({ name: 'models.changed', payload: {} });
}

async function forget(world: World, { packageSha256, sha256 }: Offered): Promise<void> {
  world.memory.rollout.staged.delete(packageSha256);
  world.memory.rollout.tested.delete(sha256);
  await world.modelPackages.discard(packageSha256);
}

function show(
  world: Pick<World, 'memory' | 'events'>,
  offer: Offered,
  progress: RolloutProgress | undefined,
): void {
  const { progress: shown } = world.memory.rollout;
  const key = offerKey(offer);
  const before = shown.get(key);
  if (progress === undefined) shown.delete(key);
  else shown.set(key, progress);
  if (before?.stage !== progress?.stage) world.events.publish({ name: 'models.changed', payload: {} });
}

/** Nothing is known of the model: it is tried again with the next line. One thing that is refused is about that thing. */
function isOfTheLine({ code }: Problem): boolean {
  return code.startsWith('registry-') && code !== 'registry-item-refused';
}
