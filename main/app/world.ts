import type { AppState, StorageState } from '../../contract/app-api.ts';
import type { AudioDecoding } from '../ports/audio-decoding.ts';
import type { AudioPacking } from '../ports/audio-packing.ts';
import type { Clock } from '../ports/clock.ts';
import type { Definitions } from '../ports/definitions.ts';
import type { Events } from '../ports/events.ts';
import type { Hashing } from '../ports/hashing.ts';
import type { Inference } from '../ports/inference.ts';
import type { ModelPackages } from '../ports/model-packages.ts';
import type { Models } from '../ports/models.ts';
import type { NetworkWatch } from '../ports/network-watch.ts';
import type { PasswordHashing } from '../ports/password-hashing.ts';
import type { Randomness } from '../ports/randomness.ts';
import type { Recordings } from '../ports/recordings.ts';
import type { RegistryPeople } from '../ports/registry-people.ts';
import type { Registry } from '../ports/registry.ts';
import type { Signing } from '../ports/signing.ts';
import type { Store } from '../ports/store.ts';
import type { ProcessMemory } from './process-memory.ts';

export type Notice = AppState['notices'][number];

/** Everything that a use case may reach: the ports and the facts of this PC. One per process. */
export interface World {
  readonly store: Store;
  readonly recordings: Recordings;
  readonly inference: Inference;
  readonly models: Models;
  readonly modelPackages: ModelPackages;
  readonly definitions: Definitions;
  readonly audioDecoding: AudioDecoding;
  readonly passwordHashing: PasswordHashing;
  readonly clock: Clock;
  readonly randomness: Randomness;
  readonly hashing: Hashing;
  readonly events: Events;
  readonly registry: Registry;
  readonly registryPeople: RegistryPeople;
  readonly signing: Signing;
  readonly audioPacking: AudioPacking;
  readonly network: NetworkWatch;
  readonly host: AppState['host'];
  readonly appVersion: string;
  readonly dataFolder: string;
  readonly keyProtection: StorageState['keyProtection'];
  /** The words that open the store elsewhere, made from the key on every call. */
  readonly recoveryKey: () => string;
  /** Notes of this start that the user should see. */
  readonly notices: Notice[];
  readonly memory: ProcessMemory;
}
