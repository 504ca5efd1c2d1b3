/** The workstation on a PC's own Node, shown in an installed Chromium-based browser. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import process from 'node:process';
import { forkEngineChild } from '../../../native/onnx/fork-engine.ts';
import { systemClock } from '../../adapters/system/system.ts';
import { ok, type Result } from '../../../contract/result.ts';
import { composeWorkstation } from '../shared/compose.ts';
import { programRoot } from '../shared/program.ts';
import type { HostedApp } from '../shared/hosted-app.ts';
import { acquireInstanceLock, isLock, type Holder, type InstanceLock } from '../shared/instance-lock.ts';
import { openLog, type HostLog } from '../shared/log.ts';
import { readPages, type Pages } from '../shared/pages.ts';
import { readFirstLine } from '../shared/secret-file.ts';
import { startFailure } from '../shared/start-messages.ts';
import { askForAddress } from './already-running.ts';
import { chooseKeys } from './choose-keys.ts';
import { findBrowser, openBrowser } from './browser.ts';
import { startLoopback, type Loopback } from './loopback.ts';
import { help, parseOptions, type HostOptions } from './options.ts';
import { watchWindow } from './window-watch.ts';

/** In a browser's command line, which shows in the process list. */
const windowCodeValidForMs = 60_000;
/** Printed for a person who has to read it first. */
const printedCodeValidForMs = 5 * 60_000;
const exitGraceMs = 5_000;

const parsed = parseOptions(process.argv.slice(2), process.env);
switch (parsed.kind) {
  case 'help':
    process.stdout.write(help);
    break;
  case 'wrong':
    process.stderr.write(`spira: ${parsed.message}\nTry --help.\n`);
    process.exitCode = 2;
    break;
  case 'run':
    process.exitCode = await run(parsed.options);
    // Nothing is left to do; whatever still holds the process must not hold the user's PC.
    setTimeout(() => process.exit(), exitGraceMs).unref();
    break;
}

async function run(options: HostOptions): Promise<number> {
  const pages = readPages(options.pagesFolder ?? join(programRoot, 'dist', 'renderer'));
  if (pages === undefined) {
    process.stderr.write(
      'spira: the pages are not built yet: run `npm start`, or `npm run build:renderer`.\n',
    );
    return 20;
  }
  const lock = takeFolder(options);
  if (typeof lock === 'number') return lock;
  if (!isLock(lock)) return showAgain(lock, options);
  const log = openLog(options.dataFolder);
  try {
    return await serve(options, pages, lock, log);
  } catch (cause) {
    log.fault('start-failed', cause);
    throw cause;
  } finally {
    log.close();
    lock.release();
  }
}

function takeFolder({ dataFolder }: HostOptions): InstanceLock | Holder | number {
  try {
    return acquireInstanceLock(dataFolder);
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? 'unknown';
    const details = { reason };
    const code = reason === 'ENOSPC' ? ('disk-full' as const) : ('storage-unavailable' as const);
    return sayFailure(startFailure({ code, details }, dataFolder));
  }
}

async function showAgain(holder: Holder, options: HostOptions): Promise<number> {
  process.stderr.write(
    `spira: already running with the data in ${options.dataFolder} (process ${holder.pid}); only one can use it at a time.\n`,
  );
  const answer = await askForAddress(holder);
  if (answer === undefined) {
    process.stderr.write('It does not answer. Close its window, or end that process, and start again.\n');
    return 21;
  }
  const browser = options.opensWindow ? findBrowser(process.platform, process.env) : undefined;
  if (browser !== undefined && answer.shownPages === 0) {
    openBrowser(browser, answer.address, profileFolder(options));
    process.stderr.write('Its window is opened again.\n');
    return 0;
  }
  process.stderr.write('This address opens it once, within a minute:\n');
  process.stdout.write(`${answer.address}\n`);
  return 0;
}

async function serve(options: HostOptions, pages: Pages, lock: InstanceLock, log: HostLog): Promise<number> {
  const clock = systemClock();
  const composed = await compose(options, log);
  if (!composed.ok) {
    log.warn('start-refused', { code: composed.problem.code });
    return sayFailure(startFailure(composed.problem, options.dataFolder));
  }
  const app = composed.value;
  const ended = Promise.withResolvers<string>();
  const watch = watchWindow({
    clock,
    onGone: () => ended.resolve('window-gone'),
    onNeverShown: () => printAddress('No window came up.'),
  });
  const controlToken = randomBytes(32).toString('base64url');
  let loopback: Loopback;
  try {
    loopback = await startLoopback({
      app,
      pages,
      port: options.port,
      controlToken,
      clock,
      onPages: (shown) => watch.pages(shown),
      onFault: (command, cause) => log.fault('request-failed', cause, { command }),
    });
  } catch (cause) {
    await app.close();
    const reason = (cause as NodeJS.ErrnoException).code ?? 'unknown';
    process.stderr.write(
      `spira: port ${options.port} of 127.0.0.1 cannot be used (${reason}): choose another --port.\n`,
    );
    return 22;
  }
  lock.announce({ port: loopback.port, token: controlToken });
  listenForSignals(ended.resolve);
  process.on('uncaughtException', (cause) => {
    log.fault('uncaught', cause);
    process.stderr.write(
      'spira: an error of the program; its place is in the log. What was recorded is kept.\n',
    );
    process.exit(70);
  });
  log.info('started', { host: 'node', port: loopback.port, platform: process.platform, pid: process.pid });

  const browser = options.opensWindow ? findBrowser(process.platform, process.env) : undefined;
  let open: ReturnType<typeof openBrowser> | undefined;
  if (browser === undefined) {
    watch.stop();
    if (options.opensWindow)
      process.stderr.write('spira: no Chromium, Chrome or Edge was found (SPIRA_BROWSER names one).\n');
    printAddress('SPIRA is ready.');
  } else {
    open = openBrowser(browser, loopback.newAddress(windowCodeValidForMs), profileFolder(options));
    void open.ended.then((isClean) => {
      watch.browserEnded();
      if (!isClean && loopback.shownPages() === 0) printAddress(`${browser} ended with an error.`);
    });
  }

  const reason = await ended.promise;
  log.info('ending', { reason });
  watch.stop();
  open?.end();
  await loopback.close();
  await app.close();
  return 0;

  function printAddress(why: string): void {
    watch.stop();
    process.stderr.write(`spira: ${why} This address opens it once, within five minutes; Ctrl+C ends it:\n`);
    process.stdout.write(`${loopback.newAddress(printedCodeValidForMs)}\n`);
  }
}

async function compose(options: HostOptions, log: HostLog): Promise<Result<HostedApp>> {
  const keys = chooseKeys(options);
  if (!keys.ok) return keys;
  const { recoveryKeyFile, dataFolder } = options;
  const words = recoveryKeyFile === undefined ? ok(undefined) : readFirstLine(recoveryKeyFile);
  if (!words.ok) return words;
  return composeWorkstation({
    host: 'node',
    dataFolder,
    keys: keys.value,
    recoveryKey: words.value,
    spawnEngine: () => forkEngineChild(),
    log,
  });
}

/** The first signal ends in order, a second one at once. What is being recorded is on disk either way. */
function listenForSignals(end: (reason: string) => void): void {
  let isEnding = false;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (isEnding) process.exit(130);
      isEnding = true;
      end(signal);
    });
  }
}

function profileFolder({ dataFolder }: HostOptions): string {
  return join(dataFolder, 'browser');
}

function sayFailure({ message, exitCode }: { readonly message: string; readonly exitCode: number }): number {
  process.stderr.write(`spira: ${message}\n`);
  return exitCode;
}
