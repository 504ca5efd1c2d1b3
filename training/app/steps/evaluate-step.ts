import type { Json } from '../../../contract/canonical-json.ts';
import {
  conditions,
  fitResultSchema,
  type Condition,
  type FitRecord,
  type Scores,
  type StoredScore,
} from '../../../contract/training/run.ts';
import { makeReport } from '../../core/evaluate/report.ts';
import { renderReport } from '../../core/report/html.ts';
import { parametersFromNames } from '../../core/network/named-parameters.ts';
import { decodeSafetensors } from '../../core/network/safetensors.ts';
import { permuteLabels } from '../../core/split/permute-labels.ts';
import { checkSplit } from '../../core/split/plan-split.ts';
import { done, refuse, type Outcome } from '../../core/outcome.ts';
import { meanProbability } from '../fit/fit-network.ts';
import { openLogits, type LogitRunner } from '../fit/network-runner.ts';
import { openFeaturiser, type Featuriser, type KeptFeatures } from './featurise.ts';
import { fitSettingsOf, networkOf, readFitInputs, type FitInputs } from './fit-inputs.ts';
import { fitLabels } from './fit-step.ts';
import { floatsOfBytes } from './snapshot-step.ts';
import {
  cancelled,
  jsonOutput,
  readInput,
  type StepContext,
  type StepDefinition,
  type StepWork,
} from './step.ts';

/**
 * Scores who was not trained on, without noise and with it, fits networks to permuted labels, and writes what follows:
 * scores.json holds all that the report states, report.json the figures, report.html the page.
 */
export const evaluateStep: StepDefinition = {
  name: 'evaluate',
  needs: ['snapshot', 'split', 'features', 'fit'],
  part: ({ evaluate, network, fit, features, noise }) =>
    ({ evaluate, network, fit, features, noise }) as unknown as Json,
  checkpoints: (key, { evaluate: { permutedFits } }) =>
    Array.from({ length: permutedFits }, (_, round) => permutedCheckpoint(key, round)),
  async work(context) {
    const inputs = await readFitInputs(context);
    if (!inputs.ok) return inputs;
    const { snapshot, split } = inputs.value;
    // Of what is stored, whatever the split step said.
    const checked = checkSplit(snapshot.recordings, split.recordings);
    if (!checked.ok) return checked;
    const fit = await readInput(context, 'fit.json', fitResultSchema);
    if (!fit.ok) return fit;
    const network = networkOf(context.configuration);
    const logits = await openLogits({ engine: context.ports.tensors, network });
    if (!logits.ok) return logits;
    const featuriser = await openFeaturiser(context.ports, context.configuration);
    if (!featuriser.ok) {
      await logits.value.release();
      return featuriser;
    }
    try {
      return await evaluate(context, inputs.value, fit.value, logits.value, featuriser.value);
    } finally {
      await logits.value.release();
      await featuriser.value.release();
    }
  },
};

async function evaluate(
  context: StepContext,
  inputs: FitInputs,
  fit: FitRecord,
  logits: LogitRunner,
  featuriser: Featuriser,
): Promise<Outcome<StepWork>> {
  const { configuration, ports, progress } = context;
  const parameters = await readWeights(context);
  if (!parameters.ok) return parameters;
  progress('scoring validation and test recordings');
  const scored = await scoreAll(context, inputs, logits, parameters.value);
  if (!scored.ok) return scored;
  const permuted: Scores['permuted'] = [];
  for (let round = 0; round < configuration.evaluate.permutedFits; round++) {
    const one = await scorePermuted(context, inputs, logits, featuriser, round);
    if (!one.ok) return one;
    permuted.push(one.value);
  }
  const scores: Scores = { format: 1, scores: [...scored.value], permuted };
  progress('resampling participants for the intervals');
  const report = makeReport({
    snapshot: inputs.snapshot,
    split: inputs.split,
    fit,
    scores,
    settings: configuration.evaluate,
    trainingNoise: configuration.noise.training,
  });
  for (const warning of report.warnings) progress(`warning: ${warning}`);
  const { low, value, high } = report.conditions.clean!['auc']!;
  progress(
    `test: accuracy ${report.conditions.clean!['accuracy']!.value.toFixed(3)}, area under the curve ${value.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]`,
  );
  const figuresOf = (condition: Condition): Record<string, number> =>
    Object.fromEntries(
      Object.entries(report.conditions[condition] ?? {}).map(([name, one]) => [
        condition === 'clean' ? name : `${condition} ${name}`,
        one.value,
      ]),
    );
  return done({
    outputs: new Map([
      ['scores.json', jsonOutput(ports, scores)],
      ['report.json', jsonOutput(ports, report)],
      ['report.html', ports.surroundings.toBytes(renderReport(report, configuration))],
    ]),
    figures: {
      ...Object.assign({}, ...conditions.map(figuresOf)),
      ...(report.permuted.length === 0 ? {} : { 'permuted auc': report.permuted[0]!.value }),
      warnings: report.warnings.length,
    },
  });
}

export async function readWeights(context: StepContext): Promise<Outcome<Float32Array>> {
  const stored = context.inputs['weights.safetensors'];
  if (stored === undefined) return refuse('there are no weights', 'Run the step "fit" first.');
  const bytes = await context.ports.contents.get(stored.sha256);
  if (!bytes.ok) return bytes;
  const file = decodeSafetensors(bytes.value);
  return file.ok ? parametersFromNames(networkOf(context.configuration), file.value.tensors) : file;
}

async function scoreAll(
  context: StepContext,
  { snapshot, split, features }: FitInputs,
  logits: LogitRunner,
  parameters: Float32Array,
): Promise<Outcome<readonly StoredScore[]>> {
  const scores: StoredScore[] = [];
  for (const [index, recording] of snapshot.recordings.entries()) {
    const side = split.recordings[index]!;
    if (side === 'training') continue;
    if (context.ports.isCancelled?.() === true) return cancelled;
    const { audioSha256, subject, isPositive } = recording;
    const clean = await scoreOne(context, logits, parameters, features.clean[index]!);
    if (!clean.ok) return clean;
    const kept = features.noisy[index];
    const noisy = kept == null ? undefined : await scoreOne(context, logits, parameters, kept);
    if (noisy?.ok === false) return noisy;
    for (const condition of conditions) {
      const isNoisy = condition === 'noisy-both' || (condition === 'noisy-controls' && !isPositive);
      if (condition !== 'clean' && noisy === undefined) continue;
      const own = isNoisy && noisy !== undefined ? noisy.value : clean.value;
      scores.push({ recording: index, audioSha256, subject, side, condition, isPositive, ...own });
    }
  }
  return done(scores);
}

async function scoreOne(
  { ports }: StepContext,
  logits: LogitRunner,
  parameters: Float32Array,
  { content }: KeptFeatures,
): Promise<Outcome<{ readonly score: number; readonly windowScores: number[] }>> {
  const bytes = await ports.contents.get(content.sha256);
  if (!bytes.ok) return bytes;
  const found = await logits.logits(parameters, floatsOfBytes(bytes.value));
  if (!found.ok) return found;
  const windowScores = Array.from(found.value, (logit) => 1 / (1 + Math.exp(-logit)));
  return done({ score: meanProbability(found.value), windowScores });
}

/** Test recordings under labels that were dealt out anew on every side, by a network that was fitted to them. */
async function scorePermuted(
  context: StepContext,
  inputs: FitInputs,
  logits: LogitRunner,
  featuriser: Featuriser,
  round: number,
): Promise<Outcome<Scores['permuted'][number]>> {
  const { configuration } = context;
  const { recordings } = inputs.snapshot;
  const sideOf = inputs.split.recordings;
  const labels = permuteLabels(recordings, sideOf, configuration.evaluate.seed + round);
  const settings = fitSettingsOf(configuration);
  const fitted = await fitLabels({
    context,
    inputs,
    featuriser,
    labels,
    checkpoint: permutedCheckpoint(context.key, round),
    settings: {
      ...settings,
      mostEpochs: Math.min(settings.mostEpochs, configuration.evaluate.permutedEpochs),
    },
    saying: `permuted labels ${round + 1}: `,
  });
  if (!fitted.ok) return fitted;
  const scores: Scores['permuted'][number] = [];
  for (const [index, { subject }] of recordings.entries()) {
    if (sideOf[index] !== 'test') continue;
    const one = await scoreOne(context, logits, fitted.value.parameters, inputs.features.clean[index]!);
    if (!one.ok) return one;
    scores.push({ subject, isPositive: labels[index]!, score: one.value.score });
  }
  return done(scores);
}

function permutedCheckpoint(key: string, round: number): string {
  return `permuted-${round}-${key.slice(0, 40)}`;
}
