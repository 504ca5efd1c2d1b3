import { modelManifestSchema, type ModelManifest } from '../../contract/model-manifest.ts';
import type { Defect } from '../core/data/listing.ts';
import type { LabelPlan } from '../core/data/labels.ts';
import { baselineGraph } from '../core/features/baseline-graphs.ts';
import { referenceMfcc } from '../core/features/mfcc-tables.ts';
import type { Interval } from '../core/fit/bootstrap.ts';
import type { CrossValidation } from '../core/fit/cross-validate.ts';
import { participantsPerClass } from '../core/fit/folds.ts';
import type { LogisticModel } from '../core/fit/logistic-regression.ts';
import { calibration, metricNames, type MetricName, type ScoredRecording } from '../core/fit/metrics.ts';
import { allowedDecisions, chooseThresholds, scoreLimits, type Thresholds } from '../core/fit/thresholds.ts';
import { renderCard, type DecisionCounts } from '../core/model/card.ts';
import { goldenVoices, synthesise } from '../core/model/golden-voices.ts';
import { defaultTexts, type ModelTexts, type TextFacts } from '../core/model/texts.ts';
import { done, refuse, type Outcome } from '../core/outcome.ts';
import type { OpenGraph } from '../ports/graph-engine.ts';
import { describeProblem } from './describe-problem.ts';
import type { BaselinePorts, BaselineRequest, MeasuredRecording } from './baseline.ts';
import { verifyModelFiles } from './verify-model.ts';

export interface TrainedBaseline {
  readonly request: BaselineRequest;
  readonly plan: LabelPlan;
  readonly recordings: readonly MeasuredRecording[];
  readonly defects: readonly Defect[];
  readonly warnings: readonly string[];
  readonly validation: CrossValidation;
  readonly metrics: Readonly<Record<MetricName, Interval>>;
  readonly metricMethod: string;
  readonly model: LogisticModel;
  readonly dataHash: string;
}

export interface WrittenModel {
  readonly thresholds: Thresholds;
  readonly files: readonly { readonly path: string; readonly sizeBytes: number }[];
}

const level = 0.95;

/** Writes graph, card, golden cases and manifest, reads them back, and publishes what passes. */
export async function writeModel(
  trained: TrainedBaseline,
  ports: BaselinePorts,
): Promise<Outcome<WrittenModel>> {
  const { request, plan, recordings, validation } = trained;
  const { recordingKey, window } = request;
  const graph = baselineGraph({
    recordingKey,
    window,
    model: trained.model,
    positiveColumn: plan.positiveColumn,
  });
  const encoded = ports.engine.encode(graph);
  const opened = await ports.engine.open(encoded);
  if (!opened.ok) {
    return refuse(
      `the graph does not load: ${describeProblem(opened.problem)}`,
      'This is a defect of the program.',
    );
  }
  const golden = await makeGoldenCases(request, opened.value, ports);
  if (!golden.ok) return golden;

  const [positives, negatives] = participantsPerClass(recordings);
  const limits = scoreLimits(positives, negatives);
  const thresholds = chooseThresholds(validation.scores, request.toleratedErrors, limits);
  const facts = textFacts(trained);
  const texts = textsOf(request, facts);
  const codeVersion = await ports.surroundings.codeVersion();
  const card = renderCard({
    ...facts,
    texts,
    version: request.version,
    licence: request.licence,
    recordingKey,
    window,
    minimumS: request.minimumS,
    maximumS: request.maximumS,
    windowCount: recordings.reduce((sum, { windows }) => sum + windows.length, 0),
    metrics: trained.metrics,
    metricMethod: trained.metricMethod,
    metricLevel: level,
    calibration: calibration(validation.scores),
    thresholds,
    toleratedErrors: request.toleratedErrors,
    allowed: allowedDecisions(validation.scores, thresholds, request.toleratedErrors),
    decisions: countDecisions(validation.scores, thresholds),
    limits,
    penalty: trained.model.penalty,
    foldPenalties: validation.penalties,
    seed: request.seed,
    leftOut: countReasons(trained.defects),
    warnings: trained.warnings,
    dataHash: trained.dataHash,
    codeVersion,
  });

  const files = new Map<string, Uint8Array>([
    ['model.onnx', encoded],
    ['card.md', ports.surroundings.toBytes(card)],
    ...(request.notice === undefined
      ? []
      : ([['NOTICE.md', ports.surroundings.toBytes(request.notice)]] as const)),
    ...golden.value.map(({ path, wav }) => [path, wav] as const),
  ]);
  const manifest: ModelManifest = {
    contractVersion: 1,
    name: request.name,
    version: request.version,
    title: texts.title,
    createdAt: request.createdAt ?? ports.surroundings.now().toISOString(),
    licence: request.licence,
    files: [...files].map(([path, content]) => ({
      path,
      sha256: ports.surroundings.sha256(content),
      sizeBytes: content.length,
    })),
    graph: { file: 'model.onnx', opset: graph.opset },
    input: {
      sampleRateHz: referenceMfcc.sampleRateHz,
      recordings: [{ key: recordingKey, minimumS: request.minimumS, maximumS: request.maximumS }],
      fields: [],
    },
    output: { hasWindowScores: true },
    window: { lengthS: window.lengthS, stepS: window.stepS },
    labels: [...plan.names],
    positiveLabel: plan.names[plan.positiveColumn],
    thresholds,
    limits: {
      decisions: allowedDecisions(validation.scores, thresholds, request.toleratedErrors),
      lowestScore: limits.lowest,
      highestScore: limits.highest,
      text: texts.limits,
    },
    isDemonstration: true,
    intendedUse: texts.intendedUse,
    trainedOn: texts.trainedOn,
    dataHash: trained.dataHash,
    codeVersion,
    metrics: metricNames.map((name) => ({
      name,
      ...trained.metrics[name],
      level,
      method: trained.metricMethod,
    })),
    card: 'card.md',
    golden: golden.value.map(({ golden: one }) => one),
  };
  const parsed = modelManifestSchema.safeParse(manifest);
  if (!parsed.success) {
    return refuse(
      'the manifest would not be valid',
      'Correct the option that it names.',
      parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`),
    );
  }
  files.set('manifest.json', ports.surroundings.toBytes(`${JSON.stringify(manifest, null, 2)}\n`));
  ports.surroundings.progress('writing the model folder and checking it');
  const published = await ports.folders.publish(request.folder, files, async (written) => {
    const verified = await verifyModelFiles(written, ports);
    return verified.ok ? done(null) : verified;
  });
  if (!published.ok) return published;
  return done({
    thresholds,
    files: [...files].map(([path, content]) => ({ path, sizeBytes: content.length })),
  });
}

type GoldenCase = ModelManifest['golden'][number];

async function makeGoldenCases(
  request: BaselineRequest,
  graph: OpenGraph,
  { recordings }: BaselinePorts,
): Promise<Outcome<readonly { path: string; wav: Uint8Array; golden: GoldenCase }[]>> {
  const { recordingKey, window, minimumS } = request;
  const { sampleRateHz } = referenceMfcc;
  const cases: { path: string; wav: Uint8Array; golden: GoldenCase }[] = [];
  for (const voice of goldenVoices(minimumS, window.lengthS, window.stepS)) {
    const samples = synthesise(voice, sampleRateHz, request.seed);
    const outputs = await graph.run({
      [recordingKey]: { samples, sampleRateHz, resampleToHz: sampleRateHz },
    });
    if (!outputs.ok) {
      return refuse(
        `the graph does not run: ${describeProblem(outputs.problem)}`,
        'This is a defect of the program.',
      );
    }
    const path = `golden/${voice.name}.wav`;
    const windowScores = Array.from(outputs.value['window_scores']!.data);
    cases.push({
      path,
      wav: recordings.encodeWav(samples, sampleRateHz),
      golden: {
        name: voice.name,
        recordings: { [recordingKey]: path },
        scores: Array.from(outputs.value['scores']!.data),
        windowScores: Array.from({ length: windowScores.length / 2 }, (_, row) =>
          windowScores.slice(2 * row, 2 * row + 2),
        ),
      },
    });
  }
  return done(cases);
}

function textFacts({ request, plan, recordings }: TrainedBaseline): TextFacts {
  const [positives, negatives] = participantsPerClass(recordings);
  const { names, positiveColumn } = plan;
  return {
    name: request.name,
    recordings: recordings.length,
    positive: { label: names[positiveColumn], participants: positives },
    negative: { label: names[positiveColumn === 0 ? 1 : 0], participants: negatives },
  };
}

function textsOf({ texts, title }: BaselineRequest, facts: TextFacts): ModelTexts {
  const titles = title === undefined ? {} : { title: { 'pt-BR': title, en: title, es: title } };
  return { ...defaultTexts(facts), ...texts, ...titles };
}

function countDecisions(scores: readonly ScoredRecording[], thresholds: Thresholds): DecisionCounts {
  const ofClass = (isPositive: boolean): DecisionCounts['positiveClass'] => {
    const own = scores.filter((one) => one.isPositive === isPositive);
    const positive = own.filter(({ score }) => score >= thresholds.positive).length;
    const negative = own.filter(({ score }) => score <= thresholds.negative).length;
    return { positive, negative, inconclusive: own.length - positive - negative };
  };
  return { positiveClass: ofClass(true), negativeClass: ofClass(false) };
}

/** The card names no file: reasons only, up to their first colon or bracket, and how often. */
function countReasons(defects: readonly Defect[]): readonly string[] {
  const kinds = Map.groupBy(defects, ({ reason }) => reason.split(/[:(,]| as /u)[0]!.trim());
  return [...kinds].map(([kind, group]) => `${group.length} (${kind})`);
}
