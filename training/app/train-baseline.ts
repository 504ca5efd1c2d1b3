import { modelManifestSchema } from '../../contract/model-manifest.ts';
import { stepKeySchema } from '../../contract/protocol.ts';
import { canonicalJson } from '../../contract/canonical-json.ts';
import type { Problem } from '../../contract/result.ts';
import { examine, sourceShortcuts, type ReadRecording } from '../core/data/examine.ts';
import { leaveOutNearTwins } from '../core/data/near-twins.ts';
import { keepLabelled, planLabels, type LabelPlan } from '../core/data/labels.ts';
import { readListing, type Defect, type ListedRecording } from '../core/data/listing.ts';
import { featureGraph } from '../core/features/baseline-graphs.ts';
import { shortestWaveform } from '../core/features/mfcc-graph.ts';
import { referenceMfcc } from '../core/features/mfcc-tables.ts';
import { windowInFrames } from '../core/features/window-features.ts';
import { bootstrapMetrics, type Interval } from '../core/fit/bootstrap.ts';
import { crossValidate, fitRecordings } from '../core/fit/cross-validate.ts';
import { checkFolds, defaultFoldPlan, participantsPerClass, planFolds } from '../core/fit/folds.ts';
import type { MetricName } from '../core/fit/metrics.ts';
import { done, refuse, type Outcome } from '../core/outcome.ts';
import type { BaselinePorts, BaselineRequest, MeasuredRecording } from './baseline.ts';
import { describeProblem } from './describe-problem.ts';
import { writeModel } from './write-model.ts';

export interface BaselineReport {
  readonly folder: string;
  readonly recordings: number;
  readonly participants: { readonly positive: number; readonly negative: number };
  readonly labels: LabelPlan;
  readonly defects: readonly Defect[];
  readonly warnings: readonly string[];
  readonly metrics: Readonly<Record<MetricName, Interval>>;
  readonly thresholds: { readonly positive: number; readonly negative: number };
  readonly files: readonly { readonly path: string; readonly sizeBytes: number }[];
}

const fewestParticipants = 3;

/** From labelled recordings to a complete model folder; or why not. */
export async function trainBaseline(
  request: BaselineRequest,
  ports: BaselinePorts,
): Promise<Outcome<BaselineReport>> {
  const { progress } = ports.surroundings;
  const settings = checkSettings(request);
  if (!settings.ok) return settings;
  const free = await ports.folders.checkFree(request.folder);
  if (!free.ok) return free;
  const listing = readListing(request.csvText, request.set === undefined ? {} : { set: request.set });
  if (!listing.ok) return listing;
  const plan = planLabels(listing.value.recordings, request.labels);
  if (!plan.ok) return plan;
  const named = checkNames(request, plan.value);
  if (!named.ok) return named;
  const labelled = keepLabelled(listing.value.recordings, plan.value);
  const measured = await measureAll(request, ports, plan.value, labelled.kept);
  if (!measured.ok) return measured;
  const { namesSubjects } = listing.value;
  const { minimumS, labelUnit, seed } = request;
  const examined = examine(measured.value.recordings, { minimumS, labelUnit, namesSubjects });
  if (!examined.ok) return examined;
  const apart = request.keepsTwins
    ? done({ kept: examined.value.kept, defects: [] })
    : leaveOutNearTwins(examined.value.kept);
  if (!apart.ok) return apart;
  const recordings = byContent(apart.value.kept);
  const defects = [
    ...listing.value.defects,
    ...labelled.defects,
    ...measured.value.defects,
    ...examined.value.defects,
    ...apart.value.defects,
  ];
  const participants = participantsPerClass(recordings);
  if (Math.min(...participants) < fewestParticipants) {
    const { names, positiveColumn } = plan.value;
    return refuse(
      `too few participants are left: ${participants[0]} "${names[positiveColumn]}" and ${participants[1]} "${names[1 - positiveColumn]}", at least ${fewestParticipants} of each are needed`,
      'Add recordings, or mend those that were left out.',
      defects.map(({ name, reason }) => `${name}: ${reason}`),
    );
  }
  const foldPlan = request.folds ?? defaultFoldPlan(recordings);
  const folds = planFolds(recordings, foldPlan, seed);
  const split = checkFolds(recordings, folds);
  if (!split.ok) return split;
  const warnings = warningsOf(namesSubjects, recordings, measured.value.cut);
  for (const { name, reason } of defects) progress(`left out ${name}: ${reason}`);
  for (const warning of warnings) progress(`warning: ${warning}`);
  const validation = crossValidate(recordings, folds, seed, (fold) =>
    progress(`cross-validation: fold ${fold + 1} of ${folds.length}`),
  );
  const metrics = bootstrapMetrics(validation.scores, {
    replicates: request.bootstrapReplicates,
    level: 0.95,
    seed,
  });
  progress('fitting the model on all recordings');
  const model = fitRecordings(recordings, seed);
  const dataHash = ports.surroundings.sha256(ports.surroundings.toBytes(describeData(recordings)));
  const scheme =
    foldPlan.kind === 'leave-one-out'
      ? 'one participant left out at a time'
      : `${folds.length} folds split by participant`;
  const metricMethod = `participants resampled ${request.bootstrapReplicates} times within class, percentile; ${scheme}, penalty chosen within the training side`;
  const written = await writeModel(
    {
      request,
      plan: plan.value,
      recordings,
      defects,
      warnings,
      validation,
      metrics,
      metricMethod,
      model,
      dataHash,
    },
    ports,
  );
  if (!written.ok) return written;
  return done({
    folder: request.folder,
    recordings: recordings.length,
    participants: { positive: participants[0], negative: participants[1] },
    labels: plan.value,
    defects,
    warnings,
    metrics,
    ...written.value,
  });
}

function checkSettings({ window, minimumS, maximumS }: BaselineRequest): Outcome<null> {
  const wayOut = 'Choose other values; the defaults are those of --help.';
  if (windowInFrames(window, referenceMfcc) === undefined) {
    return refuse(
      `a window of ${window.lengthS} s every ${window.stepS} s is not made of whole steps of 10 ms`,
      wayOut,
    );
  }
  if (window.stepS > 60) return refuse(`a step of ${window.stepS} s between windows is over 60 s`, wayOut);
  const shortestS = shortestWaveform(referenceMfcc) / referenceMfcc.sampleRateHz;
  if (minimumS < Math.max(0.05, shortestS)) {
    return refuse(`a minimum of ${minimumS} s is too short to analyse, 0.05 s is the least`, wayOut);
  }
  if (maximumS < minimumS)
    return refuse(`the maximum of ${maximumS} s lies below the minimum of ${minimumS} s`, wayOut);
  return done(null);
}

/** What the model contract asks of names, before hours of work and not after. */
function checkNames(request: BaselineRequest, { names }: LabelPlan): Outcome<null> {
  const { shape } = modelManifestSchema;
  const checks = [
    ['name', shape.name.safeParse(request.name)],
    ['version', shape.version.safeParse(request.version)],
    ['recording', stepKeySchema.safeParse(request.recordingKey)],
    ['licence', shape.licence.safeParse(request.licence)],
    ['labels', shape.labels.safeParse(names)],
  ] as const;
  const wrong = checks.flatMap(([name, { error }]) =>
    (error?.issues ?? []).map((issue) => `${name}: ${issue.message}`),
  );
  if (wrong.length === 0) return done(null);
  return refuse('the model contract does not allow these names', 'Choose others.', wrong);
}

async function measureAll(
  request: BaselineRequest,
  { recordings, engine, surroundings }: BaselinePorts,
  plan: LabelPlan,
  listed: readonly ListedRecording[],
): Promise<Outcome<{ recordings: readonly MeasuredRecording[]; defects: readonly Defect[]; cut: number }>> {
  const { recordingKey, window, maximumS } = request;
  const graph = await engine.open(engine.encode(featureGraph({ recordingKey, window })));
  if (!graph.ok) return refuseEngine(graph.problem);
  const measured: MeasuredRecording[] = [];
  const defects: Defect[] = [];
  let cut = 0;
  for (const [index, { path, subject, label }] of listed.entries()) {
    if (index % 25 === 0) surroundings.progress(`reading recording ${index + 1} of ${listed.length}`);
    const audio = await recordings.read(path);
    if (!audio.ok) {
      defects.push({ name: path, reason: describeProblem(audio.problem) });
      continue;
    }
    const { sampleRateHz, audioSha256, source } = audio.value;
    const samples = audio.value.samples.subarray(0, Math.floor(maximumS * sampleRateHz));
    if (samples.length < audio.value.samples.length) cut++;
    const facts = {
      path,
      subject,
      isPositive: label === plan.values[plan.positiveColumn],
      audioSha256,
      durationS: samples.length / sampleRateHz,
      isSilent: samples.every((sample) => sample === samples[0]),
      source,
    };
    if (facts.isSilent || facts.durationS < request.minimumS) {
      measured.push({ ...facts, windows: [] });
      continue;
    }
    const outputs = await graph.value.run({
      [recordingKey]: { samples, sampleRateHz, resampleToHz: referenceMfcc.sampleRateHz },
    });
    if (!outputs.ok) return refuseEngine(outputs.problem);
    const { data, dims } = outputs.value['window_features']!;
    const [rows, columns] = dims as [number, number];
    const windows = Array.from({ length: rows }, (_, row) =>
      data.subarray(row * columns, (row + 1) * columns),
    );
    measured.push({ ...facts, windows });
  }
  return done({ recordings: measured, defects, cut });
}

function refuseEngine(problem: Problem): Outcome<never> {
  return refuse(
    `the engine failed: ${describeProblem(problem)}`,
    'Run again; if it stays, the recording named last or the installation of ONNX Runtime is at fault.',
  );
}

function warningsOf(
  namesSubjects: boolean,
  recordings: readonly ReadRecording[],
  cut: number,
): readonly string[] {
  const warnings = sourceShortcuts(recordings).map(
    (line) => `the classes differ in their sources, which a classifier may learn (${line})`,
  );
  if (!namesSubjects) {
    warnings.push(
      'the CSV names no subjects, so every file counts as a participant of its own; if a person has several files, the metrics are too good',
    );
  }
  if (cut > 0) warnings.push(`${cut} recording${cut === 1 ? ' was' : 's were'} cut to the maximum length`);
  return warnings;
}

/** Sums depend on their order in the last digit; the order of the CSV's rows shall not matter. */
function byContent<R extends ReadRecording>(recordings: readonly R[]): readonly R[] {
  return [...recordings].sort((a, b) => (a.audioSha256 < b.audioSha256 ? -1 : 1));
}

function describeData(recordings: readonly ReadRecording[]): string {
  const rows = recordings.map(({ audioSha256, subject, isPositive }) => ({
    audioSha256,
    subject,
    isPositive,
  }));
  return canonicalJson(rows);
}
