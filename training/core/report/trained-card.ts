import type { TrainingConfiguration } from '../../../contract/training/configuration.ts';
import { languages } from '../../../contract/localized.ts';
import { describeProduction } from '../compare/production.ts';
import type { EvaluationReport } from '../evaluate/report.ts';
import type { Interval } from '../evaluate/intervals.ts';
import { metricNames } from '../fit/metrics.ts';
import type { ModelTexts } from '../model/texts.ts';
import { howTested, thresholdsFrom } from './wording.ts';

export interface TrainedCardFacts {
  readonly report: EvaluationReport;
  readonly configuration: TrainingConfiguration;
  readonly texts: ModelTexts;
  readonly codeVersion: string;
  /** Between the exported graph and the trainer. */
  readonly largestDifference: number;
}

/** The model card, Markdown, written from the report alone. Names no recording and no participant. */
export function renderTrainedCard(facts: TrainedCardFacts): string {
  const { configuration, texts } = facts;
  const { model } = configuration;
  const purpose = model.isDemonstration
    ? ' **A demonstration. Not for diagnosis.**'
    : ' Only within its stated use and limits.';
  return [
    `# ${texts.title.en}`,
    `Model \`${model.name}\`, version ${model.version}.${purpose} Licence: ${model.licence}.`,
    ...languages.map((language) =>
      [
        `## ${language}`,
        `**${texts.title[language]}**`,
        `- ${texts.intendedUse[language]}`,
        `- ${texts.trainedOn[language]}`,
        `- ${texts.limits[language]}`,
      ].join('\n'),
    ),
    '## Warnings',
    facts.report.warnings.length === 0
      ? 'None.'
      : facts.report.warnings.map((warning) => `- ${warning}.`).join('\n'),
    '## Data',
    dataSection(facts),
    '## How well it does',
    metricSection(facts),
    '## Decision',
    decisionSection(facts),
    '## How it is made',
    recipeSection(facts),
  ]
    .join('\n\n')
    .concat('\n');
}

const unknown = 'not stated by whoever trained this model';

function dataSection({ report, configuration }: TrainedCardFacts): string {
  const { sides, exclusions, dataHash, splitHash } = report;
  const { model, labels } = configuration;
  const left = Object.entries(exclusions).map(([kind, count]) => `${count} ${kind}`);
  return [
    ...Object.entries(sides).map(
      ([side, { recordings, positiveParticipants, negativeParticipants }]) =>
        `- ${side}: ${recordings} recordings; participants: ${positiveParticipants} "${labels.names.positive}", ${negativeParticipants} "${labels.names.negative}".`,
    ),
    `- Population and cause: ${model.population ?? unknown}.`,
    `- Microphone, room and range of noise: ${model.recordingConditions ?? unknown}.`,
    `- Left out: ${left.length === 0 ? 'nothing' : left.join(', ')}.`,
    `- Data hash \`${dataHash}\`, split hash \`${splitHash}\`.`,
  ].join('\n');
}

function metricSection({ report }: TrainedCardFacts): string {
  const columns = Object.entries(report.conditions);
  const lines = [
    `| test recordings | ${columns.map(([name]) => name).join(' | ')} |`,
    `|---|${columns.map(() => '---|').join('')}`,
    ...metricNames.map(
      (metric) => `| ${metric} | ${columns.map(([, figures]) => estimate(figures[metric])).join(' | ')} |`,
    ),
  ];
  const groups = report.groups.map(
    ({ group, value, recordings, figures }) =>
      `| ${cell(group)}: ${cell(value)} | ${recordings} | ${estimate(figures['accuracy'])} | ${estimate(figures['auc'])} |`,
  );
  const probes = report.probes.map(
    ({ name, all, isShortcut }) => `${name} ${estimate(all)}${isShortcut ? ' (a shortcut)' : ''}`,
  );
  return [
    `${howTested(report)} Calls are made at a score of 0.5; the unit is the recording. Intervals: ${Math.round(100 * report.level)} %, participants resampled ${report.replicates} times within class, percentile.`,
    lines.join('\n'),
    `Calibration: expected error ${estimate(report.calibration.expectedError)}.`,
    ...(groups.length === 0
      ? ['No group (sex, age, hospital, microphone, mask) could be told apart.']
      : [['| group | recordings | accuracy | auc |', '|---|---|---|---|', ...groups].join('\n')]),
    report.permuted.length === 0
      ? 'The control with permuted labels was left out.'
      : `Control with permuted labels, area under the curve: ${report.permuted.map(estimate).join('; ')}.`,
    `What tells the classes apart without the voice, area under the curve: ${probes.join('; ')}.`,
    describeProduction(report.production),
  ].join('\n\n');
}

function decisionSection({ report, configuration }: TrainedCardFacts): string {
  const { thresholds, test, allowed, limits } = report.thresholds;
  const rule = configuration.evaluate.thresholds;
  const stated =
    rule.kind === 'error'
      ? `at most ${Math.round(100 * rule.atMost)} % of each class called wrongly`
      : `at least ${Math.round(100 * rule.atLeast)} % of recordings answered`;
  return [
    `Positive at or above ${thresholds.positive.toFixed(3)}, negative at or below ${thresholds.negative.toFixed(3)}, else inconclusive; chosen on ${thresholdsFrom(report)} for ${stated}. On test recordings the rule is ${test.keepsRule ? 'kept' : '**not kept**'}: coverage ${estimate(test.intervals['coverage'])}, false positive ${estimate(test.intervals['falsePositive'])}, false negative ${estimate(test.intervals['falseNegative'])}. The model may say: ${allowed.join(', ')}.`,
    `Scores are shown no lower than ${limits.lowest.toFixed(3)} and no higher than ${limits.highest.toFixed(3)} (Laplace's rule of succession over the validation participants).`,
  ].join('\n\n');
}

const inputNames: Readonly<Record<TrainingConfiguration['features']['kind'], string>> = {
  mfcc: '40 MFCC (HTK mel up to 8 kHz, 25 ms Hann windows every 10 ms, at most 80 dB below the loudest of the window)',
  'log-mel':
    '40 log-mel bands (HTK mel up to 8 kHz, 25 ms Hann windows every 10 ms, at most 80 dB below the loudest of the window)',
  spectrogram:
    '201 levels of the spectrum (0 to 8 kHz, 25 ms Hann windows every 10 ms, at most 80 dB below the loudest of the window)',
  statistics:
    'means (without the first, so that loudness is no feature) and standard deviations of 40 MFCC, and standard deviations of their slopes over five frames (HTK mel up to 8 kHz, 25 ms Hann windows every 10 ms, at most 80 dB below the loudest of the recording)',
};
const normalisations: Readonly<Record<TrainingConfiguration['features']['normalisation'], string>> = {
  none: '',
  mean: ', less their mean over the window',
  'mean-variance': ', with mean 0 and deviation 1 over the window',
};

function recipeSection({ report, configuration, codeVersion, largestDifference }: TrainedCardFacts): string {
  const { features, audio, network, model } = configuration;
  return [
    `One recording, \`${model.recording}\`, mono at 16 kHz, of at least ${audio.minimumS} s; longer ones are cut to their first ${audio.maximumS} s. Everything is inside the ONNX graph: windows of ${features.windowS} s every ${features.stepS} s, a last one aligned to the end, a shorter recording ${features.kind === 'statistics' ? 'one window, never filled up' : 'filled up with silence to one window (the published code dropped tails and failed on short files)'}; ${inputNames[features.kind]}${normalisations[features.normalisation]}; the ${network} network, ${report.fit.parameterCount} parameters. The recording's score is the mean of its windows' probabilities.`,
    `${howTrained(report, configuration)} Code version ${codeVersion}. The exported graph agrees with the trainer to ${largestDifference.toExponential(1)}. The golden inputs are synthetic vowels, nobody's voice.`,
  ].join('\n\n');
}

function howTrained(
  { fit: { steps, bestEpoch, stop } }: EvaluationReport,
  { noise, fit, weights }: TrainingConfiguration,
): string {
  if (weights !== null) {
    return `Weights that were trained elsewhere: ${cell(weights.origin)} (file \`${weights.sha256}\`). How noise was used there is not known here.`;
  }
  return `Noise clips per recording in training, drawn afresh each epoch: ${noise.training.negative} on the negative, ${noise.training.positive} on the positive class. Seed ${fit.seed}; ${steps} steps; best epoch ${bestEpoch}; stopped: ${stop}.`;
}

function estimate(interval: Interval | undefined): string {
  if (interval === undefined) return 'not defined';
  return `${interval.value.toFixed(3)} [${interval.low.toFixed(3)}, ${interval.high.toFixed(3)}]`;
}

/** A text of the data as a cell of a table. */
function cell(text: string): string {
  return text.replaceAll('|', '/').replaceAll(/[\r\n]+/gu, ' ');
}
