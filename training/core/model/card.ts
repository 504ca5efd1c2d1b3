import { languages, type Language } from '../../../contract/localized.ts';
import { metricNames, decisionPoint, type CalibrationBin, type MetricName } from '../fit/metrics.ts';
import type { Decision } from '../../../contract/model-manifest.ts';
import type { Interval } from '../fit/bootstrap.ts';
import { narrowestBand, type ScoreLimits, type Thresholds } from '../fit/thresholds.ts';
import type { WindowSettings } from '../features/window-features.ts';
import type { ModelTexts, TextFacts } from './texts.ts';

export interface CardFacts extends TextFacts {
  readonly version: string;
  readonly texts: ModelTexts;
  readonly licence: string;
  readonly recordingKey: string;
  readonly window: WindowSettings;
  readonly minimumS: number;
  readonly maximumS: number;
  readonly windowCount: number;
  readonly metrics: Readonly<Record<MetricName, Interval>>;
  readonly metricMethod: string;
  readonly metricLevel: number;
  readonly calibration: readonly CalibrationBin[];
  readonly thresholds: Thresholds;
  readonly toleratedErrors: number;
  /** What the model may say. */
  readonly allowed: readonly Decision[];
  /** Of the out-of-fold scores with these thresholds. */
  readonly decisions: DecisionCounts;
  readonly limits: ScoreLimits;
  readonly penalty: number;
  readonly foldPenalties: readonly number[];
  readonly seed: number;
  /** Reasons and how many recordings were left out for each. */
  readonly leftOut: readonly string[];
  readonly warnings: readonly string[];
  readonly dataHash: string;
  readonly codeVersion: string;
}

export interface DecisionCounts {
  readonly positiveClass: {
    readonly positive: number;
    readonly inconclusive: number;
    readonly negative: number;
  };
  readonly negativeClass: {
    readonly positive: number;
    readonly inconclusive: number;
    readonly negative: number;
  };
}

const headings: Readonly<Record<Language, { use: string; data: string; limits: string }>> = {
  'pt-BR': { use: 'Uso', data: 'Treinado com', limits: 'Limites' },
  en: { use: 'Use', data: 'Trained on', limits: 'Limits' },
  es: { use: 'Uso', data: 'Entrenado con', limits: 'Límites' },
};

/** The model card, Markdown. */
export function renderCard(facts: CardFacts): string {
  return [
    `# ${facts.texts.title.en}`,
    `Model \`${facts.name}\`, version ${facts.version}. **A demonstration. Not for diagnosis.** Licence: ${facts.licence}.`,
    ...languages.map((language) => summary(facts, language)),
    '## Data',
    dataSection(facts),
    '## How well it does',
    metricSection(facts),
    '## Calibration',
    calibrationSection(facts),
    '## Decision',
    decisionSection(facts),
    '## How it is made',
    recipeSection(facts),
  ]
    .join('\n\n')
    .concat('\n');
}

function summary({ texts }: CardFacts, language: Language): string {
  const { use, data, limits } = headings[language];
  return [
    `## ${language}`,
    `**${texts.title[language]}**`,
    `- ${use}: ${texts.intendedUse[language]}`,
    `- ${data}: ${texts.trainedOn[language]}`,
    `- ${limits}: ${texts.limits[language]}`,
  ].join('\n');
}

function dataSection(facts: CardFacts): string {
  const { positive, negative, texts } = facts;
  const unknown = 'not stated by whoever trained this model';
  return [
    texts.card?.data,
    [
      `- Recordings: ${facts.recordings} (${facts.windowCount} windows); participants: ${positive.participants} "${positive.label}" (the positive label), ${negative.participants} "${negative.label}".`,
      `- Population: ${texts.card?.population ?? unknown}.`,
      `- Microphone, room and noise: ${texts.card?.recordingConditions ?? unknown}.`,
      `- Left out: ${facts.leftOut.length === 0 ? 'nothing' : facts.leftOut.join('; ')}.`,
      ...facts.warnings.map((warning) => `- Warning: ${warning}.`),
      `- Data hash (recordings' SHA-256, participants, labels): \`${facts.dataHash}\`.`,
    ].join('\n'),
  ]
    .filter((part) => part !== undefined)
    .join('\n\n');
}

function metricSection(facts: CardFacts): string {
  const level = `${Math.round(100 * facts.metricLevel)} %`;
  return [
    `Every score below comes from a model that was fitted without the participant. Calls are made at a score of ${decisionPoint}; the unit is the recording. Intervals: ${level}; ${facts.metricMethod}. They do not hold the variation of another training set, and the smaller class has ${Math.min(facts.positive.participants, facts.negative.participants)} participants.`,
    [
      `| metric | value | ${level} interval |`,
      '|---|---|---|',
      ...metricNames.map((name) => {
        const { value, low, high } = facts.metrics[name];
        return `| ${name} | ${value.toFixed(3)} | ${low.toFixed(3)} to ${high.toFixed(3)} |`;
      }),
    ].join('\n'),
    ...noWidth(facts),
    'No noise was added for training or for testing, and no group (sex, age, hospital, microphone) is reported apart.',
  ].join('\n\n');
}

/** A resampled share of nothing is nothing: such an interval would sound like certainty. */
function noWidth({ metrics, positive, negative }: CardFacts): readonly string[] {
  const shares = [
    ['sensitivity', positive.participants],
    ['specificity', negative.participants],
  ] as const;
  return shares
    .filter(([name]) => metrics[name].low === metrics[name].high)
    .map(
      ([name, count]) =>
        `The interval of the ${name} has no width because all ${count} participants came out alike, not because it is certain: by the rule of three the true share may still be ${Math.min(100, Math.round(300 / count))} percentage points away.`,
    );
}

function calibrationSection({ calibration }: CardFacts): string {
  return [
    'The classes weigh the same when the model is fitted: a score is the probability of the positive label where both labels are equally common, not where this recording was made. Out-of-fold scores:',
    [
      '| score | recordings | mean score | truly positive |',
      '|---|---|---|---|',
      ...calibration.map(
        ({ from, to, count, meanScore, positiveShare }) =>
          `| ${from.toFixed(1)} to ${to.toFixed(1)} | ${count} | ${meanScore.toFixed(2)} | ${positiveShare.toFixed(2)} |`,
      ),
    ].join('\n'),
  ].join('\n\n');
}

function decisionSection(facts: CardFacts): string {
  const { thresholds, limits, positive, negative, decisions } = facts;
  const row = (label: string, counts: DecisionCounts['positiveClass']): string =>
    `| ${label} | ${counts.negative} | ${counts.inconclusive} | ${counts.positive} |`;
  const tolerated = `${Math.round(100 * facts.toleratedErrors)} %`;
  return [
    `Positive at or above ${thresholds.positive.toFixed(3)}, negative at or below ${thresholds.negative.toFixed(3)}, else inconclusive. Rule, on out-of-fold scores: at most ${tolerated} of the recordings "${negative.label}" reach the upper threshold, at most ${tolerated} of "${positive.label}" stay at or below the lower one; no positive call below ${decisionPoint} and no negative call above it; the range between is at least ${narrowestBand} wide and both lie within the limits below. A call that breaks this rule nevertheless is not allowed; this model may say: ${facts.allowed.join(', ')}. The thresholds were chosen on the very scores of this table, which is therefore kinder than reality:`,
    [
      '| out of fold | negative | inconclusive | positive |',
      '|---|---|---|---|',
      row(positive.label, decisions.positiveClass),
      row(negative.label, decisions.negativeClass),
    ].join('\n'),
    `Scores are shown no lower than ${limits.lowest.toFixed(3)} and no higher than ${limits.highest.toFixed(3)}: had every one of n participants of a class been told rightly, the next would be with probability (n + 1) / (n + 2) by Laplace's rule of succession, with n = ${positive.participants} for the upper and n = ${negative.participants} for the lower limit.`,
  ].join('\n\n');
}

function recipeSection(facts: CardFacts): string {
  const { window } = facts;
  return [
    `One recording, \`${facts.recordingKey}\`, mono at 16 kHz, of at least ${facts.minimumS} s; longer ones are cut to their first ${facts.maximumS} s. Everything is inside the ONNX graph: 40 MFCC (40 HTK mel bands up to 8 kHz, 25 ms Hann windows every 10 ms, transform of 1200 samples, 80 dB below the loudest of the recording at most), their slopes over five frames, and per window of ${window.lengthS} s every ${window.stepS} s the means (without the first coefficient, so that loudness is no feature) and standard deviations; a last window is aligned to the end and a shorter recording is one window, never stretched. A logistic regression with an L2 penalty on these standardised numbers gives each window's score; the recording's score is their mean.`,
    `Each class weighs the same, in it each participant, of that each recording and window. The penalty (${facts.penalty}; in the folds ${[...new Set(facts.foldPenalties)].sort((a, b) => a - b).join(', ')}) is the one that predicts left-out participants of the training side best. Seed ${facts.seed}; code version ${facts.codeVersion}. The golden inputs are synthetic vowels, nobody's voice.`,
  ].join('\n\n');
}
