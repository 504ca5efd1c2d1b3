/** A packaged run as the release gate sees it: its report worked out anew from what is stored, its files, its approvals. */
import { modelManifestSchema } from '../../../contract/model-manifest.ts';
import type { Decision, ReleasedModel } from '../../../contract/training/release.ts';
import {
  fitResultSchema,
  scoresSchema,
  snapshotSchema,
  splitSchema,
  type RunRecord,
  type StepOutputs,
} from '../../../contract/training/run.ts';
import { makeReport, type EvaluationReport } from '../../core/evaluate/report.ts';
import type { Approval } from '../../core/gate/judge-release.ts';
import { done, refuse, type Outcome } from '../../core/outcome.ts';
import { checkRounds, checkSplit } from '../../core/split/plan-split.ts';
import type { Decisions } from '../../ports/decisions.ts';
import type { ModelFiles } from '../../ports/model-folders.ts';
import { collectInputs } from '../steps/pipeline.ts';
import { parseJson, readInput, type StepPorts } from '../steps/step.ts';

export interface ReleasePorts extends Pick<StepPorts, 'runs' | 'contents' | 'surroundings'> {
  readonly decisions: Decisions;
}

export interface Release {
  readonly record: RunRecord;
  readonly model: ReleasedModel;
  readonly files: ModelFiles;
  readonly report: EvaluationReport;
  /** Participants and audio on two sides. */
  readonly leaks: readonly string[];
}

const modelPrefix = 'model/';
const needs = ['snapshot', 'split', 'features', 'fit', 'evaluate', 'package'] as const;

/** Refuses a run that is not packaged, or whose outputs were made from something else than it has now. */
export async function readRelease(id: string, ports: ReleasePorts): Promise<Outcome<Release>> {
  const found = await ports.runs.read(id);
  if (!found.ok) return found;
  const record = found.value;
  if (record === undefined) return refuse(`there is no run ${id}`, '"runs" lists what there is.');
  const inputs = collectInputs(record, { name: 'a release', needs }, ports);
  if (!inputs.ok) return inputs;
  const files = await readModelFiles(inputs.value, ports);
  if (!files.ok) return files;
  const manifestBytes = files.value.get('manifest.json');
  const manifest = modelManifestSchema.safeParse(
    manifestBytes === undefined ? undefined : parseJson(ports.surroundings.toText(manifestBytes)),
  );
  if (manifestBytes === undefined || !manifest.success) {
    return refuse(`the run ${id} has no whole model folder`, 'Run the step "package" again.');
  }
  const judged = await workOutReport(record, inputs.value, ports);
  if (!judged.ok) return judged;
  const { name, version } = manifest.data;
  const model = { name, version, sha256: ports.surroundings.sha256(manifestBytes) };
  return done({ record, model, files: files.value, ...judged.value });
}

/** Approvals of this very model, in the order in which they were given. */
export function approvalsOf(decisions: readonly Decision[], { sha256 }: ReleasedModel): readonly Approval[] {
  return decisions.flatMap(({ by, at, model, decision }) =>
    decision.kind === 'approval' && decision.outcome === 'given' && model.sha256 === sha256
      ? [{ by, at, why: decision.why }]
      : [],
  );
}

async function readModelFiles(
  outputs: StepOutputs,
  { contents }: ReleasePorts,
): Promise<Outcome<ModelFiles>> {
  const files = new Map<string, Uint8Array>();
  for (const [path, { sha256 }] of Object.entries(outputs)) {
    if (!path.startsWith(modelPrefix)) continue;
    const bytes = await contents.get(sha256);
    if (!bytes.ok) return bytes;
    files.set(path.slice(modelPrefix.length), bytes.value);
  }
  return done(files);
}

/** Nothing that is only written in report.json is believed. */
async function workOutReport(
  { configuration }: RunRecord,
  inputs: StepOutputs,
  ports: ReleasePorts,
): Promise<Outcome<Pick<Release, 'report' | 'leaks'>>> {
  const from = { inputs, ports };
  const snapshot = await readInput(from, 'snapshot.json', snapshotSchema);
  if (!snapshot.ok) return snapshot;
  const split = await readInput(from, 'split.json', splitSchema);
  if (!split.ok) return split;
  const fit = await readInput(from, 'fit.json', fitResultSchema);
  if (!fit.ok) return fit;
  const scores = await readInput(from, 'scores.json', scoresSchema);
  if (!scores.ok) return scores;
  const { recordings, folds } = split.value;
  const checked =
    folds === undefined
      ? checkSplit(snapshot.value.recordings, recordings)
      : checkRounds(snapshot.value.recordings, folds);
  const report = makeReport({
    snapshot: snapshot.value,
    split: split.value,
    fit: fit.value,
    scores: scores.value,
    settings: configuration.evaluate,
    trainingNoise: configuration.noise.training,
  });
  const leaks = checked.ok ? [] : (checked.refusal.items ?? [checked.refusal.what]);
  return done({ report, leaks });
}
