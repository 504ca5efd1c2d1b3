import type { Json } from '../../../contract/canonical-json.ts';
import type { FitRecord } from '../../../contract/training/run.ts';
import { nameParameters } from '../../core/network/named-parameters.ts';
import { planNetwork } from '../../core/network/network.ts';
import { encodeSafetensors } from '../../core/network/safetensors.ts';
import type { FitSettings } from '../../core/network/fit-settings.ts';
import { done, type Outcome } from '../../core/outcome.ts';
import { fitNetwork, type FitProgress, type FitResult } from '../fit/fit-network.ts';
import { openFeaturiser, type Featuriser } from './featurise.ts';
import { fitSettingsOf, networkOf, readFitInputs, sideExamples, type FitInputs } from './fit-inputs.ts';
import { cancelled, jsonOutput, type StepContext, type StepDefinition } from './step.ts';

/** Trains the network on one side and stops by the other. A killed fit goes on from its checkpoint. */
export const fitStep: StepDefinition = {
  name: 'fit',
  needs: ['snapshot', 'split', 'features'],
  part: ({ network, fit, features, noise }) => ({ network, fit, features, noise }) as unknown as Json,
  checkpoints: (key) => [checkpointOf(key)],
  async work(context) {
    const { configuration, ports } = context;
    const inputs = await readFitInputs(context);
    if (!inputs.ok) return inputs;
    const featuriser = await openFeaturiser(ports, configuration);
    if (!featuriser.ok) return featuriser;
    try {
      const labels = inputs.value.snapshot.recordings.map(({ isPositive }) => isPositive);
      const fitted = await fitLabels({
        context,
        inputs: inputs.value,
        featuriser: featuriser.value,
        labels,
        checkpoint: checkpointOf(context.key),
        settings: fitSettingsOf(configuration),
      });
      if (!fitted.ok) return fitted;
      const { parameters, bestEpoch, bestLoss, steps, stop, curve } = fitted.value;
      const network = networkOf(configuration);
      const record: FitRecord = {
        format: 1,
        network: network.name,
        parameterCount: planNetwork(network).parameterCount,
        bestEpoch,
        bestLoss,
        steps,
        stop,
        // The epoch of a fit that ran away has figures that no JSON can hold.
        curve: curve.filter((one) => Object.values(one).every(Number.isFinite)),
      };
      const weights = encodeSafetensors({
        tensors: nameParameters(network, parameters),
        metadata: { network: network.name, window_s: String(configuration.features.windowS) },
      });
      return done({
        outputs: new Map([
          ['fit.json', jsonOutput(ports, record)],
          ['weights.safetensors', weights],
        ]),
        figures: { epochs: curve.length, bestEpoch, bestLoss, stop, seed: configuration.fit.seed },
      });
    } finally {
      await featuriser.value.release();
    }
  },
};

function checkpointOf(key: string): string {
  return `fit-${key.slice(0, 40)}`;
}

interface FitLabelsInput {
  readonly context: StepContext;
  readonly inputs: FitInputs;
  readonly featuriser: Featuriser;
  /** One per recording of the snapshot. */
  readonly labels: readonly boolean[];
  readonly checkpoint: string;
  readonly settings: FitSettings;
  /** Put before what is said of progress. */
  readonly saying?: string;
}

/** A fit to the given labels; its checkpoint stays until the step's outputs are kept. */
export async function fitLabels(input: FitLabelsInput): Promise<Outcome<FitResult>> {
  const { context, checkpoint, settings, saying = '' } = input;
  const { configuration, ports } = context;
  const training = await sideExamples({ ...input, side: 'training' });
  if (!training.ok) return training;
  const evaluation = await sideExamples({ ...input, side: 'validation' });
  if (!evaluation.ok) return evaluation;
  const tell = progressTeller(context, settings, saying);
  const result = await fitNetwork(
    {
      run: checkpoint,
      network: networkOf(configuration),
      settings,
      training: training.value,
      evaluation: evaluation.value,
      stepsPerCheckpoint: configuration.fit.stepsPerCheckpoint,
      onProgress: tell,
      isCancelled: () => ports.isCancelled?.() ?? false,
    },
    { engine: ports.tensors, checkpoints: ports.checkpoints },
  );
  if (!result.ok) return result;
  return result.value.stop === 'cancelled' ? cancelled : result;
}

/** Says each epoch, and a step every few seconds, with the longest that the fit may still take. */
function progressTeller(
  { ports, progress }: StepContext,
  settings: FitSettings,
  saying: string,
): (progress: FitProgress) => void {
  const now = (): number => ports.surroundings.now().getTime();
  const startedMs = now();
  let toldMs = startedMs;
  let firstStep: number | undefined;
  let best = { epoch: 0, loss: Infinity };
  return ({ kind, step, epoch, batch, batchesPerEpoch, loss, figures }) => {
    firstStep ??= kind === 'step' ? step - 1 : step;
    if (figures !== undefined && figures.evaluationLoss < best.loss) {
      best = { epoch: figures.epoch, loss: figures.evaluationLoss };
    }
    if (kind === 'step' && now() - toldMs < tellEveryMs) return;
    toldMs = now();
    const lastEpoch = Math.min(settings.mostEpochs, best.epoch + settings.patience + 1);
    const stepsLeft = Math.max(0, lastEpoch * batchesPerEpoch - step);
    const secondsPerStep = (toldMs - startedMs) / 1000 / Math.max(1, step - firstStep);
    const secondsLeftAtMost = step > firstStep ? Math.round(stepsLeft * secondsPerStep) : undefined;
    const left = secondsLeftAtMost === undefined ? '' : `, ${secondsLeftAtMost} s left unless it gets better`;
    const details = {
      epoch,
      trainingStep: step,
      ...(loss !== undefined && Number.isFinite(loss) ? { loss } : {}),
      ...(secondsLeftAtMost === undefined ? {} : { secondsLeftAtMost }),
    };
    switch (kind) {
      case 'resumed':
        return progress(`${saying}goes on at epoch ${epoch}, step ${step}`, details);
      case 'step':
        return progress(
          `${saying}epoch ${epoch}, batch ${batch} of ${batchesPerEpoch}, loss ${loss?.toFixed(4)}${left}`,
          details,
        );
      case 'epoch':
        return progress(
          `${saying}epoch ${epoch}, step ${step}, loss ${figures?.trainingLoss.toFixed(4)}, validation loss ${figures?.evaluationLoss.toFixed(4)}, accuracy ${figures?.evaluationAccuracy.toFixed(3)}${left}`,
          details,
        );
    }
  };
}

const tellEveryMs = 5000;
