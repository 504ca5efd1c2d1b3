/** From rows to the queue: of each kind one job at a time, and again what was lost on the way. */
import { chooseJobs, unfinishedStates } from '../../core/training-jobs.ts';
import { nowOf, type World } from '../world.ts';
import type { JobRow } from './rows.ts';

export const trainingJobTopic = 'training.jobs';

/** After this, a job on the queue of which nobody gives a sign may be lost, ms. */
const usualRequeueAfterMs = 300_000;

type HandOverWorld = Pick<World, 'store' | 'queue' | 'clock' | 'log'>;

/** Returns how many messages were sent. */
export async function handOver(world: HandOverWorld, requeueAfterMs = usualRequeueAfterMs): Promise<number> {
  await choose(world);
  const quietSince = new Date(world.clock.now() - requeueAfterMs).toISOString();
  const unfinished = await world.store.read((reader) =>
    reader.find('trainingJobs', {
      where: { state: { in: unfinishedStates } },
      order: [['sequence', 'ascending']],
    }),
  );
  let sent = 0;
  for (const job of unfinished.filter(({ chosenAt }) => chosenAt !== null)) {
    const isQuiet = [job.queuedAt, job.aliveAt].every((at) => at === null || at < quietSince);
    if (!isQuiet) continue;
    if (job.state === 'cancelling') {
      await endCancelled(world, job, quietSince);
      continue;
    }
    // One message for each try: the same one twice is one.
    await world.queue.publish(trainingJobTopic, `${job.id}.${String(job.attempts)}`, { jobId: job.id });
    await world.store.write((transaction) =>
      transaction.update('trainingJobs', job.id, { queuedAt: nowOf(world) }),
    );
    sent += 1;
  }
  return sent;
}

async function choose(world: HandOverWorld): Promise<void> {
  const isWaiting = { state: 'queued', chosenAt: null } as const;
  if ((await world.store.read((reader) => reader.count('trainingJobs', isWaiting))) === 0) return;
  await world.store.write(async (transaction) => {
    const unfinished = await transaction.find('trainingJobs', { where: { state: { in: unfinishedStates } } });
    const busy = unfinished.filter(({ chosenAt }) => chosenAt !== null).map(({ kind }) => kind);
    const waiting = unfinished
      .filter(({ chosenAt }) => chosenAt === null)
      .map(({ id, kind, sequence, nextAttemptAt }) => ({
        id,
        kind,
        sequence,
        notBeforeMs: nextAttemptAt === null ? null : Date.parse(nextAttemptAt),
      }));
    for (const id of chooseJobs(waiting, new Set(busy), world.clock.now()))
      await transaction.update('trainingJobs', id, { chosenAt: nowOf(world), queuedAt: null });
  });
}

/** Its trainer is gone and nobody else came: there is nothing left to stop. */
async function endCancelled(world: HandOverWorld, { id }: JobRow, quietSince: string): Promise<void> {
  const isEnded = await world.store.write(async (transaction) => {
    const job = await transaction.get('trainingJobs', id);
    if (job?.state !== 'cancelling' || (job.aliveAt ?? '') >= quietSince) return false;
    const finishedAt = nowOf(world);
    return transaction.update('trainingJobs', id, { state: 'cancelled', holder: null, finishedAt });
  });
  if (isEnded) world.log.warn('training-job-cancelled-unattended', { jobId: id });
}
