/** `npm run registry:trainer`: runs of training on machines of their own; it starts `npm run train` for each job. */
import { optionsHelp } from './command.ts';
import { runWorkers } from './run-workers.ts';
import { startOwnTrainer } from './start-own-trainer.ts';

const help = `A trainer of the SPIRA registry

  npm run registry:trainer -- [options]

${optionsHelp}

Takes the same settings as the registry: the same PostgreSQL, the same NATS where there is one. trainers says how many
runs go on at once here, trainingFolder where their data, outputs and logs are; trainers that share the work see the same
folder. SIGTERM or Ctrl+C ends it: runs under way are stopped after their piece of work, and go on where the next trainer
takes them.
`;

await runWorkers({
  name: 'spira registry trainer',
  help,
  work: { does: 'trains', who: 'trainers' },
  ready: 'SPIRA trainer is at the queue',
  settle: (settings) => ({ ...settings, trainers: Math.max(1, settings.trainers), predictionEngines: 0 }),
  start: startOwnTrainer,
});
