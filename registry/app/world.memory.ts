/** A whole registry without a disk, a database or a network: every port by its twin. */
import { registryIdSchema } from '../../contract/registry/ids.ts';
import { memoryAudioCheck } from '../ports/audio-check.memory.ts';
import { memoryBlobs, type MemoryBlobs } from '../ports/blobs.memory.ts';
import { memoryCronTimes } from '../ports/cron-times.memory.ts';
import { memoryModelPackages } from '../ports/model-packages.memory.ts';
import { memoryPatientMatching } from '../ports/patient-matching.memory.ts';
import { memoryPrediction } from '../ports/prediction.memory.ts';
import { memoryKeys, type MemoryKeys } from '../ports/signing.memory.ts';
import { memoryStore } from '../ports/store.memory.ts';
import {
  memoryClock,
  memoryHashing,
  memoryLog,
  memoryPasswordHashing,
  memoryRandomness,
  type MemoryClock,
  type MemoryLog,
} from '../ports/surroundings.memory.ts';
import { memoryWorkQueue } from '../ports/work-queue.memory.ts';
import type { World } from './world.ts';

export interface MemoryWorld extends World {
  readonly blobs: MemoryBlobs;
  readonly clock: MemoryClock;
  readonly log: MemoryLog;
  readonly keys: MemoryKeys;
}

interface MemoryWorldOptions extends Partial<Pick<World, 'packages' | 'prediction'>> {
  /** Another seed gives another registry: other ids, other keys. */
  readonly seed?: number;
}

export function memoryWorld({
  seed = 1,
  packages = memoryModelPackages(),
  prediction = memoryPrediction(),
}: MemoryWorldOptions = {}): MemoryWorld {
  const clock = memoryClock();
  const randomness = memoryRandomness(seed);
  const keys = memoryKeys({ seed });
  const store = memoryStore();
  return {
    registryId: registryIdSchema.parse(randomness.id(clock.now())),
    store,
    patients: memoryPatientMatching(store),
    blobs: memoryBlobs(),
    queue: memoryWorkQueue({ clock }),
    clock,
    cron: memoryCronTimes(),
    randomness,
    hashing: memoryHashing(),
    passwords: memoryPasswordHashing(),
    signing: keys.signing,
    tokens: keys.tokens,
    proofs: keys.proofs,
    audio: memoryAudioCheck(),
    packages,
    prediction,
    log: memoryLog(),
    keys,
  };
}
