/** What pages see of the way to the registry. The registry's own words stand in contract/registry. */
import { z } from 'zod';
import { sessionIdSchema } from './ids.ts';
import { instantSchema, momentSchema } from './localized.ts';
import { problemCodes } from './result.ts';
import { itemKindSchema } from './registry/sync.ts';
import { registryIdSchema } from './registry/ids.ts';
import { syncReasons } from './sync-reasons.ts';

/**
 * `off`: this PC belongs to no registry. `idle`: all that can be sent was sent. `waiting-for-network`: no registry
 * answers, or something else does in its place. `waiting-for-registry`: it answers that it is busy. `refused`: it does
 * not know this PC any more; nothing is tried until IT enrols it again or somebody asks.
 */
export const syncActivities = [
  'off',
  'idle',
  'sending',
  'waiting-for-network',
  'waiting-for-registry',
  'paused-metered',
  'paused-schedule',
  'refused',
] as const;
export type SyncActivity = (typeof syncActivities)[number];

const timeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/u, 'not a time of day');

export const syncSettingsSchema = z.strictObject({
  /** Nothing is sent while the system says that the line is paid by volume. */
  pausesOnMetered: z.boolean(),
  /** The PC's own time of day in which sending is allowed; `to` before `from` goes over midnight. Null: always. */
  schedule: z
    .strictObject({ from: timeOfDay, to: timeOfDay })
    .refine(({ from, to }) => from !== to, 'an empty schedule')
    .nullable(),
  /** Bytes per second of recordings; null: whatever the line gives. */
  bandwidthBytesPerS: z.int().min(1024).max(1_000_000_000).nullable(),
  /** Days that a recording stays on this PC after its receipt; null: for ever. */
  keepAudioDays: z.int().min(0).max(3650).nullable(),
});
export type SyncSettings = z.infer<typeof syncSettingsSchema>;

export const syncStateSchema = z.strictObject({
  enrolment: z
    .strictObject({
      registryUrl: z.string(),
      registryId: registryIdSchema,
      /** The hospital's name as the registry has it now. */
      hospital: z.string(),
      workstationName: z.string(),
      enrolledAt: momentSchema,
    })
    .nullable(),
  settings: syncSettingsSchema,
  activity: z.enum(syncActivities),
  /** What no receipt covers yet. `items`: everything but audio; `bytes`: of recordings, as they lie here. */
  waiting: z.strictObject({
    sessions: z.int().nonnegative(),
    takes: z.int().nonnegative(),
    bytes: z.number().nonnegative(),
    items: z.int().nonnegative(),
  }),
  /** Sessions with something that was put aside for a person. */
  needAttention: z.int().nonnegative(),
  lastContactAt: instantSchema.nullable(),
  lastReceiptAt: instantSchema.nullable(),
  /** Over the last seconds of sending; null: nothing is being sent. */
  speedBytesPerS: z.number().nonnegative().nullable(),
  /** This PC's clock less the registry's, ms; null: never compared. */
  clockSkewMs: z.number().nullable(),
  nextTryAt: instantSchema.nullable(),
  problem: z
    .strictObject({
      code: z.enum(problemCodes),
      details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
    })
    .nullable(),
});
export type SyncState = z.infer<typeof syncStateSchema>;

/** Something that was put aside. `detail` names a rule or a field, never a value. */
export const syncReviewSchema = z.strictObject({
  kind: itemKindSchema,
  itemId: z.string(),
  sessionId: sessionIdSchema.nullable(),
  reason: z.enum(syncReasons),
  detail: z.string().nullable(),
  at: momentSchema,
  /** Whether it may be left out, so that the rest of its session gets its receipt: not a session or a take. */
  maySetAside: z.boolean(),
});
export type SyncReview = z.infer<typeof syncReviewSchema>;
