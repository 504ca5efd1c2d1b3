/**
 * The work queue on NATS JetStream (server 2.9 or later): one stream from which a message is gone when it is
 * acknowledged, one durable consumer per topic that all processes pull from, and a second stream for dead letters.
 */
import {
  AckPolicy,
  jetstream,
  jetstreamManager,
  RetentionPolicy,
  StorageType,
  type Consumer as PullConsumer,
  type JetStreamClient,
  type JetStreamManager,
  type JsMsg,
} from '@nats-io/jetstream';
import { connect, nanos, type ConnectionOptions } from '@nats-io/transport-node';
import { z } from 'zod';
import type { Json } from '../../../contract/canonical-json.ts';
import {
  refuseTopic,
  type ConsumeOptions,
  type Consumer,
  type Delivery,
  type Verdict,
  type WorkQueue,
} from '../../ports/work-queue.ts';

interface JetStreamOptions {
  /** `nats://` or `tls://`, with user and password where there are; several with commas between them. */
  readonly url: string;
  /** Streams and subjects begin with it: registries that share a server take different ones. */
  readonly name?: string;
  /** How many servers of a cluster keep each message. */
  readonly replicas?: number;
  /** How long a server that does not answer is asked again, ms. */
  readonly patienceMs?: number;
  /** Hears of failures while nobody waits for an answer; the consumer tries again. */
  readonly onFailure?: (error: unknown) => void;
}

const rememberedMs = 600_000;
const retryAfterThrowMs = 1000;
const pauseAfterFailureMs = 500;
/** How long one pull waits at the server: also how long an idle consumer takes to stop. */
const pullMs = 1000;
const requestTimeoutMs = 5000;
const mostDeadLetters = 1000;
const keptDeadLetters = 100_000;
const tooOften = 'delivered too often';

const envelopeSchema = z.object({ messageId: z.string(), payload: z.json() });
const deadEnvelopeSchema = envelopeSchema.extend({ reason: z.string() });

/** Rejects where no server answers in time, or it has no JetStream. */
export async function openJetStreamQueue({
  url,
  name = 'spira',
  replicas = 1,
  patienceMs = 15_000,
  onFailure = () => undefined,
}: JetStreamOptions): Promise<WorkQueue> {
  if (!/^[A-Za-z0-9-]+$/u.test(name)) throw new RangeError('not a name for streams');
  const connection = await patiently(patienceMs, () => connect(connectionOptions(url)));
  const [work, dead] = [`${name}-work`, `${name}-dead`];
  const workSubject = (topic: string): string => `${name}.work.${topic}`;
  const deadSubject = (topic: string): string => `${name}.dead.${topic}`;
  let manager: JetStreamManager;
  let client: JetStreamClient;
  try {
    manager = await jetstreamManager(connection, { timeout: requestTimeoutMs });
    client = jetstream(connection, { timeout: requestTimeoutMs });
    const common = {
      storage: StorageType.File,
      num_replicas: replicas,
      duplicate_window: nanos(rememberedMs),
    };
    await ensureStream(manager, {
      ...common,
      name: work,
      subjects: [workSubject('>')],
      retention: RetentionPolicy.Workqueue,
    });
    await ensureStream(manager, {
      ...common,
      name: dead,
      subjects: [deadSubject('>')],
      retention: RetentionPolicy.Limits,
      max_msgs_per_subject: keptDeadLetters,
      allow_direct: true,
    });
  } catch (error) {
    await connection.close();
    throw error;
  }

  const consumers = new Set<Consumer>();
  let isClosed = false;
  const refuseWhenClosed = (): void => {
    if (isClosed) throw new Error('the queue is closed');
  };

  /** The id makes it one message, however often it has to be sent until an answer comes. */
  const send = async (subject: string, id: string, body: Json): Promise<void> => {
    const data = JSON.stringify(body);
    await patiently(patienceMs, () => client.publish(subject, data, { msgID: encodeURIComponent(id) }));
  };

  const ensureConsumer = async (topic: string, options: ConsumeOptions): Promise<PullConsumer> => {
    const durable = durableName(topic);
    await manager.consumers.add(work, {
      durable_name: durable,
      filter_subject: workSubject(topic),
      ack_policy: AckPolicy.Explicit,
      ack_wait: nanos(options.acknowledgeWithinMs),
      // What was given out too often is laid aside here, where the reason can be written down.
      max_deliver: -1,
      max_ack_pending: -1,
    });
    return client.consumers.get(work, durable);
  };

  const buryAndTell = async (topic: string, message: JsMsg, { onDead }: ConsumeOptions): Promise<void> => {
    await bury(topic, message, tooOften);
    onDead?.({ ...envelopeOf(message), reason: tooOften }).catch(onFailure);
  };

  const bury = async (topic: string, message: JsMsg, reason: string): Promise<void> => {
    const { messageId, payload } = envelopeOf(message);
    await send(deadSubject(topic), `${topic}:${messageId}:${message.seq}`, { messageId, payload, reason });
    await message.ackAck({ timeout: requestTimeoutMs });
  };

  const deliver = async (
    topic: string,
    options: ConsumeOptions,
    handle: (delivery: Delivery) => Promise<Verdict>,
    message: JsMsg,
  ): Promise<void> => {
    const attempt = message.info.deliveryCount;
    if (attempt > options.maximumDeliveries) return buryAndTell(topic, message, options);
    let leasedAt = performance.now();
    const isMine = (): boolean => performance.now() - leasedAt < options.acknowledgeWithinMs;
    let verdict: Verdict;
    try {
      verdict = await handle({
        ...envelopeOf(message),
        attempt,
        working: async () => {
          if (!isMine()) return;
          leasedAt = performance.now();
          message.working();
        },
      });
    } catch {
      verdict = { kind: 'retry', afterMs: retryAfterThrowMs };
    }
    // The server has given it to another, or is about to.
    if (!isMine()) return;
    switch (verdict.kind) {
      case 'done':
        await message.ackAck({ timeout: requestTimeoutMs });
        return;
      case 'dead':
        return bury(topic, message, verdict.reason);
      case 'retry':
        if (attempt >= options.maximumDeliveries) return buryAndTell(topic, message, options);
        message.nak(Math.max(1, verdict.afterMs));
    }
  };

  return {
    async publish(topic, messageId, payload) {
      refuseWhenClosed();
      refuseTopic(topic);
      await send(workSubject(topic), `${topic}:${messageId}`, { messageId, payload });
    },
    async consume(topic, options, handle) {
      refuseWhenClosed();
      refuseTopic(topic);
      let pulling = await patiently(patienceMs, () => ensureConsumer(topic, options));
      let isStopped = false;
      /** One message at a time; as many lanes as there may be deliveries at once. */
      const lane = async (): Promise<void> => {
        while (!isStopped) {
          try {
            const message = await pulling.next({ expires: pullMs });
            if (message === null) continue;
            // It came in the moment of stopping: whoever is still there takes it.
            if (isStopped) message.nak();
            else await deliver(topic, options, handle, message);
          } catch (error) {
            if (isStopped) return;
            onFailure(error);
            await pause(pauseAfterFailureMs);
            // A server that lost its files, or an administrator, may have removed it.
            pulling = await ensureConsumer(topic, options).catch(() => pulling);
          }
        }
      };
      const lanes = Array.from({ length: options.concurrency }, lane);
      const consumer: Consumer = {
        async stop() {
          isStopped = true;
          await Promise.all(lanes);
          consumers.delete(consumer);
          if (!connection.isClosed()) await connection.flush().catch(onFailure);
        },
      };
      consumers.add(consumer);
      return consumer;
    },
    async deadLetters(topic) {
      const letters: z.infer<typeof deadEnvelopeSchema>[] = [];
      const subject = deadSubject(topic);
      for (let seq = 1; letters.length < mostDeadLetters;) {
        const message = await manager.direct.getMessage(dead, { seq, next_by_subj: subject });
        if (message === null) break;
        letters.push(deadEnvelopeSchema.parse(message.json()));
        seq = message.seq + 1;
      }
      return letters;
    },
    async depth(topic) {
      const subject = workSubject(topic);
      const { state } = await manager.streams.info(work, { subjects_filter: subject });
      return state.subjects?.[subject] ?? 0;
    },
    async check() {
      refuseWhenClosed();
      await manager.getAccountInfo();
    },
    async close() {
      if (isClosed) return;
      isClosed = true;
      await Promise.all([...consumers].map((consumer) => consumer.stop()));
      await connection.close();
    },
  };
}

function envelopeOf(message: JsMsg): { readonly messageId: string; readonly payload: Json } {
  return envelopeSchema.parse(message.json());
}

/** Durable names have no dots; two topics never share one. */
function durableName(topic: string): string {
  return topic.replace(/[._]/gu, (sign) => (sign === '.' ? '_d' : '__'));
}

function connectionOptions(url: string): ConnectionOptions {
  const addresses = url.split(',').map((one) => new URL(one.trim()));
  const [first] = addresses;
  return {
    servers: addresses.map(({ host }) => host),
    ...(first?.protocol === 'tls:' ? { tls: {} } : {}),
    ...(first?.username ? { user: decodeURIComponent(first.username) } : {}),
    ...(first?.password ? { pass: decodeURIComponent(first.password) } : {}),
    name: 'spira-registry',
    maxReconnectAttempts: -1,
    reconnectTimeWait: 250,
    reconnectJitter: 250,
    timeout: requestTimeoutMs,
    pingInterval: 10_000,
  };
}

async function ensureStream(
  manager: JetStreamManager,
  config: Parameters<JetStreamManager['streams']['add']>[0],
): Promise<void> {
  try {
    await manager.streams.info(config.name);
  } catch {
    await manager.streams.add(config);
  }
}

/** Again while the server does not answer, until `patienceMs` have gone; then what it failed with. */
async function patiently<T>(patienceMs: number, act: () => Promise<T>): Promise<T> {
  const startedAt = performance.now();
  for (;;) {
    try {
      return await act();
    } catch (error) {
      if (performance.now() - startedAt > patienceMs) throw error;
    }
    await pause(pauseAfterFailureMs / 2);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
