/** The training program, as whoever starts it knows it: an order (a run, then the release gate), signs of progress, an end. */
import type { TrainingConfiguration } from '../../contract/training/configuration.ts';

export interface TrainingOrder {
  /** A run that is there goes on where it stopped. */
  readonly runId: string;
  readonly configuration: TrainingConfiguration;
  /** Usernames of who have it done: the model is approved by somebody else. */
  readonly trainers: readonly string[];
}

/** Of one event, what holds no text of the data. */
export interface TrainingSign {
  readonly step: string;
  readonly kind: 'started' | 'reused' | 'progress' | 'done' | 'failed';
  readonly epoch: number | null;
  readonly loss: number | null;
  readonly secondsLeftAtMost: number | null;
}

export type TrainingEnd =
  | { readonly kind: 'exited'; readonly exitCode: number }
  | { readonly kind: 'killed' }
  | { readonly kind: 'not-started' };

export interface TrainingTry {
  /** Never rejects. When it resolves, nothing of the try runs any more. */
  readonly ended: Promise<TrainingEnd>;
  /** Asks it to end after its piece of work. */
  stop(): void;
  /** Ends it and all that it started, at once. */
  kill(): void;
}

export interface TrainingProgram {
  start(order: TrainingOrder, onSign: (sign: TrainingSign) => void): TrainingTry;
}
