import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ConsumeOptions, DeadLetter, Delivery, Verdict, WorkQueue } from './work-queue.ts';

export interface WorkQueueUnderTest {
  readonly queue: WorkQueue;
  /** The same queue as another process sees it. */
  readonly another: () => Promise<WorkQueue>;
  /** Lets time pass: at least so long. */
  pass(ms: number): Promise<void>;
  end(): Promise<void>;
}

/** A lease long enough that a busy machine does not lose it, short enough to be waited for. */
const leaseMs = 2000;
const patience: ConsumeOptions = { concurrency: 4, acknowledgeWithinMs: 60_000, maximumDeliveries: 5 };
const done: Verdict = { kind: 'done' };

/**
 * `isShared` false: where the queue ends with its process. `countsExactly` false: where a delivery may go uncounted.
 */
export function describeWorkQueue(
  name: string,
  open: () => Promise<WorkQueueUnderTest>,
  {
    isShared = true,
    countsExactly = true,
  }: { readonly isShared?: boolean; readonly countsExactly?: boolean } = {},
): void {
  describe(`${name} is a work queue that`, { timeout: 60_000 }, () => {
    let subject: WorkQueueUnderTest;
    let queue: WorkQueue;
    beforeEach(async () => {
      subject = await open();
      queue = subject.queue;
    });
    afterEach(() => subject.end());

    /** Resolves when it holds, letting time pass. */
    const until = async (holds: () => boolean | Promise<boolean>): Promise<void> => {
      const givenUpAt = performance.now() + 50_000;
      while (!(await holds())) {
        if (performance.now() > givenUpAt) throw new Error('it never came to that');
        await subject.pass(50);
      }
    };
    /** One for each delivery, in order; where deliveries may go uncounted, too small but never too large. */
    const expectAttempts = (attempts: readonly number[], deliveries: number): void => {
      const ordinals = Array.from({ length: deliveries }, (_, index) => index + 1);
      const most = attempts.map((attempt, index) => (attempt < 1 ? attempt : Math.max(attempt, index + 1)));
      expect(countsExactly ? attempts : most).toEqual(ordinals);
    };
    const isEmpty = async (topic: string): Promise<boolean> => (await queue.depth(topic)) === 0;

    it('gives each message to the handler, with its id and its payload', async () => {
      const payload = { list: [1, null, 'é \u{1F600}'], nested: { b: 1, a: true } };
      await queue.publish('inference.spira', 'm1', payload);
      const seen: unknown[] = [];
      await queue.consume('inference.spira', patience, async ({ messageId, payload: given, attempt }) => {
        seen.push({ messageId, given, attempt });
        return done;
      });
      await queue.publish('inference.spira', 'm2', 7);
      await until(() => isEmpty('inference.spira'));
      expect(seen).toEqual([
        { messageId: 'm1', given: payload, attempt: 1 },
        { messageId: 'm2', given: 7, attempt: 1 },
      ]);
    });

    it('keeps topics apart, also such as begin alike', async () => {
      await queue.publish('a', 'm', 1);
      await queue.publish('a.b', 'm', 2);
      await queue.publish('a_b', 'm', 3);
      const seen: unknown[] = [];
      await queue.consume('a.b', patience, async ({ payload }) => {
        seen.push(payload);
        return done;
      });
      await until(() => isEmpty('a.b'));
      expect([seen, await queue.depth('a'), await queue.depth('a_b')]).toEqual([[2], 1, 1]);
    });

    it.each(['', 'A', 'a b', 'a.', '.a', 'a..b', 'a.*', 'a.>', 'a:b', 'é'])(
      'refuses the topic "%s"',
      async (topic) => {
        await expect(queue.publish(topic, 'm', 1)).rejects.toThrow(RangeError);
        await expect(queue.consume(topic, patience, async () => done)).rejects.toThrow(RangeError);
      },
    );

    it('takes the same id once, waiting or done', async () => {
      let count = 0;
      await queue.publish('t', 'm', 1);
      await queue.publish('t', 'm', 1);
      expect(await queue.depth('t')).toBe(1);
      await queue.consume('t', patience, async () => {
        count += 1;
        return done;
      });
      await until(() => isEmpty('t'));
      await queue.publish('t', 'm', 1);
      await queue.publish('t', 'n', 1);
      await until(async () => count === 2 && (await isEmpty('t')));
      expect(count).toBe(2);
    });

    it('works on as many at once as it was told, and not on more', async () => {
      for (let index = 0; index < 12; index += 1) await queue.publish('t', `m${index}`, index);
      let now = 0;
      let most = 0;
      const gate = Promise.withResolvers<void>();
      await queue.consume('t', { ...patience, concurrency: 3 }, async () => {
        most = Math.max(most, (now += 1));
        await gate.promise;
        now -= 1;
        return done;
      });
      await until(() => now === 3);
      expect(await queue.depth('t')).toBe(12);
      gate.resolve();
      await until(() => isEmpty('t'));
      expect(most).toBe(3);
    });

    it('gives it again after the delay that the handler asked for, and after a throw', async () => {
      const attempts: number[] = [];
      await queue.publish('t', 'm', 1);
      await queue.consume('t', patience, async ({ attempt }) => {
        attempts.push(attempt);
        if (attempts.length === 1) return { kind: 'retry', afterMs: 20 };
        if (attempts.length === 2) throw new Error('something broke');
        return done;
      });
      await until(() => isEmpty('t'));
      expectAttempts(attempts, 3);
      expect(await queue.deadLetters('t')).toEqual([]);
    });

    it('lays aside what the handler gives up, and what is retried too often', async () => {
      await queue.publish('t', 'hopeless', { why: 1 });
      await queue.consume('t', { ...patience, maximumDeliveries: 2 }, async ({ messageId }) =>
        messageId === 'hopeless' ? { kind: 'dead', reason: 'no such model' } : { kind: 'retry', afterMs: 5 },
      );
      await until(async () => (await queue.deadLetters('t')).length === 1);
      await queue.publish('t', 'unlucky', { why: 2 });
      await until(async () => (await queue.deadLetters('t')).length === 2);
      expect(await queue.deadLetters('t')).toEqual([
        { messageId: 'hopeless', payload: { why: 1 }, reason: 'no such model' },
        { messageId: 'unlucky', payload: { why: 2 }, reason: 'delivered too often' },
      ]);
      await until(() => isEmpty('t'));
      expect(await queue.deadLetters('other')).toEqual([]);
    });

    it('gives it to another when a worker does not answer, and hears the late one no more', async () => {
      const late = Promise.withResolvers<Verdict>();
      const attempts: number[] = [];
      await queue.publish('t', 'm', 1);
      await queue.consume('t', { ...patience, acknowledgeWithinMs: leaseMs }, async ({ attempt }) => {
        attempts.push(attempt);
        if (attempts.length === 1) return late.promise;
        return done;
      });
      await until(() => attempts.length > 1);
      late.resolve({ kind: 'dead', reason: 'too late to say so' });
      await until(() => isEmpty('t'));
      expectAttempts(attempts, 2);
      expect(await queue.deadLetters('t')).toEqual([]);
    });

    it('lays aside what kills every worker that gets it, and says so', async () => {
      await queue.publish('t', 'm', 1);
      const stuck = Promise.withResolvers<Verdict>();
      let count = 0;
      const told: DeadLetter[] = [];
      const onDead = async (letter: DeadLetter): Promise<void> => void told.push(letter);
      const options = { ...patience, acknowledgeWithinMs: leaseMs, maximumDeliveries: 2, onDead };
      await queue.consume('t', options, () => {
        count += 1;
        return stuck.promise;
      });
      await until(() => told.length > 0);
      expect(told).toEqual([{ messageId: 'm', payload: 1, reason: 'delivered too often' }]);
      expect(await queue.deadLetters('t')).toEqual(told);
      expect(await queue.depth('t')).toBe(0);
      if (countsExactly) expect(count).toBe(2);
      else expect(count).toBeGreaterThanOrEqual(2);
      stuck.resolve(done);
    });

    it('says of what is retried too often that it was laid aside, and goes on when that is not heard', async () => {
      const told: string[] = [];
      const options: ConsumeOptions = {
        ...patience,
        maximumDeliveries: 1,
        onDead: async ({ messageId }) => {
          told.push(messageId);
          throw new Error('nobody hears it');
        },
      };
      await queue.consume('t', options, async () => ({ kind: 'retry', afterMs: 5 }));
      for (const messageId of ['m1', 'm2']) {
        await queue.publish('t', messageId, 1);
        await until(() => told.includes(messageId));
      }
      await until(() => isEmpty('t'));
      expect((await queue.deadLetters('t')).map(({ messageId }) => messageId)).toEqual(['m1', 'm2']);
    });

    it('leaves it with a worker that says that it is still at it', async () => {
      const attempts: number[] = [];
      await queue.publish('t', 'm', 1);
      await queue.consume('t', { ...patience, acknowledgeWithinMs: leaseMs }, async (delivery: Delivery) => {
        attempts.push(delivery.attempt);
        for (let step = 0; step < 8; step += 1) {
          await subject.pass(leaseMs / 4);
          await delivery.working();
        }
        return done;
      });
      await until(() => isEmpty('t'));
      expect(attempts).toEqual([1]);
    });

    it('gives nothing new to a consumer that stops, and waits for what it has', async () => {
      const gate = Promise.withResolvers<void>();
      const seen: string[] = [];
      const consumer = await queue.consume('t', { ...patience, concurrency: 1 }, async ({ messageId }) => {
        seen.push(messageId);
        await gate.promise;
        return done;
      });
      await queue.publish('t', 'm1', 1);
      await until(() => seen.length === 1);
      let hasStopped = false;
      const stopping = consumer.stop().then(() => {
        hasStopped = true;
      });
      await queue.publish('t', 'm2', 1);
      await subject.pass(50);
      expect([seen, hasStopped]).toEqual([['m1'], false]);
      gate.resolve();
      await stopping;
      expect(await queue.depth('t')).toBe(1);
      await queue.consume('t', patience, async ({ messageId }) => {
        seen.push(messageId);
        return done;
      });
      await until(() => isEmpty('t'));
      expect(seen).toEqual(['m1', 'm2']);
    });

    it('refuses everything once it is closed', async () => {
      await queue.check();
      await queue.close();
      await expect(queue.publish('t', 'm', 1)).rejects.toThrow('closed');
      await expect(queue.check()).rejects.toThrow('closed');
    });

    if (isShared) {
      it('gives every message to one of the workers of all processes', async () => {
        const others = [queue, await subject.another(), await subject.another()];
        const seen: string[][] = [[], [], []];
        for (const [index, other] of others.entries()) {
          await other.consume('t', { ...patience, concurrency: 2 }, async ({ messageId }) => {
            seen[index]?.push(messageId);
            await subject.pass(1);
            return done;
          });
        }
        await Promise.all(
          Array.from({ length: 60 }, (_, index) => others[index % 3]?.publish('t', `m${index}`, index)),
        );
        await until(async () => seen.flat().length >= 60 && (await isEmpty('t')));
        expect(new Set(seen.flat()).size).toBe(60);
        expect(seen.flat()).toHaveLength(60);
        await Promise.all(others.slice(1).map((other) => other.close()));
      });

      it('keeps what waits for a process that comes later', async () => {
        await queue.publish('t', 'm', { kept: true });
        await queue.close();
        const later = await subject.another();
        const seen: unknown[] = [];
        await later.consume('t', patience, async ({ payload }) => {
          seen.push(payload);
          return done;
        });
        await until(() => seen.length > 0);
        expect(seen).toEqual([{ kept: true }]);
        await later.close();
      });
    }
  });
}
