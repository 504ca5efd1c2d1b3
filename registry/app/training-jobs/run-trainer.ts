/** A trainer: takes jobs from the queue, as many at once as it is told, each a run of the training program. */
import type { TrainingProgram } from '../../ports/training-program.ts';
import type { World } from '../world.ts';
import { trainingJobTopic } from './hand-over.ts';
import { trainJob, type TrainerTimes } from './train-job.ts';

export interface TrainerService {
  /** Takes nothing new; what is at work is asked to stop and given back, to go on later from its last step. */
  stop(): Promise<void>;
}

export interface TrainerOptions {
  readonly program: TrainingProgram;
  /** Runs at once. */
  readonly concurrency: number;
  readonly times?: TrainerTimes;
}

export const usualTrainerTimes: TrainerTimes = { beatMs: 2000, silentAfterMs: 30_000, graceMs: 45_000 };

/** The job's row counts its tries, not the queue. */
const maximumDeliveries = 1_000_000;

export async function startTrainer(
  world: World,
  { program, concurrency, times = usualTrainerTimes }: TrainerOptions,
): Promise<TrainerService> {
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const trainer = { world, program, times, released };
  const options = { concurrency, acknowledgeWithinMs: times.silentAfterMs, maximumDeliveries };
  const consumer = await world.queue.consume(trainingJobTopic, options, (delivery) =>
    trainJob(trainer, delivery),
  );
  return {
    async stop() {
      release();
      await consumer.stop();
    },
  };
}
