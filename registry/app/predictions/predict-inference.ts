/** One message of an inference channel: the stored request through the model that it was made for, to its end. */
import type { Answers } from '../../../contract/form.ts';
import { inferenceRequestMessageSchema } from '../../../contract/registry/v1.ts';
import { fail, ok, type Problem, type Result } from '../../../contract/result.ts';
import { answersOf, pinnedModelOf, type PinnedModel, type StoredFields } from '../../core/inferences.ts';
import {
  decisionOf,
  fieldVector,
  heardPart,
  isMishap,
  reasonOf,
  shownScores,
} from '../../core/predictions.ts';
import type { ModelFolder } from '../../ports/model-packages.ts';
import type { PredictionInputs, PredictionScores } from '../../ports/prediction.ts';
import type { Row } from '../../ports/store.ts';
import type { Delivery, Verdict } from '../../ports/work-queue.ts';
import { endInference } from '../inferences/end-inference.ts';
import { openModel } from '../models/model-rows.ts';
import type { World } from '../world.ts';
import { createGate, type Gate } from './take-turns.ts';

/** Deliveries of one message, those included whose worker died. */
export const maximumDeliveries = 10;
/** Times that a crash, a hang or a full disk is taken for bad luck. */
const mishapsTaken = 3;
const retryAfterMs = 2000;
const maximumFileBytes = 256 * 1024 * 1024;

type PredictionWorld = Pick<World, 'store' | 'blobs' | 'packages' | 'prediction' | 'clock' | 'log'>;

export interface PredictOptions {
  /** What is decoded and scored at once; the way to the store and back needs no turn. */
  readonly gate?: Gate;
  readonly onEnd?: (outcome: 'done' | 'failed') => void;
}

/**
 * Ends the inference, completed or in error, unless it has ended. A mishap of this machine is tried again; what would go
 * wrong every time is an error at once, with its code. `dead` for what names no inference.
 */
export async function predictInference(
  world: PredictionWorld,
  { payload, attempt }: Pick<Delivery, 'payload' | 'attempt'>,
  { gate = createGate(1), onEnd = () => undefined }: PredictOptions = {},
): Promise<Verdict> {
  const message = inferenceRequestMessageSchema.safeParse(payload);
  if (!message.success) return { kind: 'dead', reason: 'not a request for an inference' };
  const id = message.data.inference_id;
  const request = await readRequest(world, id);
  if (request === undefined) return { kind: 'dead', reason: 'no such inference' };
  if (request.inference.status !== 'processing') return { kind: 'done' };
  let outcome: Result<null>;
  try {
    outcome = await predict(world, request, gate);
  } catch (cause) {
    // Storage that does not answer, or a bug: told apart by whoever reads the log, and tried again for a while.
    world.log.error('prediction-failed', cause, { inferenceId: id, attempt });
    if (attempt < maximumDeliveries) return { kind: 'retry', afterMs: retryAfterMs * attempt };
    outcome = fail('internal', {});
  }
  if (outcome.ok) {
    onEnd('done');
    return { kind: 'done' };
  }
  const { problem } = outcome;
  if (isMishap(problem) && attempt < mishapsTaken) return { kind: 'retry', afterMs: retryAfterMs };
  const wasEnded = await endInference(world, id, {
    status: 'error',
    code: problem.code,
    reason: reasonOf(problem),
  });
  onEnd('failed');
  if (wasEnded) world.log.warn('inference-in-error', { inferenceId: id, code: problem.code, attempt });
  return { kind: 'done' };
}

interface StoredRequest {
  readonly inference: Row<'inferences'>;
  readonly pinned: PinnedModel | undefined;
  readonly model: Row<'models'> | undefined;
}

function readRequest({ store }: PredictionWorld, id: string): Promise<StoredRequest | undefined> {
  return store.read(async (reader) => {
    const inference = await reader.get('inferences', id);
    const result = await reader.get('inferenceResults', id);
    if (inference === undefined || result === undefined) return undefined;
    const pinned = pinnedModelOf(result.model);
    const modelId = pinned?.modelId ?? undefined;
    return {
      inference,
      pinned,
      model: modelId === undefined ? undefined : await reader.get('models', modelId),
    };
  });
}

async function predict(
  world: PredictionWorld,
  { inference, pinned, model }: StoredRequest,
  gate: Gate,
): Promise<Result<null>> {
  if (model === undefined || pinned === undefined) return fail('model-not-found');
  const startedMs = world.clock.now();
  const opened = await openModel(world, model);
  if (!opened.ok) return opened;
  const folder = opened.value;
  const answers = answersOf(inference.fields as StoredFields);
  const files = inference.files as Readonly<Record<string, string>>;
  const scored = await gate.pass(async () => {
    const inputs = await gather(world, folder, { answers, files });
    return inputs.ok ? world.prediction.score(folder, inputs.value) : inputs;
  });
  if (!scored.ok) return scored;
  const decided = decisionOf(folder.manifest, scored.value.scores, answers);
  if (decided === undefined) return fail('engine-output-invalid', { output: 'scores' });
  await endInference(world, inference.id, {
    status: 'completed',
    output: shownScores(folder.manifest, scored.value.scores),
    diagnosis: decided.decision,
    model: { ...pinned, sha256: folder.sha256, reasons: [...decided.reasons] },
    timing: timingOf(scored.value, world.clock.now() - startedMs),
  });
  return ok(null);
}

function timingOf({ resampleMs, inferenceMs }: PredictionScores, totalMs: number) {
  return { resampleMs, inferenceMs, totalMs };
}

async function gather(
  world: PredictionWorld,
  { manifest }: ModelFolder,
  { answers, files }: { readonly answers: Answers; readonly files: Readonly<Record<string, string>> },
): Promise<Result<PredictionInputs>> {
  const fields = fieldVector(manifest, answers);
  if (!fields.ok) return fields;
  const recordings: PredictionInputs['recordings'][number][] = [];
  for (const wanted of manifest.input.recordings) {
    const heard = await hear(world, wanted.key, files[wanted.key]);
    if (!heard.ok) return heard;
    const part = heardPart(wanted, heard.value);
    if (!part.ok) return part;
    recordings.push({ key: wanted.key, samples: part.value, sampleRateHz: heard.value.sampleRateHz });
  }
  return ok({ recordings, fields: fields.value });
}

async function hear(
  { blobs, prediction }: PredictionWorld,
  recording: string,
  blobKey: string | undefined,
): Promise<Result<{ readonly samples: Float32Array; readonly sampleRateHz: number }>> {
  if (blobKey === undefined) return fail('model-needs-recording', { recording });
  const blob = await blobs.get(blobKey);
  if (blob === undefined) return fail('audio-file-missing', { recording });
  if (blob.sizeBytes > maximumFileBytes)
    return fail('too-large', { recording, maximumBytes: maximumFileBytes });
  const bytes = new Uint8Array(blob.sizeBytes);
  let length = 0;
  for await (const chunk of blob.chunks) {
    bytes.set(chunk, length);
    length += chunk.length;
  }
  const decoded = await prediction.decode(bytes);
  return decoded.ok ? decoded : { ok: false, problem: withRecording(decoded.problem, recording) };
}

function withRecording(problem: Problem, recording: string): Problem {
  return { ...problem, details: { recording, ...problem.details } };
}
