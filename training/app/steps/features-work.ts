/** The features of single recordings of a snapshot, by whichever process works them out. */
import type { Snapshot, Split } from '../../../contract/training/run.ts';
import { done, type Outcome } from '../../core/outcome.ts';
import {
  keepFeatures,
  knownFeatures,
  makeFeatures,
  openFeaturiser,
  readClips,
  type FeaturesRecipe,
  type KeepInput,
} from './featurise.ts';
import { bytesOfFloats, hashJson } from './snapshot-step.ts';
import type { FeaturesWork, StepPorts } from './step.ts';

export interface FeaturesInput {
  readonly ports: Pick<StepPorts, 'contents' | 'surroundings' | 'tensors'>;
  /** Of the sources that shape features. */
  readonly codeSha256: string;
  readonly recipe: FeaturesRecipe;
  readonly snapshot: Snapshot;
  readonly split: Split;
}

export async function openFeaturesWork(input: FeaturesInput): Promise<Outcome<FeaturesWork>> {
  const { ports, codeSha256, recipe, snapshot, split } = input;
  const { recordings, noises } = snapshot;
  const clips = await readClips(ports, snapshot, split, 'evaluation');
  if (!clips.ok) return clips;
  const clipsSha256 = hashJson(
    ports,
    noises.map(({ samples }, index) => `${samples.sha256} ${split.noises[index]}`),
  );
  const opened = await openFeaturiser(ports, recipe);
  if (!opened.ok) return opened;
  const featuriser = opened.value;
  const inputOf = (place: number, isNoisy: boolean): KeepInput => ({
    ports,
    codeSha256,
    recipe,
    featuriser,
    recording: recordings[place]!,
    ...(isNoisy ? { noise: { clips: clips.value, clipsSha256 } } : {}),
  });
  const isTrainedOn = (place: number): boolean =>
    split.folds === undefined && split.recordings[place] === 'training';
  return done({
    recordings: recordings.length,
    async keep(place) {
      const clean = await keepFeatures(inputOf(place, false));
      if (!clean.ok) return clean;
      if (clips.value.length === 0) return done({ clean: clean.value, noisy: undefined });
      if (isTrainedOn(place)) return done({ clean: clean.value, noisy: null });
      const noisy = await keepFeatures(inputOf(place, true));
      return noisy.ok ? done({ clean: clean.value, noisy: noisy.value }) : noisy;
    },
    async known(place) {
      const clean = await knownFeatures(inputOf(place, false));
      if (!clean.ok) return clean;
      if (clean.value === undefined) return done(undefined);
      if (clips.value.length === 0) return done({ clean: clean.value, noisy: undefined });
      if (isTrainedOn(place)) return done({ clean: clean.value, noisy: null });
      const noisy = await knownFeatures(inputOf(place, true));
      if (!noisy.ok) return noisy;
      return done(noisy.value === undefined ? undefined : { clean: clean.value, noisy: noisy.value });
    },
    async hashAnew(place) {
      const made = await makeFeatures(inputOf(place, false));
      return made.ok ? done(ports.surroundings.sha256(bytesOfFloats(made.value.data))) : made;
    },
    release: () => featuriser.release(),
  });
}
