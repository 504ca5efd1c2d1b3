/** A model comes in: signed by a key that this registry was given, whole, and proved by the registry's own runtime. */
import type { Json } from '../../../contract/canonical-json.ts';
import type { FormDefinition } from '../../../contract/form.ts';
import type { ProtocolDefinition } from '../../../contract/protocol.ts';
import type { RouteAnswer } from '../../../contract/registry/routes.ts';
import { v1OwnChannelPrefix } from '../../../contract/registry/v1.ts';
import type { Problem } from '../../../contract/result.ts';
import { may } from '../../core/may.ts';
import { forbiddenInput, productionAlias } from '../../core/models.ts';
import { done, refuse, type Outcome } from '../../core/outcome.ts';
import type { ReceivedModel } from '../../ports/model-packages.ts';
import type { Row, StoreTransaction } from '../../ports/store.ts';
import { recordDeed } from '../record-deed.ts';
import { recordRefusal } from '../record-refusal.ts';
import { nowOf, type Call } from '../world.ts';
import { aliasesOf, findModelVersion, shownModel } from './model-rows.ts';

export interface ModelUpload {
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Which of the registry's model keys signed, and its signature over the bytes of manifest.json. */
  readonly keyId: string;
  readonly signature: string;
}

/**
 * `model-refused` with `reason` and `file`, `conflict` where this name and version stand for another model. The same
 * model again is answered as it was stored.
 */
export async function uploadModel(
  call: Call,
  { chunks, keyId, signature }: ModelUpload,
): Promise<Outcome<RouteAnswer<'models.upload'>>> {
  const { world, caller } = call;
  if (caller.kind !== 'account' || !may(caller, 'models.write')) {
    await recordRefusal(call, { action: 'models.write', code: 'forbidden' });
    return refuse('forbidden', 'Forbidden operation');
  }
  const key = world.signing.modelKeys.find((one) => one.keyId === keyId);
  if (key === undefined) return refuseModel({ reason: 'unknown-key' });
  const received = await world.packages.receive(chunks);
  if (!received.ok) return refuseProblem(received.problem);
  const model = received.value;
  try {
    // Nothing of a model is run, or looked at any further, before its maker is known.
    if (!world.signing.verify(key.publicKey, model.manifestBytes, signature))
      return refuseModel({ reason: 'signature' });
    const judged = await judge(call, model);
    if (!judged.ok) return judged;
    if (judged.value !== undefined) return done(judged.value);
    const tested = await world.prediction.test(model);
    if (!tested.ok) return refuseProblem(tested.problem);
    const blobKey = `models/${model.sha256}.tar`;
    const stored = await world.blobs.put(blobKey, model.pack());
    return await world.store.write(async (transaction) => {
      const { name, version } = model.manifest;
      // Somebody may have been faster.
      const before = await findModelVersion(transaction, name, version);
      if (before !== undefined) {
        return before.sha256 === model.sha256
          ? done(shownModel(before, await aliasesOf(transaction, before.id)))
          : refuseTaken(name, version);
      }
      const row: Row<'models'> = {
        id: world.randomness.id(world.clock.now()),
        name,
        version,
        sha256: model.sha256,
        packageSha256: stored.sha256,
        packageBytes: stored.sizeBytes,
        blobKey,
        keyId,
        signature,
        manifest: model.manifest as unknown as Json,
        card: model.card,
        uploadedAt: nowOf(world),
        uploadedBy: caller.username,
      };
      await transaction.insert('models', row);
      await makeChannel(call, transaction, name);
      await recordDeed(world, transaction, {
        by: caller,
        action: 'model-uploaded',
        subjectId: row.id,
        details: { name, version, sha256: model.sha256, keyId },
      });
      return done(shownModel(row, []));
    });
  } finally {
    await model.discard();
  }
}

/** The model that stands already, where it is this one; a refusal, or nothing against it. */
async function judge(
  { world }: Call,
  { manifest, sha256 }: ReceivedModel,
): Promise<Outcome<RouteAnswer<'models.upload'> | undefined>> {
  return world.store.read(async (reader) => {
    const before = await findModelVersion(reader, manifest.name, manifest.version);
    if (before !== undefined) {
      return before.sha256 === sha256
        ? done(shownModel(before, await aliasesOf(reader, before.id)))
        : refuseTaken(manifest.name, manifest.version);
    }
    const definitions = await reader.find('definitions', {});
    const contents = (kind: 'form' | 'protocol'): readonly unknown[] =>
      definitions.filter((one) => one.kind === kind).map(({ content }) => content);
    const forbidden = forbiddenInput(
      manifest,
      contents('form') as readonly FormDefinition[],
      contents('protocol') as readonly ProtocolDefinition[],
    );
    return forbidden === undefined
      ? done(undefined)
      : refuseModel({ reason: `asks-for-${forbidden.kind}`, key: forbidden.key });
  });
}

/** What clients of the published API call a model: made with the first version of a name. */
async function makeChannel({ world }: Call, transaction: StoreTransaction, name: string): Promise<void> {
  const [known] = await transaction.find('channels', { where: { modelName: name }, limit: 1 });
  if (known !== undefined) return;
  await transaction.insert('channels', {
    id: world.randomness.id(world.clock.now()),
    name,
    publishingChannel: `${v1OwnChannelPrefix}${name}`,
    modelName: name,
    alias: productionAlias,
    createdAt: nowOf(world),
  });
}

function refuseProblem({ code, details, cause }: Problem): ReturnType<typeof refuse> {
  if (code === 'too-large') return refuse('too-large', 'The package is too large', { facts: { ...details } });
  if (code === 'engine-closed') return refuse('not-ready', 'The registry is about to stop: try again later');
  if (code === 'disk-full' || code === 'storage-unavailable') {
    return refuse('storage-unavailable', 'The registry cannot store at the moment: try again later', {
      cause,
    });
  }
  return refuseModel({ problem: code, ...details });
}

function refuseModel(facts: Readonly<Record<string, string | number | boolean>>): ReturnType<typeof refuse> {
  return refuse('model-refused', 'The model was refused: facts says why', { facts });
}

function refuseTaken(name: string, version: string): ReturnType<typeof refuse> {
  return refuse('conflict', 'This version was uploaded with other content', { facts: { name, version } });
}
