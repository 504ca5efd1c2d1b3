import { inferenceReplyMessageSchema } from '../../../contract/registry/v1.ts';
import { pinnedModelOf } from '../../core/inferences.ts';
import type { Delivery, Verdict } from '../../ports/work-queue.ts';
import { endInference } from '../inferences/end-inference.ts';
import type { World } from '../world.ts';

/** What a service of someone else answered on `inference-reply`. It speaks for its own channel's inferences only. */
export async function applyReply(
  world: Pick<World, 'store' | 'clock'>,
  { payload }: Pick<Delivery, 'payload'>,
): Promise<Verdict> {
  const parsed = inferenceReplyMessageSchema.safeParse(payload);
  if (!parsed.success) return { kind: 'dead', reason: 'not an answer to an inference' };
  const reply = parsed.data;
  const id = reply.inference_id;
  const known = await world.store.read(async (reader) => {
    const inference = await reader.get('inferences', id);
    const channel = inference && (await reader.get('channels', inference.channelId));
    return { channel, result: await reader.get('inferenceResults', id) };
  });
  if (known.channel === undefined || known.result === undefined)
    return { kind: 'dead', reason: 'no such inference' };
  if (known.channel.modelName !== null)
    return { kind: 'dead', reason: 'the registry answers this inference itself' };
  const pinned = pinnedModelOf(known.result.model);
  const model = { ...pinned, version: reply.model_version ?? null };
  if ('output' in reply) {
    const { output, diagnosis, timing = {} } = reply;
    await endInference(world, id, { status: 'completed', output, diagnosis, model, timing });
  } else {
    const { error_code: code, error_reason: reason = '' } = reply;
    await endInference(world, id, { status: 'error', code, reason, model });
  }
  return { kind: 'done' };
}
