import type { Json } from '../../../contract/canonical-json.ts';
import type { FitCurve, FitRecord } from '../../../contract/training/run.ts';
import { nameParameters } from '../../core/network/named-parameters.ts';
import { planNetwork } from '../../core/network/network.ts';
import { encodeSafetensors } from '../../core/network/safetensors.ts';
import type { FitSettings } from '../../core/network/fit-settings.ts';
import { countRounds } from '../../core/split/plan-split.ts';
import { done, type Outcome } from '../../core/outcome.ts';
import type { EpochFigures } from '../../core/network/fit-state.ts';
import { fitNetwork, type FitProgress, type FitResult } from '../fit/fit-network.ts';
import { solveBaseline } from '../fit/solve-baseline.ts';
import { openFeaturiser, type Featuriser } from './featurise.ts';
import {
  fitSettingsOf,
  inputsOfRound,
  networkOf,
  readFitInputs,
  sideExamples,
  type FitInputs,
} from './fit-inputs.ts';
import { takeWeights } from './imported-weights.ts';
import { cancelled, jsonOutput, type StepContext, type StepDefinition, type StepWork } from './step.ts';

/**
 * Trains the network on one side and stops by the other; with a split in folds once per fold and then on all, for as
 * many epochs as the folds needed in the middle. A killed fit goes on from its checkpoint. Where the configuration names
 * weights that were trained elsewhere, they are taken.
 */
export const fitStep: StepDefinition = {
  name: 'fit',
  needs: ['snapshot', 'split', 'features'],
  part: ({ network, fit, features, noise, engine, weights }) =>
    ({ network, fit, features, noise, engine, weights }) as unknown as Json,
  async work(context) {
    const inputs = await readFitInputs(context);
    if (!inputs.ok) return inputs;
    const featuriser = await openFeaturiser(context.ports, context.configuration);
    if (!featuriser.ok) return featuriser;
    try {
      const labels = inputs.value.snapshot.recordings.map(({ isPositive }) => isPositive);
      const { weights } = context.configuration;
      if (weights !== null) {
        const taken = await takeWeights(
          { context, inputs: inputs.value, featuriser: featuriser.value, labels },
          weights.sha256,
        );
        return taken.ok ? done(workOf(context, taken.value, [], [])) : taken;
      }
      const settings = fitSettingsOf(context.configuration);
      const checkpoint = `fit-${context.key.slice(0, 40)}`;
      const shared = { context, inputs: inputs.value, featuriser: featuriser.value, labels, settings };
      const { folds } = inputs.value.split;
      if (folds === undefined) {
        const fitted = await fitLabels({ ...shared, checkpoint, isOfRun: true });
        return fitted.ok ? done(workOf(context, fitted.value, [], [checkpoint])) : fitted;
      }
      const tested: FitResult[] = [];
      const checkpoints: string[] = [];
      for (let round = 0; round < countRounds(folds); round++) {
        checkpoints.push(`${checkpoint}-${round}`);
        const fitted = await fitLabels({
          ...shared,
          inputs: inputsOfRound(inputs.value, folds, round, context.configuration),
          checkpoint: checkpoints.at(-1)!,
          saying: `fold ${round + 1} of ${countRounds(folds)}: `,
        });
        if (!fitted.ok) return fitted;
        tested.push(fitted.value);
      }
      const epochs = middleOf(tested.map(({ bestEpoch }) => bestEpoch + 1));
      const saying = 'all recordings: ';
      const whole = await fitLabels({ ...shared, checkpoint, epochs, saying, isOfRun: true });
      return whole.ok ? done(workOf(context, whole.value, tested, [...checkpoints, checkpoint])) : whole;
    } finally {
      await featuriser.value.release();
    }
  },
};

function middleOf(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

function workOf(
  { configuration, ports }: StepContext,
  fitted: FitResult,
  folds: readonly FitResult[],
  checkpoints: readonly string[],
): StepWork {
  const { parameters, bestEpoch, bestLoss, steps, stop, curve } = fitted;
  const network = networkOf(configuration);
  const record: FitRecord = {
    format: 1,
    network: network.name,
    parameterCount: planNetwork(network).parameterCount,
    bestEpoch,
    bestLoss,
    steps,
    stop,
    curve: toldEpochs(curve),
    ...(folds.length === 0
      ? {}
      : {
          folds: folds.map((fold) => ({
            bestEpoch: fold.bestEpoch,
            bestLoss: fold.bestLoss,
            steps: fold.steps,
            stop: fold.stop,
          })),
        }),
  };
  const metadata = { network: network.name, window_s: String(configuration.features.windowS) };
  const weights = encodeSafetensors({ tensors: nameParameters(network, parameters), metadata });
  const outputs = new Map([
    ['fit.json', jsonOutput(ports, record)],
    ['weights.safetensors', weights],
  ]);
  if (folds.length > 0) {
    const tensors = folds.flatMap((fold, round) =>
      [...nameParameters(network, fold.parameters)].map(
        ([name, tensor]) => [`${foldPrefix(round)}${name}`, tensor] as const,
      ),
    );
    outputs.set(foldWeights, encodeSafetensors({ tensors: new Map(tensors), metadata }));
  }
  const figures = { epochs: curve.length, bestEpoch, bestLoss, stop, seed: configuration.fit.seed };
  return { outputs, figures, checkpoints };
}

/** The epoch of a fit that ran away has figures that no JSON can hold. */
function toldEpochs(curve: readonly EpochFigures[]): FitCurve {
  return curve.filter((one) => Object.values(one).every(Number.isFinite));
}

/** The output with the weights of each fold's fit, and how a fold's tensors are named in it. */
export const foldWeights = 'folds.safetensors';
export const foldPrefix = (round: number): string => `fold${round}.`;

interface FitLabelsInput {
  readonly context: StepContext;
  readonly inputs: FitInputs;
  readonly featuriser: Featuriser;
  /** One per recording of the snapshot. */
  readonly labels: readonly boolean[];
  readonly checkpoint: string;
  readonly settings: FitSettings;
  /** Fits for this many epochs and keeps the last; else the validation side decides. */
  readonly epochs?: number;
  /** Put before what is said of progress. */
  readonly saying?: string;
  /** Whether its curve is that of the run, told epoch by epoch; not so for folds and permuted labels. */
  readonly isOfRun?: boolean;
}

/** A fit to the given labels; its checkpoint stays until the step's outputs are kept. */
export async function fitLabels(input: FitLabelsInput): Promise<Outcome<FitResult>> {
  const { context, checkpoint, epochs, saying = '', isOfRun = false } = input;
  const { configuration, ports } = context;
  const training = await sideExamples({ ...input, side: 'training' });
  if (!training.ok) return training;
  const isSplit = epochs === undefined && input.inputs.split.recordings.includes('validation');
  const evaluation = isSplit ? await sideExamples({ ...input, side: 'validation' }) : training;
  if (!evaluation.ok) return evaluation;
  const network = networkOf(configuration);
  if (configuration.network === 'baseline') {
    const sides = { training: training.value, evaluation: evaluation.value };
    return solveBaseline({ statistics: network.bands, seed: input.settings.seed, ...sides });
  }
  const settings: FitSettings =
    epochs === undefined
      ? input.settings
      : { ...input.settings, mostEpochs: epochs, patience: epochs, keeps: 'last' };
  const tell = progressTeller(context, settings, { saying, isOfRun });
  const result = await fitNetwork(
    {
      run: checkpoint,
      network,
      settings,
      training: training.value.examples,
      evaluation: evaluation.value.examples,
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
  { key, ports, progress }: StepContext,
  settings: FitSettings,
  { saying, isOfRun }: { readonly saying: string; readonly isOfRun: boolean },
): (progress: FitProgress) => void {
  const now = (): number => ports.surroundings.now().getTime();
  const startedMs = now();
  let toldMs = startedMs;
  let firstStep: number | undefined;
  let best = { epoch: 0, loss: Infinity };
  return ({ kind, step, epoch, batch, batchesPerEpoch, loss, figures, curve }) => {
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
    const over = curve ?? (figures === undefined ? undefined : [figures]);
    const details = {
      epoch,
      trainingStep: step,
      ...(loss !== undefined && Number.isFinite(loss) ? { loss } : {}),
      ...(secondsLeftAtMost === undefined ? {} : { secondsLeftAtMost }),
      ...(isOfRun && over !== undefined ? { fit: { key, curve: toldEpochs(over) } } : {}),
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
