import type { Json } from '../../../contract/canonical-json.ts';
import {
  conditions,
  fitResultSchema,
  type Condition,
  type FitRecord,
  type Scores,
  type Side,
  type StoredScore,
} from '../../../contract/training/run.ts';
import { describeProduction } from '../../core/compare/production.ts';
import { makeReport } from '../../core/evaluate/report.ts';
import { renderReport } from '../../core/report/html.ts';
import { parametersFromNames } from '../../core/network/named-parameters.ts';
import { decodeSafetensors } from '../../core/network/safetensors.ts';
import { permuteLabels } from '../../core/split/permute-labels.ts';
import { checkRounds, checkSplit, countRounds } from '../../core/split/plan-split.ts';
import { done, refuse, type Outcome } from '../../core/outcome.ts';
import { meanProbability } from '../fit/fit-network.ts';
import { openLogits, type LogitRunner } from '../fit/network-runner.ts';
import { openFeaturiser, type Featuriser, type KeptFeatures } from './featurise.ts';
import {
  fitSettingsOf,
  hasValidation,
  inputsOfRound,
  networkOf,
  readFitInputs,
  type FitInputs,
} from './fit-inputs.ts';
import { fitLabels, foldPrefix, foldWeights } from './fit-step.ts';
import { findProduction, scoreProduction } from './score-production.ts';
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
  part: ({ evaluate, network, fit, features, noise, engine }) =>
    ({ evaluate, network, fit, features, noise, engine }) as unknown as Json,
  async outside(configuration, ports) {
    const found = await findProduction(configuration, ports);
    return found.ok ? done(found.value?.sha256 ?? null) : found;
  },
  async work(context) {
    const inputs = await readFitInputs(context);
    if (!inputs.ok) return inputs;
    const { snapshot, split } = inputs.value;
    // Of what is stored, whatever the split step said.
    const checked =
      split.folds === undefined
        ? checkSplit(snapshot.recordings, split.recordings)
        : checkRounds(snapshot.recordings, split.folds);
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
  const judges = await readJudges(context, inputs);
  if (!judges.ok) return judges;
  progress('scoring validation and test recordings');
  const scored = await scoreAll(context, inputs, logits, judges.value);
  if (!scored.ok) return scored;
  const permuted: Scores['permuted'] = [];
  const checkpoints: string[] = [];
  for (let deal = 0; deal < configuration.evaluate.permutedFits; deal++) {
    const one = await scorePermuted(context, inputs, logits, featuriser, deal);
    if (!one.ok) return one;
    permuted.push(one.value.scores);
    checkpoints.push(...one.value.checkpoints);
  }
  const production = await scoreProduction(context, inputs.snapshot, scored.value);
  if (!production.ok) return production;
  const scores: Scores = {
    format: 1,
    scores: [...scored.value],
    permuted,
    production: production.value,
  };
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
  progress(describeProduction(report.production));
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
    checkpoints,
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

/** Who scores a recording, and as what. */
type Judges = (recording: number) => readonly { readonly side: Side; readonly parameters: Float32Array }[];

/**
 * The packaged model scores validation and test recordings. In folds each recording is tested by the fit that never
 * saw its participant, and scored for the thresholds by the fit that it stopped; the baseline, which nothing stops,
 * takes the same score for both. The packaged model then scores what it was fitted to, for the proof of the package.
 */
async function readJudges(
  context: StepContext,
  { split: { recordings, folds } }: FitInputs,
): Promise<Outcome<Judges>> {
  const packaged = await readWeights(context);
  if (!packaged.ok) return packaged;
  if (folds === undefined) {
    return done((recording) => {
      const side = recordings[recording]!;
      return side === 'training' ? [] : [{ side, parameters: packaged.value }];
    });
  }
  const rounds = await readFoldWeights(context, countRounds(folds));
  if (!rounds.ok) return rounds;
  const of = (round: number): Float32Array =>
    rounds.value[(round + rounds.value.length) % rounds.value.length]!;
  const before = hasValidation(context.configuration) ? 1 : 0;
  return done((recording) => [
    { side: 'training', parameters: packaged.value },
    { side: 'validation', parameters: of(folds[recording]! - before) },
    { side: 'test', parameters: of(folds[recording]!) },
  ]);
}

async function readFoldWeights(
  context: StepContext,
  count: number,
): Promise<Outcome<readonly Float32Array[]>> {
  const stored = context.inputs[foldWeights];
  if (stored === undefined) {
    return refuse(
      'there are no weights of the folds',
      'Run the step "fit" first; weights that come from elsewhere want a split with sides.',
    );
  }
  const bytes = await context.ports.contents.get(stored.sha256);
  if (!bytes.ok) return bytes;
  const file = decodeSafetensors(bytes.value);
  if (!file.ok) return file;
  const network = networkOf(context.configuration);
  const rounds: Float32Array[] = [];
  for (let round = 0; round < count; round++) {
    const prefix = foldPrefix(round);
    const own = [...file.value.tensors].flatMap(([name, tensor]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), tensor] as const] : [],
    );
    const parameters = parametersFromNames(network, new Map(own));
    if (!parameters.ok) return parameters;
    rounds.push(parameters.value);
  }
  return done(rounds);
}

async function scoreAll(
  context: StepContext,
  { snapshot, features }: FitInputs,
  logits: LogitRunner,
  judges: Judges,
): Promise<Outcome<readonly StoredScore[]>> {
  const scores: StoredScore[] = [];
  for (const [index, recording] of snapshot.recordings.entries()) {
    if (context.ports.isCancelled?.() === true) return cancelled;
    const { audioSha256, subject, isPositive } = recording;
    for (const { side, parameters } of judges(index)) {
      const clean = await scoreOne(context, logits, parameters, features.clean[index]!);
      if (!clean.ok) return clean;
      const kept = side === 'training' ? null : features.noisy[index];
      const noisy = kept == null ? undefined : await scoreOne(context, logits, parameters, kept);
      if (noisy?.ok === false) return noisy;
      for (const condition of conditions) {
        const isNoisy = condition === 'noisy-both' || (condition === 'noisy-controls' && !isPositive);
        if (condition !== 'clean' && noisy === undefined) continue;
        const own = isNoisy && noisy !== undefined ? noisy.value : clean.value;
        scores.push({ recording: index, audioSha256, subject, side, condition, isPositive, ...own });
      }
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

interface PermutedScores {
  readonly scores: Scores['permuted'][number];
  readonly checkpoints: readonly string[];
}

/** Test recordings under labels that were dealt out anew on every side, by networks that were fitted to them. */
async function scorePermuted(
  context: StepContext,
  inputs: FitInputs,
  logits: LogitRunner,
  featuriser: Featuriser,
  deal: number,
): Promise<Outcome<PermutedScores>> {
  const { configuration } = context;
  const { recordings } = inputs.snapshot;
  const { folds } = inputs.split;
  const labels = permuteLabels(recordings, inputs.split.recordings, configuration.evaluate.seed + deal);
  const settings = fitSettingsOf(configuration);
  const mostEpochs = Math.min(settings.mostEpochs, configuration.evaluate.permutedEpochs);
  const rounds = folds === undefined ? 1 : countRounds(folds);
  const scores: Scores['permuted'][number] = [];
  const checkpoints: string[] = [];
  for (let round = 0; round < rounds; round++) {
    const own = folds === undefined ? inputs : inputsOfRound(inputs, folds, round, configuration);
    checkpoints.push(`permuted-${deal}-${round}-${context.key.slice(0, 40)}`);
    const fitted = await fitLabels({
      context,
      inputs: own,
      featuriser,
      labels,
      checkpoint: checkpoints.at(-1)!,
      settings: { ...settings, mostEpochs },
      saying: `permuted labels ${deal + 1}${rounds === 1 ? '' : `, fold ${round + 1} of ${rounds}`}: `,
    });
    if (!fitted.ok) return fitted;
    for (const [index, { subject }] of recordings.entries()) {
      if (own.split.recordings[index] !== 'test') continue;
      const one = await scoreOne(context, logits, fitted.value.parameters, inputs.features.clean[index]!);
      if (!one.ok) return one;
      scores.push({ subject, isPositive: labels[index]!, score: one.value.score });
    }
  }
  return done({ scores, checkpoints });
}
