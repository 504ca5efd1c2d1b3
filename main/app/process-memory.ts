/** What one running workstation remembers until it ends: nothing here needs to survive it. */
import type { SignInFailures } from '../../contract/lockout.ts';
import type { InferenceModel } from '../ports/inference.ts';
import type { HeldScreenings } from './hold-screening.ts';
import { createRolloutMemory, type RolloutMemory } from './sync/rollout-memory.ts';
import { createSyncMemory, type SyncMemory } from './sync/sync-memory.ts';

/** A model that passed its self-test in this process and stands ready in the engine. */
export interface ReadyModel {
  readonly model: InferenceModel;
  readonly provider: string;
}

export interface ProcessMemory {
  /** Time part and counter of the last id, so that ids of one process only grow. */
  lastId: { readonly epochMs: number; readonly counter: number } | undefined;
  /** Takes that some desk of this process is recording; an open take beside them was left behind. */
  readonly liveTakes: Set<string>;
  /** By SHA-256 of the manifest. */
  readonly readyModels: Map<string, ReadyModel>;
  readonly modelsInTest: Set<string>;
  /** Loading and scoring take turns: a test must not swap the graph under a screening. */
  engineTurn: Promise<unknown>;
  /** Screenings that wait for the store to take their result. */
  readonly heldScreenings: HeldScreenings;
  /** Failed sign-ins with names that nobody has, so that they are answered like the others. */
  readonly unknownNames: Map<string, SignInFailures>;
  readonly sync: SyncMemory;
  readonly rollout: RolloutMemory;
  /** Where a bug is told that nobody waits for; set by the host that writes its log. */
  tellFault: (event: 'registry-not-opened', cause: unknown) => void;
}

export function createProcessMemory(): ProcessMemory {
  return {
    lastId: undefined,
    liveTakes: new Set(),
    readyModels: new Map(),
    modelsInTest: new Set(),
    engineTurn: Promise.resolve(),
    heldScreenings: new Map(),
    unknownNames: new Map(),
    sync: createSyncMemory(),
    rollout: createRolloutMemory(),
    tellFault: () => undefined,
  };
}
