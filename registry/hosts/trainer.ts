/**
 * `npm run registry:trainer`: runs of training on a machine of their own, any number of them, on the same settings as the
 * registry. It listens to nobody but the queue, and starts `npm run train` for each job.
 */
import process from 'node:process';
import { KeyFailure } from '../adapters/keys/keys.ts';
import { BlobFailure } from '../ports/blobs.ts';
import { StoreFailure } from '../ports/store.ts';
import { exitCodes, optionsHelp, runCommand, untilToldToStop, type Say } from './command.ts';
import { composeWorld, type ComposedWorld } from './compose.ts';
import { createLog } from './log.ts';
import type { Settings } from './settings.ts';
import { startOwnTrainer } from './start-own-trainer.ts';

const help = `A trainer of the SPIRA registry

  npm run registry:trainer -- [options]

${optionsHelp}

Takes the same settings as the registry: the same PostgreSQL, the same NATS where there is one. trainers says how many
runs go on at once here, trainingFolder where their data, outputs and logs are; trainers that share the work see the same
folder. SIGTERM or Ctrl+C ends it: runs under way are stopped after their piece of work, and go on where the next trainer
takes them.
`;

await runCommand({
  name: 'spira registry trainer',
  help,
  async run(settings, say) {
    if (settings.databaseUrl === null) {
      return say(
        exitCodes.wrongUse,
        'an embedded database belongs to the registry’s own process, which trains by itself: trainers of their own ' +
          'need PostgreSQL (SPIRA_REGISTRY_DATABASE_URL)',
      );
    }
    return work({ ...settings, trainers: Math.max(1, settings.trainers), predictionEngines: 0 }, say);
  },
});

async function work(settings: Settings, say: Say): Promise<number> {
  const log = createLog();
  const stopped = untilToldToStop();
  let composed: ComposedWorld | undefined;
  try {
    composed = await composeWorld(settings, log);
    const trainer = await startOwnTrainer(composed.world, settings);
    process.stdout.write('SPIRA trainer is at the queue\n');
    await stopped;
    log.info('stopping');
    await trainer.stop();
    await composed.close();
    log.info('stopped');
    return exitCodes.done;
  } catch (cause) {
    await composed?.close();
    log.error('not-started', cause);
    const isForOperator =
      cause instanceof KeyFailure || cause instanceof StoreFailure || cause instanceof BlobFailure;
    return say(
      exitCodes.notStarted,
      isForOperator ? cause.message : 'it could not start; the log above says where',
    );
  }
}
