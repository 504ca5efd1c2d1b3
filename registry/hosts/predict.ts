/**
 * `npm run registry:predict`: prediction workers as a process of their own, any number of them, on the same settings as
 * the registry. They listen to nobody but the queue.
 */
import process from 'node:process';
import { parseArgs } from 'node:util';
import { KeyFailure } from '../adapters/keys/keys.ts';
import { startPredictions } from '../app/predictions/run-predictions.ts';
import { BlobFailure } from '../ports/blobs.ts';
import { StoreFailure } from '../ports/store.ts';
import { composeWorld, type ComposedWorld } from './compose.ts';
import { createLog } from './log.ts';
import { readSettings, settingsFileVariable, SettingsFailure, type Settings } from './settings.ts';

const help = `Prediction workers of the SPIRA registry

  npm run registry:predict -- [options]

  --config FILE   a JSON file with settings (as ${settingsFileVariable} names one)
  --help          this text

Takes the same settings as the registry: the same PostgreSQL, the same bucket (or, on the same machine, the same data
folder), the same NATS where there is one. predictionEngines says how many models run at once here.
SIGTERM or Ctrl+C ends it when the predictions under way are done.
`;

/** For whoever starts it: nothing wrong, wrong use, could not start. */
const exitCodes = { done: 0, wrongUse: 2, notStarted: 4 } as const;

process.umask(0o077);
process.exitCode = await main(process.argv.slice(2));
// Whatever still holds the process has nothing left to do.
process.exit();

async function main(args: readonly string[]): Promise<number> {
  const options = readOptions(args);
  if (typeof options === 'string') return say(exitCodes.wrongUse, `${options}\nTry --help.`);
  if (options.help) {
    process.stdout.write(help);
    return exitCodes.done;
  }
  let settings: Settings;
  try {
    settings = readSettings({
      ...process.env,
      ...(options.config === undefined ? {} : { [settingsFileVariable]: options.config }),
    });
  } catch (cause) {
    if (!(cause instanceof SettingsFailure)) throw cause;
    return say(exitCodes.wrongUse, `these settings cannot be used:\n${cause.message}`);
  }
  if (settings.databaseUrl === null) {
    return say(
      exitCodes.wrongUse,
      'an embedded database belongs to the registry’s own process, which predicts by itself: workers of their own ' +
        'need PostgreSQL (SPIRA_REGISTRY_DATABASE_URL)',
    );
  }
  return run({ ...settings, predictionEngines: Math.max(1, settings.predictionEngines) });
}

async function run(settings: Settings): Promise<number> {
  const log = createLog();
  const stopped = new Promise<void>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
  });
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

function readOptions(
  args: readonly string[],
): { readonly help: boolean; readonly config: string | undefined } | string {
  try {
    const { values } = parseArgs({
      args: [...args],
      strict: true,
      options: { config: { type: 'string' }, help: { type: 'boolean', short: 'h', default: false } },
    });
    return { help: values.help, config: values.config };
  } catch (cause) {
    return cause instanceof Error ? cause.message : String(cause);
  }
}

function say(exitCode: number, message: string): number {
  process.stderr.write(`spira registry workers: ${message}\n`);
  return exitCode;
}
