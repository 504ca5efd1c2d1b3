/** When training runs by itself, what starts it, and what became of it. */
import { z } from 'zod';
import { instantSchema } from '../localized.ts';
import { trainingConfigurationSchema, type TrainingConfiguration } from '../training/configuration.ts';
import { runIdSchema } from '../training/run.ts';

const slug = z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/u, 'needs small letters, digits and hyphens');

/** What is trained for: of one kind, one run is at work at a time. */
export const trainingKindSchema = slug;
export const trainingScheduleIdSchema = slug;
/** UUIDv7, made by the registry. */
export const trainingJobIdSchema = z.uuidv7().brand<'TrainingJobId'>();
export type TrainingJobId = z.infer<typeof trainingJobIdSchema>;

/** Paths of a job start in the trainer's data folder and stay there, whoever wrote them. */
function pathsThatLeave({ data, split }: Pick<TrainingConfiguration, 'data' | 'split'>): readonly string[] {
  const paths: readonly unknown[] = [
    ...Object.values(data),
    ...Object.values(data).flatMap((part) =>
      typeof part === 'object' && part !== null ? Object.values(part) : [],
    ),
    ...Object.values(split),
  ];
  return paths.filter(
    (path): path is string =>
      typeof path === 'string' && /^[/\\]|^[A-Za-z]:|(^|[/\\])\.\.([/\\]|$)/u.test(path),
  );
}

/** The one JSON of a run, without paths that leave the trainer's data folder. */
export const jobConfigurationSchema = trainingConfigurationSchema.refine(
  (configuration) => pathsThatLeave(configuration).length === 0,
  'names a path outside the data folder of the trainer',
);

export const trainingLimitsSchema = z.strictObject({
  /** Tries in all, a trainer's death included. */
  attempts: z.int().min(1).max(20).default(3),
  /** Before the second try; each further wait is twice the one before, at most a day. */
  firstDelayS: z.int().min(1).max(86_400).default(60),
  /** Of one try. */
  timeoutMinutes: z.int().min(1).max(43_200).default(1440),
});
export type TrainingLimits = z.infer<typeof trainingLimitsSchema>;

/** Five or six fields (seconds first), in the named time zone (IANA). A time that was slept through is made up for once. */
export const cronOccasionSchema = z.strictObject({
  on: z.literal('cron'),
  expression: z.string().trim().min(9).max(120),
  timeZone: z.string().min(1).max(64),
});

/** What makes a schedule due. */
export const trainingOccasionSchema = z.discriminatedUnion('on', [
  cronOccasionSchema,
  /** So many sessions have got their first label since the last snapshot of this schedule. */
  z.strictObject({ on: z.literal('labelled-sessions'), count: z.int().min(1).max(1_000_000) }),
  /** A drift alert, of this model or of any. */
  z.strictObject({ on: z.literal('drift-alert'), model: z.string().min(1).max(60).nullable().default(null) }),
  /** A message that names this schedule and brings the data set. */
  z.strictObject({ on: z.literal('message') }),
]);
export type TrainingOccasion = z.infer<typeof trainingOccasionSchema>;

export const newTrainingScheduleSchema = z.strictObject({
  kind: trainingKindSchema,
  occasion: trainingOccasionSchema,
  isEnabled: z.boolean().default(true),
  configuration: jobConfigurationSchema,
  limits: trainingLimitsSchema.prefault({}),
});

export const trainingScheduleSchema = z.strictObject({
  ...newTrainingScheduleSchema.shape,
  id: trainingScheduleIdSchema,
  changedAt: instantSchema,
  changedBy: z.string(),
  /** Of an enabled cron schedule. */
  nextAt: instantSchema.nullable(),
  /** Of a schedule by labelled sessions: how many there are since the last snapshot. */
  labelledSessions: z.int().nonnegative().nullable(),
  lastJobId: trainingJobIdSchema.nullable(),
});
export type TrainingSchedule = z.infer<typeof trainingScheduleSchema>;

/** Topic of the work queue on which other programs send what `training-events.send` takes. */
export const trainingSignalTopic = 'training.events';

const eventBasis = {
  format: z.literal(1),
  /** The same event is acted on once, however often it comes. */
  id: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}$/u),
};
export const trainingSignalSchema = z.discriminatedUnion('event', [
  z.strictObject({
    ...eventBasis,
    event: z.literal('data-set'),
    schedule: trainingScheduleIdSchema,
    /** In place of the schedule's `data`. */
    data: trainingConfigurationSchema.shape.data,
  }),
  z.strictObject({
    ...eventBasis,
    event: z.literal('drift-alert'),
    model: z.string().min(1).max(60),
    version: z.string().max(60).nullable().default(null),
    /** Name of the figure that drifted, for example `population-stability-index`. */
    figure: slug,
    value: z.number(),
    limit: z.number(),
  }),
]);
export type TrainingSignal = z.infer<typeof trainingSignalSchema>;

/** Why a job is there. */
export const trainingTriggerSchema = z.discriminatedUnion('by', [
  z.strictObject({ by: z.literal('person') }),
  z.strictObject({ by: z.literal('cron'), dueAt: instantSchema }),
  z.strictObject({ by: z.literal('labelled-sessions'), sessions: z.int().nonnegative() }),
  z.strictObject({ by: z.literal('event'), event: trainingSignalSchema }),
]);
export type TrainingTrigger = z.infer<typeof trainingTriggerSchema>;

export const trainingJobStates = [
  'queued',
  'running',
  'cancelling',
  'cancelled',
  'succeeded',
  'failed',
  'refused-by-gate',
] as const;
export type TrainingJobState = (typeof trainingJobStates)[number];

export const trainingJobProblems = [
  /** Data, configuration or disk: the run's own record on the trainer says what and which. */
  'run-refused',
  /** The options of the command were not understood: trainer and registry are of different versions. */
  'wrong-options',
  /** The training process died. */
  'crashed',
  'timed-out',
  /** The trainer itself died, or lost the registry. */
  'trainer-lost',
  /** The training program could not be started. */
  'not-started',
] as const;

export const trainingJobSchema = z.strictObject({
  id: trainingJobIdSchema,
  kind: trainingKindSchema,
  scheduleId: trainingScheduleIdSchema.nullable(),
  trigger: trainingTriggerSchema,
  state: z.enum(trainingJobStates),
  /** Tries that were begun. */
  attempts: z.int().nonnegative(),
  limits: trainingLimitsSchema,
  /** Where a failed try is followed by another. */
  nextAttemptAt: instantSchema.nullable(),
  /** The same for every try: a run goes on where it stopped. */
  runId: runIdSchema,
  step: z.string().max(40).nullable(),
  progress: z
    .strictObject({
      at: instantSchema,
      epoch: z.int().nullable(),
      loss: z.number().nullable(),
      secondsLeftAtMost: z.number().nullable(),
    })
    .nullable(),
  requestedAt: instantSchema,
  /** Account's name, or `system`. */
  requestedBy: z.string(),
  startedAt: instantSchema.nullable(),
  finishedAt: instantSchema.nullable(),
  cancelledBy: z.string().nullable(),
  /** Of the last try; a code, a step and a number, so that it can hold no patient's data. */
  problem: z
    .strictObject({
      code: z.enum(trainingJobProblems),
      step: z.string().max(40).nullable(),
      exitCode: z.int().nullable(),
    })
    .nullable(),
});
export type TrainingJob = z.infer<typeof trainingJobSchema>;

export const trainingJobDetailSchema = z.strictObject({
  ...trainingJobSchema.shape,
  configuration: trainingConfigurationSchema,
});

/** A schedule's configuration now, or one of one's own. */
export const newTrainingJobSchema = z.union([
  z.strictObject({ scheduleId: trainingScheduleIdSchema }),
  z.strictObject({
    kind: trainingKindSchema,
    configuration: jobConfigurationSchema,
    limits: trainingLimitsSchema.prefault({}),
  }),
]);
