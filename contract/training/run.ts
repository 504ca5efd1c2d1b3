/** What a training run leaves behind: its record, and the outputs of its steps. The same shapes on disk and elsewhere. */
import { z } from 'zod';
import { sha256Schema } from '../ids.ts';
import { instantSchema } from '../localized.ts';
import { defectKinds, trainingConfigurationSchema } from './configuration.ts';
import { productionScoresSchema } from './release.ts';

export const trainingSteps = ['snapshot', 'split', 'features', 'fit', 'evaluate', 'package'] as const;
export type TrainingStep = (typeof trainingSteps)[number];
const stepSchema = z.enum(trainingSteps);

/** Names of runs are names of folders too. */
export const runIdSchema = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,79}$/u);

const storedSchema = z.strictObject({ sha256: sha256Schema, sizeBytes: z.int().nonnegative() });
export type Stored = z.infer<typeof storedSchema>;
const outputsSchema = z.record(z.string(), storedSchema);
export type StepOutputs = z.infer<typeof outputsSchema>;
const figuresSchema = z.record(z.string(), z.union([z.number(), z.string()]));

/** What is known of a step's work by the hash of all that went into it. */
export const stepResultSchema = z.strictObject({
  format: z.literal(1),
  step: stepSchema,
  outputs: outputsSchema,
  /** What lists of runs show. */
  figures: figuresSchema,
});
export type StepResult = z.infer<typeof stepResultSchema>;

const stepRecordSchema = z.discriminatedUnion('state', [
  z.strictObject({
    state: z.literal('done'),
    /** SHA-256 over configuration part, inputs and code. */
    key: sha256Schema,
    /** SHA-256 of the part of the configuration that the step reads. */
    configurationSha256: sha256Schema,
    /** Outputs of earlier steps that it was made from. */
    inputs: outputsSchema,
    outputs: outputsSchema,
    figures: figuresSchema,
    startedAt: instantSchema,
    finishedAt: instantSchema,
    codeVersion: z.string(),
    /** Whether the work was done before, by this run or another one. */
    isReused: z.boolean(),
  }),
  z.strictObject({
    state: z.literal('failed'),
    key: sha256Schema,
    startedAt: instantSchema,
    finishedAt: instantSchema,
    codeVersion: z.string(),
    what: z.string(),
    items: z.array(z.string()),
    wayOut: z.string(),
  }),
]);
export type StepRecord = z.infer<typeof stepRecordSchema>;

export const runRecordSchema = z.strictObject({
  format: z.literal(1),
  id: runIdSchema,
  parent: runIdSchema.nullable(),
  /** Usernames, or names, of all who had steps done; absent: not told. */
  trainedBy: z.array(z.string().min(1).max(120)).max(1000).optional(),
  createdAt: instantSchema,
  /** Where relative paths of the configuration start. */
  folder: z.string(),
  configuration: trainingConfigurationSchema,
  codeVersion: z.string(),
  codeSha256: sha256Schema,
  environment: z.record(z.string(), z.string()),
  steps: z.partialRecord(stepSchema, stepRecordSchema),
});
export type RunRecord = z.infer<typeof runRecordSchema>;

/** One entry per epoch. */
export const fitCurveSchema = z.array(
  z.strictObject({
    epoch: z.int(),
    trainingLoss: z.number(),
    evaluationLoss: z.number(),
    evaluationAccuracy: z.number(),
    learningRate: z.number(),
  }),
);
export type FitCurve = z.infer<typeof fitCurveSchema>;

/** One line of a run's events. */
export const trainingEventSchema = z.strictObject({
  at: instantSchema,
  run: runIdSchema,
  step: stepSchema,
  kind: z.enum(['started', 'reused', 'progress', 'done', 'failed']),
  message: z.string(),
  epoch: z.int().optional(),
  trainingStep: z.int().optional(),
  loss: z.number().optional(),
  secondsLeftAtMost: z.number().optional(),
  /** The step's key, and the epochs that have just ended; where a fit goes on, all that are over. */
  fit: z.strictObject({ key: sha256Schema, curve: fitCurveSchema }).optional(),
});
export type TrainingEvent = z.infer<typeof trainingEventSchema>;

const audioFactsSchema = z.strictObject({
  /** As the source names it. */
  name: z.string(),
  fileSha256: sha256Schema,
  /** Of the decoded samples at their own rate: the same in every lossless container. */
  audioSha256: sha256Schema,
  /** Content of the samples as they are used: float32, mono, at the pipeline's rate. */
  samples: storedSchema,
  durationS: z.number(),
  sampleRateHz: z.int(),
  source: z.string(),
});
export type AudioFacts = z.infer<typeof audioFactsSchema>;

const recordingSchema = audioFactsSchema.extend({
  subject: z.string(),
  isPositive: z.boolean(),
  /** Who or what gave the label. */
  labelSource: z.string(),
  /** Sex, age band, hospital and so on, where the source tells. */
  groups: z.record(z.string(), z.string()),
  /** Root mean square, in dB of full scale. */
  loudnessDb: z.number(),
  /** Level of the quietest tenth of 25 ms frames, in dB of full scale. */
  noiseFloorDb: z.number(),
  /** Share of 25 ms frames more than 40 dB below the loudest. */
  silence: z.number(),
});
export type SnapshotRecording = z.infer<typeof recordingSchema>;

const defectSchema = z.strictObject({ kind: z.enum(defectKinds), name: z.string(), reason: z.string() });
export type DataDefect = z.infer<typeof defectSchema>;

export const snapshotSchema = z.strictObject({
  format: z.literal(1),
  recordings: z.array(recordingSchema),
  noises: z.array(audioFactsSchema),
  exclusions: z.array(defectSchema),
  /** False where every file counts as a participant of its own. */
  namesSubjects: z.boolean(),
  /** Recordings that were cut to the maximum length. */
  cut: z.int(),
  dataHash: sha256Schema,
});
export type Snapshot = z.infer<typeof snapshotSchema>;

export const sides = ['training', 'validation', 'test'] as const;
export type Side = (typeof sides)[number];
export const splitSchema = z.strictObject({
  format: z.literal(1),
  subjects: z.record(z.string(), z.enum(sides)),
  /** One per recording of the snapshot. */
  recordings: z.array(z.enum(sides)),
  /** One per noise clip: heard in training, or kept for the evaluation. */
  noises: z.array(z.enum(['training', 'evaluation'])),
  /** The fold in which each recording is tested, where every one is; its side above is then "training". */
  folds: z.array(z.int().nonnegative()).optional(),
  splitHash: sha256Schema,
});
export type Split = z.infer<typeof splitSchema>;

export const conditions = ['clean', 'noisy-controls', 'noisy-both'] as const;
export type Condition = (typeof conditions)[number];

const featureEntrySchema = z.strictObject({
  windows: z.int().positive(),
  content: storedSchema,
});
export const featuresSchema = z.strictObject({
  format: z.literal(1),
  frames: z.int(),
  bands: z.int(),
  /** Without noise, one per recording of the snapshot. */
  clean: z.array(featureEntrySchema),
  /** With noise of this very file, null for recordings that are trained on; empty without noise clips. */
  noisy: z.array(featureEntrySchema.nullable()),
});
export type Features = z.infer<typeof featuresSchema>;

export const fitResultSchema = z.strictObject({
  format: z.literal(1),
  network: z.string(),
  parameterCount: z.int(),
  bestEpoch: z.int(),
  bestLoss: z.number(),
  steps: z.int(),
  stop: z.string(),
  curve: fitCurveSchema,
  /** The fits of a split in folds, in which each fold is tested; what stands above is then the fit to all. */
  folds: z
    .array(z.strictObject({ bestEpoch: z.int(), bestLoss: z.number(), steps: z.int(), stop: z.string() }))
    .optional(),
});
export type FitRecord = z.infer<typeof fitResultSchema>;

const scoreSchema = z.strictObject({
  /** Index into the snapshot's recordings. */
  recording: z.int().nonnegative(),
  audioSha256: sha256Schema,
  subject: z.string(),
  /** 'training': by the packaged model on what it was fitted to; it proves the package and judges nothing. */
  side: z.enum(sides),
  condition: z.enum(conditions),
  isPositive: z.boolean(),
  score: z.number(),
  windowScores: z.array(z.number()),
});
export type StoredScore = z.infer<typeof scoreSchema>;
export const scoresSchema = z.strictObject({
  format: z.literal(1),
  scores: z.array(scoreSchema),
  /** Test recordings under labels that were dealt out anew, by networks that were fitted to such labels. */
  permuted: z.array(
    z.array(z.strictObject({ subject: z.string(), isPositive: z.boolean(), score: z.number() })),
  ),
  /** Absent: of a version of the program that did not ask. */
  production: productionScoresSchema.optional(),
});
export type Scores = z.infer<typeof scoresSchema>;
