import type { Json } from '../../../contract/canonical-json.ts';
import { snapshotSchema, splitSchema, type Features } from '../../../contract/training/run.ts';
import { shapeOfWindow } from '../../core/features/recipe-graphs.ts';
import { done, refuse, type Outcome } from '../../core/outcome.ts';
import { openFeaturesWork } from './features-work.ts';
import { wantsNoise } from './snapshot-step.ts';
import {
  cancelled,
  jsonOutput,
  readInput,
  type FeaturesWork,
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
    const { configuration, ports } = context;
    const snapshot = await readInput(context, 'snapshot.json', snapshotSchema);
    if (!snapshot.ok) return snapshot;
    const split = await readInput(context, 'split.json', splitSchema);
    if (!split.ok) return split;
    if (wantsNoise(configuration) && snapshot.value.noises.length === 0) {
      return refuse(
        'the recipe adds noise in training, and the data have no noise clips',
        'Name noise clips as "noises" of the data, or set both numbers of "noise.training" to 0.',
      );
    }
    const { features, noise, data } = configuration;
    const work = await openFeaturesWork({
      ports,
      codeSha256: ports.program.codeOf.features,
      recipe: { features, noise, isTraced: data.kind === 'registry' },
      snapshot: snapshot.value,
      split: split.value,
    });
    if (!work.ok) return work;
    try {
      // What others have worked out is then found in the store; what they have not is worked out here.
      const shared = (await ports.fanOut?.(work.value, context)) ?? done(null);
      return shared.ok ? await makeFeatures(context, work.value) : shared;
    } finally {
      await work.value.release();
    }
  },
};

async function makeFeatures(
  { configuration, ports, progress }: StepContext,
  work: FeaturesWork,
): Promise<Outcome<StepWork>> {
  const clean: Features['clean'] = [];
  const noisy: Features['noisy'] = [];
  for (let place = 0; place < work.recordings; place++) {
    if (ports.isCancelled?.() === true) return cancelled;
    if (place % 100 === 0) progress(`featurising recording ${place + 1} of ${work.recordings}`);
    const kept = await work.keep(place);
    if (!kept.ok) return kept;
    clean.push(kept.value.clean);
    if (kept.value.noisy !== undefined) noisy.push(kept.value.noisy);
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
