import type { RouteAnswer, RouteInput } from '../../../contract/registry/routes.ts';
import { done, refuse, type Outcome } from '../../core/outcome.ts';
import { unfinishedStates } from '../../core/training-jobs.ts';
import { recordDeed } from '../record-deed.ts';
import { nowOf, type Call } from '../world.ts';
import { addJob, configurationOf, jobOf, jobOfSchedule, nameOf, type JobRow } from './rows.ts';

type JobDetail = RouteAnswer<'training-jobs.read'>;

/** Newest first. */
export async function listJobs(
  { world }: Call,
  { query: { after, limit, kind, state } }: RouteInput<'training-jobs.list'>,
): Promise<Outcome<RouteAnswer<'training-jobs.list'>>> {
  if (after !== undefined && !/^\d{1,15}$/u.test(after)) {
    return refuse('invalid-input', 'after is not a place in this list', { facts: { field: 'after' } });
  }
  const rows = await world.store.read((reader) =>
    reader.find('trainingJobs', {
      where: {
        ...(after === undefined ? {} : { sequence: { below: Number(after) } }),
        ...(kind === undefined ? {} : { kind }),
        ...(state === undefined ? {} : { state }),
      },
      order: [['sequence', 'descending']],
      limit: limit + 1,
    }),
  );
  const jobs = rows.slice(0, limit);
  return done({
    jobs: jobs.map(jobOf),
    next: rows.length > limit ? String(jobs.at(-1)?.sequence) : null,
  });
}

export async function readJob(
  { world }: Call,
  { params: { jobId } }: RouteInput<'training-jobs.read'>,
): Promise<Outcome<JobDetail>> {
  const row = await world.store.read((reader) => reader.get('trainingJobs', jobId));
  return row === undefined ? noSuchJob : done(detailOf(row));
}

export async function startJob(
  { world, caller }: Call,
  { body }: RouteInput<'training-jobs.start'>,
): Promise<Outcome<JobDetail>> {
  return world.store.write(async (transaction) => {
    const trigger = { by: 'person' } as const;
    if (!('scheduleId' in body)) {
      return done(detailOf(await addJob(world, transaction, { ...body, schedule: null, trigger }, caller)));
    }
    const schedule = await transaction.get('trainingSchedules', body.scheduleId);
    if (schedule === undefined) return refuse('not-found', 'There is no such schedule');
    return done(detailOf(await addJob(world, transaction, jobOfSchedule(schedule, trigger), caller)));
  });
}

/** A job that waits is cancelled at once; one at work when its trainer has stopped it; one that is over stays as it is. */
export async function cancelJob(
  { world, caller }: Call,
  { params: { jobId } }: RouteInput<'training-jobs.cancel'>,
): Promise<Outcome<JobDetail>> {
  return world.store.write(async (transaction) => {
    const row = await transaction.get('trainingJobs', jobId);
    if (row === undefined) return noSuchJob;
    if (row.state === 'cancelling' || !(unfinishedStates as readonly string[]).includes(row.state))
      return done(detailOf(row));
    const cancelledBy = nameOf(caller);
    const change =
      row.state === 'queued'
        ? { state: 'cancelled' as const, cancelledBy, nextAttemptAt: null, finishedAt: nowOf(world) }
        : { state: 'cancelling' as const, cancelledBy };
    await transaction.update('trainingJobs', jobId, change);
    await recordDeed(world, transaction, {
      by: caller,
      action: 'training-job-cancelled',
      subjectId: jobId,
      details: { wasAtWork: row.state === 'running' },
    });
    return done(detailOf({ ...row, ...change }));
  });
}

function detailOf(row: JobRow): JobDetail {
  return { ...jobOf(row), configuration: configurationOf(row) };
}

const noSuchJob = refuse('not-found', 'There is no such training job');
