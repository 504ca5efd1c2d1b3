/** A model is served only after its golden inputs gave its golden scores on this PC, on the best provider that does so. */
import type { ModelState } from '../../contract/app-api.ts';
import { goldenTolerance, largestDifference } from '../../contract/compare-scores.ts';
import type { ModelManifest } from '../../contract/model-manifest.ts';
import { fail, ok, type Problem, type Result } from '../../contract/result.ts';
import type { InferenceModel } from '../ports/inference.ts';
import type { InstalledModel } from '../ports/models.ts';
import type { ModelTest } from '../ports/store.ts';
import type { ReadyModel } from './process-memory.ts';
import type { World } from './world.ts';

export type EngineWorld = Pick<World, 'inference' | 'models' | 'clock' | 'memory'>;
type Dropped = ModelState['dropped'][number];

export interface PreparedModel {
  readonly test: ModelTest;
  /** Undefined when no provider passed; `test.problem` says why. */
  readonly ready: ReadyModel | undefined;
  /** Providers that were dropped in this test, and not in an earlier one. */
  readonly newlyDropped: readonly Dropped[];
}

/** What loads or scores waits for its turn, so that a test never swaps the graph under a screening. */
export function inEngineTurn<T>({ memory }: Pick<World, 'memory'>, task: () => Promise<T>): Promise<T> {
  const turn = memory.engineTurn.then(task);
  memory.engineTurn = turn.catch(() => undefined);
  return turn;
}

/**
 * Tries providers in order of preference until one loads the graph and agrees with every golden case to 1e-3. A provider
 * that an earlier test remembered comes first, and those that it dropped are not tried again.
 */
export async function prepareModel(
  world: EngineWorld,
  model: InstalledModel,
  remembered: ModelTest | undefined,
): Promise<PreparedModel> {
  const engineModel = engineModelOf(model);
  const providers = await world.inference.providers();
  if (!providers.ok) return prepared(world, { problem: providers.problem, dropped: [] });
  const known = remembered?.state === 'ready' ? remembered : undefined;
  const kept = (known?.dropped ?? []).filter(({ provider }) => providers.value.includes(provider));
  const dropped: Dropped[] = [];
  let problem: Problem = { code: 'engine-provider-unavailable' };
  for (const provider of inOrder(providers.value, known?.provider ?? null, kept)) {
    const tried = await tryProvider(world, model, engineModel, provider);
    if (tried.ok) {
      const ready = { model: engineModel, provider };
      world.memory.readyModels.set(model.sha256, ready);
      const test = { state: 'ready', provider, testedAt: world.clock.now(), problem: null } as const;
      return { test: { ...test, dropped: [...kept, ...dropped] }, ready, newlyDropped: dropped };
    }
    problem = tried.problem;
    // Wherever it runs, the folder stays as damaged as it is.
    if (isOfTheFolder(problem)) break;
    dropped.push(dropOf(provider, problem));
  }
  world.memory.readyModels.delete(model.sha256);
  return prepared(world, { problem, dropped, kept });
}

/** The model ready in the engine: at once if it passed in this process, else after its test. */
export async function readyModel(
  world: EngineWorld,
  model: InstalledModel,
  remember: { readonly get: () => ModelTest | undefined; readonly put: (prepared: PreparedModel) => void },
): Promise<Result<ReadyModel>> {
  const known = world.memory.readyModels.get(model.sha256);
  if (known !== undefined) return ok(known);
  const result = await prepareModel(world, model, remember.get());
  remember.put(result);
  if (result.ready !== undefined) return ok(result.ready);
  const { code, details } = result.test.problem ?? { code: 'engine-load-failed' as const, details: {} };
  return fail(code, { ...details, model: `${model.manifest.name} ${model.manifest.version}` });
}

export function engineModelOf({ manifest, sha256, graphPath }: InstalledModel): InferenceModel {
  const graph = manifest.files.find((file) => file.path === manifest.graph.file);
  if (graph === undefined) throw new Error('a parsed manifest lists its graph');
  return {
    key: sha256,
    graphPath,
    graphSha256: graph.sha256,
    sampleRateHz: manifest.input.sampleRateHz,
    hasWindowScores: manifest.output.hasWindowScores,
    labelCount: manifest.labels.length,
  };
}

function inOrder(
  providers: readonly string[],
  first: string | null,
  dropped: readonly Dropped[],
): readonly string[] {
  const open = providers.filter((provider) => !dropped.some((drop) => drop.provider === provider));
  return first !== null && open.includes(first) ? [first, ...open.filter((other) => other !== first)] : open;
}

async function tryProvider(
  world: EngineWorld,
  model: InstalledModel,
  engineModel: InferenceModel,
  provider: string,
): Promise<Result<null>> {
  const loaded = await world.inference.load(engineModel, provider);
  if (!loaded.ok) return loaded;
  for (const golden of model.manifest.golden) {
    const agrees = await runGolden(world, model, engineModel, golden);
    if (!agrees.ok) return agrees;
  }
  return ok(null);
}

async function runGolden(
  world: EngineWorld,
  model: InstalledModel,
  engineModel: InferenceModel,
  golden: ModelManifest['golden'][number],
): Promise<Result<null>> {
  const recordings: { key: string; samples: Float32Array; sampleRateHz: number }[] = [];
  for (const { key } of model.manifest.input.recordings) {
    const path = golden.recordings[key];
    if (path === undefined) throw new Error('a parsed manifest has every golden recording');
    const recording = await world.models.golden(model, path);
    if (!recording.ok) return recording;
    recordings.push({ key, ...recording.value });
  }
  const scored = await world.inference.score(engineModel, { recordings, fields: golden.fields ?? [] });
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

function isOfTheFolder({ code }: Problem): boolean {
  return code === 'engine-hash-mismatch' || (code.startsWith('model-') && code !== 'model-golden-mismatch');
}

function dropOf(provider: string, { code, details }: Problem): Dropped {
  const difference = details?.['largestDifference'];
  return {
    provider,
    reason: reasonOf(code),
    largestDifference: typeof difference === 'number' ? difference : null,
  };
}

function reasonOf(code: Problem['code']): Dropped['reason'] {
  if (code === 'engine-provider-unavailable') return 'unavailable';
  if (code === 'engine-crashed') return 'crashed';
  if (code === 'engine-timed-out') return 'timed-out';
  return code === 'model-golden-mismatch' ? 'disagrees' : 'failed';
}

function prepared(
  world: EngineWorld,
  failed: {
    readonly problem: Problem;
    readonly dropped: readonly Dropped[];
    readonly kept?: readonly Dropped[];
  },
): PreparedModel {
  const { code, details } = failed.problem;
  return {
    test: {
      state: 'failed',
      provider: null,
      testedAt: world.clock.now(),
      problem: { code, details: { ...details } },
      dropped: [...(failed.kept ?? []), ...failed.dropped],
    },
    ready: undefined,
    newlyDropped: failed.dropped,
  };
}
