import type { Json } from '../../contract/canonical-json.ts';
import type { Clock } from './surroundings.ts';
import {
  refuseTopic,
  type ConsumeOptions,
  type Delivery,
  type Verdict,
  type WorkQueue,
} from './work-queue.ts';

interface Message {
  readonly topic: string;
  readonly messageId: string;
  readonly payload: string;
  state: 'ready' | 'leased' | 'done' | 'dead';
  attempts: number;
  availableAtMs: number;
  endedAtMs: number;
  /** Changes with every delivery: an answer to an earlier one counts no more. */
  lease: number;
  reason: string;
}

interface Worker {
  readonly topic: string;
  readonly options: ConsumeOptions;
  readonly handle: (delivery: Delivery) => Promise<Verdict>;
  readonly running: Set<Promise<void>>;
  isStopped: boolean;
}

/** How long a finished message's id stays known. */
const rememberedMs = 600_000;
const retryAfterThrowMs = 1000;
const tooOften = 'delivered too often';

/** A queue in memory; leases and delays follow the clock twin. */
export function memoryWorkQueue({ clock }: { readonly clock: Clock }): WorkQueue {
  const messages = new Map<string, Message>();
  const workers = new Set<Worker>();
  let isClosed = false;

  const kick = (topic: string): void => {
    for (const worker of workers) if (worker.topic === topic) fill(worker);
  };

  const fill = (worker: Worker): void => {
    while (!worker.isStopped && worker.running.size < worker.options.concurrency) {
      const message = [...messages.values()].find(
        (one) => one.topic === worker.topic && one.state === 'ready' && one.availableAtMs <= clock.now(),
      );
      if (message === undefined) return;
      const run = deliver(worker, message).finally(() => {
        worker.running.delete(run);
        kick(worker.topic);
      });
      worker.running.add(run);
    }
  };

  const wait = (message: Message, ms: number): void => {
    message.state = 'ready';
    message.availableAtMs = clock.now() + ms;
    clock.after(ms, () => kick(message.topic));
  };

  const bury = (message: Message, reason: string): void => {
    message.state = 'dead';
    message.reason = reason;
    message.endedAtMs = clock.now();
  };

  const giveBack = (message: Message, worker: Worker, ms: number): void => {
    if (message.attempts < worker.options.maximumDeliveries) {
      wait(message, ms);
      return;
    }
    bury(message, tooOften);
    const { messageId, payload } = message;
    const letter = { messageId, payload: JSON.parse(payload) as Json, reason: tooOften };
    void worker.options.onDead?.(letter).catch(() => undefined);
  };

  const deliver = async (worker: Worker, message: Message): Promise<void> => {
    message.state = 'leased';
    message.attempts += 1;
    const lease = (message.lease += 1);
    const isMine = (): boolean => message.state === 'leased' && message.lease === lease;
    const lose = (): void => {
      if (!isMine()) return;
      giveBack(message, worker, 0);
    };
    const startLease = (): { cancel(): void } => clock.after(worker.options.acknowledgeWithinMs, lose);
    let timer = startLease();
    let verdict: Verdict;
    try {
      verdict = await worker.handle({
        messageId: message.messageId,
        payload: JSON.parse(message.payload) as Json,
        attempt: message.attempts,
        working() {
          timer.cancel();
          if (isMine()) timer = startLease();
          return Promise.resolve();
        },
      });
    } catch {
      verdict = { kind: 'retry', afterMs: retryAfterThrowMs };
    }
    timer.cancel();
    if (!isMine()) return;
    switch (verdict.kind) {
      case 'done':
        message.state = 'done';
        message.endedAtMs = clock.now();
        return;
      case 'retry':
        giveBack(message, worker, verdict.afterMs);
        return;
      case 'dead':
        bury(message, verdict.reason);
    }
  };

  const refuseWhenClosed = (): void => {
    if (isClosed) throw new Error('the queue is closed');
  };

  return {
    async publish(topic, messageId, payload) {
      refuseWhenClosed();
      refuseTopic(topic);
      const key = `${topic}:${messageId}`;
      for (const [other, message] of messages) {
        const isOver = message.state === 'done' || (message.state === 'dead' && other === key);
        if (isOver && clock.now() - message.endedAtMs > rememberedMs) messages.delete(other);
      }
      if (messages.has(key)) return;
      messages.set(key, {
        topic,
        messageId,
        payload: JSON.stringify(payload),
        state: 'ready',
        attempts: 0,
        availableAtMs: clock.now(),
        endedAtMs: 0,
        lease: 0,
        reason: '',
      });
      kick(topic);
    },
    async consume(topic, options, handle) {
      refuseWhenClosed();
      refuseTopic(topic);
      const worker: Worker = { topic, options, handle, running: new Set(), isStopped: false };
      workers.add(worker);
      fill(worker);
      return {
        async stop() {
          worker.isStopped = true;
          workers.delete(worker);
          await Promise.all(worker.running);
        },
      };
    },
    async deadLetters(topic) {
      return [...messages.values()]
        .filter((message) => message.topic === topic && message.state === 'dead')
        .sort((a, b) => a.endedAtMs - b.endedAtMs)
        .slice(0, 1000)
        .map(({ messageId, payload, reason }) => ({
          messageId,
          payload: JSON.parse(payload) as Json,
          reason,
        }));
    },
    async depth(topic) {
      return [...messages.values()].filter(
        (message) => message.topic === topic && (message.state === 'ready' || message.state === 'leased'),
      ).length;
    },
    check: () => Promise.resolve().then(refuseWhenClosed),
    async close() {
      isClosed = true;
      const ending = [...workers];
      workers.clear();
      for (const worker of ending) worker.isStopped = true;
      await Promise.all(ending.flatMap((worker) => [...worker.running]));
    },
  };
}
