import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  globSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { build, packageProgram, root } from '../setup/places.mjs';

type Configuration = Readonly<Record<string, unknown>>;

const require = createRequire(import.meta.url);
const { getConfig, validateConfiguration } = require('app-builder-lib/out/util/config/config') as {
  getConfig(folder: string, file: string, options: null): Promise<Configuration>;
  validateConfiguration(
    configuration: Configuration,
    log: { isEnabled: boolean; add(): void },
  ): Promise<void>;
};
const { listPackage, getRawHeader } = require('@electron/asar') as {
  listPackage(archive: string): readonly string[];
  getRawHeader(archive: string): { readonly header: AsarFolder };
};

interface AsarFolder {
  readonly files?: Readonly<Record<string, AsarFolder>>;
  readonly unpacked?: boolean;
  readonly integrity?: object;
}

/** Electron's fuses stand in its program after this mark: version, count, then one character each. */
const fuseMark = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX';
const fuses = [
  'runAsNode',
  'cookieEncryption',
  'nodeOptions',
  'nodeCliInspect',
  'asarIntegrity',
  'onlyLoadAppFromAsar',
  'browserSnapshot',
  'fileProtocolPrivileges',
] as const;

const log = { isEnabled: false, add: (): void => undefined };

describe('the installer configuration', () => {
  it('is valid by the schema of electron-builder', async () => {
    const configuration = await getConfig(root, 'electron-builder.yml', null);
    await expect(validateConfiguration(configuration, log)).resolves.toBeUndefined();
  });

  it('would be refused with a misspelt fuse', async () => {
    const configuration = await getConfig(root, 'electron-builder.yml', null);
    const misspelt = { ...configuration, electronFuses: { runAsNod: false } };
    await expect(validateConfiguration(misspelt, log)).rejects.toThrow(/electronFuses/);
  });

  it('makes the installers of the three platforms and publishes nothing by itself', async () => {
    const configuration = await getConfig(root, 'electron-builder.yml', null);
    const targets = (platform: string): string[] =>
      (configuration[platform] as { target: { target: string }[] }).target.map(({ target }) => target);
    expect({
      win: targets('win'),
      linux: targets('linux'),
      mac: targets('mac'),
      publish: configuration['publish'],
    }).toEqual({ win: ['nsis'], linux: ['AppImage', 'deb'], mac: ['dmg'], publish: null });
  });
});

describe.runIf(process.platform === 'linux')('a packed app', () => {
  let folder: string;
  let shipped: readonly string[];
  let unpacked: readonly string[];
  const packed = (): string => join(folder, 'packed', 'linux-unpacked');

  beforeAll(() => {
    mkdirSync(build, { recursive: true });
    folder = mkdtempSync(join(build, 'packed-'));
    pack(folder);
    const archive = join(packed(), 'resources', 'app.asar');
    shipped = listPackage(archive).map((path) => path.replaceAll('\\', '/'));
    unpacked = unpackedPaths(getRawHeader(archive).header);
  }, 120_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('has its fuses set', () => {
    const program = readFileSync(join(packed(), 'spira'), 'latin1');
    const wire = program.slice(program.indexOf(fuseMark) + fuseMark.length + 2);
    expect(Object.fromEntries(fuses.map((fuse, index) => [fuse, wire[index]]))).toEqual({
      runAsNode: '0',
      cookieEncryption: '1',
      nodeOptions: '0',
      nodeCliInspect: '0',
      asarIntegrity: '1',
      onlyLoadAppFromAsar: '1',
      browserSnapshot: '0',
      fileProtocolPrivileges: '0',
    });
  });

  it('ships the program, the pages and the resources, and no source, test or tool', () => {
    expect(shipped).toEqual(
      expect.arrayContaining([
        '/dist/electron/main.js',
        '/dist/renderer/index.html',
        '/resources/forms/a.json',
      ]),
    );
    const own = shipped.filter((path) => !path.startsWith('/node_modules'));
    expect(own.filter((path) => /\.(ts|tsx|map)$|^\/(tools|e2e|main|training)\//.test(path))).toEqual([]);
  });

  it('ships of the libraries only those with native code, those only for its own platform, and the codecs', () => {
    const libraries = new Set(
      shipped.map((path) => /^\/node_modules\/((?:@[^/]+\/)?[^/@]+)/.exec(path)?.[1]),
    );
    expect(
      [...libraries].filter((name) => name !== undefined && !name.startsWith('@node-rs/argon2-')).toSorted(),
    ).toEqual([
      '@eshaz/web-worker',
      '@node-rs/argon2',
      '@wasm-audio-decoders/common',
      '@wasm-audio-decoders/ogg-vorbis',
      'better-sqlite3-multiple-ciphers',
      'codec-parser',
      'libflacjs',
      'mpg123-decoder',
      'onnxruntime-common',
      'onnxruntime-node',
      'simple-yenc',
    ]);
    const binaries = shipped.filter((path) => /\.(node|dll|dylib|so(\.\d+)*)$/.test(path));
    expect(binaries.length).toBeGreaterThanOrEqual(4);
    expect(binaries.filter((path) => /win32|darwin|arm64/.test(path))).toEqual([]);
  });

  it('keeps decoders under the LGPL beside the archive, where they can be exchanged', () => {
    const decoders = shipped.filter((path) =>
      /^\/node_modules\/(mpg123-decoder|codec-parser)\/.*\.js$/.test(path),
    );
    expect(decoders.length).toBeGreaterThan(20);
    expect(decoders.filter((path) => !unpacked.includes(path))).toEqual([]);
  });

  it('keeps native code and model graphs beside the archive, where the system can load them', () => {
    const native = shipped.filter((path) => /\.(node|onnx|so(\.\d+)*)$/.test(path));
    expect(native.filter((path) => !unpacked.includes(path))).toEqual([]);
    expect(unpacked).toContain('/resources/models/a/model.onnx');
  });
});

/** Packs a small stand-in of the app with the real configuration, the real libraries and a stub for Electron itself. */
function pack(folder: string): void {
  const app = join(folder, 'app');
  const stub = join(folder, 'electron');
  const wire = `${fuseMark}\u0001\u0008${'10110001'}`;
  const files: Readonly<Record<string, string>> = {
    'app/dist/electron/main.js': 'export {};\n',
    'app/dist/electron/main.js.map': '{}',
    'app/dist/renderer/index.html': '<!doctype html>\n',
    'app/resources/forms/a.json': '{}',
    'app/resources/models/a/model.onnx': 'graph',
    'app/main/hosts/electron/main.ts': 'export {};\n',
    'app/tools/setup/start.mjs': 'export {};\n',
    'electron/electron': `${'\0'.repeat(64)}${wire}${'\0'.repeat(64)}`,
    'electron/version': '45.4.1',
    'electron/LICENSE': '',
    'electron/LICENSES.chromium.html': '',
    'electron/chrome-sandbox': '',
  };
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), content, { encoding: 'latin1', mode: 0o755 });
  }
  for (const path of globSync(['package.json', 'package-lock.json', 'electron-builder.yml', 'LICENSE'], {
    cwd: root,
  })) {
    cpSync(join(root, path), join(app, path));
  }
  for (const path of shippedLibraries()) linkFolder(join(root, path), join(app, path));
  const options = [`-c.electronDist=${stub}`, `-c.directories.output=${join(folder, 'packed')}`];
  const ended = spawnSync(
    process.execPath,
    [
      packageProgram('electron-builder', 'cli.js'),
      '--linux',
      'dir',
      '--x64',
      '--publish',
      'never',
      ...options,
    ],
    { cwd: app, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], timeout: 100_000 },
  );
  if (ended.status !== 0)
    throw new Error(`electron-builder ended with ${ended.status}:\n${ended.stdout}\n${ended.stderr}`);
}

/** What the lock file installs besides development tools, as far as it is there on this platform. */
function shippedLibraries(): readonly string[] {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    readonly packages: Readonly<Record<string, { readonly dev?: boolean }>>;
  };
  const paths = Object.keys(lock.packages).filter((path) => path !== '' && lock.packages[path]!.dev !== true);
  const outermost = paths.filter((path) => path.indexOf('node_modules/', 1) === -1);
  return outermost.filter((path) => existsSync(join(root, path)));
}

/** Links each file instead of copying it: the engines alone are hundreds of megabytes. */
function linkFolder(from: string, to: string): void {
  for (const entry of readdirSync(from, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const target = join(to, relative(from, entry.parentPath), entry.name);
    mkdirSync(dirname(target), { recursive: true });
    linkSync(join(entry.parentPath, entry.name), target);
  }
}

function unpackedPaths(entry: AsarFolder, path = ''): readonly string[] {
  const here = entry.unpacked === true ? [path] : [];
  return [
    ...here,
    ...Object.entries(entry.files ?? {}).flatMap(([name, child]) => unpackedPaths(child, `${path}/${name}`)),
  ];
}
