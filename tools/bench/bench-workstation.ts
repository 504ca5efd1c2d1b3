/** A workstation without windows: the app's own use cases and its sync engine on the adapters of a real PC. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { base64FromBytes } from '../../contract/base64.ts';
import {
  maximumFileChunkBytes,
  type CommandInput,
  type CommandName,
  type CommandOutput,
} from '../../contract/app-api.ts';
import type { SessionId } from '../../contract/ids.ts';
import type { Result } from '../../contract/result.ts';
import type { Take } from '../../contract/session.ts';
import { argon2PasswordHashing } from '../../main/adapters/argon2/argon2.ts';
import { audioFiles } from '../../main/adapters/audio-files/audio-files.ts';
import { flacPacking } from '../../main/adapters/audio-files/audio-packing.ts';
import { openDefinitions } from '../../main/adapters/definitions/definitions.ts';
import { openRecordings } from '../../main/adapters/disk/open-recordings.ts';
import { openModels } from '../../main/adapters/model-folders/models.ts';
import { openModelPackages } from '../../main/adapters/model-packages/model-packages.ts';
import { registryHttp } from '../../main/adapters/registry-http/registry-http.ts';
import { openStore } from '../../main/adapters/sqlite/open-store.ts';
import { systemNetworkWatch } from '../../main/adapters/system/network-watch.ts';
import { systemSigning } from '../../main/adapters/system/signing.ts';
import { systemClock, systemHashing, systemRandomness } from '../../main/adapters/system/system.ts';
import { createDesk, type Desk } from '../../main/app/desk.ts';
import { dispatch } from '../../main/app/dispatch.ts';
import { createProcessMemory } from '../../main/app/process-memory.ts';
import { runSync, type SyncEngine } from '../../main/app/sync/run-sync.ts';
import type { World } from '../../main/app/world.ts';
import { memoryInference } from '../../main/ports/inference.memory.ts';
import { root } from '../setup/places.mjs';
import type { BenchRecording } from './recordings.ts';

const password = 'cedro lua quintal';

export interface BenchWorkstation {
  readonly world: World;
  /** A command of the clinician, or of IT; throws where it is refused. */
  asClinician<Name extends CommandName>(name: Name, input: CommandInput<Name>): Promise<CommandOutput<Name>>;
  asIt<Name extends CommandName>(name: Name, input: CommandInput<Name>): Promise<CommandOutput<Name>>;
  /** A complete session with these recordings, as it is after the bedside. */
  record(recordings: readonly BenchRecording[]): Promise<SessionId>;
  takesOf(id: SessionId): readonly Take[];
  startSync(): SyncEngine;
  /** Called whenever something is published to pages. */
  onEvent(listener: () => void): void;
  close(): Promise<void>;
}

export async function openBenchWorkstation(folder: string): Promise<BenchWorkstation> {
  const masterKey = randomBytes(32);
  const hashing = systemHashing();
  const clock = systemClock();
  const store = valueOf('store', openStore({ folder, masterKey, hashing }));
  const recordings = valueOf(
    'recordings',
    await openRecordings({ folder: join(folder, 'recordings'), masterKey }),
  );
  const signing = systemSigning();
  const registry = registryHttp({ signing, clock });
  const listeners = new Set<() => void>();
  const resources = join(root, 'resources');
  const world: World = {
    store,
    recordings,
    // Nothing is screened here.
    inference: memoryInference({}),
    models: openModels({
      shippedFolder: join(resources, 'models'),
      installedFolder: join(folder, 'models'),
      audio: audioFiles(),
    }),
    modelPackages: openModelPackages({ folder: join(folder, 'models', '.packages') }),
    definitions: openDefinitions({
      shipped: { forms: join(resources, 'forms'), protocols: join(resources, 'protocols') },
      own: { forms: join(folder, 'forms'), protocols: join(folder, 'protocols') },
    }),
    audioDecoding: audioFiles(),
    passwordHashing: argon2PasswordHashing(),
    clock,
    randomness: systemRandomness(),
    hashing,
    events: {
      publish() {
        for (const listener of listeners) listener();
      },
    },
    registry,
    registryPeople: registry.people,
    signing,
    audioPacking: flacPacking(),
    network: systemNetworkWatch(clock),
    host: 'node',
    appVersion: '0.0.0',
    dataFolder: folder,
    keyProtection: 'file',
    recoveryKey: () => '',
    notices: [],
    memory: createProcessMemory(),
  };
  const it = createDesk();
  await command(world, it, 'people.create-first', {
    username: 'suporte',
    displayName: 'Suporte',
    password,
    language: 'pt-BR',
  });
  const clinician = createDesk();
  await command(world, it, 'people.create', {
    username: 'ana',
    displayName: 'Ana',
    roles: ['clinician'],
    language: 'pt-BR',
    password,
  });
  await command(world, clinician, 'people.sign-in', { username: 'ana', password });
  let engine: SyncEngine | undefined;
  return {
    world,
    asClinician: (name, input) => command(world, clinician, name, input),
    asIt: (name, input) => command(world, it, name, input),
    record: (session) => recordSession(world, clinician, session),
    takesOf: (id) => store.read((transaction) => transaction.takes.ofSession(id)),
    startSync: () => (engine = runSync(world, { onFault: fault })),
    onEvent: (listener) => void listeners.add(listener),
    async close() {
      listeners.clear();
      await engine?.stop();
      registry.close();
      await recordings.close();
      store.close();
    },
  };
}

/** A bug of the engine's own: a figure that it had part in would be none. */
function fault(cause: unknown): never {
  throw new Error('the sync engine failed', { cause });
}

async function recordSession(
  world: World,
  desk: Desk,
  recordings: readonly BenchRecording[],
): Promise<SessionId> {
  const { forms, protocols } = await command(world, desk, 'definitions.list', {});
  const [form, protocol] = [forms[0], protocols[0]];
  if (form === undefined || protocol === undefined) throw new Error('no form or protocol is shipped');
  const { id: sessionId } = await command(world, desk, 'sessions.create', {
    mode: 'collection',
    kind: 'TEST',
    form: { id: form.id, version: form.version },
    protocol: { id: protocol.id, version: protocol.version },
    models: [],
  });
  for (const { stepKey, wav } of recordings) {
    const { id: takeId } = await importTake(world, desk, { sessionId, stepKey }, wav);
    if (stepKey !== 'aceite') continue;
    await command(world, desk, 'sessions.accept-consent', {
      sessionId,
      takeId,
      textId: protocol.consent.id,
      textVersion: protocol.consent.version,
      language: 'pt-BR',
      purposes: ['care', 'research'],
      witness: 'Ana',
    });
  }
  await command(world, desk, 'sessions.save-draft', {
    sessionId,
    answers: {
      hospital: 'Hospital São Marcos',
      rgh: '14259401E',
      sex: 'FEMALE',
      age: 61,
      covidStatus: 'UNKNOWN',
      maskType: 'NONE',
    },
    confirmedWarnings: [],
    currentStep: 'form',
  });
  for (const { key: stepKey, required } of protocol.steps) {
    if (required || recordings.some((recording) => recording.stepKey === stepKey)) continue;
    await command(world, desk, 'sessions.skip-step', { sessionId, stepKey, reason: 'cannot-read' });
  }
  await command(world, desk, 'sessions.complete', { sessionId });
  return sessionId;
}

async function importTake(
  world: World,
  desk: Desk,
  target: { readonly sessionId: SessionId; readonly stepKey: string },
  wav: Uint8Array,
): Promise<Take> {
  const { importId } = await command(world, desk, 'import.start', { ...target, sizeBytes: wav.length });
  for (let offsetBytes = 0; offsetBytes < wav.length; offsetBytes += maximumFileChunkBytes) {
    const bytes = base64FromBytes(wav.subarray(offsetBytes, offsetBytes + maximumFileChunkBytes));
    await command(world, desk, 'import.append', { importId, offsetBytes, bytes });
  }
  return command(world, desk, 'import.finish', { importId });
}

async function command<Name extends CommandName>(
  world: World,
  desk: Desk,
  name: Name,
  input: CommandInput<Name>,
): Promise<CommandOutput<Name>> {
  // What dispatch answers has passed the command's output schema.
  return valueOf(name, (await dispatch(world, desk, name, input)) as Result<CommandOutput<Name>>);
}

function valueOf<T>(what: string, result: Result<T>): T {
  if (result.ok) return result.value;
  throw new Error(`${what}: ${result.problem.code} ${JSON.stringify(result.problem.details ?? {})}`);
}
