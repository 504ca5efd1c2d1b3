/** `npm run train -- worker`: works out features for runs on other machines, until it is told to stop. */
import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { trainingExitCodes } from '../../contract/training/exit-codes.ts';
import { diskContents } from '../adapters/disk/contents.ts';
import { engineThreads, onnxTensorEngine } from '../adapters/onnx-engine/tensor-engine.ts';
import { encodeOnnx } from '../adapters/onnx-proto/encode-onnx.ts';
import { registryPortions } from '../adapters/registry-http/portions.ts';
import { describeProgram } from '../adapters/system/program.ts';
import { systemSurroundings } from '../adapters/system/surroundings.ts';
import { systemTimers } from '../adapters/system/timers.ts';
import { workOnPortions, type Worker } from '../app/portions/work-on-portions.ts';
import { progressLine, readSeconds, reportRefusal, usageError, type Command } from './command.ts';
import { openRegistry, registryHelp, registryOptions } from './registry-access.ts';
import { defaultStore } from './step-command.ts';

const help = `Usage: npm run train -- worker --registry URL --store FOLDER [options]

Takes portions of features that "run --workers registry" announces, works them out and keeps them in the store, which
is the very folder that the run has, as this machine sees it. Any number of workers may share the work; a researcher's
account is enough, of no hospital. A worker takes only what is announced by the same version of the program, of Node and
the same make of processor, so that features are the same bits wherever they are made.

  --store FOLDER        the store of the runs (default ${defaultStore})
  --once                ends after one portion
  --until-idle SECONDS  ends when there was nothing to do for so long
${registryHelp}
SIGTERM or Ctrl+C ends it after the recording that it is at; the rest of the portion goes to another.
Exit codes: ${trainingExitCodes.done} done, ${trainingExitCodes.refused} refused by the registry, or the store is another one; ${trainingExitCodes.wrongOptions} wrong options.
`;

const options = {
  store: { type: 'string' },
  once: { type: 'boolean' },
  'until-idle': { type: 'string' },
  ...registryOptions,
  help: { type: 'boolean', short: 'h' },
} as const;

export const runWorker: Command = async (args) => {
  const helpCommand = 'npm run train -- worker --help';
  let values;
  try {
    ({ values } = parseArgs({ args: [...args], options, strict: true }));
  } catch (error) {
    return usageError((error as Error).message, helpCommand);
  }
  if (values.help === true) {
    process.stdout.write(help);
    return 0;
  }
  const idle = values['until-idle'];
  const idleS = idle === undefined ? undefined : readSeconds(idle);
  if (idle !== undefined && (idleS === undefined || values.once === true)) {
    return usageError('--until-idle takes a number of seconds, and does not go with --once', helpCommand);
  }
  const connection = await openRegistry(values);
  if (!connection.ok) return reportRefusal(connection.refusal);
  if (connection.value === undefined) return usageError('--registry is missing', helpCommand);
  const surroundings = systemSurroundings(progressLine);
  const stop = stopSignal();
  const worked = await workOnPortions({
    id: randomUUID(),
    contents: diskContents(resolve(values.store ?? defaultStore)),
    surroundings,
    portions: registryPortions(connection.value),
    timers: systemTimers,
    tensors: (threads) => onnxTensorEngine(encodeOnnx, { threads }),
    program: await describeProgram(await surroundings.codeVersion(), { threads: engineThreads() }),
    until: untilOf(values.once === true, idleS),
    isStopped: stop.isGiven,
    stopped: stop.given,
    say: (line) => progressLine(`worker: ${line}`),
  });
  stop.forget();
  if (!worked.ok) return reportRefusal(worked.refusal);
  progressLine(`worker: ${worked.value} portions worked out`);
  return 0;
};

function untilOf(isOnce: boolean, idleS: number | undefined): Worker['until'] {
  if (isOnce) return { kind: 'once' };
  return idleS === undefined ? null : { kind: 'idle', idleMs: idleS * 1000 };
}

interface StopSignal {
  readonly given: Promise<void>;
  isGiven(): boolean;
  forget(): void;
}

/** The first signal lets a recording come to its end, the second one does not. */
function stopSignal(): StopSignal {
  const { promise: given, resolve: give } = Promise.withResolvers<void>();
  let isGiven = false;
  const stop = (): void => {
    if (isGiven) process.exit(trainingExitCodes.cancelled);
    isGiven = true;
    progressLine('worker: stopping after this recording; once more stops at once');
    give();
  };
  process.on('SIGINT', stop).on('SIGTERM', stop);
  return {
    given,
    isGiven: () => isGiven,
    forget: () => void process.off('SIGINT', stop).off('SIGTERM', stop),
  };
}
