/**
 * The work queue of a registry without services: rows of the store. A message is leased to one worker, and given to
 * another when the lease runs out; whoever lost the lease has nothing more to say about it.
 */
import type { Row, Store, StoreTransaction } from '../../ports/store.ts';
import type { Clock, Randomness } from '../../ports/surroundings.ts';
import {
  refuseTopic,
  type ConsumeOptions,
  type Consumer,
  type DeadLetter,
  type Delivery,
  type Verdict,
  type WorkQueue,
} from '../../ports/work-queue.ts';

interface StoredQueueOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly randomness: Randomness;
  /** How often a consumer looks for what other processes published, ms. */
  readonly pollMs?: number;
  /** Hears of failures of the store while nobody waits for an answer; the consumer tries again. */
  readonly onFailure?: (error: unknown) => void;
}

/** How long a finished message's id stays known, ms. */
const rememberedMs = 600_000;
const pruneEveryMs = 60_000;
const retryAfterThrowMs = 1000;
const retryAfterFailureMs = 500;
const mostDeadLetters = 1000;
const tooOften = 'delivered too often';

type Job = Row<'jobs'>;
interface Leased {
  readonly job: Job;
  readonly lease: string;
}

export function storedWorkQueue({
  store,
  clock,
  randomness,
  pollMs = 500,
  onFailure = () => undefined,
}: StoredQueueOptions): WorkQueue {
  const consumers = new Map<{ readonly topic: string; wake(): void }, Consumer>();
  let isClosed = false;
  let prunedAtMs = clock.now();

  const wake = (topic: string): void => {
    for (const consumer of consumers.keys()) if (consumer.topic === topic) consumer.wake();
  };
  const refuseWhenClosed = (): void => {
    if (isClosed) throw new Error('the queue is closed');
  };
  const instant = (ms: number): string => new Date(ms).toISOString();

  const prune = async (transaction: StoreTransaction): Promise<void> => {
    if (clock.now() - prunedAtMs < pruneEveryMs) return;
    prunedAtMs = clock.now();
    await transaction.deleteWhere('jobs', {
      state: 'done',
      availableAt: { below: instant(clock.now() - rememberedMs) },
    });
  };

  /** Leases up to `count` messages that are due, and buries those that were given out too often. */
  const lease = (
    topic: string,
    options: ConsumeOptions,
    count: number,
  ): Promise<{ readonly leased: readonly Leased[]; readonly buried: readonly Job[] }> =>
    store.write(async (transaction) => {
      await prune(transaction);
      const now = clock.now();
      const due = { topic, availableAt: { atMost: instant(now) } };
      const order = [
        ['availableAt', 'ascending'],
        ['sequence', 'ascending'],
      ] as const;
      const found = [
        ...(await transaction.find('jobs', { where: { ...due, state: 'leased' }, order, limit: count })),
        ...(await transaction.find('jobs', { where: { ...due, state: 'ready' }, order, limit: count })),
      ];
      const leased: Leased[] = [];
      const buried: Job[] = [];
      for (const job of found) {
        if (job.attempts >= options.maximumDeliveries) {
          await bury(transaction, job, tooOften);
          buried.push(job);
        } else if (leased.length < count) {
          const mine = randomness.id(now);
          const change = {
            state: 'leased' as const,
            attempts: job.attempts + 1,
            lease: mine,
            availableAt: instant(now + options.acknowledgeWithinMs),
          };
          await transaction.update('jobs', job.id, change);
          leased.push({ job: { ...job, ...change }, lease: mine });
        }
      }
      return { leased, buried };
    });

  const tellOfDeath = (job: Job, { onDead }: ConsumeOptions): void => {
    onDead?.(deadLetterOf(job, tooOften)).catch(onFailure);
  };

  const bury = (transaction: StoreTransaction, job: Job, reason: string): Promise<boolean> =>
    transaction.update('jobs', job.id, { state: 'dead', lease: reason, availableAt: instant(clock.now()) });

  /** Only for whoever still holds the lease. */
  const ifMine = (
    { job, lease: mine }: Leased,
    act: (transaction: StoreTransaction, current: Job) => Promise<unknown>,
  ): Promise<void> =>
    store.write(async (transaction) => {
      const current = await transaction.get('jobs', job.id);
      if (current?.state === 'leased' && current.lease === mine) await act(transaction, current);
    });

  const settle = async (leased: Leased, verdict: Verdict, options: ConsumeOptions): Promise<void> => {
    let buried: Job | undefined;
    await ifMine(leased, async (transaction, job) => {
      const now = clock.now();
      switch (verdict.kind) {
        case 'done':
          // The payload has served; the id stays known for a while.
          await transaction.update('jobs', job.id, {
            state: 'done',
            payload: null,
            lease: null,
            availableAt: instant(now),
          });
          return;
        case 'dead':
          await bury(transaction, job, verdict.reason);
          return;
        case 'retry':
          if (job.attempts >= options.maximumDeliveries) {
            await bury(transaction, job, tooOften);
            buried = job;
            return;
          }
          await transaction.update('jobs', job.id, {
            state: 'ready',
            lease: null,
            availableAt: instant(now + verdict.afterMs),
          });
      }
    });
    if (buried !== undefined) tellOfDeath(buried, options);
  };

  const startConsumer = (
    topic: string,
    options: ConsumeOptions,
    handle: (delivery: Delivery) => Promise<Verdict>,
  ): Consumer => {
    const running = new Set<Promise<void>>();
    let isStopped = false;
    let looking: Promise<void> | undefined;
    let isWanted = false;
    let timer: { cancel(): void } | undefined;

    const deliver = async (leased: Leased): Promise<void> => {
      const { job } = leased;
      let verdict: Verdict;
      try {
        verdict = await handle({
          messageId: messageIdOf(job),
          payload: job.payload,
          attempt: job.attempts,
          working: () =>
            ifMine(leased, (transaction) =>
              transaction.update('jobs', job.id, {
                availableAt: instant(clock.now() + options.acknowledgeWithinMs),
              }),
            ),
        });
      } catch {
        verdict = { kind: 'retry', afterMs: retryAfterThrowMs };
      }
      // A failure here costs a redelivery when the lease has run out.
      await settle(leased, verdict, options).catch(onFailure);
      if (verdict.kind === 'retry') clock.after(verdict.afterMs, consumer.wake);
    };

    /** Leases as long as there is something to lease and room for it. */
    const look = async (): Promise<void> => {
      let nextMs = pollMs;
      try {
        while (isWanted && !isStopped) {
          isWanted = false;
          const room = options.concurrency - running.size;
          if (room <= 0) break;
          const { leased: mine, buried } = await lease(topic, options, room);
          for (const job of buried) tellOfDeath(job, options);
          for (const leased of mine) {
            const run = deliver(leased).finally(() => {
              running.delete(run);
              consumer.wake();
            });
            running.add(run);
          }
        }
      } catch (error) {
        onFailure(error);
        nextMs = Math.max(pollMs, retryAfterFailureMs);
      }
      timer?.cancel();
      if (!isStopped) timer = clock.after(nextMs, consumer.wake);
    };

    const consumer = {
      topic,
      wake: (): void => {
        isWanted = true;
        if (isStopped) return;
        looking ??= look().finally(() => {
          looking = undefined;
          if (isWanted && !isStopped && running.size < options.concurrency) consumer.wake();
        });
      },
    };
    const itself: Consumer = {
      async stop() {
        isStopped = true;
        timer?.cancel();
        consumers.delete(consumer);
        await looking;
        await Promise.all(running);
      },
    };
    consumers.set(consumer, itself);
    consumer.wake();
    return itself;
  };

  const publishWithin: NonNullable<WorkQueue['publishWithin']> = async (
    transaction,
    topic,
    messageId,
    payload,
  ) => {
    refuseWhenClosed();
    refuseTopic(topic);
    const id = `${topic}:${messageId}`;
    const known = await transaction.get('jobs', id);
    const isOver = known?.state === 'done' || known?.state === 'dead';
    const isForgotten = isOver && known.availableAt < instant(clock.now() - rememberedMs);
    if (known === undefined || isForgotten)
      await transaction.put('jobs', {
        id,
        topic,
        payload,
        state: 'ready',
        attempts: 0,
        availableAt: instant(clock.now()),
        lease: null,
        sequence: await transaction.next('jobs'),
        at: instant(clock.now()),
      });
    return () => wake(topic);
  };

  return {
    publishWithin,
    async publish(topic, messageId, payload) {
      refuseWhenClosed();
      refuseTopic(topic);
      const announce = await store.write((transaction) =>
        publishWithin(transaction, topic, messageId, payload),
      );
      announce();
    },
    async consume(topic, options, handle) {
      refuseWhenClosed();
      refuseTopic(topic);
      return startConsumer(topic, options, handle);
    },
    async deadLetters(topic) {
      const jobs = await store.read((reader) =>
        reader.find('jobs', {
          where: { topic, state: 'dead' },
          order: [
            ['availableAt', 'ascending'],
            ['sequence', 'ascending'],
          ],
          limit: mostDeadLetters,
        }),
      );
      return jobs.map((job) => deadLetterOf(job, job.lease ?? ''));
    },
    depth: (topic) =>
      store.read(async (reader) => {
        const [ready, leased] = [
          await reader.count('jobs', { topic, state: 'ready' }),
          await reader.count('jobs', { topic, state: 'leased' }),
        ];
        return ready + leased;
      }),
    async check() {
      refuseWhenClosed();
      await store.check();
    },
    async close() {
      isClosed = true;
      await Promise.all([...consumers.values()].map((consumer) => consumer.stop()));
    },
  };
}

function messageIdOf({ id, topic }: Job): string {
  return id.slice(topic.length + 1);
}

function deadLetterOf(job: Job, reason: string): DeadLetter {
  return { messageId: messageIdOf(job), payload: job.payload, reason };
}
