import { say } from './messages.mjs';
import { run } from './processes.mjs';

/**
 * Bundles the Electron host, the bridge and the engine's worker into dist/electron.
 * @param {string} node
 * @returns {Promise<number>}
 */
export async function buildElectron(node) {
  say('building the Electron host');
  const { code } = await run(node, ['tools/setup/build-electron.mjs']);
  if (code !== 0) say(`the Electron host could not be built (exit code ${code}; the message stands above)`);
  return code;
}
