/** Schedules, jobs and trainers over the ports' twins, in virtual time. */
import { setImmediate } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Json } from '../../../contract/canonical-json.ts';
import {
  newTrainingJobSchema,
  newTrainingScheduleSchema,
  trainingJobDetailSchema,
  trainingScheduleSchema,
  trainingSignalTopic,
  type TrainingJobState,
} from '../../../contract/registry/training-jobs.ts';
import type { RouteAnswer } from '../../../contract/registry/routes.ts';
import { memoryTrainingProgram, type MemoryTrainingProgram } from '../../ports/training-program.memory.ts';
import { personCaller, testRegistry, valueOf, type TestRegistry } from '../sync/fixtures/registry.ts';
import type { Call } from '../world.ts';
import { trainingJobsHandlers as routes } from './handlers.ts';
import { startTrainingScheduler, type TrainingScheduler } from './run-scheduler.ts';
import { startTrainer, type TrainerService } from './run-trainer.ts';

type Job = RouteAnswer<'training-jobs.read'>;

const times = { beatMs: 1000, silentAfterMs: 10_000, graceMs: 5000 };
const configuration = {
  data: { kind: 'csv', file: 'vowels.csv' },
  model: { name: 'vowel', version: '1.0.0', recording: 'sustentada' },
};
const everyHour = { on: 'cron', expression: '30 * * * *', timeZone: 'UTC' };

let registry: TestRegistry;
let call: Call;
let program: MemoryTrainingProgram;
let scheduler: TrainingScheduler;

beforeEach(async () => {
  registry = await testRegistry();
  call = registry.callBy(personCaller('researcher', 'all'));
  program = memoryTrainingProgram();
  scheduler = await startTrainingScheduler(registry.world);
});

/** Lets time pass in small steps until it is so. */
async function until(isSo: () => Promise<boolean> | boolean, mostMs = 7_200_000): Promise<void> {
  for (let passedMs = 0; passedMs < mostMs; passedMs += 250) {
    for (let turn = 0; turn < 5; turn += 1) await setImmediate();
    if (await isSo()) return;
    registry.clock.advance(250);
  }
  throw new Error('it never came to it');
}
async function pass(ms: number): Promise<void> {
  const endMs = registry.clock.now() + ms;
  await until(() => registry.clock.now() >= endMs, ms + 250);
  for (let turn = 0; turn < 20; turn += 1) await setImmediate();
}

const train = (concurrency = 2): Promise<TrainerService> =>
  startTrainer(registry.world, { program, concurrency, times });
const put = (scheduleId: string, more: object) =>
  routes['training-schedules.put'](call, {
    params: { scheduleId },
    query: undefined,
    body: newTrainingScheduleSchema.parse({ kind: 'vowel', occasion: everyHour, configuration, ...more }),
  });
const start = async (more: object = {}): Promise<Job> => {
  const body = newTrainingJobSchema.parse({ kind: 'vowel', configuration, ...more });
  return valueOf(await routes['training-jobs.start'](call, { params: undefined, query: undefined, body }));
};
const read = async ({ id }: Pick<Job, 'id'>): Promise<Job> => {
  const job = valueOf(
    await routes['training-jobs.read'](call, {
      params: { jobId: id as never },
      query: undefined,
      body: undefined,
    }),
  );
  trainingJobDetailSchema.parse(job);
  return job;
};
const cancel = ({ id }: Pick<Job, 'id'>) =>
  routes['training-jobs.cancel'](call, { params: { jobId: id as never }, query: undefined, body: undefined });
const jobs = async (): Promise<readonly RouteAnswer<'training-jobs.list'>['jobs'][number][]> =>
  valueOf(
    await routes['training-jobs.list'](call, { params: undefined, query: { limit: 100 }, body: undefined }),
  ).jobs;
const isIn = (job: Pick<Job, 'id'>, state: TrainingJobState) => async () => (await read(job)).state === state;
const schedule = async () => {
  const [first] = valueOf(await routes['training-schedules.list'](call)).schedules;
  return trainingScheduleSchema.parse(first);
};
const send = async (signal: object): Promise<void> =>
  registry.world.queue.publish(trainingSignalTopic, JSON.stringify(signal), signal as Json);
const deeds = async (): Promise<readonly string[]> =>
  (await registry.rows('audit')).map(({ action }) => action);

describe('a job', () => {
  it('runs from the queue to its end, telling how far it is', async () => {
    await train();
    const job = await start();
    expect(job).toMatchObject({
      state: 'queued',
      requestedBy: 'ana',
      trigger: { by: 'person' },
      attempts: 0,
    });
    await until(() => program.tries.length === 1);
    const [first] = program.tries;
    expect(first?.order).toMatchObject({ runId: job.runId, configuration: { model: { name: 'vowel' } } });
    first?.sign({ step: 'fit', epoch: 3, loss: 0.5, secondsLeftAtMost: 60 });
    await until(async () => (await read(job)).step === 'fit');
    expect(await read(job)).toMatchObject({ state: 'running', progress: { epoch: 3, loss: 0.5 } });
    first?.end({ kind: 'exited', exitCode: 0 });
    await until(isIn(job, 'succeeded'));
    expect(await read(job)).toMatchObject({
      attempts: 1,
      problem: null,
      finishedAt: expect.any(String) as string,
    });
    expect(await deeds()).toEqual(['training-job-queued', 'training-job-begun', 'training-job-succeeded']);
  });

  it('waits for the one of its kind that is at work; another kind does not', async () => {
    await train(4);
    const [first, second, other] = [await start(), await start(), await start({ kind: 'cough' })];
    await until(() => program.tries.length === 2);
    await pass(60_000);
    expect(program.tries.map(({ order }) => order.runId)).toEqual([first.runId, other.runId]);
    program.tries[0]?.end({ kind: 'exited', exitCode: 0 });
    await until(() => program.tries.length === 3);
    expect([program.tries[2]?.order.runId, (await read(second)).state]).toEqual([second.runId, 'running']);
  });

  it('is tried again after growing waits, up to its limit, on the same run', async () => {
    await train();
    const job = await start({ limits: { attempts: 3, firstDelayS: 60 } });
    const begunMs: number[] = [];
    for (const count of [1, 2, 3]) {
      await until(() => program.tries.length === count);
      begunMs.push(registry.clock.now());
      program.tries[count - 1]?.end({ kind: 'exited', exitCode: 1 });
    }
    await until(isIn(job, 'failed'));
    const [firstWait, secondWait] = [begunMs[1]! - begunMs[0]!, begunMs[2]! - begunMs[1]!];
    expect([Math.floor(firstWait / 60_000), Math.floor(secondWait / 60_000)]).toEqual([1, 2]);
    expect(new Set(program.tries.map(({ order }) => order.runId)).size).toBe(1);
    expect((await read(job)).problem).toEqual({ code: 'run-refused', step: null, exitCode: 1 });
    await pass(600_000);
    expect(program.tries.length).toBe(3);
  });

  it('ends at the release gate without another try', async () => {
    await train();
    const job = await start();
    await until(() => program.tries.length === 1);
    program.tries[0]?.end({ kind: 'exited', exitCode: 3 });
    await until(isIn(job, 'refused-by-gate'));
  });

  it('is stopped when it takes too long', async () => {
    await train();
    const job = await start({ limits: { attempts: 1, timeoutMinutes: 5 } });
    await until(() => program.tries.length === 1);
    await until(isIn(job, 'failed'));
    expect([program.tries[0]?.asked, (await read(job)).problem?.code]).toEqual([['stop'], 'timed-out']);
  });
});

describe('a cancellation', () => {
  it('takes a waiting job out of the queue', async () => {
    const job = await start();
    expect(valueOf(await cancel(job))).toMatchObject({ state: 'cancelled', cancelledBy: 'ana' });
    await train();
    await pass(60_000);
    expect([program.tries.length, (await read(job)).state]).toEqual([0, 'cancelled']);
  });

  it('reaches the process that is at work, which ends after its piece of work', async () => {
    await train();
    const job = await start();
    await until(() => program.tries.length === 1);
    expect(valueOf(await cancel(job)).state).toBe('cancelling');
    await until(isIn(job, 'cancelled'));
    expect(program.tries[0]?.asked).toEqual(['stop']);
    expect(await deeds()).toContain('training-job-cancelled');
  });

  it('kills a process that does not end by itself', async () => {
    program = memoryTrainingProgram({ isDeaf: true });
    await train();
    const job = await start();
    await until(() => program.tries.length === 1);
    await cancel(job);
    await until(isIn(job, 'cancelled'));
    expect(program.tries[0]?.asked).toEqual(['stop', 'kill']);
  });

  it('of a job whose trainer is gone comes to its end without one', async () => {
    const job = await start();
    await until(async () => (await registry.world.queue.depth('training.jobs')) === 1);
    const aliveAt = new Date(registry.clock.now()).toISOString();
    await registry.world.store.write((transaction) =>
      transaction.update('trainingJobs', job.id, { state: 'running', holder: 'gone', aliveAt }),
    );
    await cancel(job);
    await until(isIn(job, 'cancelled'));
  });

  it('changes nothing of a job that is over', async () => {
    const job = await start();
    await cancel(job);
    const before = await read(job);
    expect(valueOf(await cancel(job))).toEqual(before);
  });
});

describe('a trainer', () => {
  it('gives its run back when it is told to end, and the next one goes on at once, without a try lost', async () => {
    const first = await train();
    const job = await start({ limits: { attempts: 1 } });
    await until(() => program.tries.length === 1);
    let isStopped = false;
    void first.stop().then(() => (isStopped = true));
    await until(() => isStopped);
    expect(await read(job)).toMatchObject({ state: 'queued', attempts: 0 });
    await train();
    await until(() => program.tries.length === 2);
    program.tries[1]?.end({ kind: 'exited', exitCode: 0 });
    await until(isIn(job, 'succeeded'));
  });

  it('takes over from one that fell silent, as a try of its own', async () => {
    const job = await start({ limits: { attempts: 2 } });
    await until(async () => (await registry.world.queue.depth('training.jobs')) === 1);
    const aliveAt = new Date(registry.clock.now()).toISOString();
    await registry.world.store.write((transaction) =>
      transaction.update('trainingJobs', job.id, { state: 'running', holder: 'gone', aliveAt, attempts: 1 }),
    );
    await train();
    await pass(5000);
    expect(program.tries.length).toBe(0);
    await until(() => program.tries.length === 1);
    expect(await read(job)).toMatchObject({ state: 'running', attempts: 2 });
  });

  it('stops its process when another one has the job, and writes nothing more', async () => {
    program = memoryTrainingProgram({ isDeaf: true });
    await train();
    const job = await start();
    await until(() => program.tries.length === 1);
    await registry.world.store.write((transaction) =>
      transaction.update('trainingJobs', job.id, { holder: 'another', step: 'evaluate' }),
    );
    await until(() => program.tries[0]?.isOver === true);
    await pass(1000);
    expect(program.tries[0]?.asked).toEqual(['kill']);
    const [row] = await registry.rows('trainingJobs');
    expect(row).toMatchObject({ holder: 'another', step: 'evaluate', state: 'running' });
  });

  it('says that a job failed whose trainers die again and again', async () => {
    const job = await start({ limits: { attempts: 1 } });
    await until(async () => (await registry.world.queue.depth('training.jobs')) === 1);
    const aliveAt = new Date(registry.clock.now()).toISOString();
    await registry.world.store.write((transaction) =>
      transaction.update('trainingJobs', job.id, { state: 'running', holder: 'gone', aliveAt, attempts: 1 }),
    );
    await train();
    await until(isIn(job, 'failed'));
    expect([program.tries.length, (await read(job)).problem?.code]).toEqual([0, 'trainer-lost']);
  });
});

describe('a schedule by the calendar', () => {
  it('makes a job when its time comes, and tells the next time', async () => {
    await train();
    valueOf(await put('hourly', {}));
    // The clock stands at 12:00.
    expect((await schedule()).nextAt).toBe('2026-03-09T12:30:00.000Z');
    await until(() => program.tries.length === 1);
    expect((await jobs())[0]).toMatchObject({
      scheduleId: 'hourly',
      requestedBy: 'system',
      trigger: { by: 'cron', dueAt: '2026-03-09T12:30:00.000Z' },
    });
    expect(await schedule()).toMatchObject({
      nextAt: '2026-03-09T13:30:00.000Z',
      lastJobId: (await jobs())[0]?.id,
    });
  });

  it('makes up once for what was slept through', async () => {
    valueOf(await put('hourly', {}));
    await scheduler.stop();
    registry.clock.advance(5 * 3_600_000);
    scheduler = await startTrainingScheduler(registry.world);
    await pass(60_000);
    expect((await jobs()).length).toBe(1);
    expect((await schedule()).nextAt).toBe('2026-03-09T17:30:00.000Z');
  });

  it('has one waiting job at most, and none when it is switched off or removed', async () => {
    valueOf(await put('hourly', {}));
    await pass(3 * 3_600_000);
    expect((await jobs()).length).toBe(1);
    valueOf(await put('hourly', { isEnabled: false }));
    expect((await schedule()).nextAt).toBeNull();
    valueOf(
      await routes['training-schedules.remove'](call, {
        params: { scheduleId: 'hourly' },
        query: undefined,
        body: undefined,
      }),
    );
    expect((await deeds()).filter((deed) => deed.startsWith('training-schedule'))).toEqual([
      'training-schedule-made',
      'training-schedule-changed',
      'training-schedule-removed',
    ]);
  });

  it('can be asked for its next three times before it is made', async () => {
    const times = (expression: string) =>
      routes['training-schedules.times'](call, {
        params: undefined,
        query: { expression, timeZone: 'UTC' },
        body: undefined,
      });
    expect(valueOf(await times('30 * * * *')).times).toEqual([
      '2026-03-09T12:30:00.000Z',
      '2026-03-09T13:30:00.000Z',
      '2026-03-09T14:30:00.000Z',
    ]);
    expect(await times('now and then')).toMatchObject({ ok: false, problem: { code: 'invalid-input' } });
  });

  it.each([
    ['an expression', { ...everyHour, expression: 'now and then' }],
    ['an expression that names no time of the twin', { ...everyHour, expression: '0 0 30 2 *' }],
  ])('is refused with %s that is none', async (_name, occasion) => {
    expect(await put('hourly', { occasion })).toMatchObject({
      ok: false,
      problem: { code: 'invalid-input' },
    });
  });
});

describe('a schedule by labelled sessions', () => {
  let labels = 0;
  const label = (session: number, value: string | null = 'positive') =>
    registry.world.store.write(async (transaction) => {
      labels += 1;
      await transaction.insert('labels', {
        id: `label-${String(labels)}`,
        sessionId: `session-${String(session)}`,
        hospitalId: 'hospital',
        question: 'respiratory-insufficiency',
        version: '1.0.0',
        value,
        source: 'clinician',
        via: 'reading',
        readerId: 'reader',
        byId: 'reader',
        byName: null,
        at: new Date(registry.clock.now()).toISOString(),
        why: null,
        reading: 1,
        isBlind: false,
        supersedes: null,
        sequence: labels,
      });
    });
  beforeEach(() => {
    labels = 0;
  });

  it('counts sessions by their first label since the last snapshot, and starts when there are enough', async () => {
    await train();
    await label(1);
    valueOf(await put('labelled', { occasion: { on: 'labelled-sessions', count: 2 } }));
    await label(1, 'negative');
    await label(2);
    await label(3, 'unsure');
    await label(4, null);
    await pass(10_000);
    expect([(await schedule()).labelledSessions, program.tries.length]).toEqual([1, 0]);
    await label(3);
    await until(() => program.tries.length === 1);
    expect((await jobs())[0]?.trigger).toEqual({ by: 'labelled-sessions', sessions: 2 });
    await label(5);
    program.tries[0]?.sign({ step: 'snapshot', kind: 'started' });
    await until(async () => (await schedule()).labelledSessions === 1);
    program.tries[0]?.end({ kind: 'exited', exitCode: 0 });
    await pass(60_000);
    expect(program.tries.length).toBe(1);
    await label(6);
    await until(() => program.tries.length === 2);
  });
});

describe('a signal', () => {
  const dataSet = {
    format: 1,
    id: 'study-7',
    event: 'data-set',
    schedule: 'study',
    data: { kind: 'csv', file: 'study-7.csv' },
  };
  const alert = {
    format: 1,
    id: 'psi',
    event: 'drift-alert',
    model: 'vowel',
    figure: 'psi',
    value: 0.3,
    limit: 0.2,
  };

  it('on the bus brings a data set to the schedule that waits for it, once', async () => {
    valueOf(await put('study', { occasion: { on: 'message' } }));
    await send(dataSet);
    await until(async () => (await jobs()).length === 1);
    await send({ ...dataSet, data: { kind: 'csv', file: 'study-7.csv', set: 'b' } });
    await pass(30_000);
    expect((await jobs()).length).toBe(1);
    expect(await read((await jobs())[0] as Job)).toMatchObject({
      requestedBy: 'system',
      configuration: { data: { file: 'study-7.csv' } },
      trigger: { by: 'event', event: { id: 'study-7' } },
    });
  });

  it.each([
    ['that is none', { hello: 'world' }],
    ['with an unknown key', { ...dataSet, more: true }],
    [
      'with a path that leaves the data folder',
      { ...dataSet, data: { kind: 'csv', file: '../secrets.csv' } },
    ],
    ['for a schedule that is not there', { ...dataSet, schedule: 'nobody' }],
    ['for a schedule by the calendar', { ...dataSet, schedule: 'hourly' }],
    ['for a schedule that is off', { ...dataSet, schedule: 'off' }],
  ])('%s is laid aside with the reason', async (_name, signal) => {
    valueOf(await put('study', { occasion: { on: 'message' } }));
    valueOf(await put('hourly', {}));
    valueOf(await put('off', { occasion: { on: 'message' }, isEnabled: false }));
    await send(signal);
    await until(async () => (await registry.world.queue.deadLetters(trainingSignalTopic)).length === 1);
    expect(await jobs()).toEqual([]);
  });

  it('of drift starts the schedules that wait for that model or any, which have not a job that waits', async () => {
    valueOf(await put('any', { occasion: { on: 'drift-alert' } }));
    valueOf(await put('vowel', { occasion: { on: 'drift-alert', model: 'vowel' } }));
    valueOf(await put('cough', { occasion: { on: 'drift-alert', model: 'cough' } }));
    const tell = (id: string) =>
      routes['training-events.send'](call, {
        params: undefined,
        query: undefined,
        body: { ...alert, id, format: 1, event: 'drift-alert', version: null },
      });
    const first = valueOf(await tell('one'));
    expect((await jobs()).map(({ scheduleId }) => scheduleId).toSorted()).toEqual(['any', 'vowel']);
    expect(valueOf(await tell('one'))).toEqual(first);
    expect(valueOf(await tell('two'))).toEqual({ jobs: [] });
    expect((await jobs()).length).toBe(2);
  });
});
