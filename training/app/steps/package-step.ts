import type { Json } from '../../../contract/canonical-json.ts';
import { modelManifestSchema, type ModelManifest } from '../../../contract/model-manifest.ts';
import { fitResultSchema, scoresSchema, type Scores, type Snapshot } from '../../../contract/training/run.ts';
import { makeReport, type EvaluationReport } from '../../core/evaluate/report.ts';
import { recipeGraph } from '../../core/features/recipe-graphs.ts';
import { referenceMfcc } from '../../core/features/mfcc-tables.ts';
import { metricNames } from '../../core/fit/metrics.ts';
import { goldenVoices, synthesise } from '../../core/model/golden-voices.ts';
import { defaultTexts, type ModelTexts } from '../../core/model/texts.ts';
import { renderTrainedCard } from '../../core/report/trained-card.ts';
import { done, refuse, type Outcome } from '../../core/outcome.ts';
import type { OpenGraph } from '../../ports/graph-engine.ts';
import { describeProblem } from '../describe-problem.ts';
import { verifyModelFiles } from '../verify-model.ts';
import { readWeights } from './evaluate-step.ts';
import { readSamples } from './featurise.ts';
import { networkOf, readFitInputs, type FitInputs } from './fit-inputs.ts';
import { cancelled, jsonOutput, readInput, type StepContext, type StepDefinition } from './step.ts';

/** The exported graph may differ from the trainer by this much. */
const toleratedDifference = 1e-5;
const defect = 'This is a defect of the program.';

/**
 * The complete model folder, proven: the exported graph, run as it serves on the waveforms of all validation and test
 * recordings, gives the trainer's scores.
 */
export const packageStep: StepDefinition = {
  name: 'package',
  needs: ['snapshot', 'split', 'features', 'fit', 'evaluate'],
  part: ({ model, labels, audio, features, network, evaluate, noise }) =>
    ({ model, labels, audio, features, network, evaluate, noise }) as unknown as Json,
  async outside({ model: { notice } }, ports) {
    if (notice === null) return done(null);
    const text = await ports.datasets.readText(notice);
    return text.ok ? done(ports.surroundings.sha256(ports.surroundings.toBytes(text.value))) : text;
  },
  async work(context) {
    const { configuration, ports, progress } = context;
    const inputs = await readFitInputs(context);
    if (!inputs.ok) return inputs;
    const fit = await readInput(context, 'fit.json', fitResultSchema);
    if (!fit.ok) return fit;
    const scores = await readInput(context, 'scores.json', scoresSchema);
    if (!scores.ok) return scores;
    const parameters = await readWeights(context);
    if (!parameters.ok) return parameters;
    const recordingKey = configuration.model.recording;
    const graph = recipeGraph({
      recordingKey,
      features: configuration.features,
      network: networkOf(configuration),
      parameters: parameters.value,
    });
    const encoded = ports.engine.encode(graph);
    const opened = await ports.engine.open(encoded);
    if (!opened.ok) return refuse(`the graph does not load: ${describeProblem(opened.problem)}`, defect);
    progress('comparing the exported graph with the trainer');
    const proof = await proveScores(context, opened.value, inputs.value, scores.value);
    if (!proof.ok) return proof;
    const golden = await makeGolden(context, opened.value);
    if (!golden.ok) return golden;
    const report = makeReport({
      snapshot: inputs.value.snapshot,
      split: inputs.value.split,
      fit: fit.value,
      scores: scores.value,
      settings: configuration.evaluate,
      trainingNoise: configuration.noise.training,
    });
    const texts = textsOf(context, inputs.value.snapshot);
    const card = renderTrainedCard({
      report,
      configuration,
      texts,
      codeVersion: ports.program.codeVersion,
      largestDifference: proof.value.largestDifference,
    });
    const { notice } = configuration.model;
    const attribution = notice === null ? done(undefined) : await ports.datasets.readText(notice);
    if (!attribution.ok) return attribution;
    const files = new Map<string, Uint8Array>([
      ['model.onnx', encoded],
      ['card.md', ports.surroundings.toBytes(card)],
      ...(attribution.value === undefined
        ? []
        : [['NOTICE.md', ports.surroundings.toBytes(attribution.value)] as const]),
      ...golden.value.map(({ path, wav }) => [path, wav] as const),
    ]);
    const manifest = manifestOf(context, report, texts, files, {
      golden: golden.value.map(({ golden: one }) => one),
      opset: graph.opset,
    });
    if (!manifest.ok) return manifest;
    files.set('manifest.json', ports.surroundings.toBytes(`${JSON.stringify(manifest.value, null, 2)}\n`));
    const verified = await verifyModelFiles(files, {
      engine: ports.engine,
      recordings: { ...ports.recordings, read: neverRead },
      surroundings: { ...ports.surroundings, codeVersion: async () => ports.program.codeVersion, progress },
    });
    if (!verified.ok) return verified;
    progress(
      `the exported graph agrees with the trainer on ${proof.value.recordings} recordings to ${proof.value.largestDifference.toExponential(1)}`,
    );
    return done({
      outputs: new Map([
        ...[...files].map(([path, content]) => [`model/${path}`, content] as const),
        ['proof.json', jsonOutput(ports, proof.value)],
      ]),
      figures: {
        model: `${configuration.model.name} ${configuration.model.version}`,
        largestDifference: proof.value.largestDifference,
      },
    });
  },
};

/** Golden cases are read from the folder's own bytes. */
async function neverRead(): Promise<never> {
  throw new Error('a model folder is checked by its own files');
}

interface Proof {
  readonly recordings: number;
  readonly windows: number;
  readonly largestDifference: number;
}

async function proveScores(
  { ports, configuration }: StepContext,
  graph: OpenGraph,
  { snapshot, split }: FitInputs,
  { scores }: Scores,
): Promise<Outcome<Proof>> {
  const { sampleRateHz } = referenceMfcc;
  let [recordings, windows, largestDifference] = [0, 0, 0];
  for (const { recording, condition, side, score, windowScores } of scores) {
    // In folds the packaged model is none of those that were tested: it is proven on what it was fitted to.
    const isProof = split.folds === undefined || side === 'training';
    if (condition !== 'clean' || !isProof) continue;
    if (ports.isCancelled?.() === true) return cancelled;
    const samples = await readSamples(ports, snapshot.recordings[recording]!);
    if (!samples.ok) return samples;
    const outputs = await graph.run({
      [configuration.model.recording]: {
        samples: samples.value,
        sampleRateHz,
        resampleToHz: sampleRateHz,
      },
    });
    if (!outputs.ok) return refuse(`the graph does not run: ${describeProblem(outputs.problem)}`, defect);
    const served = [outputs.value['scores']!.data[1]!, ...everySecond(outputs.value['window_scores']!.data)];
    const trained = [score, ...windowScores];
    if (served.length !== trained.length) {
      return refuse(
        `the exported graph gives ${served.length - 1} windows where the trainer has ${windowScores.length}`,
        defect,
      );
    }
    recordings++;
    windows += windowScores.length;
    // A score that is not a number differs from every other.
    for (const [index, value] of served.entries()) {
      const difference = Math.abs(value - trained[index]!);
      if (!(difference <= largestDifference)) largestDifference = difference;
    }
  }
  if (largestDifference <= toleratedDifference) return done({ recordings, windows, largestDifference });
  return refuse(
    `the exported graph differs from the trainer by ${largestDifference}, more than ${toleratedDifference}`,
    defect,
  );
}

function everySecond(data: Float32Array): readonly number[] {
  return Array.from({ length: data.length / 2 }, (_, row) => data[2 * row + 1]!);
}

type GoldenCase = ModelManifest['golden'][number];

async function makeGolden(
  { ports, configuration }: StepContext,
  graph: OpenGraph,
): Promise<Outcome<readonly { path: string; wav: Uint8Array; golden: GoldenCase }[]>> {
  const { features, audio, model, fit } = configuration;
  const { sampleRateHz } = referenceMfcc;
  const cases: { path: string; wav: Uint8Array; golden: GoldenCase }[] = [];
  for (const voice of goldenVoices(audio.minimumS, features.windowS, features.stepS)) {
    const samples = synthesise(voice, sampleRateHz, fit.seed);
    const outputs = await graph.run({
      [model.recording]: { samples, sampleRateHz, resampleToHz: sampleRateHz },
    });
    if (!outputs.ok) return refuse(`the graph does not run: ${describeProblem(outputs.problem)}`, defect);
    const windows = outputs.value['window_scores']!.data;
    const path = `golden/${voice.name}.wav`;
    cases.push({
      path,
      wav: ports.recordings.encodeWav(samples, sampleRateHz),
      golden: {
        name: voice.name,
        recordings: { [model.recording]: path },
        scores: Array.from(outputs.value['scores']!.data),
        windowScores: Array.from({ length: windows.length / 2 }, (_, row) =>
          Array.from(windows.subarray(2 * row, 2 * row + 2)),
        ),
      },
    });
  }
  return done(cases);
}

function textsOf({ configuration }: StepContext, { recordings }: Snapshot): ModelTexts {
  const { model, labels } = configuration;
  const participants = (isPositive: boolean): number =>
    new Set(recordings.filter((one) => one.isPositive === isPositive).map(({ subject }) => subject)).size;
  const texts = defaultTexts({
    name: model.name,
    recordings: recordings.length,
    positive: { label: labels.names.positive, participants: participants(true) },
    negative: { label: labels.names.negative, participants: participants(false) },
  });
  return {
    ...texts,
    title: model.title ?? texts.title,
    intendedUse: model.intendedUse ?? texts.intendedUse,
    trainedOn: model.trainedOn ?? texts.trainedOn,
    limits: model.limits ?? texts.limits,
  };
}

function manifestOf(
  { configuration, ports, run }: StepContext,
  report: EvaluationReport,
  texts: ModelTexts,
  files: ReadonlyMap<string, Uint8Array>,
  { golden, opset }: { readonly golden: GoldenCase[]; readonly opset: number },
): Outcome<ModelManifest> {
  const { model, labels, audio, features, evaluate } = configuration;
  const { thresholds, limits, allowed } = report.thresholds;
  const method = `participants of the test side resampled ${evaluate.replicates} times within class, percentile`;
  const manifest: ModelManifest = {
    contractVersion: 1,
    name: model.name,
    version: model.version,
    title: texts.title,
    createdAt: run.createdAt,
    licence: model.licence,
    files: [...files].map(([path, content]) => ({
      path,
      sha256: ports.surroundings.sha256(content),
      sizeBytes: content.length,
    })),
    graph: { file: 'model.onnx', opset },
    input: {
      sampleRateHz: referenceMfcc.sampleRateHz,
      recordings: [{ key: model.recording, minimumS: audio.minimumS, maximumS: audio.maximumS }],
      fields: [],
    },
    output: { hasWindowScores: true },
    window: { lengthS: features.windowS, stepS: features.stepS },
    labels: [labels.names.negative, labels.names.positive],
    positiveLabel: labels.names.positive,
    thresholds,
    limits: {
      decisions: [...allowed],
      lowestScore: limits.lowest,
      highestScore: limits.highest,
      text: texts.limits,
    },
    isDemonstration: model.isDemonstration,
    intendedUse: texts.intendedUse,
    trainedOn: texts.trainedOn,
    dataHash: report.dataHash,
    codeVersion: ports.program.codeVersion,
    metrics: metricNames.map((name) => ({
      name,
      ...report.conditions.clean![name]!,
      level: evaluate.level,
      method,
    })),
    card: 'card.md',
    golden,
  };
  const parsed = modelManifestSchema.safeParse(manifest);
  if (parsed.success) return done(parsed.data);
  return refuse(
    'the manifest would not be valid',
    'Correct the part of the configuration that it names.',
    parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`),
  );
}
