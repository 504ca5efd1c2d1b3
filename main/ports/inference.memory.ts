/** An engine without a graph: scores are a plain function of the inputs, and it fails when told to. */
import { fail, ok, type Result } from '../../contract/result.ts';
import type { Inference, InferenceInputs, InferenceModel, InferenceScores } from './inference.ts';

export type EngineMishap =
  /** The process dies in the call. */
  | 'crash'
  /** The call runs into its time limit. */
  | 'hang'
  /** Scores that differ from the others' by 0.25. */
  | 'disagree'
  | 'fail';

export interface MemoryInference extends Inference {
  /** What goes wrong in the next `times` calls of `score`, on any provider or on this one. */
  mishap(kind: EngineMishap, options?: { readonly times?: number; readonly provider?: string }): void;
  /** Every call so far: `load:<key>:<provider>`, `score:<key>:<provider>`, `release:<key>`. */
  readonly calls: readonly string[];
}

export function memoryInference(
  options: {
    readonly providers?: readonly string[];
    /** Providers that are listed and do not load. */
    readonly unavailable?: readonly string[];
  } = {},
): MemoryInference {
  const providers = options.providers ?? ['cpu'];
  const calls: string[] = [];
  const loaded = new Map<string, string>();
  let mishaps: { kind: EngineMishap; times: number; provider: string | undefined }[] = [];

  const nextMishap = (provider: string): EngineMishap | undefined => {
    const found = mishaps.find((planned) => planned.provider === undefined || planned.provider === provider);
    if (found === undefined) return undefined;
    found.times -= 1;
    mishaps = mishaps.filter((planned) => planned.times > 0);
    return found.kind;
  };

  return {
    calls,
    providers: () => Promise.resolve(ok(providers)),
    load(model, provider) {
      calls.push(`load:${model.key}:${provider}`);
      if (!providers.includes(provider) || options.unavailable?.includes(provider) === true) {
        loaded.delete(model.key);
        return Promise.resolve(fail('engine-provider-unavailable', { provider }));
      }
      loaded.set(model.key, provider);
      return Promise.resolve(ok(undefined));
    },
    score(model, inputs) {
      const provider = loaded.get(model.key);
      calls.push(`score:${model.key}:${provider ?? 'none'}`);
      if (provider === undefined) return Promise.reject(new Error(`score before load (${model.key})`));
      const kind = nextMishap(provider);
      return Promise.resolve(
        kind === undefined ? ok(memoryScores(model, inputs)) : failed(kind, model, inputs),
      );
    },
    release(key) {
      calls.push(`release:${key}`);
      loaded.delete(key);
      return Promise.resolve();
    },
    mishap(kind, { times = 1, provider } = {}) {
      mishaps.push({ kind, times, provider });
    },
  };
}

function failed(kind: EngineMishap, model: InferenceModel, inputs: InferenceInputs): Result<InferenceScores> {
  switch (kind) {
    case 'crash':
      return fail('engine-crashed', { signal: 'SIGKILL' });
    case 'hang':
      return fail('engine-timed-out', { timeoutMs: 10_000 });
    case 'fail':
      return fail('engine-run-failed', { reason: 'told to' });
    case 'disagree': {
      const scores = memoryScores(model, inputs);
      return ok({
        ...scores,
        scores: scores.scores.map((score) => (score < 0.5 ? score + 0.25 : score - 0.25)),
      });
    }
  }
}

/**
 * The scores the twin gives: the first label's is the mean absolute sample of all recordings plus a thousandth of the
 * sum of the fields, held within [0, 1]; the other labels share the rest. One window per started second.
 */
export function memoryScores(model: InferenceModel, inputs: InferenceInputs): InferenceScores {
  const perSecond = inputs.recordings.flatMap(({ samples, sampleRateHz }) =>
    Array.from({ length: Math.max(1, Math.ceil(samples.length / sampleRateHz)) }, (_, second) =>
      meanMagnitude(samples.subarray(second * sampleRateHz, (second + 1) * sampleRateHz)),
    ),
  );
  const everySample = inputs.recordings.map(({ samples }) => meanMagnitude(samples));
  const fields = inputs.fields.reduce((sum, value) => sum + value, 0) / 1000;
  const first = mean(everySample) + fields;
  return {
    scores: spread(first, model.labelCount),
    windowScores: model.hasWindowScores ? perSecond.map((value) => spread(value, model.labelCount)) : [],
    resampleMs: 0,
    inferenceMs: 1,
  };
}

function spread(first: number, labelCount: number): readonly number[] {
  const held = Math.min(1, Math.max(0, first));
  const rest = labelCount > 1 ? (1 - held) / (labelCount - 1) : 0;
  return Array.from({ length: labelCount }, (_, index) => (index === 0 ? held : rest));
}

function meanMagnitude(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += Math.abs(sample);
  return samples.length === 0 ? 0 : sum / samples.length;
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
