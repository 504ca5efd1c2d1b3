// `npm test`: sets up, then runs every net and every test, and ends with one line: N passed, N failed, N skipped.
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { findChromium } from './chromium.mjs';
import { ensureInstalled } from './install.mjs';
import { say } from './messages.mjs';
import { findNode } from './node24.mjs';
import { build, packageProgram } from './places.mjs';
import { run } from './processes.mjs';
import { buildRenderer } from './renderer.mjs';
import { nothing, readChecks, readEndToEnd, readUnits, summaryLine, tallyOf, total } from './tally.mjs';

const isCi = process.env['CI'] === 'true';
const reports = join(build, 'reports');

await ensureInstalled();
const node = findNode();
rmSync(reports, { recursive: true, force: true });
mkdirSync(reports, { recursive: true });

const tallies = [await check(), await unit(), await endToEnd()];
const sum = total(tallies);
process.stdout.write(`\n${summaryLine(sum)}\n`);
process.exitCode = sum.failed === 0 ? 0 : 1;

async function check() {
  say('types, lint, boundaries, dead code, format');
  const { code, signal } = await run(node, ['tools/checks/check.ts', '--report', 'build/reports/check.json']);
  endIfStopped(signal, code);
  return tallyOf(join(reports, 'check.json'), code, readChecks);
}

async function unit() {
  say('unit, contract and host tests');
  const report = join(reports, 'unit.json');
  const args = ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const { code, signal } = await run(node, [packageProgram('vitest', 'vitest.mjs'), ...args]);
  endIfStopped(signal, code);
  return tallyOf(report, code, readUnits);
}

async function endToEnd() {
  const chromium = findChromium();
  const program = [packageProgram('@playwright/test', 'cli.js'), 'test', '-c', 'e2e/playwright.config.ts'];
  const report = join(reports, 'e2e.json');
  const env = { PLAYWRIGHT_JSON_OUTPUT_FILE: report };
  if (chromium === null) {
    const why = 'no Chromium, Chrome or Edge was found (install one, or name it in SPIRA_BROWSER)';
    if (isCi) {
      say(`the end-to-end tests cannot run: ${why}`);
      return { ...nothing, failed: 1 };
    }
    say(`the end-to-end tests are skipped: ${why}`);
    await run(node, [...program, '--list', '--reporter=json'], { env, isQuiet: true });
    const listed = tallyOf(report, 0, readEndToEnd);
    return { ...nothing, skipped: Math.max(1, listed.passed + listed.skipped) };
  }
  const built = await buildRenderer(node);
  if (built !== 0) return { ...nothing, failed: 1 };
  say(`end-to-end tests in ${chromium}`);
  const { code, signal } = await run(node, [...program, '--reporter=list,json'], {
    env: { ...env, SPIRA_BROWSER: chromium },
  });
  endIfStopped(signal, code);
  return tallyOf(report, code, readEndToEnd);
}

/**
 * Ctrl-C ends the whole run, not only the runner that was at work.
 * @param {NodeJS.Signals | null} signal
 * @param {number} code
 */
function endIfStopped(signal, code) {
  if (signal === 'SIGINT' || signal === 'SIGTERM' || signal === 'SIGHUP' || code === 130) process.exit(code);
}
