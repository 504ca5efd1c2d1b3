/** Schedules and jobs of training, as rows and as the contract shows them. */
import type { Json } from '../../../contract/canonical-json.ts';
import type {
  TrainingJob,
  TrainingLimits,
  TrainingOccasion,
  TrainingTrigger,
} from '../../../contract/registry/training-jobs.ts';
import type { TrainingConfiguration } from '../../../contract/training/configuration.ts';
import { runIdOf } from '../../core/training-jobs.ts';
import type { Row, StoreTransaction } from '../../ports/store.ts';
import { recordDeed } from '../record-deed.ts';
import { nowOf, type Call, type World } from '../world.ts';

export type JobRow = Row<'trainingJobs'>;
export type ScheduleRow = Row<'trainingSchedules'>;

export function occasionOf({ occasion }: ScheduleRow): TrainingOccasion {
  return occasion as unknown as TrainingOccasion;
}

export function limitsOf({ limits }: Pick<JobRow, 'limits'>): TrainingLimits {
  return limits as unknown as TrainingLimits;
}

export function configurationOf({ configuration }: Pick<JobRow, 'configuration'>): TrainingConfiguration {
  return configuration as unknown as TrainingConfiguration;
}

export function jobOf(row: JobRow): TrainingJob {
  return {
    id: row.id as TrainingJob['id'],
    kind: row.kind,
    scheduleId: row.scheduleId,
    trigger: row.trigger as unknown as TrainingTrigger,
    state: row.state,
    attempts: row.attempts,
    limits: limitsOf(row),
    nextAttemptAt: row.nextAttemptAt,
    runId: row.runId,
    step: row.step,
    progress: row.progress as unknown as TrainingJob['progress'],
    requestedAt: row.requestedAt,
    requestedBy: row.requestedBy,
    startedAt: row.startedAt,
    finishedAt: row.finishedAt,
    cancelledBy: row.cancelledBy,
    problem: row.problem as unknown as TrainingJob['problem'],
  };
}

export interface NewJob {
  readonly kind: string;
  /** Null: with a configuration of its own. */
  readonly schedule: Pick<ScheduleRow, 'id' | 'changedBy'> | null;
  readonly trigger: TrainingTrigger;
  readonly configuration: TrainingConfiguration;
  readonly limits: TrainingLimits;
}

/** What a schedule starts. */
export function jobOfSchedule(schedule: ScheduleRow, trigger: TrainingTrigger): NewJob {
  const { kind } = schedule;
  return { kind, schedule, trigger, configuration: configurationOf(schedule), limits: limitsOf(schedule) };
}

/** Queues a job, in the transaction that decided it. */
export async function addJob(
  world: Pick<World, 'clock' | 'randomness' | 'hashing'>,
  transaction: StoreTransaction,
  { kind, schedule, trigger, configuration, limits }: NewJob,
  by: Call['caller'] | 'system',
): Promise<JobRow> {
  const at = nowOf(world);
  const requestedBy = nameOf(by);
  const scheduleId = schedule?.id ?? null;
  const id = world.randomness.id(world.clock.now());
  const row: JobRow = {
    id,
    kind,
    scheduleId,
    eventId: trigger.by === 'event' ? trigger.event.id : null,
    trigger: trigger as unknown as Json,
    configuration: configuration as unknown as Json,
    limits: limits as unknown as Json,
    trainers: [
      ...new Set([
        ...(by === 'system' ? [] : [requestedBy]),
        ...(schedule === null ? [] : [schedule.changedBy]),
      ]),
    ],
    runId: runIdOf(kind, id),
    state: 'queued',
    attempts: 0,
    nextAttemptAt: null,
    chosenAt: null,
    queuedAt: null,
    holder: null,
    aliveAt: null,
    step: null,
    progress: null,
    problem: null,
    requestedAt: at,
    requestedBy,
    startedAt: null,
    finishedAt: null,
    cancelledBy: null,
    sequence: await transaction.next('training-jobs'),
  };
  await transaction.insert('trainingJobs', row);
  if (scheduleId !== null) await transaction.update('trainingSchedules', scheduleId, { lastJobId: id });
  await recordDeed(world, transaction, {
    by,
    action: 'training-job-queued',
    subjectId: id,
    details: { kind, trigger: trigger.by, ...(scheduleId === null ? {} : { scheduleId }) },
  });
  return row;
}

/** As jobs and schedules name who asked. */
export function nameOf(by: Call['caller'] | 'system'): string {
  return by !== 'system' && by.kind === 'account' ? by.username : 'system';
}
