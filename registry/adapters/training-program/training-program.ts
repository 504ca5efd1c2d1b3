/**
 * The training program as a child process, known by its command line, its event lines and its exit codes. Its texts may
 * name recordings: they stay in files of the trainer's folder.
 */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { mkdir, open, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { trainingExitCodes } from '../../../contract/training/exit-codes.ts';
import { verdictSchema } from '../../../contract/training/release.ts';
import { trainingEventSchema } from '../../../contract/training/run.ts';
import type {
  TrainingEnd,
  TrainingOrder,
  TrainingProgram,
  TrainingSign,
  TrainingTry,
} from '../../ports/training-program.ts';

export interface ChildTrainingOptions {
  /** Holds `data` (where paths of configurations start), `store`, `orders` and `logs`. */
  readonly folder: string;
  /** Script and its first arguments, in place of the training program. */
  readonly command?: readonly string[];
  readonly environment?: NodeJS.ProcessEnv;
  readonly onFailure?: (cause: unknown) => void;
}

interface Words {
  readonly run: readonly string[];
  readonly gate: readonly string[];
}

const trainingCommand = [fileURLToPath(new URL('../../../training/hosts/cli.ts', import.meta.url))];
/** Settings of the registry hold its secrets, which are none of the trainer's business. */
const secretPrefix = 'SPIRA_REGISTRY_';

/** Makes the folder where it is not there. */
export async function openTrainingProgram({
  folder,
  command = trainingCommand,
  environment = process.env,
  onFailure = () => undefined,
}: ChildTrainingOptions): Promise<TrainingProgram> {
  for (const part of ['data', 'store', 'orders', 'logs'])
    await mkdir(join(folder, part), { recursive: true, mode: 0o700 });
  const env = Object.fromEntries(
    Object.entries(environment).filter(([name]) => !name.startsWith(secretPrefix)),
  );

  const writeOrder = async ({ runId, configuration, trainers }: TrainingOrder): Promise<Words> => {
    const order = join(folder, 'orders', `${runId}.json`);
    await writeFile(`${order}.new`, `${JSON.stringify(configuration, null, 2)}\n`, { mode: 0o600 });
    await rename(`${order}.new`, order);
    const run = ['--run', runId, '--store', join(folder, 'store'), '--json'];
    const others = trainers.flatMap((name) => ['--on-behalf-of', name]);
    return {
      run: ['run', ...run, '--config', order, '--folder', join(folder, 'data'), '--attended', ...others],
      gate: ['gate', ...run],
    };
  };
  const spawnPart = async (runId: string, words: readonly string[]): Promise<ChildProcess> => {
    const log = await open(join(folder, 'logs', `${runId}.log`), 'a', 0o600);
    try {
      // A group of its own, so that all that it starts ends with it.
      const detached = process.platform !== 'win32';
      return spawn(process.execPath, [...command, ...words], {
        env,
        detached,
        stdio: ['pipe', 'pipe', log.fd],
      });
    } finally {
      await log.close();
    }
  };

  return {
    start(order, onSign): TrainingTry {
      let child: ChildProcess | undefined;
      let asked: 'stop' | 'kill' | undefined;
      const act = (): void => {
        if (child === undefined) return;
        if (asked === 'kill') killTree(child, onFailure);
        // What ends on every system: the child reads that nobody attends to it any more.
        if (asked === 'stop') child.stdin?.end();
      };
      const part = async (words: readonly string[], onLine: (line: string) => void): Promise<TrainingEnd> => {
        if (asked !== undefined) return { kind: 'killed' };
        child = await spawnPart(order.runId, words);
        act();
        return watch(child, onLine, onFailure);
      };
      const run = async (): Promise<TrainingEnd> => {
        try {
          const words = await writeOrder(order);
          const trained = await part(words.run, (line) => {
            const sign = signIn(line);
            if (sign !== undefined) onSign(sign);
          });
          if (trained.kind !== 'exited' || trained.exitCode !== trainingExitCodes.done) return trained;
          onSign({ step: 'gate', kind: 'started', epoch: null, loss: null, secondsLeftAtMost: null });
          const lines: string[] = [];
          const judged = await part(words.gate, (line) => lines.push(line));
          return lacksApprovalAlone(judged, lines.join('\n')) ? trained : judged;
        } catch (cause) {
          onFailure(cause);
          return { kind: 'not-started' };
        }
      };
      return {
        ended: run(),
        stop() {
          asked ??= 'stop';
          act();
        },
        kill() {
          asked = 'kill';
          act();
        },
      };
    },
  };
}

function watch(
  child: ChildProcess,
  onLine: (line: string) => void,
  onFailure: (cause: unknown) => void,
): Promise<TrainingEnd> {
  child.stdin?.on('error', () => undefined);
  if (child.stdout !== null) createInterface({ input: child.stdout }).on('line', onLine);
  return new Promise((resolve) => {
    child.once('error', (cause) => {
      onFailure(cause);
      if (child.pid === undefined) resolve({ kind: 'not-started' });
    });
    // What it started may have outlived it.
    child.once('exit', () => killTree(child, onFailure));
    child.once('close', (code) =>
      resolve(code === null ? { kind: 'killed' } : { kind: 'exited', exitCode: code }),
    );
  });
}

function signIn(line: string): TrainingSign | undefined {
  const parsed = trainingEventSchema.safeParse(jsonOf(line));
  if (!parsed.success) return undefined;
  const { step, kind, epoch = null, loss = null, secondsLeftAtMost = null } = parsed.data;
  return { step, kind, epoch, loss, secondsLeftAtMost };
}

/** What is left to people: nobody can have approved a model that has just been made. */
function lacksApprovalAlone(end: TrainingEnd, printed: string): boolean {
  if (end.kind !== 'exited' || end.exitCode !== trainingExitCodes.refusedByGate) return false;
  const verdicts = z.array(verdictSchema).safeParse(jsonOf(printed));
  if (!verdicts.success) return false;
  const failed = verdicts.data.filter(({ outcome }) => outcome === 'failed');
  return failed.length > 0 && failed.every(({ rule }) => rule === 'approval');
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function killTree(child: ChildProcess, onFailure: (cause: unknown) => void): void {
  if (child.pid === undefined) return;
  if (process.platform === 'win32') {
    execFile('taskkill', ['/pid', String(child.pid), '/t', '/f'], () => undefined);
    return;
  }
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ESRCH') onFailure(cause);
  }
}
