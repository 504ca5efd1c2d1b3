/** Starts the Node host as a process of its own, as a user does, for tests. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { CommandInput, CommandName, CommandOutput } from '../../../contract/app-api.ts';
import type { Result } from '../../../contract/result.ts';
import { programRoot } from '../shared/program.ts';
import { visit, type Visitor } from './visitor.ts';

export interface HostProcess {
  readonly child: ChildProcess;
  readonly address: string;
  /** Comes in by the printed address. */
  enter(): Promise<Visitor>;
  /** The exit code, or the signal that ended it. */
  end(signal: NodeJS.Signals): Promise<number | NodeJS.Signals | null>;
}

export interface RunResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const program = (name: string): string => join(programRoot, 'main', 'hosts', 'node', name);

/** Settles when the address is printed; rejects with what was said when the host ends before. */
export async function startHost(dataFolder: string, args: readonly string[] = []): Promise<HostProcess> {
  const child = spawnHost(dataFolder, ['--no-window', ...args], process.env);
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const address = await new Promise<string>((resolve, reject) => {
    let printed = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
      if (printed.includes('\n')) resolve(printed.trim());
    });
    child.once('exit', (code) => reject(new Error(`the host ended with ${String(code)}: ${said}`)));
  });
  return {
    child,
    address,
    enter: () => visit(address),
    async end(signal) {
      if (child.exitCode !== null || child.signalCode !== null) return child.exitCode ?? child.signalCode;
      const exit = once(child, 'exit');
      child.kill(signal);
      await exit;
      return child.exitCode ?? child.signalCode;
    },
  };
}

/** These tests speak to the host without its pages: one of their own keeps them apart from what is being built. */
const ownPages = ['--pages', join(import.meta.dirname, 'fixtures', 'pages')];

function spawnHost(dataFolder: string, args: readonly string[], env: NodeJS.ProcessEnv) {
  return spawn(process.execPath, [program('main.ts'), '--data', dataFolder, ...ownPages, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env,
  });
}

/** The host on a PC with a display, where this program is the installed browser; what it prints, until `isEnough`. */
export async function runHostWithBrowser(
  dataFolder: string,
  browser: string,
  environment: Readonly<Record<string, string>>,
  isEnough: (stdout: string) => boolean,
): Promise<RunResult> {
  const env = { ...process.env, DISPLAY: ':0', SPIRA_BROWSER: browser, ...environment };
  const child = spawnHost(dataFolder, [], env);
  let stdout = '';
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    if (isEnough(stdout)) child.kill('SIGTERM');
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}

/** The host itself, to its end: for a start that cannot be, or a second one. */
export function runHost(args: readonly string[]): Promise<RunResult> {
  return runProgram('main.ts', ['--no-window', ...ownPages, ...args]);
}

/** Runs a program of the Node host to its end. */
export async function runProgram(
  name: 'main.ts' | 'screen.ts' | 'audit.ts',
  args: readonly string[],
  input?: string,
): Promise<RunResult> {
  const child = spawn(process.execPath, [program(name), ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}

export const password = 'uma senha bem longa';

/** A command that must succeed. */
export async function call<Name extends CommandName>(
  visitor: Visitor,
  name: Name,
  input: CommandInput<Name>,
): Promise<CommandOutput<Name>> {
  const answer = (await visitor.invoke(name, input)).json as Result<CommandOutput<Name>>;
  if (!answer.ok) throw new Error(`${name}: ${JSON.stringify(answer.problem)}`);
  return answer.value;
}

/** An IT account and a clinician, who is signed in. */
export async function clinicianAt(host: HostProcess): Promise<Visitor> {
  const visitor = await host.enter();
  await call(visitor, 'people.create-first', {
    username: 'ti',
    displayName: 'TI',
    password,
    language: 'pt-BR',
  });
  await call(visitor, 'people.create', {
    username: 'ana',
    displayName: 'Ana',
    roles: ['clinician'],
    language: 'pt-BR',
    password,
  });
  await call(visitor, 'people.sign-in', { username: 'ana', password });
  return visitor;
}
