/**
 * What stands between a trained model and the wards: the rules of the release gate, their verdicts, and the log of
 * decisions. Every default is a floor for a first use under supervision, not a proof of usefulness: a study sets its own.
 */
import { z } from 'zod';
import { accountIdSchema, sha256Schema } from '../ids.ts';
import { instantSchema } from '../localized.ts';

const share = z.number().min(0).max(1);

/** Least value on test recordings, and least lower end of its interval; null: not asked for. */
const floor = (value: number | null, lower: number | null) =>
  z
    .strictObject({ value: share.nullable().default(value), lower: share.nullable().default(lower) })
    .prefault({});
const refuseOrWarn = z.enum(['refuse', 'warn']).default('refuse');
const refuseOrPass = (usual: 'refuse' | 'pass') => z.enum(['refuse', 'pass']).default(usual);

export const gateSettingsSchema = z.strictObject({
  /** Of test recordings without noise. */
  floors: z
    .strictObject({
      accuracy: floor(null, null),
      sensitivity: floor(0.6, 0.5),
      specificity: floor(0.6, 0.5),
      f1: floor(null, null),
      auc: floor(0.75, 0.6),
    })
    .prefault({}),
  /** Most Brier score, and most upper end of its interval. 0.25 is what saying 0.5 of everybody earns. */
  brier: z
    .strictObject({ value: share.nullable().default(0.25), upper: share.nullable().default(null) })
    .prefault({}),
  /** Each sex, age band, hospital, microphone and so on that the data tell apart. */
  groups: z
    .strictObject({
      /** A group with fewer participants among the test recordings is named and not judged. */
      leastParticipants: z.int().min(1).max(100_000).default(10),
      floors: z
        .strictObject({
          accuracy: floor(0.6, null),
          sensitivity: floor(null, null),
          specificity: floor(null, null),
          f1: floor(null, null),
          auc: floor(null, null),
        })
        .prefault({}),
      /** Kinds of groups (`sex`, `hospital`, …) of which at least two must be large enough to be judged. */
      required: z.array(z.string().min(1).max(60)).max(20).default([]),
    })
    .prefault({}),
  noise: z
    .strictObject({
      /** Accuracy that may be lost from clean to the worst noisy condition. */
      mostLoss: share.default(0.1),
      whenUnknown: refuseOrPass('refuse'),
    })
    .prefault({}),
  /** Fits to labels that were dealt out anew must land near one half; else something leaks. */
  permuted: z
    .strictObject({
      /** Distance from one half that is taken for chance where the interval does not hold one half. */
      mostFromHalf: z.number().min(0).max(0.5).default(0.15),
      whenMissing: refuseOrPass('refuse'),
    })
    .prefault({}),
  /** Loudness, duration and so on that alone tell the classes nearly as well apart as the model. */
  shortcuts: refuseOrWarn,
  /** Thresholds that do not keep their stated rule on test recordings. */
  thresholds: refuseOrWarn,
  production: z
    .strictObject({
      /** `better`: significantly. `not-worse`: by less than the margin, with the stated confidence. */
      rule: z.enum(['better', 'not-worse', 'none']).default('not-worse'),
      /** DeLong compares areas under the curve, McNemar right calls. */
      test: z.enum(['delong', 'mcnemar']).default('delong'),
      level: z.number().min(0.5).max(0.999).default(0.95),
      margin: share.default(0.05),
      /** Where there is no model in production yet, or none was named. */
      whenMissing: refuseOrPass('pass'),
      /** Where there is one that cannot be run on these recordings. */
      whenNotComparable: refuseOrPass('refuse'),
    })
    .prefault({}),
  /** By someone other than who trained. */
  approval: z.enum(['required', 'none']).default('required'),
});
export type GateSettings = z.infer<typeof gateSettingsSchema>;

export const publishSettingsSchema = z.strictObject({
  /** What the registry's alias of this model's name is to point at the new version. */
  alias: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,39}$/u)
    .default('production'),
});

/** The model that a new one is compared with, on the same test recordings. */
export const productionPlaceSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('none') }),
  /** A model folder; relative to the folder of the configuration, or absolute. */
  z.strictObject({ kind: z.literal('folder'), folder: z.string().min(1).max(1000) }),
  /** What an alias of the registry points at; `name` null: of the run's own model name. */
  z.strictObject({
    kind: z.literal('registry'),
    name: z.string().min(1).max(60).nullable().default(null),
    alias: z
      .string()
      .regex(/^[a-z][a-z0-9-]{0,39}$/u)
      .default('production'),
  }),
]);
export type ProductionPlace = z.infer<typeof productionPlaceSchema>;

const modelNamed = { name: z.string(), version: z.string(), sha256: sha256Schema, source: z.string() };

/** The production model's scores of test recordings without noise, or why there are none. */
export const productionScoresSchema = z.discriminatedUnion('state', [
  z.strictObject({ state: z.literal('none'), reason: z.string() }),
  z.strictObject({ state: z.literal('not-comparable'), ...modelNamed, reason: z.string() }),
  z.strictObject({
    state: z.literal('scored'),
    ...modelNamed,
    /** Recordings as indices into the snapshot. */
    scores: z.array(z.strictObject({ recording: z.int().nonnegative(), score: z.number() })),
    /** Test recordings that are shorter than it takes. */
    tooShort: z.int().nonnegative(),
  }),
]);
export type ProductionScores = z.infer<typeof productionScoresSchema>;

/** Who does something: an account of a registry, proven by signing in, or a name that somebody gave. */
export const personSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('account'),
    id: accountIdSchema,
    username: z.string(),
    registry: z.string(),
  }),
  z.strictObject({ kind: z.literal('named'), name: z.string().trim().min(1).max(120) }),
]);
export type Person = z.infer<typeof personSchema>;

export const verdictSchema = z.strictObject({
  /** For example `floor auc`, `group sex F accuracy`, `noise`, `approval`. */
  rule: z.string(),
  outcome: z.enum(['passed', 'failed', 'not-applicable']),
  /** One sentence, in English, with the figures. */
  says: z.string(),
  figures: z.record(z.string(), z.union([z.number(), z.string()])),
});
export type Verdict = z.infer<typeof verdictSchema>;

const releasedModelSchema = z.strictObject({
  name: z.string(),
  version: z.string(),
  /** Of manifest.json. */
  sha256: sha256Schema,
});
export type ReleasedModel = z.infer<typeof releasedModelSchema>;

const decisionContentSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('gate'),
    outcome: z.enum(['passed', 'refused']),
    verdicts: z.array(verdictSchema),
  }),
  z.strictObject({
    kind: z.literal('approval'),
    outcome: z.enum(['given', 'refused']),
    why: z.string(),
  }),
  z.strictObject({
    kind: z.literal('publication'),
    registry: z.string(),
    alias: z.string(),
    keyId: z.string(),
    /** False where the version was at the registry already. */
    isUploaded: z.boolean(),
    why: z.string(),
  }),
]);

export const decisionSchema = z.strictObject({
  format: z.literal(1),
  /** 1 for the first; no number is left out. */
  sequence: z.int().positive(),
  at: instantSchema,
  run: z.string(),
  model: releasedModelSchema,
  by: personSchema,
  decision: decisionContentSchema,
  previousHash: sha256Schema,
  /** SHA-256 of the canonical JSON of all of the above. */
  hash: sha256Schema,
});
export type Decision = z.infer<typeof decisionSchema>;
export type DecisionContent = Omit<Decision, 'format' | 'sequence' | 'previousHash' | 'hash'>;
