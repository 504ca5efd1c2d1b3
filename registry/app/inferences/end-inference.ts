import type { Json } from '../../../contract/canonical-json.ts';
import type { Row } from '../../ports/store.ts';
import { nowOf, type World } from '../world.ts';

export type InferenceEnd =
  | {
      readonly status: 'completed';
      readonly output: readonly number[];
      readonly diagnosis: string;
      readonly model: Json;
      readonly timing: Json;
    }
  | { readonly status: 'error'; readonly code: string; readonly reason: string; readonly model?: Json };

/**
 * Result and status in one transaction, once: whoever comes later, with the same answer or another, changes nothing.
 * False where the inference had ended, or is not there.
 */
export async function endInference(
  world: Pick<World, 'store' | 'clock'>,
  inferenceId: string,
  end: InferenceEnd,
): Promise<boolean> {
  const at = nowOf(world);
  return world.store.write(async (transaction) => {
    const inference = await transaction.get('inferences', inferenceId);
    if (inference?.status !== 'processing') return false;
    await transaction.update('inferenceResults', inferenceId, { ...resultOf(end), at });
    await transaction.update('inferences', inferenceId, { status: end.status });
    return true;
  });
}

function resultOf(end: InferenceEnd): Partial<Omit<Row<'inferenceResults'>, 'id'>> {
  if (end.status === 'completed') {
    const { output, diagnosis, model, timing } = end;
    return { output: [...output], diagnosis, model, timing };
  }
  const { code, reason, model } = end;
  return { errorCode: code, errorReason: reason, ...(model === undefined ? {} : { model }) };
}
