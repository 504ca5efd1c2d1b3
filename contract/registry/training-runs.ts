/**
 * What the registry keeps of training runs, under the very record that a run has on disk, and the sessions that it
 * offers to training: no record number, no name, no consent recording.
 */
import { z } from 'zod';
import { sessionIdSchema, sha256Schema, takeIdSchema } from '../ids.ts';
import { instantSchema } from '../localized.ts';
import { stepKeySchema } from '../protocol.ts';
import { fitCurveSchema, runIdSchema, runRecordSchema, trainingSteps } from '../training/run.ts';
import { hospitalIdSchema } from './ids.ts';
import { labelQuestionIdSchema, labelSources } from './labels.ts';

/** With its bootstrap interval, where one was worked out. */
export const runMetricSchema = z.strictObject({
  value: z.number(),
  low: z.number().nullable(),
  high: z.number().nullable(),
});
export type RunMetric = z.infer<typeof runMetricSchema>;
/** By condition (`clean`, `noisy-both` …), then by name (`auc`, `sensitivity` …). */
const runMetricsSchema = z.record(z.string().max(100), z.record(z.string().max(100), runMetricSchema));
export type RunMetrics = z.infer<typeof runMetricsSchema>;

/** The part of report.json that holds them; null stands for what could not be worked out. */
export const reportedMetricsSchema = z.object({
  conditions: z.record(
    z.string(),
    z.record(
      z.string(),
      z.object({ value: z.number().nullable(), low: z.number().nullable(), high: z.number().nullable() }),
    ),
  ),
});

/** A call has at most a megabyte. */
export const maximumCurveLength = 4000;

/** A run as its program tells of it, again after every step: the same `record` as in run.json. */
export const runUploadSchema = z.strictObject({
  record: runRecordSchema,
  metrics: runMetricsSchema,
  /** Thinned out where a fit has more epochs; the whole stands in its artefact fit.json. */
  curve: fitCurveSchema.max(maximumCurveLength),
});
export type RunUpload = z.infer<typeof runUploadSchema>;

/** `complete`: its model is packaged. `open`: it goes on, or waits to be gone on with. */
export const runStatuses = ['open', 'failed', 'complete'] as const;

/** A row of the list of runs. */
export const registryRunSchema = z.strictObject({
  id: runIdSchema,
  parent: runIdSchema.nullable(),
  status: z.enum(runStatuses),
  /** The last step that was done; null: none. */
  lastStep: z.enum(trainingSteps).nullable(),
  createdAt: instantSchema,
  updatedAt: instantSchema,
  /** Username of the account that keeps it here. */
  by: z.string(),
  network: z.string(),
  seed: z.int(),
  dataHash: sha256Schema.nullable(),
  splitHash: sha256Schema.nullable(),
  codeVersion: z.string(),
  /** Figures of the evaluation without noise. */
  figures: z.record(z.string(), z.union([z.number(), z.string()])),
  model: z
    .strictObject({ name: z.string(), version: z.string(), manifestSha256: sha256Schema.nullable() })
    .nullable(),
});
export type RegistryRun = z.infer<typeof registryRunSchema>;

export const runArtefactSchema = z.strictObject({
  step: z.enum(trainingSteps),
  /** As beside run.json on disk: `report.html`, `model/manifest.json`. */
  name: z.string(),
  sha256: sha256Schema,
  sizeBytes: z.int().nonnegative(),
  /** Media type by the name. */
  type: z.string(),
  /** Whether its bytes are here. */
  isHeld: z.boolean(),
  /** Speaks of single recordings: only for who answers for all hospitals, and for who keeps the run. */
  isAboutPersons: z.boolean(),
});
export type RunArtefact = z.infer<typeof runArtefactSchema>;

export const registryRunDetailSchema = z.strictObject({
  ...registryRunSchema.shape,
  record: runRecordSchema,
  metrics: runMetricsSchema,
  curve: fitCurveSchema,
  artefacts: z.array(runArtefactSchema),
});
export type RegistryRunDetail = z.infer<typeof registryRunDetailSchema>;

/** A model version of the registry and the run that made it: its package's manifest is that of the run. */
export const lineageSchema = z.strictObject({
  models: z.array(
    z.strictObject({
      name: z.string(),
      version: z.string(),
      manifestSha256: sha256Schema,
      aliases: z.array(z.string()),
      runId: runIdSchema.nullable(),
    }),
  ),
  /** The runs that made them, and those that these came from, each once. */
  runs: z.array(registryRunSchema),
});
export type Lineage = z.infer<typeof lineageSchema>;

/** Largest bytes of one artefact: a model's weights, a snapshot of many recordings. */
export const maximumArtefactBytes = 512 * 1024 * 1024;

// ---------------------------------------------------------------- sessions for training

/** Why a session is not offered. */
export const notOfferedReasons = [
  'test',
  'not-received',
  'no-consent',
  'purpose-not-covered',
  'consent-recording-unclear',
  'no-recordings',
  'withdrawn',
  'deleted',
] as const;
export type NotOfferedReason = (typeof notOfferedReasons)[number];

const offeredSessionSchema = z.strictObject({
  state: z.literal('offered'),
  sessionId: sessionIdSchema,
  hospitalId: hospitalIdSchema,
  /** Keyed pseudonym of hospital and record number: one patient in two sessions has one. */
  participant: z.string().regex(/^[0-9a-f]{32}$/u),
  /** False where the session has no record number, and stands for a participant of its own. */
  isParticipantKnown: z.boolean(),
  kind: z.enum(['PATIENT', 'CONTROL', 'AFTERCOVID']),
  /** sex, age band, hospital, mask: what is known. */
  groups: z.record(z.string(), z.string()),
  /** Every label in force, of any source. */
  labels: z.array(
    z.strictObject({
      question: labelQuestionIdSchema,
      source: z.enum(labelSources),
      value: z.string(),
      at: instantSchema,
    }),
  ),
  /** Chosen takes whose audio is here, without the consent's. */
  recordings: z.array(
    z.strictObject({
      takeId: takeIdSchema,
      step: stepKeySchema,
      /** SHA-256 and length of the WAV. */
      sha256: sha256Schema,
      sizeBytes: z.int().positive(),
      microphone: z.string().nullable(),
    }),
  ),
});
export type OfferedSession = z.infer<typeof offeredSessionSchema>;

export const trainingSessionSchema = z.discriminatedUnion('state', [
  offeredSessionSchema,
  z.strictObject({
    state: z.literal('not-offered'),
    sessionId: sessionIdSchema,
    reason: z.enum(notOfferedReasons),
  }),
]);
export type TrainingSession = z.infer<typeof trainingSessionSchema>;
