/** What the registry's long-running commands share: their options, their settings, their exit codes, their end. */
import process from 'node:process';
import { parseArgs } from 'node:util';
import { readSettings, settingsFileVariable, SettingsFailure, type Settings } from './settings.ts';

/** For whoever starts it: nothing wrong, wrong use, somebody else is there, could not start. */
export const exitCodes = { done: 0, wrongUse: 2, folderInUse: 3, notStarted: 4 } as const;

export interface Command {
  /** Stands before what is said on standard error. */
  readonly name: string;
  readonly help: string;
  /** Resolves to the exit code when the command has ended. */
  readonly run: (settings: Settings, say: Say) => Promise<number>;
}

/** Says it on standard error and hands the exit code on. */
export type Say = (exitCode: number, message: string) => number;

/** The options that each of them has, for the text of `--help`. */
export const optionsHelp = `  --config FILE   a JSON file with settings (as ${settingsFileVariable} names one)
  --help          this text`;

/** Runs the command with this process's arguments and environment, and ends the process with its exit code. */
export async function runCommand(command: Command): Promise<never> {
  // Whatever this process writes is for its own user.
  process.umask(0o077);
  const exitCode = await begin(command, process.argv.slice(2));
  // Whatever still holds the process has nothing left to do.
  process.exit(exitCode);
}

async function begin({ name, help, run }: Command, args: readonly string[]): Promise<number> {
  const say: Say = (exitCode, message) => {
    process.stderr.write(`${name}: ${message}\n`);
    return exitCode;
  };
  const options = readOptions(args);
  if (typeof options === 'string') return say(exitCodes.wrongUse, `${options}\nTry --help.`);
  if (options.help) {
    process.stdout.write(help);
    return exitCodes.done;
  }
  const { config } = options;
  let settings: Settings;
  try {
    settings = readSettings({
      ...process.env,
      ...(config === undefined ? {} : { [settingsFileVariable]: config }),
    });
  } catch (cause) {
    if (!(cause instanceof SettingsFailure)) throw cause;
    return say(exitCodes.wrongUse, `these settings cannot be used:\n${cause.message}`);
  }
  return run(settings, say);
}

export function untilToldToStop(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
  });
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
