/** The workstation as a real process under the Node host, started, killed and started again on one data folder. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import process from 'node:process';

const project = resolve(import.meta.dirname, '../..');

export interface Workstation {
  /** With its one-time code: opens once. */
  readonly address: string;
  readonly pid: number;
  /** Everything that the process printed. */
  output(): string;
  /** Ends it as a power cut would and waits until it is gone. */
  kill(): Promise<void>;
  /** Asks it to end and waits for its exit code. */
  stop(): Promise<number | null>;
}

export function temporaryFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'spira-e2e-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 3 }) };
}

/** Starts `main.ts --no-window` and waits for the address that it prints. */
export async function startWorkstation(
  dataFolder: string,
  options: { readonly env?: NodeJS.ProcessEnv; readonly args?: readonly string[] } = {},
): Promise<Workstation> {
  const child = spawn(
    process.execPath,
    ['main/hosts/node/main.ts', '--no-window', '--data', dataFolder, ...(options.args ?? [])],
    { cwd: project, env: { ...process.env, ...options.env }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let printed = '';
  const gone = new Promise<number | null>((settle) => child.once('exit', (code) => settle(code)));
  const address = await new Promise<string>((settle, refuse) => {
    const read = (part: Buffer): void => {
      printed += part.toString('utf8');
      const found = /https?:\/\/\S+/u.exec(printed);
      if (found !== null) settle(found[0]);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    void gone.then((code) => refuse(new Error(`the workstation ended with ${String(code)}: ${printed}`)));
  });
  return {
    address,
    pid: pidOf(child),
    output: () => printed,
    kill: async () => {
      child.kill('SIGKILL');
      await gone;
    },
    stop: async () => {
      child.kill('SIGTERM');
      return gone;
    },
  };
}

/** Runs one of the command-line programs to its end. */
export async function runProgram(
  program: string,
  args: readonly string[],
): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
  const child = spawn(process.execPath, [program, ...args], {
    cwd: project,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (part: Buffer) => (stdout += part.toString('utf8')));
  child.stderr.on('data', (part: Buffer) => (stderr += part.toString('utf8')));
  const code = await new Promise<number | null>((settle) => child.once('close', (ended) => settle(ended)));
  return { code, stdout, stderr };
}

function pidOf(child: ChildProcess): number {
  if (child.pid === undefined) throw new Error('the process did not start');
  return child.pid;
}
