// `npm run package`: the installers of this platform, in dist/installers. Arguments go to electron-builder.
import process from 'node:process';
import { buildElectron } from './electron-bundle.mjs';
import { findNode } from './node24.mjs';
import { packageProgram } from './places.mjs';
import { run } from './processes.mjs';
import { buildRenderer } from './renderer.mjs';

const node = findNode();
const steps = [
  () => buildRenderer(node),
  () => buildElectron(node),
  async () => {
    const program = packageProgram('electron-builder', 'cli.js');
    return (await run(node, [program, '--publish', 'never', ...process.argv.slice(2)])).code;
  },
];
for (const step of steps) {
  process.exitCode = await step();
  if (process.exitCode !== 0) break;
}
