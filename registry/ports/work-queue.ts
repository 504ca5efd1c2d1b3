/** Work that survives a restart, given to one worker of a group at a time, and given again when that one dies. */
import type { Json } from '../../contract/canonical-json.ts';
import type { StoreTransaction } from './store.ts';

export interface Delivery {
  readonly messageId: string;
  readonly payload: Json;
  /**
   * Which delivery of this message it is, from 1. Never too large; a queue that loses count says one that has been
   * (seen of nats-server 2.9, when the request for a message ran out in the moment that the message left).
   */
  readonly attempt: number;
  /** Still at it: the wait for an acknowledgement starts anew. */
  working(): Promise<void>;
}

/** `done`: acknowledged. `retry`: give it again after the delay. `dead`: nobody will ever manage it. */
export type Verdict =
  | { readonly kind: 'done' }
  | { readonly kind: 'retry'; readonly afterMs: number }
  | { readonly kind: 'dead'; readonly reason: string };

export interface ConsumeOptions {
  /** Deliveries at once in this process. */
  readonly concurrency: number;
  /** Without an acknowledgement or `working` for this long, it is given to another. */
  readonly acknowledgeWithinMs: number;
  /** After this many deliveries without an acknowledgement it goes to the dead letters. */
  readonly maximumDeliveries: number;
  /**
   * Hears of what this consumer laid aside because it was delivered too often, after it is laid aside. Once, where the
   * process lives: whoever must know for certain reads the dead letters as well.
   */
  readonly onDead?: (letter: DeadLetter) => Promise<void>;
}

export interface DeadLetter {
  readonly messageId: string;
  readonly payload: Json;
  readonly reason: string;
}

export interface Consumer {
  /** Takes nothing new and waits for what is running. */
  stop(): Promise<void>;
}

export interface WorkQueue {
  /**
   * Durable when it resolves. The same message id published again while the first is still known (at least two minutes)
   * is one message. Topics: lower-case words joined by dots, for example `inference.spira`.
   */
  publish(topic: string, messageId: string, payload: Json): Promise<void>;
  /**
   * `publish` as part of a transaction of the store, where the queue lives in the same store; elsewhere it is not there.
   * Call what it resolves to when the transaction is kept: workers of this process then need not look.
   */
  readonly publishWithin?: (
    transaction: StoreTransaction,
    topic: string,
    messageId: string,
    payload: Json,
  ) => Promise<() => void>;
  /** One group per topic; a handler that throws counts as `retry` after a second. */
  consume(
    topic: string,
    options: ConsumeOptions,
    handle: (delivery: Delivery) => Promise<Verdict>,
  ): Promise<Consumer>;
  /** What nobody managed, oldest first, at most 1000. */
  deadLetters(topic: string): Promise<readonly DeadLetter[]>;
  /** Messages waiting or in work. */
  depth(topic: string): Promise<number>;
  check(): Promise<void>;
  /** Takes nothing new, waits for what is running, and ends. */
  close(): Promise<void>;
}

const topicPattern = /^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/u;

/** Throws for a topic that not every queue could carry. */
export function refuseTopic(topic: string): void {
  if (topic.length > 200 || !topicPattern.test(topic)) throw new RangeError('not the name of a topic');
}
