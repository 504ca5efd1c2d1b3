import type { Outcome } from '../core/outcome.ts';

/** Where a fit keeps what it needs to go on after it was killed: one checkpoint per run, the last one. */
export interface Checkpoints {
  /** Durable, and whole or not at all: until it answers, the one before is there. */
  save(run: string, content: Uint8Array): Promise<Outcome<null>>;
  /** Undefined where there is none; refuses one whose bytes are no longer those that were saved. */
  read(run: string): Promise<Outcome<Uint8Array | undefined>>;
  /** A success too where there is none. */
  remove(run: string): Promise<Outcome<null>>;
}

/** Names of runs are names of files too. */
export function isRunName(run: string): boolean {
  return /^[a-z0-9][a-z0-9._-]{0,99}$/i.test(run);
}
