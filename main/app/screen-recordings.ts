/** One model on one set of recordings and answers, without a store: what the app and the command line have in common. */
import { decide } from '../../contract/decision.ts';
import type { Answers, FormDefinition } from '../../contract/form.ts';
import { encodeFields, fieldsMissing } from '../../contract/model-manifest.ts';
import { fail, ok, type Problem, type Result } from '../../contract/result.ts';
import type { ScreeningResult } from '../../contract/session.ts';
import { windowEvidence } from '../core/window-evidence.ts';
import type { InferenceInputs, InferenceScores } from '../ports/inference.ts';
import type { InstalledModel } from '../ports/models.ts';
import type { ModelTest } from '../ports/store.ts';
import { checkModelForForm } from './check-model.ts';
import { inEngineTurn, readyModel, type EngineWorld, type PreparedModel } from './prepare-model.ts';
import type { ReadyModel } from './process-memory.ts';

export type CompletedOutcome = Extract<ScreeningResult['outcome'], { status: 'completed' }>;

export interface RecordingToScreen {
  /** Step key, as the manifest names it. */
  readonly key: string;
  /** Mono samples in [-1, 1] at their own rate. */
  readonly samples: Float32Array;
  readonly sampleRateHz: number;
  /** Whether it may carry a decision: its quality passed, or somebody answered for it. */
  readonly isUsable: boolean;
}

export interface ScreeningRequest {
  readonly model: InstalledModel;
  /** All that the session has; those that the model does not name are left aside. */
  readonly recordings: readonly RecordingToScreen[];
  /** Settled answers; empty where there is no form. */
  readonly answers: Answers;
  /** Undefined where there is no form: then no field can be the label. */
  readonly form?: FormDefinition;
  /** Key of the consent step, which no model may hear. */
  readonly consentKey?: string;
  /** What is known of the model's earlier test on this PC, and where the new one is kept. */
  readonly remember?: {
    readonly get: () => ModelTest | undefined;
    readonly put: (prepared: PreparedModel) => void;
  };
  readonly onStage?: (stage: 'preparing' | 'running' | 'retrying') => void;
}

export interface Screening {
  readonly outcome: CompletedOutcome;
  readonly fields: readonly number[];
  readonly ageYears: number | null;
  readonly refusedRecordings: readonly string[];
}

/**
 * Scores, decision and evidence. Problems: `model-needs-recording`, `model-needs-field`, `model-asks-for-label`,
 * `model-invalid` (it asks for the consent), `audio-too-short`, whatever the model's test found, and `engine-*`. A crash or
 * a hang of the engine costs one try and is tried once more.
 */
export async function screenRecordings(
  world: EngineWorld,
  request: ScreeningRequest,
): Promise<Result<Screening>> {
  const startedMs = world.clock.monotonicMs();
  const inputs = inputsOf(request);
  if (!inputs.ok) return inputs;
  const { manifest } = request.model;
  const run = await inEngineTurn(world, () => runModel(world, request, inputs.value));
  if (!run.ok) return run;
  const { scored, provider } = run.value;
  const evidence = windowEvidence(
    manifest,
    inputs.value.recordings.map(({ key, samples, sampleRateHz }) => ({
      key,
      sampleCount: samples.length,
      sampleRateHz,
    })),
    scored.windowScores,
  );
  if (evidence === undefined) {
    return fail('engine-output-invalid', { output: 'window_scores', rows: scored.windowScores.length });
  }
  const used = new Set(inputs.value.recordings.map(({ key }) => key));
  const refusedRecordings = request.recordings
    .filter(({ key, isUsable }) => used.has(key) && !isUsable)
    .map(({ key }) => key);
  // Forms name it so; the population of a card is given in years.
  const age = request.answers['age'];
  const ageYears = typeof age === 'number' ? age : undefined;
  const score = scored.scores[manifest.labels.indexOf(manifest.positiveLabel)];
  if (score === undefined)
    return fail('engine-output-invalid', { output: 'scores', scores: scored.scores.length });
  const { limits, thresholds } = manifest;
  const decided = decide({ limits, thresholds, score, refusedRecordings, ageYears });
  return ok({
    outcome: {
      status: 'completed',
      provider,
      labels: manifest.labels,
      positiveLabel: manifest.positiveLabel,
      scores: [...scored.scores],
      windowScores: scored.windowScores.map((row) => [...row]),
      evidence,
      thresholds,
      shownScore: decided.shownScore,
      decision: decided.decision,
      reasons: [...decided.reasons],
      timing: {
        resampleMs: scored.resampleMs,
        inferenceMs: scored.inferenceMs,
        totalMs: Math.max(0, world.clock.monotonicMs() - startedMs),
      },
    },
    fields: inputs.value.fields,
    ageYears: ageYears ?? null,
    refusedRecordings,
  });
}

function inputsOf({
  model,
  recordings,
  answers,
  form,
  consentKey,
}: ScreeningRequest): Result<InferenceInputs> {
  const { manifest } = model;
  if (form !== undefined) {
    const allowed = checkModelForForm(manifest, form);
    if (!allowed.ok) return allowed;
  }
  const heard: InferenceInputs['recordings'][number][] = [];
  for (const { key, minimumS, maximumS } of manifest.input.recordings) {
    if (key === consentKey) return fail('model-invalid', { reason: 'asks-for-consent', recording: key });
    const recording = recordings.find((candidate) => candidate.key === key);
    if (recording === undefined) return fail('model-needs-recording', { recording: key });
    const { samples, sampleRateHz } = recording;
    if (samples.length < minimumS * sampleRateHz || samples.length === 0) {
      const seconds = samples.length / sampleRateHz;
      return fail('audio-too-short', { recording: key, seconds, minimumSeconds: minimumS });
    }
    const longest = maximumS === undefined ? samples.length : Math.floor(maximumS * sampleRateHz);
    heard.push({ key, samples: samples.subarray(0, longest), sampleRateHz });
  }
  const missing = fieldsMissing(manifest, answers);
  if (missing.length > 0) return fail('model-needs-field', { fields: missing.join(', ') });
  return ok({ recordings: heard, fields: encodeFields(manifest.input.fields, answers) });
}

interface Run {
  readonly scored: InferenceScores;
  readonly provider: string;
}

/** Model ready, scores once, and once more after a crash or a hang. */
export async function runModel(
  world: EngineWorld,
  { model, remember = forgetful, onStage }: Pick<ScreeningRequest, 'model' | 'remember' | 'onStage'>,
  inputs: InferenceInputs,
): Promise<Result<Run>> {
  onStage?.('preparing');
  const ready = await readyModel(world, model, remember);
  if (!ready.ok) return ready;
  onStage?.('running');
  const first = await score(world, ready.value, inputs);
  if (first.ok || !isMishap(first.problem)) return first;
  onStage?.('retrying');
  // The engine that died took the graph with it.
  const reloaded = await world.inference.load(ready.value.model, ready.value.provider);
  const second = reloaded.ok ? await score(world, ready.value, inputs) : reloaded;
  if (!second.ok) world.memory.readyModels.delete(model.sha256);
  return second;
}

async function score(
  world: EngineWorld,
  { model, provider }: ReadyModel,
  inputs: InferenceInputs,
): Promise<Result<Run>> {
  const scored = await world.inference.score(model, inputs);
  return scored.ok ? ok({ scored: scored.value, provider }) : scored;
}

function isMishap({ code }: Problem): boolean {
  return code === 'engine-crashed' || code === 'engine-timed-out';
}

const forgetful = { get: () => undefined, put: () => undefined };
