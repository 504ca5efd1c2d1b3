/** What starts training by itself, in every process of the registry. */
import { trainingSignalTopic } from '../../../contract/registry/training-jobs.ts';
import type { World } from '../world.ts';
import { handOver, trainingJobTopic } from './hand-over.ts';
import { startDue } from './start-due.ts';
import { takeSignalMessage } from './take-signal.ts';

export interface TrainingScheduler {
  /** Takes nothing new and waits for what is running. */
  stop(): Promise<void>;
}

export interface TrainingSchedulerOptions {
  readonly everyMs?: number;
  /** For figures. */
  readonly watch?: { watchTopic(topic: string): void };
}

const signalOptions = { concurrency: 1, acknowledgeWithinMs: 30_000, maximumDeliveries: 20 };

export async function startTrainingScheduler(
  world: World,
  { everyMs = 2000, watch }: TrainingSchedulerOptions = {},
): Promise<TrainingScheduler> {
  watch?.watchTopic(trainingJobTopic);
  watch?.watchTopic(trainingSignalTopic);
  const signals = await world.queue.consume(trainingSignalTopic, signalOptions, (delivery) =>
    takeSignalMessage(world, delivery),
  );
  let isStopped = false;
  let timer = { cancel: (): void => undefined };
  const look = async (): Promise<void> => {
    try {
      await startDue(world);
      await handOver(world);
    } catch (cause) {
      // Storage or queue that is away now may be back at the next look.
      world.log.error('training-round-failed', cause);
    }
    if (!isStopped) {
      timer = world.clock.after(everyMs, () => {
        round = look();
      });
    }
  };
  let round = look();
  return {
    async stop() {
      isStopped = true;
      timer.cancel();
      await round;
      await signals.stop();
    },
  };
}
