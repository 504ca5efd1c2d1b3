/** `npm run registry:predict`: prediction workers as processes of their own, any number of them. */
import { startPredictions } from '../app/predictions/run-predictions.ts';
import { optionsHelp } from './command.ts';
import { runWorkers } from './run-workers.ts';

const help = `Prediction workers of the SPIRA registry

  npm run registry:predict -- [options]

${optionsHelp}

Takes the same settings as the registry: the same PostgreSQL, the same bucket (or, on the same machine, the same data
folder), the same NATS where there is one. predictionEngines says how many models run at once here.
SIGTERM or Ctrl+C ends it when the predictions under way are done.
`;

await runWorkers({
  name: 'spira registry workers',
  help,
  work: { does: 'predicts', who: 'workers' },
  ready: 'SPIRA prediction workers are at the queue',
  settle: (settings) => ({ ...settings, predictionEngines: Math.max(1, settings.predictionEngines) }),
  start: (world) => startPredictions(world),
});
