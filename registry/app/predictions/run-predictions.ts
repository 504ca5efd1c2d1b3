/** The service behind the inference channels: workers for every model of the store, answers of others, and the sweeper. */
import { inferenceReplyTopic } from '../../../contract/registry/v1.ts';
import type { Consumer, DeadLetter, Delivery, Verdict } from '../../ports/work-queue.ts';
import { inferenceTopic } from '../inferences/queue-inference.ts';
import type { World } from '../world.ts';
import { applyReply } from './apply-reply.ts';
import { maximumDeliveries, predictInference } from './predict-inference.ts';
import {
  endUnmanaged,
  sweepInferences,
  tidyInferenceFiles,
  usualSweepTimes,
  type SweepTimes,
} from './sweep-inferences.ts';
import { createGate, type Gate } from './take-turns.ts';

export interface PredictionServiceOptions {
  /** Without a sign of life for this long, a message is given to another worker. */
  readonly acknowledgeWithinMs?: number;
  /** How often it is looked for new channels and for inferences that were left behind. */
  readonly everyMs?: number;
  readonly sweep?: SweepTimes;
  /** For figures. */
  readonly watch?: PredictionWatch;
}

export interface PredictionWatch {
  watchTopic(topic: string): void;
  observePrediction(facts: {
    readonly kind: 'inference';
    readonly outcome: 'done' | 'failed';
    readonly seconds: number;
  }): void;
}

export interface PredictionService {
  /** Takes nothing new and waits for what is running. */
  stop(): Promise<void>;
}

const tidyEveryMs = 3_600_000;
/** Deliveries on their way from or to the store while others are decoded or scored: a commit takes longer than a graph. */
const onTheWay = 16;

/** Resolves when every channel that there is has its workers. */
export async function startPredictions(
  world: World,
  {
    acknowledgeWithinMs = 15_000,
    everyMs = 5000,
    sweep = usualSweepTimes,
    watch,
  }: PredictionServiceOptions = {},
): Promise<PredictionService> {
  const consumers = new Map<string, Consumer>();
  // One is decoded while another is scored.
  const gate = createGate(Math.max(1, world.prediction.concurrency * 2));
  let isStopped = false;
  let timer = { cancel: (): void => undefined };
  let round: Promise<void> = Promise.resolve();
  let tidiedAtMs = Number.NEGATIVE_INFINITY;

  const consume = async (
    topic: string,
    concurrency: number,
    work: (delivery: Delivery) => Promise<Verdict>,
  ): Promise<void> => {
    if (consumers.has(topic)) return;
    watch?.watchTopic(topic);
    const onDead = (letter: DeadLetter): Promise<void> => endUnmanaged(world, letter);
    const options = { concurrency, acknowledgeWithinMs, maximumDeliveries, onDead };
    const handle = (delivery: Delivery): Promise<Verdict> =>
      withSignsOfLife(world, delivery, acknowledgeWithinMs, () => work(delivery));
    consumers.set(topic, await world.queue.consume(topic, options, handle));
  };

  const consumeAll = async (): Promise<void> => {
    await consume(inferenceReplyTopic, 4, (delivery) => applyReply(world, delivery));
    if (world.prediction.concurrency === 0) return;
    const channels = await world.store.read((reader) => reader.find('channels', {}));
    for (const channel of channels) {
      if (channel.modelName === null) continue;
      await consume(inferenceTopic(channel), world.prediction.concurrency * 2 + onTheWay, (delivery) =>
        predictWatched(world, delivery, gate, watch),
      );
    }
  };

  const look = async (): Promise<void> => {
    try {
      await consumeAll();
      await sweepInferences(world, sweep);
      if (world.clock.now() - tidiedAtMs < tidyEveryMs) return;
      tidiedAtMs = world.clock.now();
      await tidyInferenceFiles(world);
    } catch (cause) {
      // Storage or queue that is away now may be back at the next look.
      world.log.error('prediction-round-failed', cause);
    }
  };

  const lookAgainLater = (): void => {
    timer = world.clock.after(everyMs, () => {
      round = look().then(() => {
        if (!isStopped) lookAgainLater();
      });
    });
  };

  await consumeAll();
  round = look();
  await round;
  lookAgainLater();
  return {
    async stop() {
      isStopped = true;
      timer.cancel();
      await round;
      await Promise.all([...consumers.values()].map((consumer) => consumer.stop()));
    },
  };
}

function predictWatched(
  world: World,
  delivery: Delivery,
  gate: Gate,
  watch: PredictionWatch | undefined,
): Promise<Verdict> {
  const startedMs = world.clock.now();
  const onEnd = (outcome: 'done' | 'failed'): void =>
    watch?.observePrediction({
      kind: 'inference',
      outcome,
      seconds: Math.max(0, world.clock.now() - startedMs) / 1000,
    });
  return predictInference(world, delivery, { gate, onEnd });
}

/** A long recording through a slow graph takes longer than a worker may be silent. */
async function withSignsOfLife(
  { clock, log }: Pick<World, 'clock' | 'log'>,
  delivery: Delivery,
  acknowledgeWithinMs: number,
  work: () => Promise<Verdict>,
): Promise<Verdict> {
  let timer = { cancel: (): void => undefined };
  const wait = (): void => {
    timer = clock.after(Math.floor(acknowledgeWithinMs / 3), () => {
      delivery.working().catch((cause: unknown) => log.error('sign-of-life-failed', cause));
      wait();
    });
  };
  wait();
  try {
    return await work();
  } finally {
    timer.cancel();
  }
}
