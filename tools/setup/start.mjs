// `npm start`: sets up what is missing, builds the pages, and opens the app: under Electron when it is here or can be had
// soon, else under the Node host. `--host=electron|node` chooses; all other arguments go to the app.
import process from 'node:process';
import { buildElectron } from './electron-bundle.mjs';
import { findElectron } from './electron.mjs';
import { ensureInstalled } from './install.mjs';
import { giveUp, say } from './messages.mjs';
import { findNode } from './node24.mjs';
import { root } from './places.mjs';
import { run } from './processes.mjs';
import { buildRenderer } from './renderer.mjs';

const choices = process.argv.slice(2).filter((argument) => argument.startsWith('--host='));
const args = process.argv.slice(2).filter((argument) => !argument.startsWith('--host='));
const host = choices.at(-1)?.slice('--host='.length);
if (host !== undefined && host !== 'electron' && host !== 'node') {
  giveUp(`--host=${host} is not known: choose --host=electron or --host=node`);
}

await ensureInstalled();
const node = findNode();
const built = await buildRenderer(node);
if (built !== 0) process.exit(built);

const electron = host === 'node' ? null : await findElectron(node);
if (electron === null && host === 'electron') giveUp('Electron is not here and could not be fetched');
if (electron !== null) {
  const code = await buildElectron(node);
  if (code !== 0) process.exit(code);
  say('opening under Electron');
  const ended = await run(electron, [root, ...args]);
  if (ended.signal === 'SIGTRAP' || ended.signal === 'SIGABRT') {
    say('Electron ended at once; `npm start -- --host=node` opens the app in an installed browser instead');
  }
  process.exit(ended.code);
}
const ended = await run(node, ['main/hosts/node/main.ts', ...args]);
process.exitCode = ended.code;
