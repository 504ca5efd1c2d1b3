/**
 * The configuration of a training run: one JSON file, every number of the reference recipe as its default, unknown
 * keys refused. Source of the defaults: E. Casanova et al., Findings of ACL 2021.
 */
import { z } from 'zod';
import { sha256Schema } from '../ids.ts';
import { localizedTextSchema } from '../localized.ts';
import { stepKeySchema } from '../protocol.ts';
import { labelQuestionIdSchema, labelSources } from '../registry/labels.ts';
import { gateSettingsSchema, productionPlaceSchema, publishSettingsSchema } from './release.ts';

/** Path of a file, relative to the folder of the configuration, or absolute. */
const fileSchema = z.string().min(1).max(1000);
const seconds = z.number().positive().max(1200);
const share = z.number().min(0).lt(1);
const seed = z
  .int()
  .min(0)
  .max(2 ** 32 - 1);

/** A list of paths without a header, or a CSV with a column `path` or `file_path`, of which `set` chooses rows. */
const pathsSchema = z.strictObject({ file: fileSchema, set: z.string().nullable().default(null) });

export const trainingPurposes = ['research', 'retraining'] as const;

const labelPlanSchema = z.discriminatedUnion('from', [
  /** As what the session was recorded: PATIENT, CONTROL or AFTERCOVID. */
  z.strictObject({ from: z.literal('sample-kind') }),
  /** What was said in answer to a question, by these sources and no others. */
  z.strictObject({
    from: z.literal('question'),
    question: labelQuestionIdSchema,
    /** Whoever is believed first stands first. */
    sources: z
      .array(z.enum(labelSources))
      .min(1)
      .default([...labelSources].reverse()),
    /** Where two of these labels differ: leave the session out, or believe the first source that says anything. */
    onDisagreement: z.enum(['exclude', 'first-source']).default('exclude'),
  }),
]);
export type LabelPlan = z.infer<typeof labelPlanSchema>;

const dataSchema = z.discriminatedUnion('kind', [
  /** `file_path,class,…` or `path,subject,label,…` with a header. */
  z.strictObject({
    kind: z.literal('csv'),
    file: fileSchema,
    set: z.string().nullable().default(null),
    noises: pathsSchema.nullable().default(null),
  }),
  /** Lists of paths without a header: whoever is in the first is a patient. */
  z.strictObject({
    kind: z.literal('lists'),
    patients: fileSchema,
    controls: fileSchema,
    noises: pathsSchema.nullable().default(null),
  }),
  /** Sessions of the registry whose consent covers the purpose, under pseudonyms. */
  z.strictObject({
    kind: z.literal('registry'),
    purpose: z.enum(trainingPurposes).default('retraining'),
    /** Which recordings of a session, by their keys in the protocol. */
    recordings: z.array(stepKeySchema).min(1),
    label: labelPlanSchema,
    noises: pathsSchema.nullable().default(null),
  }),
]);
export type DataSource = z.infer<typeof dataSchema>;
export type RegistrySource = Extract<DataSource, { readonly kind: 'registry' }>;

/** What can be wrong with data; each kind is left out, or stops the run. */
export const defectKinds = [
  'bad-row',
  'unknown-label',
  'missing-file',
  'unreadable-audio',
  'too-short',
  'silent',
  'wrong-rate',
  'same-audio-twice',
  'same-audio-two-labels',
  'same-audio-two-subjects',
  /** A copy at another level, rate or coding, which only its sound gives away. */
  'same-sound-two-subjects',
  'same-sound-two-labels',
  'subject-in-two-classes',
  /** Of the registry: what consent, withdrawal or the session's kind do not allow. */
  'not-offered',
  'no-such-recording',
  'unlabelled',
  'unusable',
  'labels-disagree',
] as const;
export type DefectKind = (typeof defectKinds)[number];

const exclude = z.enum(['exclude', 'refuse']).default('exclude');
const refuse = z.enum(['exclude', 'refuse']).default('refuse');
const defectsSchema = z.strictObject({
  'bad-row': exclude,
  'unknown-label': exclude,
  'missing-file': exclude,
  'unreadable-audio': exclude,
  'too-short': exclude,
  silent: exclude,
  'wrong-rate': exclude,
  'same-audio-twice': exclude,
  'same-audio-two-labels': refuse,
  'same-audio-two-subjects': refuse,
  'same-sound-two-subjects': exclude,
  'same-sound-two-labels': refuse,
  'subject-in-two-classes': refuse,
  'not-offered': exclude,
  'no-such-recording': exclude,
  unlabelled: exclude,
  unusable: exclude,
  'labels-disagree': exclude,
} satisfies Record<DefectKind, unknown>);
export type DefectRules = z.infer<typeof defectsSchema>;

const labelsSchema = z.strictObject({
  /** As the data write them. */
  negative: z.string().min(1).default('0'),
  positive: z.string().min(1).default('1'),
  /** As the model calls them. */
  names: z
    .strictObject({ negative: z.string().min(1).max(60), positive: z.string().min(1).max(60) })
    .default({ negative: 'control', positive: 'patient' }),
  /** Whether a label speaks of the participant, who then has only one, or of the single recording. */
  unit: z.enum(['subject', 'recording']).default('subject'),
});

const audioSchema = z.strictObject({
  minimumS: seconds.min(0.05).default(1),
  /** Longer recordings are cut to their first seconds. */
  maximumS: seconds.default(120),
  leastSampleRateHz: z.int().min(4000).max(192_000).default(8000),
  /** Where not null, any other rate is a defect. */
  sampleRatesHz: z.array(z.int().min(4000).max(192_000)).min(1).nullable().default(null),
});

const subjects = z.array(z.string().min(1)).min(1);
const splitSchema = z.discriminatedUnion('kind', [
  /** By participant, stratified by class. */
  z.strictObject({
    kind: z.literal('seeded'),
    validation: share.gt(0).default(0.15),
    test: share.gt(0).default(0.25),
    seed: seed.default(1),
  }),
  /** These participants; all others are trained on. */
  z.strictObject({ kind: z.literal('subjects'), validation: subjects, test: subjects }),
  /**
   * Every participant is tested, by a fit without them: in this many folds by participant, stratified by class, or, for
   * null, one participant at a time. The fold after the tested one stops a network; the model that is packaged is
   * fitted to all. For data that are too few for three sides.
   */
  z.strictObject({
    kind: z.literal('folds'),
    count: z.int().min(3).max(1000).nullable().default(null),
    seed: seed.default(1),
  }),
  /** A CSV `subject,side` that names every participant once: training, validation or test. */
  z.strictObject({ kind: z.literal('given'), file: fileSchema }),
]);
export type SplitPlan = z.infer<typeof splitSchema>;

const perClass = z.strictObject({
  negative: z.int().min(0).max(20).default(3),
  positive: z.int().min(0).max(20).default(3),
});
const noiseSchema = z.strictObject({
  /** Noise clips mixed into each recording of a class when training, drawn afresh in each epoch. */
  training: perClass.prefault({}),
  /** Clips per recording where the evaluation adds noise. */
  evaluation: z.int().min(1).max(20).default(1),
  /** Peak of a clip after scaling, uniform between. */
  peak: z.tuple([z.number().positive(), z.number().max(1)]).default([0.033474047, 0.19233719]),
  /** Share of the clips that is kept for validation and test, so that no noise is known from training. */
  heldOut: share.default(0.3),
  seed: seed.default(1),
});
export type NoiseSettings = z.infer<typeof noiseSchema>;

const featuresSchema = z.strictObject({
  /**
   * What a window is given as: 40 coefficients, the 40 mel levels before them, the 201 levels of the spectrum, or, for
   * the baseline, 119 statistics of the coefficients over time.
   */
  kind: z.enum(['mfcc', 'log-mel', 'spectrogram', 'statistics']).default('mfcc'),
  /** Of each coefficient or band over its window: its mean taken off, or its deviation made 1 too. */
  normalisation: z.enum(['none', 'mean', 'mean-variance']).default('none'),
  windowS: z.number().min(0.5).max(30).multipleOf(0.01).default(4),
  stepS: z.number().min(0.05).max(30).multipleOf(0.01).default(1),
});
export type FeatureSettings = z.infer<typeof featuresSchema>;

const fitSchema = z.strictObject({
  seed: seed.default(1),
  recordingsPerBatch: z.int().min(1).max(1000).default(5),
  mostEpochs: z.int().min(1).max(100_000).default(1000),
  patience: z.int().min(1).max(100_000).default(30),
  schedule: z.enum(['noam', 'constant']).default('noam'),
  learningRate: z.number().positive().max(1).default(1e-3),
  warmUpSteps: z.int().min(1).max(1_000_000).default(1000),
  weightDecay: z.number().min(0).max(1).default(0.01),
  isClassBalanced: z.boolean().default(false),
  mixupShape: z.number().min(0).max(10).default(0),
  largestLoss: z.number().positive().default(1e8),
  stepsPerCheckpoint: z.int().min(1).default(50),
});

const weightsSchema = z.strictObject({
  /** Of the safetensors file, which the store keeps. */
  sha256: sha256Schema,
  /** Where and how they were trained, for the card. */
  origin: z.string().trim().min(1).max(500),
});

const evaluateSchema = z.strictObject({
  replicates: z.int().min(100).max(100_000).default(2000),
  level: z.number().min(0.5).max(0.999).default(0.95),
  seed: seed.default(1),
  /** The most errors of a class, or the least share of recordings that get an answer. */
  thresholds: z
    .discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('error'), atMost: share }),
      z.strictObject({ kind: z.literal('coverage'), atLeast: z.number().gt(0).max(1) }),
    ])
    .default({ kind: 'error', atMost: 0.1 }),
  /** Fits with labels dealt out anew, and their most epochs; 0 leaves the control out. */
  permutedFits: z.int().min(0).max(100).default(1),
  permutedEpochs: z.int().min(1).max(100_000).default(30),
  /** The model in use now, which runs on the same test recordings. */
  production: productionPlaceSchema.prefault({ kind: 'none' }),
});
export type EvaluateSettings = z.infer<typeof evaluateSchema>;

const modelSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z][a-z0-9-]*$/u)
    .max(60),
  version: z.string().regex(/^\d+\.\d+\.\d+$/u),
  /** Key of the recording in the protocol that the model will be given. */
  recording: stepKeySchema,
  licence: z.string().min(1).max(100).default('not stated'),
  isDemonstration: z.boolean().default(true),
  title: localizedTextSchema.nullable().default(null),
  intendedUse: localizedTextSchema.nullable().default(null),
  trainedOn: localizedTextSchema.nullable().default(null),
  limits: localizedTextSchema.nullable().default(null),
  population: z.string().min(1).max(2000).nullable().default(null),
  recordingConditions: z.string().min(1).max(2000).nullable().default(null),
  /** File with the attribution of the data; kept beside the model as NOTICE.md. */
  notice: fileSchema.nullable().default(null),
});

const engineSchema = z.strictObject({
  /** Threads within one operator; null is what the engine chooses. Another number gives other last digits. */
  threads: z.int().min(1).max(256).nullable().default(null),
});

const configurationSchema = z.strictObject({
  data: dataSchema,
  labels: labelsSchema.prefault({}),
  audio: audioSchema.prefault({}),
  defects: defectsSchema.prefault({}),
  split: splitSchema.prefault({ kind: 'seeded' }),
  noise: noiseSchema.prefault({}),
  features: featuresSchema.prefault({}),
  network: z.enum(['reference', 'small', 'baseline']).default('reference'),
  engine: engineSchema.prefault({}),
  fit: fitSchema.prefault({}),
  /** Weights that were trained elsewhere stand in for a fit; `npm run train -- import` writes this. */
  weights: weightsSchema.nullable().default(null),
  evaluate: evaluateSchema.prefault({}),
  gate: gateSettingsSchema.prefault({}),
  publish: publishSettingsSchema.prefault({}),
  model: modelSchema,
});
export const trainingConfigurationSchema = configurationSchema.superRefine(
  ({ network, features }, context) => {
    const complain = (path: string[], message: string): void =>
      context.addIssue({ code: 'custom', path, message });
    if ((network === 'baseline') !== (features.kind === 'statistics')) {
      complain(['features', 'kind'], 'the baseline takes "statistics", and nothing else does');
    }
    if (features.kind === 'statistics' && features.normalisation !== 'none') {
      complain(['features', 'normalisation'], 'the baseline standardises its statistics by itself');
    }
  },
);
export type TrainingConfiguration = z.infer<typeof trainingConfigurationSchema>;
