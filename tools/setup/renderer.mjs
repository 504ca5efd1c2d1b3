import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { say } from './messages.mjs';
import { packageProgram, rendererOutput, root } from './places.mjs';
import { run } from './processes.mjs';

/** What the pages are made of; anything newer than the built page asks for a new build. */
const sources = ['renderer', 'contract', 'resources', 'package-lock.json'];

/**
 * Builds the pages into dist/renderer unless they are up to date.
 * @param {string} node
 * @returns {Promise<number>} vite's exit code
 */
export async function buildRenderer(node) {
  if (isUpToDate()) return 0;
  say('building the pages');
  const { code } = await run(node, [
    packageProgram('vite', 'bin/vite.js'),
    'build',
    '--config',
    join('renderer', 'vite.config.ts'),
    '--logLevel',
    'warn',
  ]);
  if (code !== 0) say(`the pages could not be built (vite ended with ${code}; its message stands above)`);
  return code;
}

function isUpToDate() {
  const page = join(rendererOutput, 'index.html');
  if (!existsSync(page)) return false;
  const builtAtMs = statSync(page).mtimeMs;
  return sources.every((source) => newestMs(join(root, source)) < builtAtMs);
}

/**
 * @param {string} path
 * @returns {number} time of the youngest file or folder (a deleted file shows on its folder)
 */
function newestMs(path) {
  if (!existsSync(path)) return 0;
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return readdirSync(path).reduce(
    (newest, name) => Math.max(newest, newestMs(join(path, name))),
    stat.mtimeMs,
  );
}
