/** The model contract's names on the engine of native/onnx. */
import type { Engine, EngineInput, EngineOutputs } from '../../../native/onnx/engine.ts';
import { providerNames } from '../../../native/onnx/providers.ts';
import { fail, ok, type Result } from '../../../contract/result.ts';
import type { Inference, InferenceInputs, InferenceModel, InferenceScores } from '../../ports/inference.ts';

/** The host makes the engine, because it knows how a child process is started, and closes it. */
export function onnxInference({ engine }: { readonly engine: Engine }): Inference {
  return {
    providers: () => engine.providers(),
    async load(model, provider) {
      const known = providerNames.find((name) => name === provider);
      if (known === undefined) return fail('engine-provider-unavailable', { provider, reason: 'unknown' });
      const { key, graphPath, graphSha256 } = model;
      const loaded = await engine.load({ key, path: graphPath, sha256: graphSha256, provider: known });
      return loaded.ok ? ok(undefined) : loaded;
    },
    async score(model, inputs) {
      const run = await engine.run(model.key, graphInputs(model, inputs));
      return run.ok ? readScores(model, run.value) : run;
    },
    async release(key) {
      await engine.release(key);
    },
  };
}

function graphInputs(
  model: InferenceModel,
  { recordings, fields }: InferenceInputs,
): Readonly<Record<string, EngineInput>> {
  const waveforms = recordings.map(({ key, samples, sampleRateHz }): [string, EngineInput] => [
    key,
    { kind: 'waveform', samples, sampleRateHz, resampleToHz: model.sampleRateHz },
  ]);
  const vector: [string, EngineInput][] =
    fields.length === 0
      ? []
      : [['fields', { kind: 'tensor', data: Float32Array.from(fields), dims: [fields.length] }]];
  return Object.fromEntries([...waveforms, ...vector]);
}

/** `scores` float32 [labels], `window_scores` float32 [windows, labels]; other shapes are `engine-output-invalid`. */
function readScores(
  model: InferenceModel,
  { outputs, resampleMs, runMs }: EngineOutputs,
): Result<InferenceScores> {
  const { labelCount } = model;
  const scores = outputs['scores'];
  if (scores?.data.length !== labelCount) return invalid('scores', scores?.dims);
  const timing = { resampleMs, inferenceMs: runMs };
  if (!model.hasWindowScores) return ok({ scores: [...scores.data], windowScores: [], ...timing });
  const windows = outputs['window_scores'];
  if (windows?.dims.length !== 2 || windows.dims[1] !== labelCount) {
    return invalid('window_scores', windows?.dims);
  }
  const windowScores = Array.from({ length: windows.dims[0] ?? 0 }, (_, row) => [
    ...windows.data.subarray(row * labelCount, (row + 1) * labelCount),
  ]);
  return ok({ scores: [...scores.data], windowScores, ...timing });
}

function invalid(output: string, dims: readonly number[] | undefined): Result<never> {
  return fail('engine-output-invalid', { output, shape: dims === undefined ? 'missing' : dims.join('x') });
}
