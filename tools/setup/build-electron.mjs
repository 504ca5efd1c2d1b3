// `npm run build:electron`: what Electron runs, in dist/electron: main.js, engine-worker.js and maintenance-worker.js
// (ES modules) and preload.cjs (one CommonJS file, because a sandboxed preload can load nothing else). Libraries with
// native code and the codecs stay outside, as electron-builder.yml ships them: libflacjs starts only as the CommonJS file it is, and
// who gets a decoder under the LGPL must be able to put another in its place.
import { rmSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { build } from 'vite';
import { electronOutput, root } from './places.mjs';

const nativeLibraries = ['better-sqlite3-multiple-ciphers', 'onnxruntime-node', '@node-rs/argon2'];
const codecs = ['libflacjs/dist/libflac.js', 'mpg123-decoder', '@wasm-audio-decoders/ogg-vorbis'];
const external = ['electron', /^node:/, ...builtinModules, ...nativeLibraries, ...codecs];

rmSync(electronOutput, { recursive: true, force: true });
await bundle('main.js', 'main/hosts/electron/main.ts', 'es');
await bundle('engine-worker.js', 'native/onnx/engine-worker.ts', 'es');
await bundle('maintenance-worker.js', 'main/adapters/sqlite/maintenance-worker.ts', 'es');
await bundle('preload.cjs', 'preload/bridge.ts', 'cjs');

/**
 * @param {string} fileName
 * @param {string} entry from the repository's root
 * @param {'es' | 'cjs'} format
 */
async function bundle(fileName, entry, format) {
  await build({
    configFile: false,
    root,
    logLevel: 'warn',
    publicDir: false,
    ssr: { noExternal: true, target: 'node' },
    build: {
      ssr: true,
      target: 'node24',
      minify: false,
      sourcemap: true,
      emptyOutDir: false,
      outDir: electronOutput,
      rolldownOptions: {
        input: join(root, entry),
        external,
        output: { format, entryFileNames: fileName, codeSplitting: false },
      },
    },
  });
}
