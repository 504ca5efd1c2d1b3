/**
 * `npm run registry:predict`: prediction workers as a process of their own, any number of them, on the same settings as
 * the registry. They listen to nobody but the queue.
 */
import process from 'node:process';
import { KeyFailure } from '../adapters/keys/keys.ts';
import { startPredictions } from '../app/predictions/run-predictions.ts';
import { BlobFailure } from '../ports/blobs.ts';
import { StoreFailure } from '../ports/store.ts';
import { exitCodes, optionsHelp, runCommand, untilToldToStop, type Say } from './command.ts';
import { composeWorld, type ComposedWorld } from './compose.ts';
import { createLog } from './log.ts';
import type { Settings } from './settings.ts';

const help = `Prediction workers of the SPIRA registry

  npm run registry:predict -- [options]

${optionsHelp}

Takes the same settings as the registry: the same PostgreSQL, the same bucket (or, on the same machine, the same data
folder), the same NATS where there is one. predictionEngines says how many models run at once here.
SIGTERM or Ctrl+C ends it when the predictions under way are done.
`;

await runCommand({
  name: 'spira registry workers',
  help,
  async run(settings, say) {
    if (settings.databaseUrl === null) {
      return say(
        exitCodes.wrongUse,
        'an embedded database belongs to the registry’s own process, which predicts by itself: workers of their own ' +
          'need PostgreSQL (SPIRA_REGISTRY_DATABASE_URL)',
      );
    }
    return work({ ...settings, predictionEngines: Math.max(1, settings.predictionEngines) }, say);
  },
});

async function work(settings: Settings, say: Say): Promise<number> {
  const log = createLog();
  const stopped = untilToldToStop();
  let composed: ComposedWorld | undefined;
  try {
    composed = await composeWorld(settings, log);
    const predictions = await startPredictions(composed.world);
    process.stdout.write('SPIRA prediction workers are at the queue\n');
    await stopped;
    log.info('stopping');
    await predictions.stop();
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
