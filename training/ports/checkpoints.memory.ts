import { done, refuse } from '../core/outcome.ts';
import { isRunName, type Checkpoints } from './checkpoints.ts';

/** Checkpoints that last as long as the process. */
export function memoryCheckpoints(): Checkpoints {
  const kept = new Map<string, Uint8Array>();
  const badName = (run: string) =>
    isRunName(run) ? undefined : refuse(`"${run}" cannot name a run`, 'Use letters, digits, ".", "_", "-".');
  return {
    async save(run, content) {
      const refusal = badName(run);
      if (refusal !== undefined) return refusal;
      kept.set(run, content.slice());
      return done(null);
    },
    read: async (run) => badName(run) ?? done(kept.get(run)?.slice()),
    async remove(run) {
      const refusal = badName(run);
      if (refusal !== undefined) return refusal;
      kept.delete(run);
      return done(null);
    },
  };
}
