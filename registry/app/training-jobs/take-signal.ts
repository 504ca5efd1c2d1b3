import {
  jobConfigurationSchema,
  trainingSignalSchema,
  type TrainingJobId,
  type TrainingSignal,
} from '../../../contract/registry/training-jobs.ts';
import { done, refuse, type Outcome } from '../../core/outcome.ts';
import type { StoreTransaction } from '../../ports/store.ts';
import type { Delivery, Verdict } from '../../ports/work-queue.ts';
import type { Call, World } from '../world.ts';
import { addJob, configurationOf, jobOfSchedule, occasionOf, type ScheduleRow } from './rows.ts';
import { hasWaitingJob } from './start-due.ts';

type SignalWorld = Pick<World, 'store' | 'clock' | 'randomness' | 'hashing'>;

/**
 * Queues what waits for this signal; jobs that the same signal made before are named again. Refuses a data set for a
 * schedule that waits for none, or with paths that leave the trainer's data folder.
 */
export async function takeSignal(
  world: SignalWorld,
  signal: TrainingSignal,
  by: Call['caller'] | 'system',
): Promise<Outcome<{ jobs: TrainingJobId[] }>> {
  return world.store.write(async (transaction) => {
    const known = await transaction.find('trainingJobs', {
      where: { eventId: signal.id },
      order: [['sequence', 'ascending']],
    });
    if (known.length > 0) return done({ jobs: known.map(({ id }) => id as TrainingJobId) });
    const add = async (
      schedule: ScheduleRow,
      configuration: ReturnType<typeof configurationOf>,
    ): Promise<TrainingJobId> => {
      const trigger = { by: 'event', event: signal } as const;
      const job = { ...jobOfSchedule(schedule, trigger), configuration };
      return (await addJob(world, transaction, job, by)).id as TrainingJobId;
    };
    if (signal.event === 'data-set') {
      const schedule = await transaction.get('trainingSchedules', signal.schedule);
      if (schedule === undefined || occasionOf(schedule).on !== 'message')
        return refuse('not-found', 'No schedule of this name waits for a data set');
      if (!schedule.isEnabled) return refuse('conflict', 'The schedule is switched off');
      const parsed = jobConfigurationSchema.safeParse({ ...configurationOf(schedule), data: signal.data });
      if (!parsed.success)
        return refuse('invalid-input', 'the data set does not go with the schedule', {
          facts: { field: 'data' },
        });
      return done({ jobs: [await add(schedule, parsed.data)] });
    }
    const jobs: TrainingJobId[] = [];
    for (const schedule of await alerted(transaction, signal.model)) {
      if (!(await hasWaitingJob(transaction, schedule.id)))
        jobs.push(await add(schedule, configurationOf(schedule)));
    }
    return done({ jobs });
  });
}

async function alerted(transaction: StoreTransaction, model: string): Promise<readonly ScheduleRow[]> {
  const enabled = await transaction.find('trainingSchedules', { where: { isEnabled: true } });
  return enabled.filter((schedule) => {
    const occasion = occasionOf(schedule);
    return occasion.on === 'drift-alert' && (occasion.model === null || occasion.model === model);
  });
}

/** A message of the bus. What is no signal, or is refused, goes to the dead letters with the reason. */
export async function takeSignalMessage(
  world: SignalWorld & Pick<World, 'log'>,
  { payload }: Pick<Delivery, 'payload'>,
): Promise<Verdict> {
  const parsed = trainingSignalSchema.safeParse(payload);
  if (!parsed.success) return { kind: 'dead', reason: 'not a signal for training' };
  const taken = await takeSignal(world, parsed.data, 'system');
  if (taken.ok) return { kind: 'done' };
  world.log.warn('training-signal-refused', { code: taken.problem.code });
  return { kind: 'dead', reason: taken.problem.detail };
}
