import { ok, type Result } from '../../contract/result.ts';
import type { ModelFolder } from './model-packages.ts';
import type { HeardRecording, Prediction, PredictionInputs, PredictionScores } from './prediction.ts';

export interface MemoryPredictionOptions {
  /** Stands for every graph; scores of 0.5 by default. */
  readonly score?: (
    model: ModelFolder,
    inputs: PredictionInputs,
  ) => Promise<Result<PredictionScores>> | Result<PredictionScores>;
  /** Stands for every codec; a second of silence by default. */
  readonly decode?: (bytes: Uint8Array) => Result<HeardRecording>;
}

/** Predictions without a runtime: what a graph and a codec would say is given. */
export function memoryPrediction(options: MemoryPredictionOptions = {}): Prediction {
  const even = (model: ModelFolder): Result<PredictionScores> =>
    ok({
      scores: model.manifest.labels.map(() => 0.5),
      windowScores: [],
      resampleMs: 0,
      inferenceMs: 0,
    });
  return {
    concurrency: 2,
    checkAudio: () => ok(null),
    decode: (bytes) =>
      Promise.resolve(
        options.decode?.(bytes) ?? ok({ samples: new Float32Array(16_000), sampleRateHz: 16_000 }),
      ),
    test: () => Promise.resolve(ok(null)),
    load: () => Promise.resolve(ok(null)),
    score: (model, inputs) => Promise.resolve(options.score?.(model, inputs) ?? even(model)),
    close: () => undefined,
  };
}
