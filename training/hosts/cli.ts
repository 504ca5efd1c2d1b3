/** `npm run train -- <command>`: reads options, wires adapters to use cases, reports. It decides nothing. */
import { runBaseline } from './baseline-command.ts';
import { runImportModel } from './import-model-command.ts';
import { listDecisions, runApprove, runGate, runPublish } from './release-command.ts';
import { runImport, stepCommand } from './step-command.ts';
import { compareTwoRuns, listRuns } from './step-runs.ts';
import { runVerify } from './verify-command.ts';
import { runWorker } from './worker-command.ts';
import { usageError, type Command } from './command.ts';
import { trainingSteps } from '../../contract/training/run.ts';

const commands: Readonly<Record<string, Command>> = {
  run: stepCommand(trainingSteps),
  ...Object.fromEntries(trainingSteps.map((step) => [step, stepCommand([step])])),
  baseline: runBaseline,
  import: runImport,
  'import-model': runImportModel,
  gate: runGate,
  approve: runApprove,
  publish: runPublish,
  decisions: listDecisions,
  runs: listRuns,
  compare: compareTwoRuns,
  verify: runVerify,
  worker: runWorker,
};

const help = `Usage: npm run train -- <command> [options]

Commands:
  run        All steps of a training run, starting again where it stopped.
  snapshot   Freeze the data: recordings by hash, labels, exclusions with reasons.
  split      Give each participant one side: training, validation or test.
  features   Cut windows and work out their features, clean and with noise.
  fit        Train the network, going on from its checkpoint.
  baseline   All steps with a logistic regression, and the model folder where you want it.
  import     Take weights that were trained elsewhere in the place of fit.
  evaluate   Score who was not trained on; figures, controls, report.
  package    Write the model folder and prove that it gives the trainer's scores.
  gate       Ask every rule that a model must pass before it is published.
  approve    Note that someone other than who trained answers for the model.
  publish    Pass the gate, sign, send to the registry, set the alias.
  decisions  Print the log of gate, approvals and publications.
  runs       List the runs of a store.
  compare    Two runs side by side: configuration, figures, paired tests.
  import-model  A model that was logged with MLflow, as a model folder.
  verify     Check a model folder: manifest, hashes, golden cases.
  worker     Work out features for runs on other machines.

npm run train -- <command> --help lists the options of a command.
Exit codes: 0 done, 1 refused because of data or disk, 2 wrong options; "run --help" has those of runs.
`;

const [name, ...rest] = process.argv.slice(2);
if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
  process[name === undefined ? 'stderr' : 'stdout'].write(help);
  process.exitCode = name === undefined ? 2 : 0;
} else if (!Object.hasOwn(commands, name)) {
  process.exitCode = usageError(`there is no command "${name}"`, 'npm run train -- --help');
} else {
  process.exitCode = await commands[name]!(rest);
}
