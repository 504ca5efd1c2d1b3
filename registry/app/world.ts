/** Everything outside the registry's own rules, as ports; hosts put it together. */
import type { RegistryId } from '../../contract/registry/ids.ts';
import type { Caller } from '../core/may.ts';
import type { AudioCheck } from '../ports/audio-check.ts';
import type { Blobs } from '../ports/blobs.ts';
import type { CronTimes } from '../ports/cron-times.ts';
import type { Log } from '../ports/log.ts';
import type { ModelPackages } from '../ports/model-packages.ts';
import type { PatientMatching } from '../ports/patient-matching.ts';
import type { Prediction } from '../ports/prediction.ts';
import type { AccessTokens, Signing, WorkstationProofs } from '../ports/signing.ts';
import type { Store } from '../ports/store.ts';
import type { Clock, Hashing, PasswordHashing, Randomness } from '../ports/surroundings.ts';
import type { WorkQueue } from '../ports/work-queue.ts';

export interface World {
  readonly registryId: RegistryId;
  readonly store: Store;
  readonly blobs: Blobs;
  readonly queue: WorkQueue;
  readonly patients: PatientMatching;
  readonly clock: Clock;
  readonly cron: CronTimes;
  readonly randomness: Randomness;
  readonly hashing: Hashing;
  readonly passwords: PasswordHashing;
  readonly signing: Signing;
  readonly tokens: AccessTokens;
  readonly proofs: WorkstationProofs;
  readonly audio: AudioCheck;
  readonly packages: ModelPackages;
  readonly prediction: Prediction;
  readonly log: Log;
}

/** One call: who makes it, under which id it stands in the log. */
export interface Call {
  readonly world: World;
  readonly caller: Caller;
  readonly requestId: string;
}

export function nowOf(world: Pick<World, 'clock'>): string {
  return new Date(world.clock.now()).toISOString();
}
