/** A whole workstation on the ports' twins, for tests of the hosts: real use cases, no disk, no engine. */
import { createProcessMemory } from '../../app/process-memory.ts';
import type { World } from '../../app/world.ts';
import { memoryAudioDecoding } from '../../ports/audio-decoding.memory.ts';
import { memoryAudioPacking } from '../../ports/audio-packing.memory.ts';
import { memoryClock } from '../../ports/clock.memory.ts';
import { memoryDefinitions } from '../../ports/definitions.memory.ts';
import { memoryHashing } from '../../ports/hashing.memory.ts';
import { memoryInference } from '../../ports/inference.memory.ts';
import { memoryModelPackages } from '../../ports/model-packages.memory.ts';
import { memoryModels } from '../../ports/models.memory.ts';
import { memoryNetworkWatch } from '../../ports/network-watch.memory.ts';
import { memoryPasswordHashing } from '../../ports/password-hashing.memory.ts';
import { memoryRandomness } from '../../ports/randomness.memory.ts';
import { memoryRecordings } from '../../ports/recordings.memory.ts';
import { memoryRegistryPeople } from '../../ports/registry-people.memory.ts';
import { memoryRegistry } from '../../ports/registry.memory.ts';
import { memorySigning } from '../../ports/signing.memory.ts';
import { memoryStore } from '../../ports/store.memory.ts';
import type { HostedApp } from './hosted-app.ts';
import { createEventHub, hostWorkstation } from './hosted-workstation.ts';
import { createLog } from './log.ts';

export interface TwinWorkstation {
  readonly app: HostedApp;
  readonly world: World;
  readonly clock: ReturnType<typeof memoryClock>;
  readonly logLines: readonly string[];
}

export async function twinWorkstation(
  host: World['host'],
  definitions: Parameters<typeof memoryDefinitions>[0] = { forms: [], protocols: [] },
): Promise<TwinWorkstation> {
  const logLines: string[] = [];
  const log = createLog({ write: (line) => void logLines.push(line), close: () => undefined });
  const hub = createEventHub(log);
  const hashing = memoryHashing();
  const clock = memoryClock();
  const signing = memorySigning(memoryRandomness(11));
  const audioPacking = memoryAudioPacking();
  const world: World = {
    store: memoryStore({ hashing }),
    recordings: memoryRecordings({ hashing }),
    inference: memoryInference(),
    models: memoryModels(),
    modelPackages: memoryModelPackages(),
    definitions: memoryDefinitions(definitions),
    audioDecoding: memoryAudioDecoding(),
    passwordHashing: memoryPasswordHashing(),
    clock,
    randomness: memoryRandomness(),
    hashing,
    events: hub,
    registry: memoryRegistry({
      randomness: memoryRandomness(12),
      signing,
      now: () => Date.parse(clock.now().at),
      unpack: audioPacking.unpack,
    }),
    registryPeople: memoryRegistryPeople(),
    signing,
    audioPacking,
    network: memoryNetworkWatch(),
    host,
    appVersion: '0.0.0',
    dataFolder: '/data',
    keyProtection: 'file',
    recoveryKey: () => 'recovery words',
    notices: [],
    memory: createProcessMemory(),
  };
  const app = await hostWorkstation({ world, hub, log, end: () => Promise.resolve() });
  return { app, world, clock, logLines };
}
