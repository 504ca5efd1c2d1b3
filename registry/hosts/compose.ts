/** Puts a registry's world together from its settings: which adapter stands behind which port. */
import { mkdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { KeyObject } from 'node:crypto';
import { createEngine } from '../../native/onnx/engine.ts';
import { forkEngineChild } from '../../native/onnx/fork-engine.ts';
import { argon2PasswordHashing } from '../adapters/argon2/argon2.ts';
import { createThreadedAudioCheck } from '../adapters/audio/threaded-audio-check.ts';
import { cronerTimes } from '../adapters/cron/cron-times.ts';
import { openDiskBlobs } from '../adapters/disk/blobs.ts';
import { joseAccessTokens } from '../adapters/keys/access-tokens.ts';
import { KeyFailure, openPrivateKeyFile, privateKeyFromPem, readPublicKey } from '../adapters/keys/keys.ts';
import { ed25519Signing } from '../adapters/keys/signing.ts';
import { joseWorkstationProofs } from '../adapters/keys/workstation-proofs.ts';
import { openModelPackages } from '../adapters/model-packages/model-packages.ts';
import { onnxPrediction } from '../adapters/onnx-engine/onnx-prediction.ts';
import { openSqliteStore } from '../adapters/sql/sqlite.ts';
import { storedPatientMatching } from '../adapters/stored-patients/stored-patients.ts';
import { storedWorkQueue } from '../adapters/stored-queue/stored-queue.ts';
import { systemClock, systemHashing, systemRandomness } from '../adapters/system/system.ts';
import { isKnownAnswerKey, registryIdentity, rememberAnswerKey } from '../app/registry-identity.ts';
import type { World } from '../app/world.ts';
import type { Blobs } from '../ports/blobs.ts';
import type { Log } from '../ports/log.ts';
import type { Store } from '../ports/store.ts';
import type { WorkQueue } from '../ports/work-queue.ts';
import type { Settings } from './settings.ts';

export interface ComposedWorld {
  readonly world: World;
  /** Ends what was opened, the store last. */
  close(): Promise<void>;
}

const engineLoadTimeoutMs = 120_000;
const engineRunTimeoutMs = 120_000;
const mostAudioThreads = 8;
const megabyte = 1024 * 1024;

/** Rejects with KeyFailure, StoreFailure or BlobFailure, whose messages are for the operator. */
export async function composeWorld(settings: Settings, log: Log): Promise<ComposedWorld> {
  const closers: (() => void | Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const end of closers.splice(0).reverse()) await end();
  };
  try {
    mkdirSync(settings.dataFolder, { recursive: true, mode: 0o700 });
    const [clock, randomness] = [systemClock(), systemRandomness()];
    const store = await openStore(settings);
    closers.push(() => store.close());
    const { blobs, close: closeBlobs } = await openBlobs(settings);
    closers.push(closeBlobs);
    const queue = await openQueue(settings, store, log);
    closers.push(() => queue.close());
    const registryId = await registryIdentity(store, { clock, randomness });
    const keys = readKeys(settings);
    const signing = ed25519Signing(keys);
    await refuseOtherAnswerKey(store, signing.answerKey.keyId, settings);
    const prediction = onnxPrediction({
      engines: settings.predictionEngines,
      makeEngine: () =>
        createEngine({
          spawn: () => forkEngineChild(),
          loadTimeoutMs: engineLoadTimeoutMs,
          runTimeoutMs: engineRunTimeoutMs,
          log: (event) => log.info(event),
        }),
    });
    closers.push(() => prediction.close());
    const packages = await openModelPackages({
      folder: join(settings.dataFolder, 'models'),
      maximumBytes: settings.maximumModelMegabytes * megabyte,
    });
    const audio = createThreadedAudioCheck({ threads: Math.min(availableParallelism(), mostAudioThreads) });
    closers.push(() => audio.close());
    const world: World = {
      registryId,
      store,
      blobs,
      queue,
      patients: storedPatientMatching(store),
      clock,
      cron: cronerTimes(),
      randomness,
      hashing: systemHashing(),
      passwords: argon2PasswordHashing(),
      signing,
      tokens: joseAccessTokens({ key: keys.tokenKey, registryId }),
      proofs: joseWorkstationProofs(),
      audio,
      packages,
      prediction,
      log,
    };
    return { world, close };
  } catch (cause) {
    await close();
    throw cause;
  }
}

async function openStore({ databaseUrl, dataFolder }: Settings): Promise<Store> {
  if (databaseUrl === null) return openSqliteStore(join(dataFolder, 'registry.sqlite'));
  // Clients of services are large, and loaded where there is a service only.
  const { openPostgresStore } = await import('../adapters/sql/postgres.ts');
  return openPostgresStore(databaseUrl);
}

async function openBlobs(settings: Settings): Promise<{ readonly blobs: Blobs; close(): void }> {
  const { s3Bucket, s3Region, s3Endpoint, s3AccessKeyId, s3SecretAccessKey } = settings;
  if (s3Bucket === null) {
    const blobs = await openDiskBlobs({ folder: join(settings.dataFolder, 'files') });
    return { blobs, close: () => undefined };
  }
  const { createS3Blobs } = await import('../adapters/s3/blobs.ts');
  const blobs = createS3Blobs({
    bucket: s3Bucket,
    region: s3Region,
    endpoint: s3Endpoint ?? undefined,
    credentials:
      s3AccessKeyId === null || s3SecretAccessKey === null
        ? undefined
        : { accessKeyId: s3AccessKeyId, secretAccessKey: s3SecretAccessKey },
    forcePathStyle: settings.s3ForcePathStyle,
    prefix: settings.s3Prefix,
  });
  return { blobs, close: () => blobs.close() };
}

async function openQueue({ natsUrl, natsName }: Settings, store: Store, log: Log): Promise<WorkQueue> {
  const onFailure = (cause: unknown): void => log.error('queue-failed', cause);
  if (natsUrl === null) {
    return storedWorkQueue({ store, clock: systemClock(), randomness: systemRandomness(), onFailure });
  }
  const { openJetStreamQueue } = await import('../adapters/jetstream/jetstream.ts');
  return openJetStreamQueue({ url: natsUrl, name: natsName, onFailure });
}

function readKeys(settings: Settings): {
  readonly answerKey: KeyObject;
  readonly tokenKey: KeyObject;
  readonly modelKeys: ReturnType<typeof readPublicKey>[];
} {
  const privateKey = (name: 'answer' | 'token'): KeyObject => {
    const pem = settings[`${name}Key`];
    if (pem !== null) return privateKeyFromPem(pem.replaceAll('\\n', '\n'), `the setting ${name}Key`);
    return openPrivateKeyFile(settings[`${name}KeyFile`] ?? join(settings.dataFolder, 'keys', `${name}.pem`));
  };
  return {
    answerKey: privateKey('answer'),
    tokenKey: privateKey('token'),
    modelKeys: settings.modelKeyFiles.map((file) => readPublicKey(readText(file), file)),
  };
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new KeyFailure(`cannot read the key file ${file}`, { cause });
  }
}

async function refuseOtherAnswerKey(store: Store, keyId: string, settings: Settings): Promise<void> {
  if (await isKnownAnswerKey(store, keyId)) return;
  if (!settings.acceptNewAnswerKey) {
    throw new KeyFailure(
      'the answer key is not the one that workstations were enrolled with, and they would believe no answer: give ' +
        'the earlier key back (answerKeyFile), or set acceptNewAnswerKey once and enrol every workstation anew',
    );
  }
  await rememberAnswerKey(store, keyId);
}
