import type { Json } from '../../../contract/canonical-json.ts';
import { snapshotSchema, splitSchema, type Features } from '../../../contract/training/run.ts';
import { shapeOfWindow } from '../../core/features/recipe-graphs.ts';
import { done, refuse, type Outcome } from '../../core/outcome.ts';
import { keepFeatures, openFeaturiser, readClips, type Featuriser } from './featurise.ts';
import { hashJson, wantsNoise } from './snapshot-step.ts';
import {
  cancelled,
  jsonOutput,
  readInput,
  type StepContext,
  type StepDefinition,
  type StepWork,
} from './step.ts';

/**
 * Windows of features of every recording: clean, and with the noise of its own for those that are not trained on. The
 * noise of training is drawn in the fit, afresh in each epoch.
 */
export const featuresStep: StepDefinition = {
  name: 'features',
  needs: ['snapshot', 'split'],
  part: ({ features, noise }) => ({ features, noise }) as unknown as Json,
  async work(context) {
    const featuriser = await openFeaturiser(context.ports, context.configuration);
    if (!featuriser.ok) return featuriser;
    try {
      return await makeFeatures(context, featuriser.value);
    } finally {
      await featuriser.value.release();
    }
  },
};

async function makeFeatures(context: StepContext, featuriser: Featuriser): Promise<Outcome<StepWork>> {
  const { configuration, ports, progress } = context;
  const snapshot = await readInput(context, 'snapshot.json', snapshotSchema);
  if (!snapshot.ok) return snapshot;
  const split = await readInput(context, 'split.json', splitSchema);
  if (!split.ok) return split;
  const { recordings, noises } = snapshot.value;
  if (wantsNoise(configuration) && noises.length === 0) {
    return refuse(
      'the recipe adds noise in training, and the data have no noise clips',
      'Name noise clips as "noises" of the data, or set both numbers of "noise.training" to 0.',
    );
  }
  const clips = await readClips(ports, snapshot.value, split.value, 'evaluation');
  if (!clips.ok) return clips;
  const clipsSha256 = hashJson(
    ports,
    noises.map(({ samples }, index) => `${samples.sha256} ${split.value.noises[index]}`),
  );
  const clean: Features['clean'] = [];
  const noisy: Features['noisy'] = [];
  for (const [index, recording] of recordings.entries()) {
    if (ports.isCancelled?.() === true) return cancelled;
    if (index % 100 === 0) progress(`featurising recording ${index + 1} of ${recordings.length}`);
    const plain = await keepFeatures({ ports, configuration, featuriser, recording });
    if (!plain.ok) return plain;
    clean.push(plain.value);
    if (clips.value.length === 0) continue;
    if (split.value.folds === undefined && split.value.recordings[index] === 'training') {
      noisy.push(null);
      continue;
    }
    const noise = { clips: clips.value, clipsSha256 };
    const withNoise = await keepFeatures({ ports, configuration, featuriser, recording, noise });
    if (!withNoise.ok) return withNoise;
    noisy.push(withNoise.value);
  }
  const features: Features = {
    format: 1,
    ...shapeOfWindow(configuration.features),
    clean,
    noisy,
  };
  const windows = clean.reduce((sum, one) => sum + one.windows, 0);
  return done({
    outputs: new Map([['features.json', jsonOutput(ports, features)]]),
    figures: { windows },
  });
}
