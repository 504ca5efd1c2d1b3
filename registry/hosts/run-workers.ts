/** Processes beside the registry's own, on the same settings, that listen to nobody but the queue. */
import process from 'node:process';
import { KeyFailure } from '../adapters/keys/keys.ts';
import type { World } from '../app/world.ts';
import { BlobFailure } from '../ports/blobs.ts';
import { StoreFailure } from '../ports/store.ts';
import { exitCodes, runCommand, untilToldToStop, type Command, type Say } from './command.ts';
import { composeWorld, type ComposedWorld } from './compose.ts';
import { createLog } from './log.ts';
import type { Settings } from './settings.ts';

interface Workers extends Pick<Command, 'name' | 'help'> {
  /** What an embedded registry does by itself, for example `predicts`, and who does it elsewhere. */
  readonly work: { readonly does: string; readonly who: string };
  /** Printed on standard output when they are at the queue. */
  readonly ready: string;
  /** The settings of a process that does nothing else. */
  readonly settle: (settings: Settings) => Settings;
  readonly start: (world: World, settings: Settings) => Promise<{ stop(): Promise<void> }>;
}

/** Runs until SIGTERM or Ctrl+C, and ends the process. */
export function runWorkers(workers: Workers): Promise<never> {
  const { name, help, work, settle } = workers;
  return runCommand({
    name,
    help,
    async run(settings, say) {
      if (settings.databaseUrl !== null) return atTheQueue(workers, settle(settings), say);
      return say(
        exitCodes.wrongUse,
        `an embedded database belongs to the registry’s own process, which ${work.does} by itself: ${work.who} of ` +
          'their own need PostgreSQL (SPIRA_REGISTRY_DATABASE_URL)',
      );
    },
  });
}

async function atTheQueue({ ready, start }: Workers, settings: Settings, say: Say): Promise<number> {
  const log = createLog();
  const stopped = untilToldToStop();
  let composed: ComposedWorld | undefined;
  try {
    composed = await composeWorld(settings, log);
    const started = await start(composed.world, settings);
    process.stdout.write(`${ready}\n`);
    await stopped;
    log.info('stopping');
    await started.stop();
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
