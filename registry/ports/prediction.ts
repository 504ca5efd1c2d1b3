/** Runs the models of the model store. It knows nothing of inferences, rights or queues. */
import type { Result } from '../../contract/result.ts';
import type { ModelFolder } from './model-packages.ts';

export interface HeardRecording {
  /** Mono samples in [-1, 1] at their own rate; brought to the model's rate where the graph runs. */
  readonly samples: Float32Array;
  readonly sampleRateHz: number;
}

export interface PredictionInputs {
  readonly recordings: readonly (HeardRecording & { readonly key: string })[];
  /** The encoded `fields` vector; empty where the model takes none. */
  readonly fields: readonly number[];
}

export interface PredictionScores {
  /** One per label. */
  readonly scores: readonly number[];
  /** One row per window; empty where the model gives none. */
  readonly windowScores: readonly (readonly number[])[];
  readonly resampleMs: number;
  readonly inferenceMs: number;
}

/** Problems beyond those that are named: `engine-*`. A crash or a hang costs the call in flight and nothing else. */
export interface Prediction {
  /** Queued predictions that are worth asking for at once; 0: other processes do them. */
  readonly concurrency: number;
  /** Judges an audio file by its beginning and its length; says no only where that is certain (`audio-*`). */
  checkAudio(file: { readonly head: Uint8Array; readonly sizeBytes: number }): Result<null>;
  /** `audio-*`, `too-large`. */
  decode(bytes: Uint8Array): Promise<Result<HeardRecording>>;
  /**
   * Proves, apart from every other model, that this machine's own runtime loads the graph and gives the golden scores
   * within 1e-3: `engine-*`, `model-golden-mismatch`, `model-damaged`.
   */
  test(model: ModelFolder): Promise<Result<null>>;
  /** Resolves when the model is ready to score. */
  load(model: ModelFolder): Promise<Result<null>>;
  score(model: ModelFolder, inputs: PredictionInputs): Promise<Result<PredictionScores>>;
  close(): void;
}
