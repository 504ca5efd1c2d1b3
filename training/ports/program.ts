import type { TrainingStep } from '../../contract/training/run.ts';

/** What a run notes about the program that made it. */
export interface ProgramFacts {
  /** Version and commit, for people. */
  readonly codeVersion: string;
  /** SHA-256 over the sources that decide results of any step: other code gives another one. */
  readonly codeSha256: string;
  /** The same for each step alone: a page of the report does not make features anew. */
  readonly codeOf: Readonly<Record<TrainingStep, string>>;
  /** Runtime, platform, processor, number of cores and of the engine's threads. */
  readonly environment: Readonly<Record<string, string>>;
}
