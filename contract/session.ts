/** What a session is made of, as it is stored, shown and later sent. */
import { z } from 'zod';
import { answersSchema, formReferenceSchema } from './form.ts';
import {
  accountIdSchema,
  entryIdSchema,
  resultIdSchema,
  sessionIdSchema,
  sha256Schema,
  takeIdSchema,
} from './ids.ts';
import { languageSchema, momentSchema } from './localized.ts';
import { decisionReasons } from './decision.ts';
import { decisionSchema, modelReferenceSchema } from './model-manifest.ts';
import { stepKeySchema } from './protocol.ts';
import { problemCodes } from './result.ts';
import { syncReasons } from './sync-reasons.ts';

export const sessionModes = ['inference', 'collection'] as const;
export const sampleKinds = ['PATIENT', 'CONTROL', 'TEST', 'AFTERCOVID'] as const;
/** `draft` until complete; `recorded`: complete, no model run (yet); then what became of the screening. */
export const sessionStatuses = [
  'draft',
  'recorded',
  'processing',
  'completed',
  'error',
  'discarded',
] as const;
/** Where the session is safe. Only a receipt of the registry makes `synced`. */
export const syncStates = ['local-only', 'waiting', 'sending', 'synced', 'needs-attention'] as const;

export type SessionMode = (typeof sessionModes)[number];
export type SampleKind = (typeof sampleKinds)[number];
export type SessionStatus = (typeof sessionStatuses)[number];
export type SyncState = (typeof syncStates)[number];

/** What the device says of a processing stage: really on, really off, or it does not tell. */
export const appliedSettingSchema = z.enum(['on', 'off', 'unknown']);

export const captureDeviceSchema = z.strictObject({
  label: z.string().max(200),
  echoCancellation: appliedSettingSchema,
  noiseSuppression: appliedSettingSchema,
  autoGainControl: appliedSettingSchema,
  channelCount: z.int().positive().max(64),
});
export type CaptureDevice = z.infer<typeof captureDeviceSchema>;

export const qualityGates = ['too-short', 'too-long', 'silent', 'too-quiet', 'clipped', 'noisy'] as const;
export type QualityGate = (typeof qualityGates)[number];

/** Levels in dBFS (RMS, 0 = full scale); null where there was nothing to measure. */
export const takeQualitySchema = z.strictObject({
  durationS: z.number().nonnegative(),
  peakDbfs: z.number().nullable(),
  levelDbfs: z.number().nullable(),
  loudestFrameDbfs: z.number().nullable(),
  clippedShare: z.number().min(0).max(1),
  /** Against the ambient-noise take of the session; null without one. */
  signalToNoiseDb: z.number().nullable(),
  gates: z.array(
    z.strictObject({
      gate: z.enum(qualityGates),
      passed: z.boolean(),
      measured: z.number().nullable(),
      limit: z.number(),
    }),
  ),
  passed: z.boolean(),
});
export type TakeQuality = z.infer<typeof takeQualitySchema>;

/** How whole the audio is: frames that came against frames that the elapsed time calls for. */
export const takeContinuitySchema = z.strictObject({
  /** Wall time between the first and the last frame by the page's monotonic clock, ms; null for files. */
  elapsedMs: z.number().nonnegative().nullable(),
  /** Frames the device's own counter skipped or the page could not deliver. */
  missingFrames: z.int().nonnegative(),
  /** Positions in seconds (from the start of the take) where frames are missing, with how many. */
  gaps: z.array(z.strictObject({ atS: z.number().nonnegative(), frames: z.int().positive() })).max(1000),
  /** Elapsed time less recorded time, ms; more than 250 is reported as missing audio. */
  shortfallMs: z.number(),
  /** Why the take ended, where nobody stopped it. */
  interruption: z.enum(['none', 'microphone-lost', 'computer-slept', 'app-ended', 'disk-full']),
});
export type TakeContinuity = z.infer<typeof takeContinuitySchema>;

export const takeSchema = z.strictObject({
  id: takeIdSchema,
  sessionId: sessionIdSchema,
  stepKey: stepKeySchema,
  /** 1 for the first take of the step; every take is kept. */
  version: z.int().positive(),
  source: z.enum(['microphone', 'file']),
  startedAt: momentSchema,
  sampleRateHz: z.int().positive(),
  bitDepth: z.union([z.literal(16), z.literal(24), z.literal(32)]),
  frameCount: z.int().nonnegative(),
  durationS: z.number().nonnegative(),
  /** SHA-256 and length of the finished WAV. */
  sha256: sha256Schema,
  sizeBytes: z.int().positive(),
  /** SHA-256 of the file as it was given, where the take came from one. */
  sourceSha256: sha256Schema.nullable(),
  device: captureDeviceSchema.nullable(),
  continuity: takeContinuitySchema,
  quality: takeQualitySchema,
  override: z
    .strictObject({ reason: z.string().min(1).max(500), by: accountIdSchema, at: momentSchema })
    .nullable(),
  isChosen: z.boolean(),
});
export type Take = z.infer<typeof takeSchema>;

export const consentSchema = z.strictObject({
  textId: z.string(),
  textVersion: z.string(),
  language: languageSchema,
  purposes: z.array(z.enum(['care', 'research', 'retraining'])).min(1),
  /** The take in which the patient says yes. */
  takeId: takeIdSchema,
  witness: z.string().min(1).max(120),
  at: momentSchema,
  by: accountIdSchema,
});
export type Consent = z.infer<typeof consentSchema>;

export const sessionStepSchema = z.strictObject({
  key: stepKeySchema,
  state: z.enum(['open', 'done', 'skipped']),
  skipReason: z.string().max(500).nullable(),
  takes: z.array(takeSchema),
});
export type SessionStep = z.infer<typeof sessionStepSchema>;

/** A row of `window_scores` where it belongs: which recording, from when to when. */
export const windowEvidenceSchema = z.strictObject({
  stepKey: stepKeySchema,
  startS: z.number().nonnegative(),
  endS: z.number().nonnegative(),
  /** Score of the positive label as it may be shown, within what the card supports. */
  score: z.number(),
});

const screeningInputsSchema = z.strictObject({
  takes: z.array(z.strictObject({ stepKey: stepKeySchema, takeId: takeIdSchema, sha256: sha256Schema })),
  fields: z.array(z.number()),
  ageYears: z.number().nullable(),
  refusedRecordings: z.array(stepKeySchema),
});

export const timingSchema = z.strictObject({
  resampleMs: z.number().nonnegative(),
  inferenceMs: z.number().nonnegative(),
  totalMs: z.number().nonnegative(),
});

/** Enough to run it again and get the same scores. */
export const screeningResultSchema = z.strictObject({
  id: resultIdSchema,
  sessionId: sessionIdSchema,
  at: momentSchema,
  by: accountIdSchema,
  model: z.strictObject({
    ...modelReferenceSchema.shape,
    sha256: sha256Schema,
    isDemonstration: z.boolean(),
  }),
  appVersion: z.string(),
  inputs: screeningInputsSchema,
  outcome: z.discriminatedUnion('status', [
    z.strictObject({
      status: z.literal('completed'),
      provider: z.string(),
      labels: z.array(z.string()),
      positiveLabel: z.string(),
      scores: z.array(z.number()),
      windowScores: z.array(z.array(z.number())),
      evidence: z.array(windowEvidenceSchema),
      thresholds: z.strictObject({ positive: z.number(), negative: z.number() }),
      shownScore: z.number(),
      decision: decisionSchema,
      reasons: z.array(z.enum(decisionReasons)).min(1),
      timing: timingSchema,
    }),
    z.strictObject({
      status: z.literal('error'),
      problem: z.enum(problemCodes),
      details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
    }),
  ]),
});
export type ScreeningResult = z.infer<typeof screeningResultSchema>;

export const sessionNoteSchema = z.strictObject({
  id: entryIdSchema,
  text: z.string().min(1).max(4000),
  at: momentSchema,
  by: z.string(),
});

/** A row of the list. */
export const sessionSummarySchema = z.strictObject({
  id: sessionIdSchema,
  mode: z.enum(sessionModes),
  kind: z.enum(sampleKinds),
  status: z.enum(sessionStatuses),
  hospital: z.string().nullable(),
  recordNumber: z.string().nullable(),
  createdAt: momentSchema,
  updatedAt: momentSchema,
  createdBy: z.string(),
  form: formReferenceSchema,
  protocol: formReferenceSchema,
  /** The newest result of each model that was run. */
  results: z.array(
    z.strictObject({
      model: modelReferenceSchema,
      isDemonstration: z.boolean(),
      status: z.enum(['completed', 'error']),
      decision: decisionSchema.nullable(),
    }),
  ),
  sync: z.enum(syncStates),
  /** Share of the session that the registry has, 0 to 1; null unless it is being sent. */
  syncProgress: z.number().min(0).max(1).nullable(),
  /** Why somebody is needed, where it `needs-attention`; where it is safe, where that is not the present registry. */
  syncReason: z.enum(syncReasons).nullable(),
});
export type SessionSummary = z.infer<typeof sessionSummarySchema>;

export const historyEntrySchema = z.strictObject({
  sequence: z.int().positive(),
  at: momentSchema,
  by: z.string(),
  action: z.string(),
  details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
});

export const sessionDetailSchema = z.strictObject({
  ...sessionSummarySchema.shape,
  models: z.array(modelReferenceSchema),
  answers: answersSchema,
  /** Fields whose warning the clinician confirmed. */
  confirmedWarnings: z.array(z.string()),
  consent: consentSchema.nullable(),
  /** Where the clinician was: `form`, a step's key, or `result`. */
  currentStep: z.string().max(40),
  steps: z.array(sessionStepSchema),
  screenings: z.array(screeningResultSchema),
  notes: z.array(sessionNoteSchema),
  history: z.array(historyEntrySchema),
  /** Addresses of registries that this PC has left and that have it, or may have parts of it: nothing said here reaches them. */
  formerRegistries: z.array(z.string()),
});
export type SessionDetail = z.infer<typeof sessionDetailSchema>;
