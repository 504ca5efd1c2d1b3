import type { Json } from '../../../contract/canonical-json.ts';
import type { InferenceRequestMessage } from '../../../contract/registry/v1.ts';
import { audibleFiles, fieldsForOthers, type StoredFields } from '../../core/inferences.ts';
import type { Row } from '../../ports/store.ts';
import { nowOf, type World } from '../world.ts';

export function inferenceTopic({ publishingChannel }: Pick<Row<'channels'>, 'publishingChannel'>): string {
  return `inference.${publishingChannel.toLowerCase()}`;
}

/** What is put on the queue of an inference: ids, blob keys, and for services of others a few open answers. */
export function inferenceMessage(
  { id, files, fields }: Pick<Row<'inferences'>, 'id' | 'files' | 'fields'>,
  channel: Row<'channels'>,
): { readonly topic: string; readonly message: Json } {
  const message = {
    inference_id: id,
    model_id: channel.id,
    files: audibleFiles(files as Readonly<Record<string, string>>),
    ...(channel.modelName === null ? { fields: fieldsForOthers(fields as StoredFields) } : {}),
  } satisfies Record<keyof Pick<InferenceRequestMessage, 'inference_id' | 'model_id' | 'files'>, Json> &
    object;
  return { topic: inferenceTopic(channel), message };
}

/**
 * Brings a stored inference to its channel and notes when. Before the first time nothing of it was on the queue; each
 * later time it goes under another message id, because the queue knows the earlier ones. Twice is harmless.
 */
export async function queueInference(
  world: Pick<World, 'store' | 'queue' | 'clock'>,
  inferenceId: string,
): Promise<void> {
  const { row, channel } = await world.store.read(async (reader) => {
    const inference = await reader.get('inferences', inferenceId);
    return { row: inference, channel: inference && (await reader.get('channels', inference.channelId)) };
  });
  if (row?.status !== 'processing' || channel === undefined) return;
  const { topic, message } = inferenceMessage(row, channel);
  const at = nowOf(world);
  const messageId = row.queuedAt === null ? row.id : `${row.id}-${String(Date.parse(at))}`;
  await world.queue.publish(topic, messageId, message);
  await world.store.write(async (transaction) => {
    await transaction.update('inferences', row.id, { queuedAt: at });
  });
}
