// Makes node_modules what package-lock.json says. Runs on Node 20 and imports nothing that must be installed first.
import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import process from 'node:process';
import { giveUp, say } from './messages.mjs';
import { modules, root } from './places.mjs';
import { run } from './processes.mjs';

/** Installs when something is missing or has another version than the lock file says; else returns at once. */
export async function ensureInstalled() {
  const reason = whatIsMissing();
  if (reason === null) return;
  say(`installing the libraries (${reason}); this takes a minute or two and about 1 GB`);
  const npm = npmProgram();
  const result = await run(
    npm.program,
    [...npm.args, 'ci', '--no-audit', '--no-fund', await scriptPolicy(npm)],
    {
      shell: npm.shell,
      env: { npm_config_loglevel: 'error' },
    },
  ).catch(() => giveUp('npm was not found. Install Node.js 20 or newer with npm: https://nodejs.org'));
  if (result.signal !== null || result.code === 130) process.exit(result.code);
  const missing = result.code === 0 ? whatIsMissing() : null;
  if (result.code !== 0 || missing !== null) {
    giveUp(
      `the libraries could not be installed (npm ended with ${result.code}${missing ? `; ${missing}` : ''}).\n` +
        'Is the npm registry reachable (`npm ping`), and is there 1 GB of free disk? Then run the same command again.',
    );
  }
  say('libraries installed');
}

/**
 * Compares what npm noted when it last finished an install with the lock file, and looks that the folders are there.
 * @param {string} [folder] with package-lock.json and node_modules
 * @returns {string | null} why an install is needed, or null
 */
export function whatIsMissing(folder = root) {
  if (!existsSync(join(folder, 'node_modules'))) return 'first start';
  const installed = readPackages(join(folder, 'node_modules', '.package-lock.json'));
  if (installed === null) return 'the last install did not finish';
  const wanted = readPackages(join(folder, 'package-lock.json'));
  if (wanted === null)
    giveUp('package-lock.json is missing or damaged: get it back with `git checkout package-lock.json`');
  for (const [path, entry] of Object.entries(wanted)) {
    if (path === '' || entry.link) continue;
    const present = installed[path];
    if (present === undefined) {
      if (entry.optional || entry.peer) continue;
      return `${path} is new`;
    }
    if (present.version !== entry.version)
      return `${path} changes from ${present.version} to ${entry.version}`;
    if (!existsSync(join(folder, path))) return `${path} has disappeared`;
  }
  return null;
}

/**
 * @param {string} file
 * @returns {Record<string, { version?: string, optional?: boolean, peer?: boolean, link?: boolean }> | null}
 */
function readPackages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages ?? null;
  } catch {
    return null;
  }
}

/** The npm that started us, run by the Node it came with (not by the one that it is about to replace). */
function npmProgram() {
  const script = process.env['npm_execpath'];
  if (script !== undefined && basename(script) === 'npm-cli.js' && existsSync(script)) {
    const node = process.env['npm_node_execpath'];
    const isOurs = node === undefined || node.startsWith(modules) || !existsSync(node);
    return { program: isOurs ? process.execPath : node, args: [script], shell: false };
  }
  return { program: 'npm', args: [], shell: process.platform === 'win32' };
}

/**
 * Install scripts run only where `allowScripts` in package.json says so; an npm that does not know that list runs none.
 * @param {{ program: string, args: string[], shell: boolean }} npm
 */
async function scriptPolicy(npm) {
  const key = 'strict-allow-scripts';
  const asked = await run(npm.program, [...npm.args, 'config', 'get', key], {
    shell: npm.shell,
    isQuiet: true,
  });
  return /^(true|false)\s*$/m.test(asked.output) ? `--${key}` : '--ignore-scripts';
}
