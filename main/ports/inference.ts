import type { Result } from '../../contract/result.ts';

export interface InferenceModel {
  /** SHA-256 of the manifest: one loaded graph per model. */
  readonly key: string;
  readonly graphPath: string;
  readonly graphSha256: string;
  readonly sampleRateHz: number;
  readonly hasWindowScores: boolean;
  /** Length of `scores` and width of `window_scores`. */
  readonly labelCount: number;
}

export interface InferenceInputs {
  /** Mono samples in [-1, 1] at their own rate; the engine resamples to the model's. */
  readonly recordings: readonly {
    readonly key: string;
    readonly samples: Float32Array;
    readonly sampleRateHz: number;
  }[];
  /** The encoded `fields` vector; empty when the model takes none. */
  readonly fields: readonly number[];
}

export interface InferenceScores {
  readonly scores: readonly number[];
  readonly windowScores: readonly (readonly number[])[];
  readonly resampleMs: number;
  readonly inferenceMs: number;
}

/**
 * Runs models in a process of its own. A crash or a hang fails exactly the call in flight with `engine-crashed` or
 * `engine-timed-out`; the next call finds a fresh engine. Never retries by itself.
 */
export interface Inference {
  /** Execution providers that may work here, the preferred first; `cpu` is always the last. */
  providers(): Promise<Result<readonly string[]>>;
  load(model: InferenceModel, provider: string): Promise<Result<void>>;
  score(model: InferenceModel, inputs: InferenceInputs): Promise<Result<InferenceScores>>;
  release(key: string): Promise<void>;
}
