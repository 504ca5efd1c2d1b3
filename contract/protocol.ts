/** The order and the rules of the recordings as data, and the consent text that goes with them. */
import { z } from 'zod';
import { localizedTextSchema } from './localized.ts';

export const stepKeySchema = z
  .string()
  .regex(/^[a-z][a-z0-9-]*$/u)
  .max(40);

/** Limits in dBFS are relative to a full-scale sample of 1.0; a limit that is absent is not checked. */
export const qualityLimitsSchema = z.strictObject({
  minimumS: z.number().nonnegative(),
  maximumS: z.number().positive(),
  /** Silent: no 50-ms frame of the take is louder than this (dBFS RMS). */
  silentBelowDbfs: z.number().optional(),
  /** Too quiet: the level of the louder half of the frames (dBFS RMS) is under this. */
  quietBelowDbfs: z.number().optional(),
  /** Clipped: share of samples at full scale, 0 to 1. */
  clippedAboveShare: z.number().min(0).max(1).optional(),
  /** Noisy: signal-to-noise ratio against the ambient-noise take, in dB. */
  noisyBelowDb: z.number().optional(),
});
export type QualityLimits = z.infer<typeof qualityLimitsSchema>;

export const protocolStepSchema = z.strictObject({
  key: stepKeySchema,
  /** `ambient-noise` is the reference of the noise gate; `consent` is evidence, never a model's input. */
  role: z.enum(['ambient-noise', 'consent', 'voice']),
  title: localizedTextSchema,
  /** What the patient does, in words that can be read from a metre away. */
  instruction: localizedTextSchema,
  /** What the patient reads aloud, where there is something. */
  prompt: localizedTextSchema.optional(),
  required: z.boolean(),
  /** Reasons that may be given for leaving the step out; empty: it cannot be left out. */
  skipReasons: z
    .array(z.strictObject({ value: z.string().min(1).max(64), label: localizedTextSchema }))
    .default([]),
  /** The recording stops by itself after this long. */
  stopAfterS: z.number().positive().optional(),
  quality: qualityLimitsSchema,
});
export type ProtocolStep = z.infer<typeof protocolStepSchema>;

export const consentDefinitionSchema = z.strictObject({
  id: z.string().regex(/^[a-z][a-z0-9-]*$/u),
  version: z.string().regex(/^\d+\.\d+\.\d+$/u),
  /** A sample text is marked as one wherever it is shown. */
  isSample: z.boolean(),
  title: localizedTextSchema,
  body: localizedTextSchema,
  purposes: z
    .array(
      z.strictObject({
        key: z.enum(['care', 'research', 'retraining']),
        label: localizedTextSchema,
        required: z.boolean(),
      }),
    )
    .min(1),
});
export type ConsentDefinition = z.infer<typeof consentDefinitionSchema>;
export type ConsentPurpose = ConsentDefinition['purposes'][number]['key'];

export const protocolDefinitionSchema = z
  .strictObject({
    id: z.string().regex(/^[a-z][a-z0-9-]*$/u),
    version: z.string().regex(/^\d+\.\d+\.\d+$/u),
    title: localizedTextSchema,
    consent: consentDefinitionSchema,
    steps: z.array(protocolStepSchema).min(1),
  })
  .superRefine((protocol, context) => {
    const keys = protocol.steps.map((step) => step.key);
    if (new Set(keys).size !== keys.length)
      context.addIssue({ code: 'custom', message: 'a step stands twice' });
    const consentAt = protocol.steps.findIndex((step) => step.role === 'consent');
    const firstVoiceAt = protocol.steps.findIndex((step) => step.role === 'voice');
    if (consentAt === -1 || protocol.steps.filter((step) => step.role === 'consent').length > 1) {
      context.addIssue({ code: 'custom', message: 'exactly one step is the spoken consent' });
    } else if (firstVoiceAt !== -1 && firstVoiceAt < consentAt) {
      context.addIssue({ code: 'custom', message: 'a voice task stands before the spoken consent' });
    }
    for (const step of protocol.steps) {
      if (step.quality.minimumS > step.quality.maximumS) {
        context.addIssue({ code: 'custom', message: `step ${step.key} has its minimum above its maximum` });
      }
      if (!step.required && step.skipReasons.length === 0) {
        context.addIssue({
          code: 'custom',
          message: `step ${step.key} is optional and has no reason to skip it`,
        });
      }
    }
  });
export type ProtocolDefinition = z.infer<typeof protocolDefinitionSchema>;
