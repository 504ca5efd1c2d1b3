/** Wires the adapters of a real PC into a workstation: the one place where all of them are named. */
import { join } from 'node:path';
import { fail, ok, type Result } from '../../../contract/result.ts';
import { createEngine, type EngineChild } from '../../../native/onnx/engine.ts';
import { argon2PasswordHashing } from '../../adapters/argon2/argon2.ts';
import { audioFiles } from '../../adapters/audio-files/audio-files.ts';
import { flacPacking } from '../../adapters/audio-files/audio-packing.ts';
import { openDefinitions, type DefinitionFolders } from '../../adapters/definitions/definitions.ts';
import { openRecordings } from '../../adapters/disk/open-recordings.ts';
import { openModels } from '../../adapters/model-folders/models.ts';
import { openModelPackages } from '../../adapters/model-packages/model-packages.ts';
import { onnxInference } from '../../adapters/onnx-engine/onnx-inference.ts';
import { registryHttp } from '../../adapters/registry-http/registry-http.ts';
import { openStore, type SqliteStore } from '../../adapters/sqlite/open-store.ts';
import { storeExists } from '../../adapters/sqlite/store-files.ts';
import { systemNetworkWatch } from '../../adapters/system/network-watch.ts';
import { systemSigning } from '../../adapters/system/signing.ts';
import { systemClock, systemHashing, systemRandomness } from '../../adapters/system/system.ts';
import { createProcessMemory } from '../../app/process-memory.ts';
import { noteProblem } from '../../app/note-problem.ts';
import { recordDeed } from '../../app/record-deed.ts';
import type { World } from '../../app/world.ts';
import { formatRecoveryKey, parseRecoveryKey } from '../../core/recovery-key.ts';
import type { Definitions } from '../../ports/definitions.ts';
import type { Inference } from '../../ports/inference.ts';
import type { Keys, MasterKey } from '../../ports/keys.ts';
import type { Models } from '../../ports/models.ts';
import type { HostedApp } from './hosted-app.ts';
import { createEventHub, hostWorkstation, type EventHub } from './hosted-workstation.ts';
import { keepModelsInUse } from './keep-models-in-use.ts';
import type { HostLog } from './log.ts';
import { appVersion, programRoot } from './program.ts';

const masterKeyBytes = 32;
const engineLoadTimeoutMs = 60_000;
const engineRunTimeoutMs = 120_000;

export interface WorkstationParts {
  readonly host: World['host'];
  readonly dataFolder: string;
  readonly keys: Keys;
  /** The printed words, where the store was copied from another PC. */
  readonly recoveryKey?: string | undefined;
  readonly spawnEngine: () => EngineChild;
  readonly log: HostLog;
  /** Entry of the store's maintenance thread, where the program is bundled. */
  readonly maintenanceWorkerPath?: string | undefined;
}

export async function composeWorkstation(parts: WorkstationParts): Promise<Result<HostedApp>> {
  const { log } = parts;
  const opened = await openWorld(parts);
  if (!opened.ok) return opened;
  const { world, hub, store, close } = opened.value;
  const upkeep = startUpkeep(store, world, log);
  const inUse = keepModelsInUse({ store, hub, dataFolder: parts.dataFolder, log });
  const end = async (): Promise<void> => {
    upkeep.stop();
    inUse.stop();
    await close();
  };
  return ok(await hostWorkstation({ world, hub, log, end }));
}

export interface OpenedWorld {
  readonly world: World;
  readonly hub: EventHub;
  readonly store: SqliteStore;
  close(): Promise<void>;
}

/** Everything that a use case may reach, on the real adapters; nothing has been started yet. */
export async function openWorld(parts: WorkstationParts): Promise<Result<OpenedWorld>> {
  const { dataFolder, log } = parts;
  const opened = await openData(parts);
  if (!opened.ok) return opened;
  const { store, masterKey } = opened.value;
  const recordings = await openRecordings({ folder: join(dataFolder, 'recordings'), masterKey });
  if (!recordings.ok) {
    store.close();
    return recordings;
  }
  const hashing = systemHashing();
  const engine = composeEngine(parts.spawnEngine, log);
  const hub = createEventHub(log);
  const clock = systemClock();
  const signing = systemSigning();
  const registry = registryHttp({ signing, clock });
  const world: World = {
    store,
    recordings: recordings.value,
    inference: engine.inference,
    models: composeModels(dataFolder),
    modelPackages: openModelPackages({ folder: join(dataFolder, 'models', '.packages') }),
    definitions: composeDefinitions(dataFolder),
    audioDecoding: audioFiles(),
    passwordHashing: argon2PasswordHashing(),
    clock,
    randomness: systemRandomness(),
    hashing,
    events: hub,
    registry,
    registryPeople: registry.people,
    signing,
    audioPacking: flacPacking(),
    network: systemNetworkWatch(clock),
    host: parts.host,
    appVersion: appVersion(),
    dataFolder,
    keyProtection: parts.keys.protection,
    recoveryKey: () => formatRecoveryKey(masterKey, (text) => hashing.sha256(text)),
    notices: [],
    memory: createProcessMemory(),
  };
  return ok({
    world,
    hub,
    store,
    async close() {
      engine.close();
      registry.close();
      await recordings.value.close();
      store.close();
    },
  });
}

export function composeModels(dataFolder: string): Models {
  return openModels({
    shippedFolder: join(programRoot, 'resources', 'models'),
    installedFolder: join(dataFolder, 'models'),
    audio: audioFiles(),
  });
}

export function composeDefinitions(dataFolder: string): Definitions {
  const foldersIn = (root: string): DefinitionFolders => ({
    forms: join(root, 'forms'),
    protocols: join(root, 'protocols'),
  });
  return openDefinitions({
    shipped: foldersIn(join(programRoot, 'resources')),
    own: foldersIn(join(dataFolder, 'definitions')),
  });
}

export function composeEngine(
  spawn: () => EngineChild,
  log: HostLog,
): { readonly inference: Inference; close(): void } {
  const engine = createEngine({
    spawn,
    loadTimeoutMs: engineLoadTimeoutMs,
    runTimeoutMs: engineRunTimeoutMs,
    log: (event, details) => log.info(event, details),
  });
  return { inference: onnxInference({ engine }), close: () => engine.close() };
}

/** The store with its key, or what keeps it shut. A store without its key is never given a new one. */
export async function openData({
  dataFolder,
  keys,
  recoveryKey,
  maintenanceWorkerPath,
}: Pick<WorkstationParts, 'dataFolder' | 'keys' | 'recoveryKey' | 'maintenanceWorkerPath'>): Promise<
  Result<{ readonly store: SqliteStore; readonly masterKey: MasterKey }>
> {
  const exists = storeExists(dataFolder);
  const key = recoveryKey === undefined ? await loadKey(keys, exists) : recoveredKey(recoveryKey, exists);
  if (!key.ok) return key;
  const { masterKey, isNewHere } = key.value;
  if (isNewHere && !exists) {
    const saved = await keys.save(masterKey);
    if (!saved.ok) return saved;
  }
  const store = openStore({
    folder: dataFolder,
    masterKey,
    hashing: systemHashing(),
    ...(maintenanceWorkerPath === undefined ? {} : { maintenanceWorkerPath }),
  });
  if (!store.ok) return store;
  // A recovered key is kept only after it has opened the store that it is for.
  if (isNewHere && exists) {
    const saved = await keys.save(masterKey);
    if (!saved.ok) {
      store.value.close();
      return saved;
    }
  }
  return ok({ store: store.value, masterKey });
}

type FoundKey = Result<{ readonly masterKey: MasterKey; readonly isNewHere: boolean }>;

async function loadKey(keys: Keys, exists: boolean): Promise<FoundKey> {
  const loaded = await keys.load();
  if (!loaded.ok) return loaded;
  if (loaded.value !== undefined) return ok({ masterKey: loaded.value, isNewHere: false });
  if (exists) return fail('key-missing');
  return ok({ masterKey: systemRandomness().bytes(masterKeyBytes), isNewHere: true });
}

function recoveredKey(words: string, exists: boolean): FoundKey {
  if (!exists) return fail('storage-unavailable', { reason: 'no-store-to-recover' });
  const hashing = systemHashing();
  const parsed = parseRecoveryKey(words, (text) => hashing.sha256(text));
  return parsed.ok ? ok({ masterKey: parsed.value, isNewHere: true }) : parsed;
}

const upkeepEveryMs = 6 * 60 * 60 * 1000;

/** At the start and then again and again: a ward PC is on for weeks. */
function startUpkeep(store: SqliteStore, world: World, log: HostLog): { stop(): void } {
  let next: { cancel(): void } | undefined;
  let isStopped = false;
  const keep = async (): Promise<void> => {
    await keepStore(store, world, log);
    if (!isStopped) next = world.clock.after(upkeepEveryMs, () => void keep());
  };
  void keep();
  return {
    stop() {
      isStopped = true;
      next?.cancel();
    },
  };
}

/** Integrity check and backup, beside the work and never in its way. */
async function keepStore(store: SqliteStore, world: World, log: HostLog): Promise<void> {
  try {
    const kept = await store.maintenance.run(world.clock.now().at);
    if (!kept.ok) {
      noteProblem(world, kept.problem.code);
      return log.warn('store-not-kept', { code: kept.problem.code });
    }
    if (kept.value.backup === null) return;
    store.write((transaction) =>
      recordDeed(transaction, { at: world.clock.now(), by: 'system', action: 'store-backed-up' }),
    );
  } catch (cause) {
    log.fault('store-not-kept', cause);
  }
}
