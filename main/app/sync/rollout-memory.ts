/** What this process remembers of models on their way; after a restart it is found out again. */
import type { OfferedModel } from '../../../contract/registry/sync.ts';
import type { StagedModel } from '../../ports/model-packages.ts';

export interface RolloutProgress {
  readonly stage: 'fetching' | 'checking' | 'between-sessions';
  readonly receivedBytes: number;
}

export interface RolloutMemory {
  /** Fetched, unpacked and verified, by the package's hash. */
  readonly staged: Map<string, StagedModel>;
  /** Hashes of models that passed their test and wait to be put in place. */
  readonly tested: Set<string>;
  /** By `offerKey`. */
  readonly progress: Map<string, RolloutProgress>;
}

export function createRolloutMemory(): RolloutMemory {
  return { staged: new Map(), tested: new Set(), progress: new Map() };
}

export function offerKey({ name, alias }: Pick<OfferedModel, 'name' | 'alias'>): string {
  return `${name}@${alias}`;
}
