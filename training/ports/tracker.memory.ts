import type { RunUpload } from '../../contract/registry/training-runs.ts';
import { done, refuse } from '../core/outcome.ts';
import type { Tracker } from './tracker.ts';

export interface MemoryTracker extends Tracker {
  readonly runs: ReadonlyMap<string, RunUpload>;
  /** By SHA-256. */
  readonly artefacts: ReadonlyMap<string, Uint8Array>;
  /** Whether it can be reached; after so many artefacts of a call it is away, too. */
  reach: { isThere: boolean; artefactsPerCall: number };
}

/** Keeps runs as long as the process lasts, and is away when told so. */
export function memoryTracker(): MemoryTracker {
  const runs = new Map<string, RunUpload>();
  const artefacts = new Map<string, Uint8Array>();
  const reach = { isThere: true, artefactsPerCall: Infinity };
  const away = refuse('the tracker does not answer', 'Try again later.');
  return {
    name: 'memory',
    runs,
    artefacts,
    reach,
    async keep({ artefacts: named, read, record, metrics, curve }) {
      if (!reach.isThere) return away;
      runs.set(record.id, JSON.parse(JSON.stringify({ record, metrics, curve })) as RunUpload);
      let brought = 0;
      for (const { sha256 } of named) {
        if (artefacts.has(sha256)) continue;
        if (brought === reach.artefactsPerCall) return away;
        const bytes = await read(sha256);
        if (!bytes.ok) return bytes;
        artefacts.set(sha256, bytes.value.slice());
        brought += 1;
      }
      return done(null);
    },
  };
}
