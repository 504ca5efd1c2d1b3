/**
 * The training program as a child process, known by its command line, its event lines and its exit codes. Its texts may
 * name recordings: they stay in files of the trainer's folder.
 */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { mkdir, open, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
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

  const spawnTry = async ({ runId, configuration }: TrainingOrder): Promise<ChildProcess> => {
    const order = join(folder, 'orders', `${runId}.json`);
    await writeFile(`${order}.new`, `${JSON.stringify(configuration, null, 2)}\n`, { mode: 0o600 });
    await rename(`${order}.new`, order);
    const log = await open(join(folder, 'logs', `${runId}.log`), 'a', 0o600);
    try {
      const where = ['--folder', join(folder, 'data'), '--store', join(folder, 'store')];
      const args = [...command, 'run', '--run', runId, '--config', order, ...where, '--json', '--attended'];
      // A group of its own, so that all that it starts ends with it.
      const detached = process.platform !== 'win32';
      return spawn(process.execPath, args, { env, detached, stdio: ['pipe', 'pipe', log.fd] });
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
      const run = async (): Promise<TrainingEnd> => {
        if (asked !== undefined) return { kind: 'killed' };
        try {
          child = await spawnTry(order);
        } catch (cause) {
          onFailure(cause);
          return { kind: 'not-started' };
        }
        act();
        return watch(child, onSign, onFailure);
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
  onSign: (sign: TrainingSign) => void,
  onFailure: (cause: unknown) => void,
): Promise<TrainingEnd> {
  child.stdin?.on('error', () => undefined);
  if (child.stdout !== null) {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const sign = signIn(line);
      if (sign !== undefined) onSign(sign);
    });
  }
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
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    return undefined;
  }
  const parsed = trainingEventSchema.safeParse(json);
  if (!parsed.success) return undefined;
  const { step, kind, epoch = null, loss = null, secondsLeftAtMost = null } = parsed.data;
  return { step, kind, epoch, loss, secondsLeftAtMost };
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
