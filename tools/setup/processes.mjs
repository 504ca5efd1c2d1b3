// Starts one program at a time, hands it the terminal, passes signals on and its exit code back.
import { spawn } from 'node:child_process';
import { delimiter } from 'node:path';
import process from 'node:process';
import { binaries, root } from './places.mjs';

// Longer than the registry drains (drainSeconds).
const patienceMs = 30_000;

/**
 * @typedef {{ code: number, signal: NodeJS.Signals | null, isTimedOut: boolean, output: string }} Ended
 */

/**
 * Resolves when the program has ended; never rejects for an exit code. A signal sent to this process reaches the
 * program; one that ignores a second signal, or outlives `patienceMs` after the first, is killed.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, timeoutMs?: number, isQuiet?: boolean, shell?: boolean }} [options]
 *   isQuiet: collect what it prints in `output` instead of showing it.
 * @returns {Promise<Ended>}
 */
export function run(program, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...args], {
      cwd: root,
      env: {
        ...process.env,
        ...options.env,
        PATH: withBinaries(options.env?.['PATH'] ?? process.env['PATH']),
      },
      stdio: options.isQuiet ? ['ignore', 'pipe', 'pipe'] : 'inherit',
      shell: options.shell ?? false,
    });
    let output = '';
    child.stdout?.on('data', (chunk) => (output += String(chunk)));
    child.stderr?.on('data', (chunk) => (output += String(chunk)));

    let signalsSeen = 0;
    let isTimedOut = false;
    /** @type {NodeJS.Timeout[]} */
    const timers = [];
    /** @param {NodeJS.Signals} signal */
    const passOn = (signal) => {
      signalsSeen += 1;
      // A terminal's Ctrl-C has reached the program already (it goes to the whole group): once is enough.
      const hasArrived = signal === 'SIGINT' && process.stdin.isTTY;
      if (signalsSeen > 1) child.kill('SIGKILL');
      else if (!hasArrived) child.kill(signal);
      timers.push(setTimeout(() => child.kill('SIGKILL'), patienceMs));
    };
    const signals = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);
    for (const signal of signals) process.on(signal, passOn);
    if (options.timeoutMs !== undefined) {
      timers.push(
        setTimeout(() => {
          isTimedOut = true;
          child.kill('SIGKILL');
        }, options.timeoutMs),
      );
    }
    const tidy = () => {
      for (const timer of timers) clearTimeout(timer);
      for (const signal of signals) process.off(signal, passOn);
    };
    child.once('error', (cause) => {
      tidy();
      reject(cause);
    });
    child.once('close', (code, signal) => {
      tidy();
      resolve({ code: code ?? exitCodeOf(signal), signal, isTimedOut, output });
    });
  });
}

/** @param {NodeJS.Signals | null} signal */
function exitCodeOf(signal) {
  const numbers = { SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGABRT: 6, SIGKILL: 9, SIGSEGV: 11, SIGTERM: 15 };
  return 128 + (numbers[/** @type {keyof typeof numbers} */ (signal)] ?? 1);
}

/** @param {string | undefined} path */
function withBinaries(path) {
  return path === undefined || path === '' ? binaries : `${binaries}${delimiter}${path}`;
}
