/**
 * What the registry does with schedules and jobs of training, over whatever store keeps their rows; two processes of the
 * registry, each with a connection of its own, work on them at once.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  newTrainingJobSchema,
  newTrainingScheduleSchema,
  trainingJobDetailSchema,
  trainingSignalSchema,
} from '../../../contract/registry/training-jobs.ts';
import type { RouteAnswer } from '../../../contract/registry/routes.ts';
import type { Row } from '../../ports/store.ts';
import type { StoreUnderTest } from '../../ports/store.contract.ts';
import { memoryRandomness } from '../../ports/surroundings.memory.ts';
import { memoryTrainingProgram, type MemoryTrainingProgram } from '../../ports/training-program.memory.ts';
import type { Verdict } from '../../ports/work-queue.ts';
import { personCaller, testRegistry, valueOf, type TestRegistry } from '../sync/fixtures/registry.ts';
import type { Call, World } from '../world.ts';
import { countNewlyLabelled, lastLabelSequence } from './count-newly-labelled.ts';
import { handOver, trainingJobTopic } from './hand-over.ts';
import { trainingJobsHandlers as routes } from './handlers.ts';
import { startDue } from './start-due.ts';
import { takeSignal } from './take-signal.ts';
import { trainJob } from './train-job.ts';

type Job = RouteAnswer<'training-jobs.read'>;
type JobRow = Row<'trainingJobs'>;

const times = { beatMs: 1000, silentAfterMs: 10_000, graceMs: 5000 };
const minuteMs = 60_000;
const configuration = {
  data: { kind: 'csv', file: 'vowels.csv' },
  model: { name: 'vowel', version: '1.0.0', recording: 'sustentada' },
};
const everyHour = { on: 'cron', expression: '30 * * * *', timeZone: 'UTC' };

export function describeTrainingJobs(name: string, open: () => Promise<StoreUnderTest>): void {
  describe(`${name} keeps schedules and jobs of training:`, () => {
    let opened: StoreUnderTest;
    let registry: TestRegistry;
    let call: Call;
    /** This process of the registry and another one. */
    let worlds: readonly [World, World];
    let programs: readonly [MemoryTrainingProgram, MemoryTrainingProgram];
    beforeEach(async () => {
      opened = await open();
      registry = await testRegistry(opened.store);
      call = registry.callBy(personCaller('researcher', 'all'));
      const store = (await opened.another?.()) ?? opened.store;
      worlds = [registry.world, { ...registry.world, store, randomness: memoryRandomness(2) }];
      programs = [memoryTrainingProgram(), memoryTrainingProgram()];
    });
    afterEach(async () => {
      if (worlds[1].store !== opened.store) await worlds[1].store.close();
      await opened.end();
    });

    const put = (scheduleId: string, more: object = {}) =>
      routes['training-schedules.put'](call, {
        params: { scheduleId },
        query: undefined,
        body: newTrainingScheduleSchema.parse({ kind: 'vowel', occasion: everyHour, configuration, ...more }),
      });
    const schedules = async () => valueOf(await routes['training-schedules.list'](call)).schedules;
    const start = async (more: object = {}): Promise<Job> => {
      const given = 'scheduleId' in more ? more : { kind: 'vowel', configuration, ...more };
      const body = newTrainingJobSchema.parse(given);
      return valueOf(
        await routes['training-jobs.start'](call, { params: undefined, query: undefined, body }),
      );
    };
    const read = async ({ id }: Pick<Job, 'id'>): Promise<Job> => {
      const params = { jobId: id as never };
      const job = valueOf(
        await routes['training-jobs.read'](call, { params, query: undefined, body: undefined }),
      );
      return trainingJobDetailSchema.parse(job) as Job;
    };
    const cancel = async ({ id }: Pick<Job, 'id'>): Promise<Job> => {
      const params = { jobId: id as never };
      return valueOf(
        await routes['training-jobs.cancel'](call, { params, query: undefined, body: undefined }),
      );
    };
    const list = async (query: {
      readonly limit?: number;
      readonly after?: string;
      readonly kind?: string;
      readonly state?: Job['state'];
    }) =>
      valueOf(
        await routes['training-jobs.list'](call, {
          params: undefined,
          query: { limit: 100, ...query },
          body: undefined,
        }),
      );
    const rowOf = async ({ id }: Pick<Job, 'id'>): Promise<JobRow> =>
      (await opened.store.read((reader) => reader.get('trainingJobs', id)))!;
    const change = (job: Pick<Job, 'id'>, more: Partial<JobRow>) =>
      opened.store.write((transaction) => transaction.update('trainingJobs', job.id, more));
    const nowText = (): string => new Date(registry.clock.now()).toISOString();
    /** A trainer of one of the two processes is given the job by the queue. */
    const train = (which: 0 | 1, { id }: Pick<Job, 'id'>): Promise<Verdict> =>
      trainJob(
        { world: worlds[which], program: programs[which], times, released: new Promise(() => undefined) },
        { payload: { jobId: id }, working: () => Promise.resolve() },
      );
    /** Of two trainers that are given a job at once: who began it, and what the other one was told. */
    const race = async (job: Pick<Job, 'id'>) => {
      const before = programs.map(({ tries }) => tries.length);
      const asked = ([0, 1] as const).map((which) => train(which, job));
      const begun = ([0, 1] as const).map((which) => programs[which].begun(before[which]! + 1));
      const verdicts = await Promise.race(
        asked.map(async (verdict, which) => ({ loser: which, verdict: await verdict })),
      );
      const winner = verdicts.loser === 0 ? 1 : 0;
      await begun[winner];
      expect(programs[verdicts.loser]!.tries.length).toBe(before[verdicts.loser]);
      return { winner, toOther: verdicts.verdict, over: asked[winner]! } as const;
    };

    describe('a schedule', () => {
      it('is listed by its name as it was put, and in place of itself when it changes', async () => {
        valueOf(await put('weekly', { occasion: { on: 'message' } }));
        valueOf(await put('alerts', { occasion: { on: 'drift-alert', model: 'vowel' }, isEnabled: false }));
        valueOf(await put('weekly', { kind: 'cough', limits: { attempts: 5 } }));
        expect(await schedules()).toMatchObject([
          { id: 'alerts', isEnabled: false, nextAt: null, occasion: { model: 'vowel' }, lastJobId: null },
          {
            id: 'weekly',
            kind: 'cough',
            isEnabled: true,
            nextAt: '2026-03-09T12:30:00.000Z',
            limits: { attempts: 5 },
            configuration: { model: { name: 'vowel' } },
            changedBy: 'ana',
          },
        ]);
        const params = { scheduleId: 'alerts' };
        const remove = () =>
          routes['training-schedules.remove'](call, { params, query: undefined, body: undefined });
        valueOf(await remove());
        expect((await schedules()).map(({ id }) => id)).toEqual(['weekly']);
        expect(await remove()).toMatchObject({ problem: { code: 'not-found' } });
      });

      it('of the calendar makes one job for what is due, whichever process looks, and one waits at most', async () => {
        valueOf(await put('a'));
        valueOf(await put('b', { occasion: { ...everyHour, expression: '45 * * * *' } }));
        valueOf(await put('off', { isEnabled: false }));
        registry.clock.advance(29 * minuteMs);
        expect(await Promise.all(worlds.map((world) => startDue(world)))).toEqual([0, 0]);
        registry.clock.advance(minuteMs);
        const made = await Promise.all(worlds.flatMap((world) => [startDue(world), startDue(world)]));
        expect(made.reduce((sum, count) => sum + count)).toBe(1);
        const [job, ...others] = (await list({})).jobs;
        expect([job, others]).toMatchObject([
          { scheduleId: 'a', trigger: { by: 'cron', dueAt: '2026-03-09T12:30:00.000Z' } },
          [],
        ]);
        expect((await schedules()).map(({ nextAt, lastJobId }) => [nextAt, lastJobId])).toEqual([
          ['2026-03-09T13:30:00.000Z', job?.id],
          ['2026-03-09T12:45:00.000Z', null],
          [null, null],
        ]);
        registry.clock.advance(60 * minuteMs);
        await Promise.all(worlds.map((world) => startDue(world)));
        expect((await list({})).jobs.map(({ scheduleId }) => scheduleId)).toEqual(['b', 'a']);
        expect((await schedules())[0]?.nextAt).toBe('2026-03-09T14:30:00.000Z');
      });
    });

    describe('labels', () => {
      let labels = 0;
      beforeEach(() => {
        labels = 0;
      });
      const label = (named: readonly (readonly [session: string, value: string | null])[]) =>
        opened.store.write(async (transaction) => {
          for (const [sessionId, value] of named) {
            labels += 1;
            await transaction.insert('labels', {
              id: `label-${String(labels)}`,
              sessionId,
              hospitalId: 'hospital',
              question: 'respiratory-insufficiency',
              version: '1.0.0',
              value,
              source: 'clinician',
              via: 'reading',
              readerId: null,
              byId: 'reader',
              byName: null,
              at: nowText(),
              why: null,
              reading: null,
              isBlind: false,
              supersedes: null,
              sequence: labels,
            });
          }
        });
      const newly = (after: number) => opened.store.read((reader) => countNewlyLabelled(reader, after));

      it('count a session by the first that says something, also where there are very many', async () => {
        expect([await newly(0), await opened.store.read(lastLabelSequence)]).toEqual([0, 0]);
        await label([
          ['s1', 'positive'],
          ['s2', 'unsure'],
          ['s3', null],
          ['s1', 'negative'],
          ['s2', 'negative'],
        ]);
        expect(await Promise.all([0, 1, 4, 5].map(newly))).toEqual([2, 1, 1, 0]);
        await label(Array.from({ length: 1200 }, (_, index) => [`many-${String(index)}`, 'positive']));
        await label(Array.from({ length: 600 }, (_, index) => [`many-${String(2 * index)}`, 'negative']));
        expect(await Promise.all([0, 5, 5 + 700, 5 + 1200].map(newly))).toEqual([1202, 1200, 500, 0]);
        expect(await opened.store.read(lastLabelSequence)).toBe(1805);
      });

      it('start a job once there are enough, one for both processes, and again only after its snapshot', async () => {
        await label([['before', 'positive']]);
        valueOf(await put('labelled', { occasion: { on: 'labelled-sessions', count: 2 } }));
        await label([['s1', 'positive']]);
        expect(await Promise.all(worlds.map((world) => startDue(world)))).toEqual([0, 0]);
        await label([['s2', 'positive']]);
        const made = await Promise.all(worlds.flatMap((world) => [startDue(world), startDue(world)]));
        expect(made.reduce((sum, count) => sum + count)).toBe(1);
        const job = (await list({})).jobs[0]!;
        expect(job.trigger).toEqual({ by: 'labelled-sessions', sessions: 2 });
        await handOver(worlds[0]);
        const over = train(0, job);
        const attempt = await programs[0].begun(1);
        attempt.sign({ step: 'snapshot', kind: 'started' });
        attempt.end({ kind: 'exited', exitCode: 0 });
        expect(await over).toEqual({ kind: 'done' });
        expect(await schedules()).toMatchObject([{ labelledSessions: 0, lastJobId: job.id }]);
        expect(await startDue(worlds[1])).toBe(0);
        await label([
          ['s3', 'positive'],
          ['s4', 'negative'],
        ]);
        expect(await startDue(worlds[1])).toBe(1);
      });
    });

    describe('a signal', () => {
      const signalOf = (id: string, more: object) => trainingSignalSchema.parse({ format: 1, id, ...more });
      const dataSet = { event: 'data-set', schedule: 'study', data: { kind: 'csv', file: 'study-7.csv' } };
      const alert = { event: 'drift-alert', model: 'vowel', figure: 'psi', value: 0.3, limit: 0.2 };

      it('that comes to both processes at once makes its jobs once, and each is told of the same', async () => {
        valueOf(await put('study', { occasion: { on: 'message' } }));
        for (const id of ['one', 'two', 'three']) {
          const told = await Promise.all(
            worlds.flatMap((world) => [0, 1].map(() => takeSignal(world, signalOf(id, dataSet), 'system'))),
          );
          const jobs = told.map((one) => valueOf(one).jobs);
          expect(new Set(jobs.flat()).size, id).toBe(1);
        }
        const rows = await opened.store.read((reader) => reader.find('trainingJobs', {}));
        expect(rows.map(({ eventId }) => eventId).toSorted()).toEqual(['one', 'three', 'two']);
        expect(new Set(rows.map(({ sequence }) => sequence))).toEqual(new Set([1, 2, 3]));
      });

      it('of drift makes a job for each schedule that waits for it, and none where one has not begun', async () => {
        for (const [id, model] of [['any'], ['vowel', 'vowel'], ['cough', 'cough']] as const)
          valueOf(
            await put(id, { occasion: { on: 'drift-alert', ...(model === undefined ? {} : { model }) } }),
          );
        valueOf(await put('off', { occasion: { on: 'drift-alert' }, isEnabled: false }));
        const [one, two] = await Promise.all(
          worlds.map((world, index) =>
            takeSignal(world, signalOf(`alert-${String(index)}`, alert), 'system'),
          ),
        );
        expect([valueOf(one!).jobs.length, valueOf(two!).jobs.length].toSorted()).toEqual([0, 2]);
        expect((await list({})).jobs.map(({ scheduleId }) => scheduleId).toSorted()).toEqual([
          'any',
          'vowel',
        ]);
      });
    });

    describe('a job', () => {
      it('is listed newest first, page by page, by kind and by state', async () => {
        const made: Job[] = [];
        for (const kind of ['vowel', 'cough', 'vowel', 'cough', 'vowel']) made.push(await start({ kind }));
        await cancel(made[2]!);
        const ids = (jobs: readonly { readonly id: string }[]) => jobs.map(({ id }) => id);
        const all = made.toReversed();
        const paged: (typeof all)[number]['id'][] = [];
        for (let after: string | undefined; ;) {
          const page = await list({ limit: 2, ...(after === undefined ? {} : { after }) });
          paged.push(...page.jobs.map(({ id }) => id));
          if (page.next === null) break;
          after = page.next;
        }
        expect(paged).toEqual(ids(all));
        expect(ids((await list({ kind: 'cough' })).jobs)).toEqual(ids([made[3]!, made[1]!]));
        expect(ids((await list({ state: 'cancelled' })).jobs)).toEqual([made[2]!.id]);
        expect(ids((await list({ kind: 'vowel', state: 'queued' })).jobs)).toEqual(ids([made[4]!, made[0]!]));
        expect((await list({ kind: 'none' })).jobs).toEqual([]);
      });

      it('of a schedule has its configuration and limits, and names all who asked for it', async () => {
        valueOf(await put('study', { occasion: { on: 'message' }, limits: { attempts: 7 } }));
        const job = await start({ scheduleId: 'study' });
        expect(await read(job)).toMatchObject({
          scheduleId: 'study',
          limits: { attempts: 7 },
          configuration: { data: { file: 'vowels.csv' } },
          progress: null,
          problem: null,
        });
        expect((await rowOf(job)).trainers).toEqual(['ana']);
        expect((await schedules())[0]?.lastJobId).toBe(job.id);
      });

      it('is chosen as the one of its kind by one of two processes, the first that came, and put on the queue once', async () => {
        const kinds = ['a', 'b', 'c', 'd'];
        const made: Job[] = [];
        for (let index = 0; index < 12; index += 1) made.push(await start({ kind: kinds[index % 4]! }));
        await Promise.all(worlds.flatMap((world) => [handOver(world), handOver(world)]));
        const rows = await opened.store.read((reader) => reader.find('trainingJobs', {}));
        const chosen = rows.filter(({ chosenAt }) => chosenAt !== null).map(({ id }) => id);
        expect(chosen.toSorted()).toEqual(
          made
            .slice(0, 4)
            .map(({ id }) => id)
            .toSorted(),
        );
        expect(await registry.world.queue.depth(trainingJobTopic)).toBe(4);
        expect(await handOver(worlds[1])).toBe(0);
      });

      it('is begun by one of two trainers that are given it at once', async () => {
        for (let round = 0; round < 5; round += 1) {
          const job = await start({ kind: `kind-${String(round)}` });
          await handOver(worlds[round % 2]!);
          const { winner, toOther, over } = await race(job);
          expect(toOther).toEqual({ kind: 'retry', afterMs: times.silentAfterMs });
          expect(await read(job)).toMatchObject({ state: 'running', attempts: 1 });
          const attempt = programs[winner].tries.at(-1)!;
          attempt.sign({ step: 'fit', epoch: 3, loss: 0.1 + 0.2, secondsLeftAtMost: 60 });
          attempt.end({ kind: 'exited', exitCode: 0 });
          expect(await over).toEqual({ kind: 'done' });
          expect(await read(job)).toMatchObject({
            state: 'succeeded',
            step: 'fit',
            progress: { epoch: 3, loss: 0.1 + 0.2, secondsLeftAtMost: 60 },
          });
          expect(await rowOf(job)).toMatchObject({ holder: null, aliveAt: null, finishedAt: nowText() });
          // A message of it that comes late finds that it is over.
          expect(await Promise.all([train(0, job), train(1, job)])).toEqual([
            { kind: 'done' },
            { kind: 'done' },
          ]);
        }
      });

      it('whose trainer fell silent is taken over by one of two', async () => {
        const job = await start({ limits: { attempts: 2 } });
        await handOver(worlds[0]);
        await change(job, { state: 'running', holder: 'gone', aliveAt: nowText(), attempts: 1 });
        expect(await train(1, job)).toEqual({ kind: 'retry', afterMs: times.silentAfterMs });
        registry.clock.advance(times.silentAfterMs);
        const { winner, toOther, over } = await race(job);
        expect(toOther).toMatchObject({ kind: 'retry' });
        expect(await rowOf(job)).toMatchObject({ state: 'running', attempts: 2 });
        programs[winner].tries.at(-1)!.end({ kind: 'killed' });
        expect(await over).toEqual({ kind: 'done' });
        expect(await read(job)).toMatchObject({ state: 'failed', problem: { code: 'crashed' } });
      });

      it('that another process has taken over is left to it', async () => {
        const job = await start();
        await handOver(worlds[0]);
        const over = train(0, job);
        const attempt = await programs[0].begun(1);
        await change(job, { holder: 'another', step: 'evaluate' });
        attempt.end({ kind: 'exited', exitCode: 0 });
        expect(await over).toEqual({ kind: 'done' });
        expect(await rowOf(job)).toMatchObject({ state: 'running', holder: 'another', step: 'evaluate' });
      });

      it('that failed waits for its time, keeps its kind waiting, and is then handed over again', async () => {
        const [job, next] = [await start({ limits: { attempts: 2, firstDelayS: 60 } }), await start()];
        await handOver(worlds[0]);
        const over = train(0, job);
        (await programs[0].begun(1)).end({ kind: 'exited', exitCode: 1 });
        expect(await over).toEqual({ kind: 'done' });
        expect(await rowOf(job)).toMatchObject({
          state: 'queued',
          chosenAt: null,
          nextAttemptAt: new Date(registry.clock.now() + minuteMs).toISOString(),
          problem: { code: 'run-refused', step: null, exitCode: 1 },
        });
        const isChosen = async () =>
          [await rowOf(job), await rowOf(next)].map(({ chosenAt }) => chosenAt !== null);
        await Promise.all(worlds.map((world) => handOver(world)));
        expect(await isChosen()).toEqual([false, false]);
        registry.clock.advance(minuteMs);
        await Promise.all(worlds.map((world) => handOver(world)));
        expect(await isChosen()).toEqual([true, false]);
      });

      it('of which nobody gives a sign is put on the queue again, and one that is cancelled comes to its end', async () => {
        const [lost, left] = [await start({ kind: 'lost' }), await start({ kind: 'left' })];
        await handOver(worlds[0]);
        await change(left, { state: 'running', holder: 'gone', aliveAt: nowText(), attempts: 1 });
        expect((await cancel(left)).state).toBe('cancelling');
        expect(await handOver(worlds[1])).toBe(0);
        registry.clock.advance(300_001);
        await Promise.all(worlds.map((world) => handOver(world)));
        expect(await rowOf(lost)).toMatchObject({ state: 'queued', queuedAt: nowText() });
        expect(await rowOf(left)).toMatchObject({ state: 'cancelled', holder: null, cancelledBy: 'ana' });
      });

      it('that is cancelled while a trainer begins it is never lost between the two', async () => {
        for (let round = 0; round < 5; round += 1) {
          const job = await start({ kind: `kind-${String(round)}` });
          await handOver(worlds[0]);
          const before = programs[1].tries.length;
          const over = train(1, job);
          const { state } = await cancel(job);
          if (state === 'cancelling') {
            (await programs[1].begun(before + 1)).end({ kind: 'exited', exitCode: 130 });
          } else {
            expect(state).toBe('cancelled');
          }
          expect(await over).toEqual({ kind: 'done' });
          expect(await rowOf(job)).toMatchObject({ state: 'cancelled', holder: null, finishedAt: nowText() });
        }
      });
    });
  });
}
