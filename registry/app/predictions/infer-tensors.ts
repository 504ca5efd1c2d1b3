/** One synchronous prediction by the Open Inference Protocol. */
import type { V2InferRequest, V2Tensor } from '../../../contract/registry/v2.ts';
import { decisionOf, noticeOf } from '../../core/predictions.ts';
import { done, refuse, type Outcome } from '../../core/outcome.ts';
import { withValues } from '../../core/tensor-bytes.ts';
import { readTensors, writeTensors } from '../../core/tensors.ts';
import type { ModelFolder } from '../../ports/model-packages.ts';
import type { World } from '../world.ts';
import { scoreModel } from './score-model.ts';

export interface InferAnswer {
  readonly model_name: string;
  readonly model_version: string;
  readonly id?: string;
  readonly parameters: Readonly<Record<string, string | number | boolean>>;
  readonly outputs: readonly V2Tensor[];
}

/** `bytes` follow the request's JSON and hold values of its inputs. The scores are as the graph gave them; what may be said of them stands in `parameters`. */
export async function inferTensors(
  world: Pick<World, 'prediction' | 'log'>,
  model: ModelFolder,
  request: V2InferRequest,
  bytes: Uint8Array,
): Promise<Outcome<InferAnswer>> {
  const { manifest } = model;
  const given = withValues(request.inputs, bytes);
  if (!given.ok) return refuse('invalid-input', given.error);
  const read = readTensors(manifest, given.tensors, request.outputs);
  if (!read.ok) return refuse('invalid-input', read.error);
  const scored = await scoreModel(world, model, read.inputs);
  if (!scored.ok) return scored;
  // A vector of numbers tells no age: the limits of the population are the caller's to keep.
  const decided = decisionOf(manifest, scored.value.scores, {});
  return done({
    model_name: manifest.name,
    model_version: manifest.version,
    ...(request.id === undefined ? {} : { id: request.id }),
    parameters: {
      ...(decided === undefined
        ? {}
        : {
            decision: decided.decision,
            reasons: decided.reasons.join(' '),
            shown_score: decided.shownScore,
          }),
      labels: manifest.labels.join(' '),
      notice: noticeOf(manifest, 'en'),
      ...(manifest.isDemonstration ? { demonstration: true } : {}),
    },
    outputs: writeTensors(
      manifest,
      scored.value,
      request.outputs?.map(({ name }) => name),
    ),
  });
}
