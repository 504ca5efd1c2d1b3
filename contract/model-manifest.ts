/**
 * The model contract: what a model folder says of itself in `manifest.json`, and the rules that every program
 * applies to it. The folder holds `manifest.json`, `model.onnx`, `card.md` and `golden/`; the manifest lists the
 * SHA-256 of every other file.
 */
import { z } from 'zod';
import { sha256Schema } from './ids.ts';
import { instantSchema, localizedTextSchema } from './localized.ts';
import { stepKeySchema } from './protocol.ts';
import type { Answer, Answers, FormDefinition } from './form.ts';

/** A relative path with forward slashes that cannot leave its folder. */
export const modelFilePathSchema = z
  .string()
  .max(200)
  .regex(
    /^(?!.*(?:^|\/)\.{1,2}(?:\/|$))[A-Za-z0-9._-]+(?:\/[A-Za-z0-9._-]+)*$/u,
    'not a plain relative path',
  );

/** How one form field becomes numbers of the `fields` vector; a missing answer is always encodable. */
const fieldEncodingSchema = z.discriminatedUnion('kind', [
  /** One number: (answer − offset) / scale; `missing` when there is no answer. */
  z.strictObject({
    kind: z.literal('number'),
    offset: z.number(),
    scale: z.number().positive(),
    missing: z.number(),
  }),
  /** One number per value, 1 where the answer is that value; all 0 when there is none. */
  z.strictObject({ kind: z.literal('one-hot'), values: z.array(z.union([z.string(), z.boolean()])).min(1) }),
]);

const intervalMetricSchema = z.strictObject({
  name: z.string().min(1).max(60),
  value: z.number(),
  low: z.number(),
  high: z.number(),
  /** Coverage of the interval, for example 0.95. */
  level: z.number().min(0.5).max(0.999),
  /** How it was computed: resampling unit and validation scheme. */
  method: z.string().min(1).max(200),
});

const goldenCaseSchema = z.strictObject({
  name: z.string().min(1).max(60),
  /** Recording key to a WAV file of the folder, mono at the manifest's sample rate. */
  recordings: z.record(stepKeySchema, modelFilePathSchema),
  /** The encoded `fields` vector, where the model takes one. */
  fields: z.array(z.number()).optional(),
  scores: z.array(z.number()).min(1),
  /** One row per window, one column per label; absent where the model gives none. */
  windowScores: z.array(z.array(z.number())).optional(),
});

export const decisions = ['positive', 'negative', 'inconclusive'] as const;
export const decisionSchema = z.enum(decisions);
export type Decision = (typeof decisions)[number];

export const modelManifestSchema = z
  .strictObject({
    contractVersion: z.literal(1),
    name: z
      .string()
      .regex(/^[a-z][a-z0-9-]*$/u)
      .max(60),
    version: z.string().regex(/^\d+\.\d+\.\d+$/u),
    title: localizedTextSchema,
    createdAt: instantSchema,
    licence: z.string().min(1).max(100),
    /** Path, SHA-256 and length of every file of the folder but the manifest and its signature. */
    files: z.array(
      z.strictObject({ path: modelFilePathSchema, sha256: sha256Schema, sizeBytes: z.int().nonnegative() }),
    ),
    graph: z.strictObject({ file: modelFilePathSchema, opset: z.int().positive() }),
    input: z.strictObject({
      sampleRateHz: z.int().min(4000).max(192000),
      /**
       * One 1-D float32 graph input per recording, named by the key: raw mono samples in [-1, 1] at
       * `sampleRateHz`. A recording that is shorter than `minimumS` is refused, never stretched.
       */
      recordings: z.array(
        z.strictObject({
          key: stepKeySchema,
          minimumS: z.number().nonnegative(),
          /** Longer recordings are cut to their first `maximumS` seconds; absent: no limit. */
          maximumS: z.number().positive().optional(),
        }),
      ),
      /** The 1-D float32 graph input `fields`: the encodings, one after the other. Empty: no such input. */
      fields: z.array(
        z.strictObject({ key: z.string().min(1), required: z.boolean(), encoding: fieldEncodingSchema }),
      ),
    }),
    /**
     * Graph outputs: `scores`, float32 [labels], and, where `hasWindowScores`, `window_scores`, float32
     * [windows, labels], the windows of the recordings one recording after the other in manifest order.
     */
    output: z.strictObject({ hasWindowScores: z.boolean() }),
    /** How recordings are cut for `window_scores`; a last window is aligned to the end. */
    window: z.strictObject({ lengthS: z.number().positive(), stepS: z.number().positive() }).optional(),
    labels: z.array(z.string().min(1).max(60)).min(1),
    /** The label whose score is compared with the thresholds. */
    positiveLabel: z.string().min(1),
    /** positive at or above, negative at or below, else inconclusive. */
    thresholds: z
      .strictObject({ positive: z.number(), negative: z.number() })
      .refine(({ positive, negative }) => negative < positive, 'negative must lie below positive'),
    /** What the card allows the model to say, and how certain it may ever sound. */
    limits: z.strictObject({
      decisions: z.array(decisionSchema).min(1),
      /** Scores are shown no lower and no higher than this: what the evidence behind the model supports. */
      lowestScore: z.number(),
      highestScore: z.number(),
      minimumAgeYears: z.number().optional(),
      maximumAgeYears: z.number().optional(),
      text: localizedTextSchema,
    }),
    isDemonstration: z.boolean(),
    intendedUse: localizedTextSchema,
    trainedOn: localizedTextSchema,
    dataHash: sha256Schema,
    codeVersion: z.string().min(1).max(100),
    metrics: z.array(intervalMetricSchema),
    card: modelFilePathSchema,
    golden: z.array(goldenCaseSchema).min(1),
  })
  .superRefine((manifest, context) => {
    const issue = (message: string): void => context.addIssue({ code: 'custom', message });
    const paths = manifest.files.map((file) => file.path);
    if (new Set(paths).size !== paths.length) issue('a file is listed twice');
    const named = [
      manifest.graph.file,
      manifest.card,
      ...manifest.golden.flatMap((golden) => Object.values(golden.recordings)),
    ];
    for (const path of named) if (!paths.includes(path)) issue(`${path} is not listed in files`);
    const { recordings, fields } = manifest.input;
    if (recordings.length + fields.length === 0) issue('a model needs a recording or a field');
    const keys = recordings.map((recording) => recording.key);
    if (new Set(keys).size !== keys.length) issue('a recording is asked for twice');
    if (!manifest.labels.includes(manifest.positiveLabel)) issue('positiveLabel is not one of the labels');
    if (manifest.output.hasWindowScores && manifest.window === undefined)
      issue('window_scores need a window');
    if (manifest.limits.lowestScore > manifest.limits.highestScore) issue('limits have lowest above highest');
    for (const golden of manifest.golden) {
      if (golden.scores.length !== manifest.labels.length) issue(`golden ${golden.name} has other labels`);
      if (keys.some((key) => golden.recordings[key] === undefined))
        issue(`golden ${golden.name} lacks a recording`);
      if ((golden.fields?.length ?? 0) !== fieldsLength(fields))
        issue(`golden ${golden.name} has other fields`);
    }
  });
export type ModelManifest = z.infer<typeof modelManifestSchema>;
type ManifestFields = ModelManifest['input']['fields'];

export const modelReferenceSchema = z.strictObject({ name: z.string(), version: z.string() });
export type ModelReference = z.infer<typeof modelReferenceSchema>;

/** Length of the `fields` vector. */
export function fieldsLength(fields: ManifestFields): number {
  return fields.reduce(
    (total, field) => total + (field.encoding.kind === 'number' ? 1 : field.encoding.values.length),
    0,
  );
}

/** Answers as the manifest's `fields` vector, float, in manifest order. */
export function encodeFields(fields: ManifestFields, answers: Answers): readonly number[] {
  return fields.flatMap(({ key, encoding }) => {
    const answer = answers[key];
    if (encoding.kind === 'number') {
      return [typeof answer === 'number' ? (answer - encoding.offset) / encoding.scale : encoding.missing];
    }
    return encoding.values.map((value) => (holds(answer, value) ? 1 : 0));
  });
}

function holds(answer: Answer | undefined, value: string | boolean): boolean {
  return Array.isArray(answer) ? typeof value === 'string' && answer.includes(value) : answer === value;
}

/** Fields of the manifest that the form marks as the outcome: a model that has one is never run. */
export function labelFieldsAsked(manifest: ModelManifest, form: FormDefinition): readonly string[] {
  const labels = new Set(form.fields.filter((field) => field.role === 'label').map((field) => field.key));
  return manifest.input.fields.map((field) => field.key).filter((key) => labels.has(key));
}

/** Required fields of the model that have no answer. */
export function fieldsMissing(manifest: ModelManifest, answers: Answers): readonly string[] {
  return manifest.input.fields
    .filter(({ key, required }) => required && answers[key] === undefined)
    .map(({ key }) => key);
}

export interface WindowSpan {
  readonly startS: number;
  readonly endS: number;
}

/**
 * The windows of a recording of `durationS` seconds: every `stepS` from the start while a whole window fits, and
 * a last one aligned to the end; a shorter recording is one window.
 */
export function windowSpans(
  durationS: number,
  window: { lengthS: number; stepS: number },
): readonly WindowSpan[] {
  if (durationS <= window.lengthS) return [{ startS: 0, endS: durationS }];
  const slack = 1e-6;
  const whole = Math.floor((durationS - window.lengthS) / window.stepS + slack) + 1;
  const spans = Array.from({ length: whole }, (_, index) => ({
    startS: index * window.stepS,
    endS: index * window.stepS + window.lengthS,
  }));
  const last = spans.at(-1);
  if (last !== undefined && durationS - last.endS > slack) {
    spans.push({ startS: durationS - window.lengthS, endS: durationS });
  }
  return spans;
}
