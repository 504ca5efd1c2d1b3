/** Schedules by the calendar and by labels: what is due becomes a job, once, whichever process looks first. */
import type { TrainingTrigger } from '../../../contract/registry/training-jobs.ts';
import { unfinishedStates } from '../../core/training-jobs.ts';
import type { StoreReader, StoreTransaction } from '../../ports/store.ts';
import { nowOf, type World } from '../world.ts';
import { countNewlyLabelled } from './count-newly-labelled.ts';
import { addJob, jobOfSchedule, occasionOf, type ScheduleRow } from './rows.ts';

type DueWorld = Pick<World, 'store' | 'clock' | 'cron' | 'randomness' | 'hashing'>;

/** Makes the jobs that are due; returns how many. */
export async function startDue(world: DueWorld): Promise<number> {
  const candidates = await world.store.read(async (reader) => {
    const enabled = await reader.find('trainingSchedules', { where: { isEnabled: true } });
    const due = await Promise.all(
      enabled.map(async (row) =>
        (await triggerOf(reader, row, nowOf(world))) === undefined ? [] : [row.id],
      ),
    );
    return due.flat();
  });
  let made = 0;
  for (const id of candidates) {
    if (await world.store.write((transaction) => startOne(world, transaction, id))) made += 1;
  }
  return made;
}

/** A time that was slept through counts once: the next is after now. */
async function startOne(world: DueWorld, transaction: StoreTransaction, id: string): Promise<boolean> {
  const schedule = await transaction.get('trainingSchedules', id);
  if (schedule === undefined || !schedule.isEnabled) return false;
  const trigger = await triggerOf(transaction, schedule, nowOf(world));
  if (trigger === undefined) return false;
  const occasion = occasionOf(schedule);
  if (occasion.on === 'cron') {
    const next = world.cron.next(occasion.expression, occasion.timeZone, world.clock.now());
    const nextAt = typeof next === 'number' ? new Date(next).toISOString() : null;
    await transaction.update('trainingSchedules', id, { nextAt });
    if (await hasWaitingJob(transaction, id)) return false;
  }
  await addJob(world, transaction, jobOfSchedule(schedule, trigger), 'system');
  return true;
}

/** Why it is due; undefined where it is not. */
async function triggerOf(
  reader: StoreReader,
  schedule: ScheduleRow,
  now: string,
): Promise<TrainingTrigger | undefined> {
  const occasion = occasionOf(schedule);
  switch (occasion.on) {
    case 'cron':
      return schedule.nextAt !== null && schedule.nextAt <= now
        ? { by: 'cron', dueAt: schedule.nextAt }
        : undefined;
    case 'labelled-sessions': {
      const where = { scheduleId: schedule.id, state: { in: unfinishedStates } };
      if ((await reader.count('trainingJobs', where)) > 0) return undefined;
      const sessions = await countNewlyLabelled(reader, schedule.labelsSeen);
      return sessions >= occasion.count ? { by: 'labelled-sessions', sessions } : undefined;
    }
    case 'drift-alert':
    case 'message':
      return undefined;
  }
}

/** Whether a job of the schedule has not begun yet: what is due now is then done by it. */
export async function hasWaitingJob(reader: StoreReader, scheduleId: string): Promise<boolean> {
  return (await reader.count('trainingJobs', { scheduleId, state: 'queued', attempts: 0 })) > 0;
}
