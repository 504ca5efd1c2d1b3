import { describe, expect, it } from 'vitest';
import type { ModelOffer, ModelService } from '../../../contract/model-rollout.ts';
import type { Change, OfferedModel } from '../../../contract/registry/sync.ts';
import type { SessionId } from '../../../contract/ids.ts';
import { createCanceller } from '../../ports/cancellation.ts';
import { manifestBytesOf } from '../../ports/models.memory.ts';
import type { KeyPair } from '../../ports/signing.ts';
import type { Desk } from '../desk.ts';
import { packageOf, voiceModel, type ModelWishes } from '../fixtures/models.ts';
import { call, createDraft, done, readySession, ward, type Workstation } from '../fixtures/workstation.ts';
import { startWorkstation } from '../start-workstation.ts';
import type { World } from '../world.ts';
import { syncOnce, type SyncPass } from './sync-once.ts';

interface Station extends Workstation {
  readonly it: Desk;
  readonly clinician: Desk;
  readonly signer: KeyPair;
}

const keyId = '0123456789abcdef';
const name = 'breath';
const old = { name, version: '1.0.0' };
const next = { name, version: '2.0.0' };

/** A workstation of the registry that knows who may sign; version 1.0.0 came with the program and is preselected. */
async function enrolled(): Promise<Station> {
  const station = await ward();
  const { world, it: it0, registry } = station;
  await done(world, it0, 'sync.enrol', {
    url: 'https://registry.example',
    code: registry.invite(),
    name: 'Ward 3',
  });
  const { settings } = await done(world, it0, 'app.state', {});
  await done(world, it0, 'settings.save', { ...settings, defaultModels: [old] });
  const signer = world.signing.makeKeyPair();
  registry.publish('model-keys', { keys: [{ keyId, publicKey: signer.publicKey }] });
  return { ...station, signer };
}

interface OfferWishes {
  readonly model?: ModelWishes;
  readonly alias?: string;
  /** In place of what is true. */
  readonly told?: Partial<OfferedModel>;
  /** In place of the package that is named. */
  readonly bytes?: Uint8Array;
  /** The registry cannot give the package. */
  readonly isLost?: boolean;
}

/** Signs a model as its publisher does and points the alias at it. */
function publish({ registry, signer, world }: Station, wishes: OfferWishes = {}): OfferedModel {
  const model = voiceModel({ version: '2.0.0', ...wishes.model });
  const packed = packageOf({ version: '2.0.0', ...wishes.model });
  if (wishes.isLost !== true)
    registry.putPackage(wishes.told?.packageSha256 ?? packed.sha256, wishes.bytes ?? packed.bytes);
  const text = String.fromCharCode(...manifestBytesOf(model.manifest));
  const offer: OfferedModel = {
    alias: wishes.alias ?? 'production',
    name: model.manifest.name,
    version: model.manifest.version,
    sha256: model.sha256,
    packageSha256: packed.sha256,
    packageBytes: (wishes.bytes ?? packed.bytes).length,
    keyId,
    signature: world.signing.sign(signer.privateKey, text),
    ...wishes.told,
  };
  registry.publish('model-offer' satisfies Change['kind'], offer);
  return offer;
}

const pass = (world: World): Promise<SyncPass> => syncOnce(world, { cancellation: createCanceller() });

async function services({ world, clinician }: Station): Promise<Record<string, ModelService>> {
  const models = await done(world, clinician, 'models.list', {});
  return Object.fromEntries(models.map(({ manifest, service }) => [manifest.version, service]));
}

async function offerOf({ world, clinician }: Station): Promise<ModelOffer | undefined> {
  const [offer] = await done(world, clinician, 'models.offers', {});
  return offer;
}

async function defaults({ world, it: it0 }: Station): Promise<unknown> {
  return (await done(world, it0, 'app.state', {})).settings.defaultModels;
}

const audited = ({ store }: Station, action: string): number =>
  store.read((transaction) => transaction.audit.following(0, 1000)).filter((entry) => entry.action === action)
    .length;

async function begin({ world, clinician }: Station, model: { name: string; version: string }) {
  return call(world, clinician, 'sessions.create', {
    mode: 'inference',
    kind: 'PATIENT',
    form: { id: 'patient', version: '1.0.0' },
    protocol: { id: 'voice', version: '1.0.0' },
    models: [model],
  });
}

/** The version of the only result of a session, and whether it can be replayed. */
async function resultOf({ world, clinician }: Station, sessionId: SessionId) {
  const { screenings } = await done(world, clinician, 'sessions.get', { sessionId });
  const [result] = screenings;
  if (result === undefined) throw new Error('no result');
  const replay = await done(world, clinician, 'sessions.replay', { resultId: result.id });
  return [result.model.version, result.outcome.status, replay.matches];
}

describe('an offered model', () => {
  it('comes into service: tested here, preselected where the old one was, and the old one replays', async () => {
    const station = await enrolled();
    const { world, clinician } = station;
    const sessionId = await readySession(world, clinician);
    await done(world, clinician, 'sessions.complete', { sessionId });
    publish(station);
    expect((await pass(world)).problem).toBeUndefined();

    expect(await services(station)).toEqual({ '1.0.0': 'superseded', '2.0.0': 'in-service' });
    const model = (await done(world, clinician, 'models.list', {})).find(
      ({ manifest }) => manifest.version === '2.0.0',
    );
    expect(model).toMatchObject({ state: 'ready', provider: 'cpu', source: 'installed', problem: null });
    expect(model?.installedAt).toEqual(world.clock.now());
    expect(await offerOf(station)).toMatchObject({ state: 'taken', problem: null });
    expect(await defaults(station)).toEqual([next]);
    expect([audited(station, 'model-activated'), audited(station, 'model-keys-received')]).toEqual([1, 1]);

    // What the old one said stands, and can be checked; new sessions take the new one only.
    expect(await resultOf(station, sessionId)).toEqual(['1.0.0', 'completed', true]);
    expect(await begin(station, old)).toMatchObject({ problem: { code: 'model-not-in-service' } });
    const fresh = await readySession(world, clinician, { models: [next] });
    await done(world, clinician, 'sessions.complete', { sessionId: fresh });
    expect(await resultOf(station, fresh)).toEqual(['2.0.0', 'completed', true]);
    expect(station.modelPackages.begun).toEqual([]);
  });

  it('waits for the end of a session, which keeps the model that it named', async () => {
    const station = await enrolled();
    const { world, clinician } = station;
    const sessionId = await readySession(world, clinician);
    publish(station);
    await pass(world);
    expect(await offerOf(station)).toMatchObject({ state: 'between-sessions' });
    expect(await services(station)).toEqual({ '1.0.0': 'in-service' });
    const { downloadedBytes } = station.registry;
    await done(world, clinician, 'sessions.complete', { sessionId });
    await pass(world);
    expect(await services(station)).toEqual({ '1.0.0': 'superseded', '2.0.0': 'in-service' });
    expect(station.registry.downloadedBytes).toBe(downloadedBytes);
    expect(await resultOf(station, sessionId)).toEqual(['1.0.0', 'completed', true]);
  });

  it('comes into service without a line once it was checked', async () => {
    const station = await enrolled();
    const { world, clinician, registry } = station;
    await createDraft(world, clinician);
    publish(station);
    await pass(world);
    registry.setFaults(() => 'portal');
    station.clock.advance(31 * 60_000);
    await pass(world);
    expect(await services(station)).toEqual({ '1.0.0': 'superseded', '2.0.0': 'in-service' });
  });

  it('lets a draft that began with the old model end with it', async () => {
    const station = await enrolled();
    const { world, clinician } = station;
    const sessionId = await readySession(world, clinician);
    station.clock.advance(31 * 60_000);
    publish(station);
    await pass(world);
    expect(await services(station)).toMatchObject({ '2.0.0': 'in-service' });
    await done(world, clinician, 'sessions.complete', { sessionId });
    expect(await resultOf(station, sessionId)).toEqual(['1.0.0', 'completed', true]);
  });

  it('goes on by byte where the line broke, also after a restart', async () => {
    const station = await enrolled();
    const offer = publish(station);
    const { registry, world } = station;
    registry.setFaults((asked) => (asked === 'modelPackage' ? { cutAfterBytes: 1024 } : undefined));
    const cut = pass(world);
    for (let settled = false; !settled;) {
      settled = await Promise.race([
        cut.then(() => true),
        new Promise<false>((resolve) => setImmediate(() => resolve(false))),
      ]);
      station.clock.advance(1000);
    }
    expect(await services(station)).toEqual({ '1.0.0': 'in-service' });
    registry.setFaults(() => undefined);
    const restarted = station.restart();
    await (
      await startWorkstation(restarted)
    ).background;
    await pass(restarted);
    expect(await services(station)).toMatchObject({ '2.0.0': 'in-service' });
    expect(registry.downloadedBytes).toBe(offer.packageBytes);
  });

  it('lets a session that is to be sent go first', async () => {
    const station = await enrolled();
    const { world, clinician, registry } = station;
    const offer = publish(station);
    const sessionId = await readySession(world, clinician, { mode: 'collection' });
    let pieces = 0;
    const busy: World = {
      ...world,
      registry: {
        ...registry,
        modelPackage: (peers, wanted, receive, cancellation) =>
          registry.modelPackage(
            peers,
            wanted,
            async (piece) => {
              pieces += 1;
              if (pieces === 2) await done(world, clinician, 'sessions.complete', { sessionId });
              await receive(piece);
            },
            cancellation,
          ),
      },
    };
    expect(await pass(busy)).toMatchObject({ problem: undefined, hasProgressed: true });
    expect(pieces).toBe(2);
    expect(await offerOf(station)).toMatchObject({ state: 'fetching', receivedBytes: 2048 });
    await pass(busy);
    expect(registry.receipts).toHaveLength(1);
    expect(await services(station)).toMatchObject({ '2.0.0': 'in-service' });
    expect(registry.downloadedBytes).toBe(offer.packageBytes);
  });

  it('whose installation was cut off is not served before it was activated, and needs no second package', async () => {
    const station = await enrolled();
    const { world, registry } = station;
    const offer = publish(station);
    const dying: World = {
      ...world,
      models: {
        ...world.models,
        async install(folder) {
          await world.models.install(folder);
          throw new Error('the power is gone');
        },
      },
    };
    await expect(pass(dying)).rejects.toThrow('the power is gone');
    const restarted = station.restart();
    await (
      await startWorkstation(restarted)
    ).background;
    const after = { ...station, world: restarted };
    expect(await services(after)).toEqual({ '1.0.0': 'in-service', '2.0.0': 'waiting' });
    expect(await begin(after, next)).toMatchObject({ problem: { code: 'model-not-in-service' } });
    await pass(restarted);
    expect(await services(after)).toEqual({ '1.0.0': 'superseded', '2.0.0': 'in-service' });
    expect(registry.downloadedBytes).toBe(offer.packageBytes);
  });
});

describe('the old model stays', () => {
  const other = packageOf({ version: '2.0.0', name: 'cough' });
  const cases: readonly [string, string, OfferWishes, ((station: Station) => void)?][] = [
    [
      'when the signature is of another model',
      'model-signature-invalid',
      { told: { signature: 'A'.repeat(86) } },
    ],
    ['when nobody here knows the key', 'model-key-unknown', { told: { keyId: 'f'.repeat(16) } }],
    ['when the package is not what was announced', 'model-hash-mismatch', { bytes: other.bytes }],
    [
      'when the package holds another model',
      'model-hash-mismatch',
      { bytes: other.bytes, told: { packageSha256: other.sha256 } },
    ],
    [
      'when the model does not give its golden scores here',
      'model-golden-mismatch',
      { model: { goldenError: 0.1 } },
    ],
    [
      'when the model asks for the answer',
      'model-asks-for-label',
      {
        model: {
          fields: [
            {
              key: 'insufficiency',
              required: false,
              encoding: { kind: 'one-hot', values: ['YES', 'NO'] },
            },
          ],
        },
      },
    ],
    ['when the disk is full', 'disk-full', {}, ({ modelPackages }) => modelPackages.setFull(true)],
    ['when there is hardly room for recordings', 'disk-full', { told: { packageBytes: 4_000_000_000 } }],
    ['when the package is larger than any model', 'too-large', { told: { packageBytes: 5_000_000_000 } }],
    ['when the registry has lost the package', 'registry-item-refused', { isLost: true }],
  ];
  it.each(cases)('%s, and a new offer is tried again', async (_title, code, wishes, prepare) => {
    const station = await enrolled();
    const { world, registry, it: it0 } = station;
    prepare?.(station);
    publish(station, wishes);
    expect((await pass(world)).problem).toBeUndefined();
    expect(await services(station)).toEqual({ '1.0.0': 'in-service' });
    expect(await defaults(station)).toEqual([old]);
    expect(await offerOf(station)).toMatchObject({ state: 'failed', problem: { code } });
    expect([audited(station, 'model-offer-failed'), station.modelPackages.begun]).toEqual([1, []]);

    // Not in a loop: a further pass asks for nothing.
    const { downloadedBytes } = registry;
    await pass(world);
    expect([registry.downloadedBytes, audited(station, 'model-offer-failed')]).toEqual([downloadedBytes, 1]);

    station.modelPackages.setFull(false);
    publish(station, { model: { version: '2.0.1' } });
    await pass(world);
    expect(await services(station)).toEqual({ '1.0.0': 'superseded', '2.0.1': 'in-service' });
    expect(await call(world, it0, 'models.retry-offer', { name, alias: 'production' })).toMatchObject({
      problem: { code: 'not-found' },
    });
  });

  it('until IT asks for another try, or the key comes that was missing', async () => {
    const station = await enrolled();
    const { world, it: it0, signer, registry } = station;
    publish(station, { told: { keyId: 'f'.repeat(16) } });
    await pass(world);
    const [offer] = await done(world, it0, 'models.retry-offer', { name, alias: 'production' });
    expect(offer).toMatchObject({ state: 'waiting', problem: null });
    await pass(world);
    expect(await offerOf(station)).toMatchObject({ problem: { code: 'model-key-unknown' } });
    registry.publish('model-keys', { keys: [{ keyId: 'f'.repeat(16), publicKey: signer.publicKey }] });
    await pass(world);
    expect(await services(station)).toMatchObject({ '2.0.0': 'in-service' });
  });

  it('when the registry on the line is not the registry, without a mark on the offer', async () => {
    const station = await enrolled();
    publish(station);
    station.registry.setFaults((asked) => (asked === 'modelPackage' ? 'portal' : undefined));
    expect((await pass(station.world)).problem).toMatchObject({ code: 'registry-answer-invalid' });
    expect(await offerOf(station)).toMatchObject({ state: 'waiting', problem: null });
    station.registry.setFaults(() => undefined);
    await pass(station.world);
    expect(await services(station)).toMatchObject({ '2.0.0': 'in-service' });
  });

  it('and what was spoilt here is fetched once more from its first byte', async () => {
    const station = await enrolled();
    const { world, modelPackages } = station;
    const offer = publish(station);
    const begun = await modelPackages.begin(offer.packageSha256);
    if (!begun.ok) throw new Error(begun.problem.code);
    await begun.value.append(new Uint8Array(700));
    await pass(world);
    expect(await services(station)).toMatchObject({ '2.0.0': 'in-service' });
  });
});

describe('a model that is taken back', () => {
  it('serves no new session, is preselected no more, and still replays; offered again, it serves again', async () => {
    const station = await enrolled();
    const { world, clinician, registry } = station;
    publish(station);
    await pass(world);
    const sessionId = await readySession(world, clinician, { models: [next] });
    await done(world, clinician, 'sessions.complete', { sessionId });
    registry.publish('model-withdrawn', { alias: 'staging', name });
    await pass(world);
    expect(await services(station)).toMatchObject({ '2.0.0': 'in-service' });
    registry.publish('model-withdrawn', { alias: 'production', name });
    await pass(world);
    expect(await services(station)).toEqual({ '1.0.0': 'superseded', '2.0.0': 'withdrawn' });
    expect([await defaults(station), await offerOf(station)]).toEqual([[], undefined]);
    expect(await begin(station, next)).toMatchObject({ problem: { code: 'model-not-in-service' } });
    expect(await resultOf(station, sessionId)).toEqual(['2.0.0', 'completed', true]);

    // Back to the first version, which is here already.
    const { downloadedBytes } = registry;
    publish(station, { model: { version: '1.0.0' } });
    await pass(world);
    expect(await services(station)).toEqual({ '1.0.0': 'in-service', '2.0.0': 'withdrawn' });
    expect(registry.downloadedBytes).toBe(downloadedBytes);
  });
});

describe('the alias that IT chose', () => {
  it('is the one that is followed, and back again without a second package', async () => {
    const station = await enrolled();
    const { world, it: it0, clinician, registry } = station;
    publish(station);
    publish(station, { alias: 'staging', model: { version: '3.0.0' } });
    await pass(world);
    expect(await services(station)).toEqual({ '1.0.0': 'superseded', '2.0.0': 'in-service' });
    expect((await done(world, it0, 'models.offers', {})).map(({ state }) => state)).toEqual([
      'taken',
      'other-alias',
    ]);
    expect(await call(world, clinician, 'models.follow', { name, alias: 'staging' })).toMatchObject({
      problem: { code: 'forbidden' },
    });
    await done(world, it0, 'models.follow', { name, alias: 'staging' });
    await pass(world);
    expect(await services(station)).toMatchObject({ '2.0.0': 'superseded', '3.0.0': 'in-service' });
    const { downloadedBytes } = registry;
    await done(world, it0, 'models.follow', { name, alias: 'production' });
    await pass(world);
    expect(await services(station)).toMatchObject({ '2.0.0': 'in-service', '3.0.0': 'superseded' });
    expect(registry.downloadedBytes).toBe(downloadedBytes);
    expect(audited(station, 'model-alias-followed')).toBe(2);
  });
});
