/** A request of the published API, part by part as it arrives: files go to the blob store, then everything is judged. */
import { modelIdSchema } from '../../../contract/registry/ids.ts';
import {
  v1Details,
  v1InferenceFieldsSchema,
  v1MaximumModels,
  v1PendingDiagnosis,
  v1PendingOutput,
  type V1File,
} from '../../../contract/registry/v1.ts';
import {
  filesNeeded,
  inferenceFileKey,
  isFile,
  modelIdsIn,
  type PinnedModel,
  type StoredFields,
} from '../../core/inferences.ts';
import { may } from '../../core/may.ts';
import { done, refuse, type Outcome } from '../../core/outcome.ts';
import { noticeOf, noticeText } from '../../core/predictions.ts';
import { BlobFailure } from '../../ports/blobs.ts';
import type { Row, StoreReader } from '../../ports/store.ts';
import { findModelByAlias, manifestOf } from '../models/model-rows.ts';
import { recordRefusal } from '../record-refusal.ts';
import { nowOf, type Call, type World } from '../world.ts';
import { inferenceMessage, queueInference } from './queue-inference.ts';

export type RequestPart =
  | { readonly kind: 'field'; readonly name: string; readonly value: string; readonly isCut: boolean }
  | {
      readonly kind: 'file';
      readonly name: string;
      readonly chunks: AsyncIterable<Uint8Array>;
      /** Known when the chunks are read: there was more than is taken. */
      readonly isCut: () => boolean;
    };

export interface InferenceLimits {
  /** How long a request may wait for its answer before it is in error. */
  readonly deadlineMs: number;
}

/** What the beginning of a file says about the whole is said by so much. */
const headBytes = 64 * 1024;

/** Everybody makes and reads their own inferences only. */
export async function checkOwnUser(
  call: Call,
  userId: string,
  action: 'account.read-own' | 'inferences.create' | 'inferences.read',
): Promise<Outcome<string>> {
  const { caller } = call;
  if (caller.kind !== 'account') return refuse('not-authenticated', v1Details.notAuthenticated);
  if (!modelIdSchema.safeParse(userId).success) return refuse('invalid-id', v1Details.invalidId('user'));
  if (userId === caller.accountId && may(caller, action, { accountId: caller.accountId }))
    return done(caller.accountId);
  await recordRefusal(call, { action, code: 'forbidden', subjectId: userId });
  return refuse('forbidden', v1Details.forbidden);
}

/**
 * One inference per model that is asked for, all of them stored with their result rows before any is queued, or in the
 * same transaction where the queue lives in the same store. The ids in the order of the request. What is refused leaves
 * nothing behind.
 */
export async function receiveInference(
  call: Call,
  userId: string,
  parts: AsyncIterable<RequestPart>,
  { deadlineMs }: InferenceLimits,
): Promise<Outcome<readonly string[]>> {
  const { world } = call;
  const firstId = world.randomness.id(world.clock.now());
  const files = new Map<V1File, string>();
  let isKept = false;
  try {
    const read = await readParts(world, firstId, parts, files);
    if (!read.ok) return read;
    const judged = await judge(world, read.value, files);
    if (!judged.ok) return judged;
    const { fields, models } = judged.value;
    const requests = models.map(({ channel, pinned }, index) => ({
      channel,
      pinned,
      id: index === 0 ? firstId : world.randomness.id(world.clock.now()),
      resultId: world.randomness.id(world.clock.now()),
    }));
    const createdAt = nowOf(world);
    const deadlineAt = new Date(world.clock.now() + deadlineMs).toISOString();
    const { publishWithin } = world.queue;
    const announce = await world.store.write(async (transaction) => {
      const announcements: (() => void)[] = [];
      for (const { id, resultId, channel, pinned } of requests) {
        const row: Row<'inferences'> = {
          id,
          userId,
          channelId: channel.id,
          fields,
          files: Object.fromEntries(files),
          status: 'processing',
          createdAt,
          queuedAt: publishWithin === undefined ? null : createdAt,
          deadlineAt,
        };
        await transaction.insert('inferences', row);
        await transaction.insert('inferenceResults', {
          id,
          resultId,
          output: [...v1PendingOutput],
          diagnosis: v1PendingDiagnosis,
          model: { ...pinned },
          errorCode: null,
          errorReason: null,
          timing: null,
          at: null,
        });
        if (publishWithin === undefined) continue;
        const { topic, message } = inferenceMessage(row, channel);
        announcements.push(await publishWithin(transaction, topic, id, message));
      }
      return announcements;
    });
    isKept = true;
    for (const tell of announce) tell();
    if (publishWithin === undefined) for (const { id } of requests) await queueQuietly(world, id);
    return done(requests.map(({ id }) => id));
  } finally {
    if (!isKept) await dropFiles(world, firstId, files);
  }
}

/** Stored is acknowledged: where the queue does not answer, the sweeper brings the inference to it later. */
async function queueQuietly(world: World, inferenceId: string): Promise<void> {
  try {
    await queueInference(world, inferenceId);
  } catch (cause) {
    world.log.error('inference-not-queued', cause, { inferenceId });
  }
}

async function readParts(
  world: World,
  inferenceId: string,
  parts: AsyncIterable<RequestPart>,
  files: Map<V1File, string>,
): Promise<Outcome<Readonly<Record<string, string>>>> {
  const fields = new Map<string, string>();
  let refusal: ReturnType<typeof refuse> | undefined;
  for await (const part of parts) {
    // The rest is read to its end and dropped, so that the client is there to hear why.
    refusal ??= await (part.kind === 'file'
      ? readFile(world, inferenceId, part, files)
      : readField(part, fields));
    if (part.kind === 'file') await drain(part.chunks);
  }
  return refusal ?? done(Object.fromEntries(fields));
}

async function readField(
  { name, value, isCut }: Extract<RequestPart, { kind: 'field' }>,
  fields: Map<string, string>,
): Promise<ReturnType<typeof refuse> | undefined> {
  if (isCut) return refuseField(name, 'is too long');
  const before = fields.get(name);
  if (before !== undefined && name !== 'model_id') return refuseField(name, 'stands twice');
  fields.set(name, before === undefined ? value : `${before},${value}`);
  return undefined;
}

async function readFile(
  world: World,
  inferenceId: string,
  { name, chunks, isCut }: Extract<RequestPart, { kind: 'file' }>,
  files: Map<V1File, string>,
): Promise<ReturnType<typeof refuse> | undefined> {
  if (!isFile(name)) return undefined;
  if (files.has(name)) return refuseField(name, 'stands twice');
  const key = inferenceFileKey(inferenceId, name);
  const head = new Uint8Array(headBytes);
  let length = 0;
  const watched = (async function* () {
    for await (const chunk of chunks) {
      if (length < headBytes) head.set(chunk.subarray(0, headBytes - length), length);
      length += chunk.length;
      yield chunk;
    }
  })();
  // Named before it is stored, so that it is dropped whatever happens on the way.
  files.set(name, key);
  const { sizeBytes } = await world.blobs.put(key, watched);
  if (isCut()) return refuse('too-large', `${name} is too large`, { facts: { field: name } });
  if (sizeBytes === 0) {
    // Clients send an empty part for what was not recorded.
    files.delete(name);
    await world.blobs.delete(key);
    return undefined;
  }
  const sound = world.prediction.checkAudio({
    head: head.subarray(0, Math.min(length, headBytes)),
    sizeBytes,
  });
  return sound.ok ? undefined : refuseField(name, `is no recording that can be read (${sound.problem.code})`);
}

async function drain(chunks: AsyncIterable<Uint8Array>): Promise<void> {
  try {
    for await (const chunk of chunks) void chunk;
  } catch (cause) {
    // A stream that was read to its end already is closed.
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'ERR_STREAM_PREMATURE_CLOSE'))
      throw cause;
  }
}

interface AskedModel {
  readonly channel: Row<'channels'>;
  readonly pinned: PinnedModel;
}

async function judge(
  world: World,
  raw: Readonly<Record<string, string>>,
  files: ReadonlyMap<V1File, string>,
): Promise<Outcome<{ readonly fields: StoredFields; readonly models: readonly AskedModel[] }>> {
  const ids = modelIdsIn(raw['model_id'] ?? '');
  if (ids.length > v1MaximumModels)
    return refuseField('model_id', `names more than ${v1MaximumModels} models`);
  if (ids.some((id) => !modelIdSchema.safeParse(id).success))
    return refuse('invalid-id', v1Details.invalidId('model'));
  const found = await world.store.read(async (reader) => {
    const models = [];
    for (const id of ids) models.push(await findAsked(reader, id));
    return models;
  });
  const models = found.filter((one) => one !== undefined);
  if (models.length < found.length) return refuse('not-found', v1Details.modelNotFound);
  const parsed = v1InferenceFieldsSchema.safeParse(raw);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    // Every field that came is text: of another type is only what did not come.
    const what =
      issue?.code === 'invalid_type' ? 'is required' : `is ${issue?.message ?? 'not as it should be'}`;
    return refuseField(String(issue?.path[0] ?? 'form'), what);
  }
  for (const name of filesNeeded(models.map(({ manifest }) => manifest))) {
    if (!files.has(name as V1File)) return refuseField(name, 'is required');
  }
  const { model_id: _ids, ...rest } = parsed.data;
  const fields = Object.fromEntries(
    Object.entries(rest).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
  return done({ fields, models });
}

async function findAsked(
  reader: StoreReader,
  id: string,
): Promise<(AskedModel & { readonly manifest?: ReturnType<typeof manifestOf> }) | undefined> {
  const channel = await reader.get('channels', id);
  if (channel === undefined) return undefined;
  const { name, modelName, alias } = channel;
  if (modelName === null)
    return { channel, pinned: { name, version: null, modelId: null, notice: noticeText['pt-BR'] } };
  const model = alias === null ? undefined : await findModelByAlias(reader, modelName, alias);
  if (model === undefined) return undefined;
  const manifest = manifestOf(model);
  const notice = noticeOf(manifest, 'pt-BR');
  return { channel, manifest, pinned: { name, version: model.version, modelId: model.id, notice } };
}

async function dropFiles(
  { blobs, log }: World,
  inferenceId: string,
  files: ReadonlyMap<string, string>,
): Promise<void> {
  for (const key of files.values()) {
    try {
      await blobs.delete(key);
    } catch (cause) {
      if (!(cause instanceof BlobFailure)) throw cause;
      // The sweeper comes by again.
      log.warn('inference-files-not-dropped', { inferenceId, kind: cause.kind });
      return;
    }
  }
}

function refuseField(field: string, what: string): ReturnType<typeof refuse> {
  // Names come from outside too.
  const name = field.replace(/[^\w-]/gu, '?').slice(0, 40);
  return refuse('invalid-input', `${name} ${what}`, { facts: { field: name } });
}
