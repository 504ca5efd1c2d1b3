/** One message of the queue: a job of training, begun or taken over, to the end of one try. */
import type { Json } from '../../../contract/canonical-json.ts';
import { trainingJobIdSchema } from '../../../contract/registry/training-jobs.ts';
import { afterTry, judgeOffer, type AfterTry, type TryEnd } from '../../core/training-jobs.ts';
import type { StoreTransaction } from '../../ports/store.ts';
import type { TrainingProgram, TrainingSign, TrainingTry } from '../../ports/training-program.ts';
import type { Delivery, Verdict } from '../../ports/work-queue.ts';
import { recordDeed } from '../record-deed.ts';
import { nowOf, type World } from '../world.ts';
import { lastLabelSequence } from './count-newly-labelled.ts';
import { configurationOf, limitsOf, type JobRow } from './rows.ts';

export interface TrainerTimes {
  /** Between two signs of life, ms; a cancellation is heard at each. */
  readonly beatMs: number;
  /** A trainer that gave none for this long is gone, ms. */
  readonly silentAfterMs: number;
  /** For the end of a piece of work after it was asked to stop, ms. */
  readonly graceMs: number;
}

export interface Trainer {
  readonly world: Pick<World, 'store' | 'clock' | 'randomness' | 'hashing' | 'log'>;
  readonly program: TrainingProgram;
  readonly times: TrainerTimes;
  /** Resolves when this trainer is to end: what it works on is given back. */
  readonly released: Promise<void>;
}

/** Works on the job until its try is over; what follows stands in its row before the message is acknowledged. */
export async function trainJob(
  trainer: Trainer,
  delivery: Pick<Delivery, 'payload' | 'working'>,
): Promise<Verdict> {
  const id = jobIdIn(delivery.payload);
  if (id === undefined) return { kind: 'dead', reason: 'not a job of training' };
  const taken = await takeJob(trainer, id);
  if ('verdict' in taken) return taken.verdict;
  return new Attempt(trainer, taken, delivery).run();
}

interface Begun {
  readonly job: JobRow;
  /** The last label when the try began: a snapshot of this try holds all up to it. */
  readonly labelsSeen: number;
}
type Taken = { readonly verdict: Verdict } | Begun;

function takeJob({ world, times }: Trainer, id: string): Promise<Taken> {
  const holder = world.randomness.id(world.clock.now());
  return world.store.write(async (transaction): Promise<Taken> => {
    const row = await transaction.get('trainingJobs', id);
    if (row === undefined) return { verdict: { kind: 'dead', reason: 'no such job' } };
    // A message of an earlier try that came late: the row has its own time.
    if (row.state === 'queued' && row.chosenAt === null) return { verdict: { kind: 'done' } };
    const offered = { state: row.state, aliveMs: row.aliveAt === null ? null : Date.parse(row.aliveAt) };
    const nowMs = world.clock.now();
    switch (judgeOffer(offered, { nowMs, silentAfterMs: times.silentAfterMs })) {
      case 'drop':
        return { verdict: { kind: 'done' } };
      case 'wait':
        return { verdict: { kind: 'retry', afterMs: times.silentAfterMs } };
      case 'take-over': {
        const after = afterTry({ ...row, limits: limitsOf(row) }, { kind: 'lost' });
        if (after.state !== 'queued') {
          await settle(world, transaction, row, after);
          return { verdict: { kind: 'done' } };
        }
        break;
      }
      case 'begin':
    }
    const now = nowOf(world);
    const change = {
      state: 'running' as const,
      attempts: row.attempts + 1,
      holder,
      aliveAt: now,
      startedAt: row.startedAt ?? now,
      nextAttemptAt: null,
    };
    await transaction.update('trainingJobs', id, change);
    await recordDeed(world, transaction, {
      by: 'system',
      action: 'training-job-begun',
      subjectId: id,
      details: { attempt: change.attempts, runId: row.runId },
    });
    return { job: { ...row, ...change }, labelsSeen: await lastLabelSequence(transaction) };
  });
}

/** Writes what follows a try into the row. */
async function settle(
  world: Trainer['world'],
  transaction: StoreTransaction,
  row: JobRow,
  after: AfterTry,
): Promise<void> {
  const nowMs = world.clock.now();
  const isAgain = after.state === 'queued';
  const keepsPlace = isAgain && after.problem === null;
  await transaction.update('trainingJobs', row.id, {
    state: after.state,
    holder: null,
    aliveAt: null,
    problem: after.problem as Json,
    ...(isAgain
      ? {
          attempts: after.attempts,
          nextAttemptAt: new Date(nowMs + after.delayMs).toISOString(),
          // Without a fault the message itself comes again, and the job stays the one of its kind.
          ...(keepsPlace ? { queuedAt: nowOf(world) } : { chosenAt: null, queuedAt: null }),
        }
      : { finishedAt: nowOf(world), nextAttemptAt: null }),
  });
  if (keepsPlace) return;
  await recordDeed(world, transaction, {
    by: 'system',
    action: isAgain ? 'training-job-to-be-tried-again' : `training-job-${after.state}`,
    subjectId: row.id,
    details: { attempt: row.attempts, ...(after.problem === null ? {} : { code: after.problem.code }) },
  });
}

/** One try of one job, by this process. */
class Attempt {
  readonly #trainer: Trainer;
  readonly #job: JobRow;
  readonly #labelsSeen: number;
  readonly #delivery: Pick<Delivery, 'working'>;
  readonly #isOver = Promise.withResolvers<void>();
  #last: TrainingSign | undefined;
  #tookSnapshot = false;
  #stopped: TryEnd | 'cancelled' | undefined;
  #try: TrainingTry | undefined;
  #grace = { cancel: (): void => undefined };

  constructor(trainer: Trainer, { job, labelsSeen }: Begun, delivery: Pick<Delivery, 'working'>) {
    this.#trainer = trainer;
    this.#job = job;
    this.#labelsSeen = labelsSeen;
    this.#delivery = delivery;
  }

  async run(): Promise<Verdict> {
    const { world, program, released } = this.#trainer;
    const { runId } = this.#job;
    const limitMs = limitsOf(this.#job).timeoutMinutes * 60_000;
    const timeout = world.clock.after(limitMs, () => this.#stop({ kind: 'timed-out' }));
    this.#try = program.start(
      {
        runId,
        configuration: configurationOf(this.#job),
        trainers: this.#job.trainers as unknown as string[],
      },
      (sign) => this.#hear(sign),
    );
    void released.then(() => this.#stop({ kind: 'released' }));
    const beating = this.#beat();
    const ended = await this.#try.ended;
    timeout.cancel();
    this.#grace.cancel();
    this.#isOver.resolve();
    await beating;
    return this.#finish(ended);
  }

  #hear(sign: TrainingSign): void {
    this.#last = sign;
    if (sign.step === 'snapshot' && sign.kind === 'started') this.#tookSnapshot = true;
  }

  /** Asks it to end, and ends it when it does not. The first reason counts. */
  #stop(why: TryEnd | 'cancelled'): void {
    if (this.#stopped !== undefined) return;
    this.#stopped = why;
    this.#try?.stop();
    this.#grace = this.#trainer.world.clock.after(this.#trainer.times.graceMs, () => this.#try?.kill());
  }

  /** Signs of life until it is over: to the queue, and into the row, where it hears of a cancellation or of another. */
  async #beat(): Promise<void> {
    const { world, times } = this.#trainer;
    let heardMs = world.clock.now();
    for (;;) {
      const { promise: isDue, resolve: callDue } = Promise.withResolvers<void>();
      const timer = world.clock.after(times.beatMs, callDue);
      const isOver = await Promise.race([isDue.then(() => false), this.#isOver.promise.then(() => true)]);
      timer.cancel();
      if (isOver) return;
      try {
        await this.#delivery.working();
        const state = await world.store.write((transaction) => this.#write(transaction));
        if (state === undefined) this.#lose();
        if (state === 'cancelling') this.#stop('cancelled');
        heardMs = world.clock.now();
      } catch (cause) {
        world.log.error('training-sign-of-life-failed', cause, { jobId: this.#job.id });
        // Whoever cannot be heard may have been replaced.
        if (world.clock.now() - heardMs >= times.silentAfterMs) this.#lose();
      }
    }
  }

  #lose(): void {
    if (this.#stopped === undefined || this.#stopped === 'cancelled' || this.#stopped.kind !== 'lost')
      this.#trainer.world.log.warn('training-job-lost', { jobId: this.#job.id });
    this.#stopped = { kind: 'lost' };
    this.#try?.kill();
  }

  /** The row's state; undefined where another one is at the job. */
  async #write(transaction: StoreTransaction): Promise<JobRow['state'] | undefined> {
    const { world } = this.#trainer;
    const row = await transaction.get('trainingJobs', this.#job.id);
    if (row === undefined || row.holder !== this.#job.holder) return undefined;
    const at = nowOf(world);
    const news = this.#last;
    await transaction.update('trainingJobs', row.id, {
      aliveAt: at,
      ...(news === undefined ? {} : { step: news.step, progress: progressOf(news, at) }),
    });
    if (this.#tookSnapshot && row.scheduleId !== null) {
      await transaction.update('trainingSchedules', row.scheduleId, { labelsSeen: this.#labelsSeen });
    }
    return row.state;
  }

  async #finish(ended: TryEnd): Promise<Verdict> {
    const { world } = this.#trainer;
    if (this.#stopped !== undefined && this.#stopped !== 'cancelled' && this.#stopped.kind === 'lost')
      return { kind: 'retry', afterMs: this.#trainer.times.silentAfterMs };
    // A run that came to its end in spite of being told to stop is a run that succeeded.
    const isDone = ended.kind === 'exited' && ended.exitCode === 0;
    const end =
      isDone || this.#stopped === undefined || this.#stopped === 'cancelled' ? ended : this.#stopped;
    const after = await world.store.write(async (transaction) => {
      const state = await this.#write(transaction);
      if (state === undefined) return undefined;
      const row = await transaction.get('trainingJobs', this.#job.id);
      if (row === undefined) return undefined;
      const next = afterTry({ ...row, limits: limitsOf(row) }, end);
      await settle(world, transaction, row, next);
      return next;
    });
    const facts = { jobId: this.#job.id, runId: this.#job.runId, attempt: this.#job.attempts };
    world.log.info('training-try-over', { ...facts, state: after?.state ?? 'taken-over' });
    if (after?.state === 'queued' && after.problem === null) return { kind: 'retry', afterMs: after.delayMs };
    return { kind: 'done' };
  }
}

function progressOf({ epoch, loss, secondsLeftAtMost }: TrainingSign, at: string): Json {
  return { at, epoch, loss, secondsLeftAtMost };
}

function jobIdIn(payload: Json): string | undefined {
  const id: unknown =
    typeof payload === 'object' && payload !== null
      ? (payload as Readonly<Record<string, unknown>>)['jobId']
      : undefined;
  const parsed = trainingJobIdSchema.safeParse(id);
  return parsed.success ? parsed.data : undefined;
}
