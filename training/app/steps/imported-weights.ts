/** Weights that were trained elsewhere in the place of a fit: checked by name and shape, judged as a fit's are. */
import type { RunRecord } from '../../../contract/training/run.ts';
import { parametersFromNames } from '../../core/network/named-parameters.ts';
import { decodeSafetensors } from '../../core/network/safetensors.ts';
import { done, refuse, type Outcome } from '../../core/outcome.ts';
import { judgeParameters, type FitResult } from '../fit/fit-network.ts';
import { openLogits } from '../fit/network-runner.ts';
import type { Featuriser } from './featurise.ts';
import { networkOf, sideExamples, type FitInputs } from './fit-inputs.ts';
import type { StepContext, StepPorts } from './step.ts';

interface ImportRequest {
  /** A safetensors file. */
  readonly bytes: Uint8Array;
  /** Where and how they were trained. */
  readonly origin: string;
}

/** The run with these weights for its fit. Refuses what is not the network of its configuration, tensor by tensor. */
export async function importWeights(
  record: RunRecord,
  { bytes, origin }: ImportRequest,
  { contents }: Pick<StepPorts, 'contents'>,
): Promise<Outcome<RunRecord>> {
  const file = decodeSafetensors(bytes);
  if (!file.ok) return file;
  const parameters = parametersFromNames(networkOf(record.configuration), file.value.tensors);
  if (!parameters.ok) return parameters;
  const stored = await contents.put(bytes);
  if (!stored.ok) return stored;
  const weights = { sha256: stored.value.sha256, origin };
  return done({ ...record, configuration: { ...record.configuration, weights } });
}

interface TakeInput {
  readonly context: StepContext;
  readonly inputs: FitInputs;
  readonly featuriser: Featuriser;
  /** One per recording of the snapshot. */
  readonly labels: readonly boolean[];
}

/** What a fit would have come to. Their loss is that of the validation side, so that runs can be compared. */
export async function takeWeights(
  { context, inputs, featuriser, labels }: TakeInput,
  sha256: string,
): Promise<Outcome<FitResult>> {
  if (inputs.split.folds !== undefined) {
    return refuse(
      'weights that were trained elsewhere cannot be tested in folds: nobody fits them anew',
      'Give the split sides, and keep its test participants away from where the weights are trained.',
    );
  }
  const { configuration, ports } = context;
  const bytes = await ports.contents.get(sha256);
  if (!bytes.ok) return bytes;
  const file = decodeSafetensors(bytes.value);
  if (!file.ok) return file;
  const network = networkOf(configuration);
  const parameters = parametersFromNames(network, file.value.tensors);
  if (!parameters.ok) return parameters;
  const validation = await sideExamples({ context, inputs, featuriser, side: 'validation', labels });
  if (!validation.ok) return validation;
  const logits = await openLogits({ engine: ports.tensors, network });
  if (!logits.ok) return logits;
  try {
    const judged = await judgeParameters(parameters.value, {
      examples: validation.value.examples,
      weights: [1, 1],
      logits: logits.value,
    });
    if (!judged.ok) return judged;
    const { evaluationLoss: bestLoss } = judged.value;
    return done({
      parameters: parameters.value,
      bestEpoch: 0,
      bestLoss,
      curve: [],
      steps: 0,
      stop: 'imported',
    });
  } finally {
    await logits.value.release();
  }
}
