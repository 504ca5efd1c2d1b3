import { join } from 'node:path';
import { openTrainingProgram } from '../adapters/training-program/training-program.ts';
import { startTrainer, type TrainerService } from '../app/training-jobs/run-trainer.ts';
import type { World } from '../app/world.ts';
import type { Settings } from './settings.ts';

/** A trainer in this process, whose runs are child processes of it. */
export async function startOwnTrainer(
  world: World,
  { trainers, trainingFolder, dataFolder }: Settings,
): Promise<TrainerService> {
  const program = await openTrainingProgram({
    folder: trainingFolder ?? join(dataFolder, 'training'),
    onFailure: (cause) => world.log.error('training-program-failed', cause),
  });
  return startTrainer(world, { program, concurrency: trainers });
}
