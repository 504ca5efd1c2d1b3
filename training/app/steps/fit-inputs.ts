/** What a fit is made of, for the fit itself and for those to permuted labels. */
import type { TrainingConfiguration } from '../../../contract/training/configuration.ts';
import {
  featuresSchema,
  snapshotSchema,
  splitSchema,
  type Features,
  type Side,
  type Snapshot,
  type Split,
} from '../../../contract/training/run.ts';
import { shapeOfWindow } from '../../core/features/recipe-graphs.ts';
import { referenceAdam } from '../../core/autodiff/adam.ts';
import type { FitSettings } from '../../core/network/fit-settings.ts';
import { baselineNetwork, referenceNetwork, smallNetwork } from '../../core/network/networks.ts';
import type { Network } from '../../core/network/network.ts';
import { sidesOfRound } from '../../core/split/plan-split.ts';
import { done, type Outcome } from '../../core/outcome.ts';
import type { NamedExamples } from '../fit/solve-baseline.ts';
import { readClips, recordingExamples, type Featuriser } from './featurise.ts';
import { hashJson } from './snapshot-step.ts';
import { readInput, type StepContext } from './step.ts';

export interface FitInputs {
  readonly snapshot: Snapshot;
  readonly split: Split;
  readonly features: Features;
}

export async function readFitInputs(context: StepContext): Promise<Outcome<FitInputs>> {
  const snapshot = await readInput(context, 'snapshot.json', snapshotSchema);
  if (!snapshot.ok) return snapshot;
  const split = await readInput(context, 'split.json', splitSchema);
  if (!split.ok) return split;
  const features = await readInput(context, 'features.json', featuresSchema);
  if (!features.ok) return features;
  return done({ snapshot: snapshot.value, split: split.value, features: features.value });
}

export function networkOf({
  network,
  features,
}: Pick<TrainingConfiguration, 'network' | 'features'>): Network {
  const { bands } = shapeOfWindow(features);
  switch (network) {
    case 'reference':
      return referenceNetwork(features.windowS, bands);
    case 'small':
      return smallNetwork(features.windowS, bands);
    case 'baseline':
      return baselineNetwork(bands);
  }
}

export function fitSettingsOf({ fit }: Pick<TrainingConfiguration, 'fit'>): FitSettings {
  const { schedule, learningRate, warmUpSteps, weightDecay, stepsPerCheckpoint: _, ...same } = fit;
  return {
    ...same,
    keeps: 'best',
    schedule: { kind: schedule, learningRate, warmUpSteps },
    adam: { ...referenceAdam, weightDecay },
  };
}

/** Whether something on a validation side decides when the fit ends. */
export function hasValidation({ network }: Pick<TrainingConfiguration, 'network'>): boolean {
  return network !== 'baseline';
}

/** The inputs as one round of a split in folds has them. */
export function inputsOfRound(
  inputs: FitInputs,
  folds: readonly number[],
  round: number,
  configuration: TrainingConfiguration,
): FitInputs {
  const sides = sidesOfRound(folds, round, hasValidation(configuration));
  return { ...inputs, split: { ...inputs.split, recordings: [...sides] } };
}

interface SideExamplesInput {
  readonly context: StepContext;
  readonly inputs: FitInputs;
  readonly featuriser: Featuriser;
  readonly side: Exclude<Side, 'test'>;
  /** One per recording of the snapshot. */
  readonly labels: readonly boolean[];
}

/** The recordings of a side; those of training with fresh noise in each epoch, others with the noise of their own. */
export async function sideExamples(input: SideExamplesInput): Promise<Outcome<NamedExamples>> {
  const { context, inputs, featuriser, side, labels } = input;
  const { ports, configuration } = context;
  const { snapshot, split, features } = inputs;
  const isTraining = side === 'training';
  const clips = await readClips(ports, snapshot, split, isTraining ? 'training' : 'evaluation');
  if (!clips.ok) return clips;
  const own = snapshot.recordings.flatMap((_, index) => (split.recordings[index] === side ? [index] : []));
  return done({
    subjects: own.map((index) => snapshot.recordings[index]!.subject),
    examples: recordingExamples({
      ports,
      configuration,
      featuriser,
      recordings: own.map((index) => snapshot.recordings[index]!),
      clean: own.map((index) => features.clean[index]!),
      labels: own.map((index) => labels[index]!),
      clips: clips.value,
      clipsSha256: hashJson(
        ports,
        snapshot.noises.map(({ samples }, index) => `${samples.sha256} ${split.noises[index]}`),
      ),
      isFresh: isTraining,
    }),
  });
}
