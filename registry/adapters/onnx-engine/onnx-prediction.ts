/** The model contract's names on engines of native/onnx: a few child processes, each of which runs one graph at a time. */
import { availableParallelism } from 'node:os';
import { checkAudioHead, decodeAudio } from '../../../native/audio/decode.ts';
import { mixToMono } from '../../../native/audio/mix.ts';
import type { Engine, EngineInput, EngineOutputs } from '../../../native/onnx/engine.ts';
import type { ProviderName } from '../../../native/onnx/providers.ts';
import { goldenTolerance, largestDifference } from '../../../contract/compare-scores.ts';
import type { ModelManifest } from '../../../contract/model-manifest.ts';
import { fail, ok, type Result } from '../../../contract/result.ts';
import type { ModelFolder } from '../../ports/model-packages.ts';
import type { Prediction, PredictionInputs, PredictionScores } from '../../ports/prediction.ts';

export interface OnnxPredictionOptions {
  /** An engine of its own each time; this closes it. */
  readonly makeEngine: () => Engine;
  /**
   * Engines that serve predictions; each holds the models that it was asked for lately. 0: this process is not asked for
   * queued predictions, and has one for those who wait for an answer.
   */
  readonly engines: number;
  readonly provider?: ProviderName;
}

/** Graphs that one engine keeps loaded. */
const loadedPerEngine = 8;
const maximumSeconds = 600;

interface Slot {
  readonly engine: Engine;
  /** By manifest hash, the longest unused first. */
  readonly models: Map<string, { readonly loaded: Promise<Result<null>>; users: number }>;
  inFlight: number;
}

export function onnxPrediction({ makeEngine, engines, provider = 'cpu' }: OnnxPredictionOptions): Prediction {
  const count = Math.max(1, engines);
  const slots: readonly Slot[] = Array.from({ length: count }, () => ({
    engine: makeEngine(),
    models: new Map(),
    inFlight: 0,
  }));
  const threads = Math.max(1, Math.floor(Math.min(4 * count, availableParallelism()) / count));

  const loadInto = (engine: Engine, model: ModelFolder): Promise<Result<null>> => {
    const { path, sha256 } = graphOf(model);
    return engine
      .load({ key: model.sha256, path, sha256, provider, threads })
      .then((loaded) => (loaded.ok ? ok(null) : loaded));
  };

  const use = async <T>(
    slot: Slot,
    model: ModelFolder,
    work: (engine: Engine) => Promise<Result<T>>,
  ): Promise<Result<T>> => {
    const known = slot.models.get(model.sha256) ?? {
      loaded: loadInto(slot.engine, model),
      users: 0,
    };
    // The latest used stands last.
    slot.models.delete(model.sha256);
    slot.models.set(model.sha256, known);
    known.users += 1;
    slot.inFlight += 1;
    try {
      for (const [key, { users }] of slot.models) {
        if (slot.models.size <= loadedPerEngine) break;
        if (users > 0) continue;
        slot.models.delete(key);
        void slot.engine.release(key);
      }
      const loaded = await known.loaded;
      if (!loaded.ok) {
        if (slot.models.get(model.sha256) === known) slot.models.delete(model.sha256);
        return loaded;
      }
      return await work(slot.engine);
    } finally {
      known.users -= 1;
      slot.inFlight -= 1;
    }
  };

  return {
    concurrency: engines,
    checkAudio: (file) => checkAudioHead(file, { maximumSeconds }),
    async decode(bytes) {
      const decoded = await decodeAudio(bytes, { maximumSeconds });
      if (!decoded.ok) return decoded;
      const { channels, sampleRateHz } = decoded.value;
      const [only] = channels;
      return ok({
        samples: channels.length === 1 && only !== undefined ? only : mixToMono(channels),
        sampleRateHz,
      });
    },
    async test(model) {
      const engine = makeEngine();
      try {
        const loaded = await loadInto(engine, model);
        if (!loaded.ok) return loaded;
        for (const golden of model.manifest.golden) {
          const agrees = await runGolden(engine, model, golden);
          if (!agrees.ok) return agrees;
        }
        return ok(null);
      } finally {
        engine.close();
      }
    },
    async load(model) {
      const loaded = await Promise.all(
        slots.map((slot) => use(slot, model, () => Promise.resolve(ok(null)))),
      );
      return loaded.find((result) => !result.ok) ?? ok(null);
    },
    score(model, inputs) {
      const idle = slots.reduce((best, slot) => (slot.inFlight < best.inFlight ? slot : best));
      return use(idle, model, (engine) => run(engine, model, inputs));
    },
    close() {
      for (const { engine } of slots) engine.close();
    },
  };
}

function graphOf({ manifest, graphPath }: ModelFolder): { readonly path: string; readonly sha256: string } {
  const graph = manifest.files.find((file) => file.path === manifest.graph.file);
  if (graph === undefined) throw new Error('a parsed manifest lists its graph');
  return { path: graphPath, sha256: graph.sha256 };
}

async function run(
  engine: Engine,
  model: ModelFolder,
  inputs: PredictionInputs,
): Promise<Result<PredictionScores>> {
  const outputs = await engine.run(model.sha256, graphInputs(model.manifest, inputs));
  return outputs.ok ? readScores(model.manifest, outputs.value) : outputs;
}

function graphInputs(
  { input }: ModelManifest,
  { recordings, fields }: PredictionInputs,
): Readonly<Record<string, EngineInput>> {
  const waveforms = recordings.map(({ key, samples, sampleRateHz }): [string, EngineInput] => [
    key,
    { kind: 'waveform', samples, sampleRateHz, resampleToHz: input.sampleRateHz },
  ]);
  const vector: [string, EngineInput][] =
    fields.length === 0
      ? []
      : [['fields', { kind: 'tensor', data: Float32Array.from(fields), dims: [fields.length] }]];
  return Object.fromEntries([...waveforms, ...vector]);
}

/** `scores` float32 [labels], `window_scores` float32 [windows, labels]; other shapes are `engine-output-invalid`. */
function readScores(
  { labels, output }: ModelManifest,
  { outputs, resampleMs, runMs }: EngineOutputs,
): Result<PredictionScores> {
  const scores = outputs['scores'];
  if (scores?.data.length !== labels.length) return invalid('scores', scores?.dims);
  const timing = { resampleMs, inferenceMs: runMs };
  if (!output.hasWindowScores) return ok({ scores: [...scores.data], windowScores: [], ...timing });
  const windows = outputs['window_scores'];
  if (windows?.dims.length !== 2 || windows.dims[1] !== labels.length)
    return invalid('window_scores', windows?.dims);
  const windowScores = Array.from({ length: windows.dims[0] ?? 0 }, (_, row) => [
    ...windows.data.subarray(row * labels.length, (row + 1) * labels.length),
  ]);
  return ok({ scores: [...scores.data], windowScores, ...timing });
}

function invalid(output: string, dims: readonly number[] | undefined): Result<never> {
  return fail('engine-output-invalid', { output, shape: dims === undefined ? 'missing' : dims.join('x') });
}

async function runGolden(
  engine: Engine,
  model: ModelFolder,
  golden: ModelManifest['golden'][number],
): Promise<Result<null>> {
  const recordings: PredictionInputs['recordings'][number][] = [];
  for (const { key } of model.manifest.input.recordings) {
    const path = golden.recordings[key];
    if (path === undefined) throw new Error('a parsed manifest has every golden recording');
    const recording = await readGolden(model, path);
    if (!recording.ok) return recording;
    recordings.push({ key, ...recording.value });
  }
  const scored = await run(engine, model, { recordings, fields: golden.fields ?? [] });
  if (!scored.ok) return scored;
  const difference = largestDifference(
    { scores: golden.scores, windowScores: golden.windowScores ?? [] },
    {
      scores: scored.value.scores,
      windowScores: golden.windowScores === undefined ? [] : scored.value.windowScores,
    },
  );
  if (difference !== null && difference <= goldenTolerance) return ok(null);
  return fail('model-golden-mismatch', {
    golden: golden.name,
    tolerance: goldenTolerance,
    ...(difference === null ? {} : { largestDifference: difference }),
  });
}

/** Mono at the manifest's rate: nothing between the file and the graph may differ from one machine to the next. */
async function readGolden(
  model: ModelFolder,
  path: string,
): Promise<Result<{ readonly samples: Float32Array; readonly sampleRateHz: number }>> {
  const bytes = await model.read(path);
  if (!bytes.ok) return bytes;
  const decoded = await decodeAudio(bytes.value, { maximumSeconds });
  if (!decoded.ok) return fail('model-damaged', { file: path, reason: decoded.problem.code });
  const { channels, sampleRateHz } = decoded.value;
  const [samples] = channels;
  if (channels.length !== 1 || samples === undefined)
    return fail('model-damaged', { file: path, reason: 'not-mono', channelCount: channels.length });
  const expectedHz = model.manifest.input.sampleRateHz;
  return sampleRateHz === expectedHz
    ? ok({ samples, sampleRateHz })
    : fail('model-damaged', { file: path, reason: 'sample-rate', sampleRateHz, expectedHz });
}
