/**
 * Runs what Electron would run (dist/electron) on this Node, with the double in Electron's place: shows that the
 * bundle is whole, opens a real store and answers its page. `node run-bundle.ts DIST DATA_FOLDER`; prints one JSON line.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { runInNewContext } from 'node:vm';
import { createElectronDouble } from './electron-double.ts';

const [distFolder = '', dataFolder = ''] = process.argv.slice(2);
const double = createElectronDouble({ userData: dataFolder });
Object.assign(globalThis, { electronDouble: double.electron });

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'electron' ? { url: 'double:electron', shortCircuit: true } : next(specifier, context),
  load: (url, context, next) =>
    url === 'double:electron'
      ? { format: 'module', shortCircuit: true, source: namedExports(Object.keys(double.electron)) }
      : next(url, context),
});

const opened = once(double.electron.app, 'web-contents-created').then(() =>
  once(double.windows[0]!, 'ready-to-show'),
);
process.argv = [process.argv[0] ?? '', distFolder];
await import(pathToFileURL(join(distFolder, 'electron', 'main.js')).href);
await opened;
const { webContents } = double.windows[0]!;
const from = { sender: webContents, senderFrame: webContents.mainFrame };
const state = await double.invoke('spira:invoke', from, 'app.state', '{}');
const quit = once(double.electron.app, 'quit');
double.windows[0]!.close();
await quit;
const providers = await askEngine();
process.stdout.write(`${JSON.stringify({ state, providers, preload: runPreload(), log: double.log })}\n`);

function namedExports(names: readonly string[]): string {
  return names.map((name) => `export const ${name} = globalThis.electronDouble.${name};`).join('\n');
}

/** The engine's worker as a process, spoken to as the host does. */
async function askEngine(): Promise<unknown> {
  const worker = fork(join(distFolder, 'electron', 'engine-worker.js'), [], { serialization: 'advanced' });
  worker.send({ kind: 'providers', id: 1 });
  const [reply] = (await once(worker, 'message')) as [unknown];
  worker.kill('SIGKILL');
  return reply;
}

/** A sandboxed preload script can require electron and nothing else of ours. */
function runPreload(): { readonly exposed: readonly string[]; readonly required: readonly string[] } {
  const exposed: string[] = [];
  const required: string[] = [];
  const electron = {
    contextBridge: { exposeInMainWorld: (name: string) => void exposed.push(name) },
    ipcRenderer: {},
  };
  runInNewContext(readFileSync(join(distFolder, 'electron', 'preload.cjs'), 'utf8'), {
    require(name: string) {
      required.push(name);
      if (name !== 'electron') throw new Error(`module not found: ${name}`);
      return electron;
    },
    module: { exports: {} },
    exports: {},
    URL,
  });
  return { exposed, required };
}
