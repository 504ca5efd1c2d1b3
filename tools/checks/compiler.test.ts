import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageProgram, root } from '../setup/places.mjs';
import { plantTree, type PlantedTree } from './planted-tree.ts';

const pureRooms = [
  'contract',
  'main/core',
  'main/ports',
  'main/app',
  'registry/core',
  'registry/ports',
  'registry/app',
  'training/core',
  'training/ports',
  'training/app',
];

/** What the world offers and a pure room must not even see: as a global, or by importing Node. */
const world: Readonly<Record<string, string>> = {
  process: `export const it = process.env;\n`,
  fetch: `export const it = fetch('https://example.invalid');\n`,
  document: `export const it = document.title;\n`,
  timer: `export const it = setTimeout(() => undefined, 1);\n`,
  buffer: `export const it = Buffer.from('a');\n`,
  console: `console.log('a');\nexport {};\n`,
  node: `import { readFileSync } from 'node:fs';\nexport const it = readFileSync;\n`,
};

const clean: Readonly<Record<string, string>> = {
  'contract/word.ts': `export const word: string = 'a';\n`,
  'native/decode.ts': `import { word } from '../contract/word.ts';\nexport const decoded: string = word;\n`,
  'main/core/decide.ts': `import { word } from '../../contract/word.ts';\nexport const decided: string = word;\n`,
  'main/ports/clock.ts': `import { decided } from '../core/decide.ts';\nexport const clock: string = decided;\n`,
  'main/app/screen.ts': `import { clock } from '../ports/clock.ts';\nexport const screened: string = clock;\n`,
  'main/adapters/disk/files.ts': `import { clock } from '../../ports/clock.ts';\nexport const files: string = clock;\n`,
  'native/pid.ts': `export const pid: number = process.pid;\n`,
  'main/adapters/disk/pid.ts': `export const pid: number = process.pid;\n`,
  'renderer/title.ts': `export const title: string = document.title;\n`,
  'main/hosts/node/main.ts': `import { files } from '../../adapters/disk/files.ts';\nexport const started: string = files;\n`,
  'main/hosts/electron/main.ts': `export const opened = 1;\n`,
  'registry/core/may.ts': `export const mayDo = true;\n`,
  'registry/ports/store.ts': `import { mayDo } from '../core/may.ts';\nexport const store: boolean = mayDo;\n`,
  'registry/app/receive.ts': `import { store } from '../ports/store.ts';\nexport const received: boolean = store;\n`,
  'registry/adapters/sql/rows.ts': `import { store } from '../../ports/store.ts';\nexport const rows: boolean = store;\n`,
  'registry/hosts/server.ts': `import { rows } from '../adapters/sql/rows.ts';\nexport const served: boolean = rows;\n`,
  'tools/faults/line.ts': `export const line: number = process.pid;\n`,
  'training/core/fit.ts': `export const fitted = 1;\n`,
  'renderer/page.tsx': `import { word } from '../contract/word.ts';\nexport const page: string = word;\n`,
};

/** Imports of a room that the importing room's project does not reference. */
const foreign: readonly (readonly [file: string, imports: string])[] = [
  ['contract/a.ts', '../main/core/decide.ts'],
  ['main/core/a.ts', '../ports/clock.ts'],
  ['main/core/b.ts', '../../native/decode.ts'],
  ['main/ports/a.ts', '../app/screen.ts'],
  ['main/app/a.ts', '../adapters/disk/files.ts'],
  ['main/adapters/disk/a.ts', '../../app/screen.ts'],
  ['main/adapters/disk/b.ts', '../../hosts/node/main.ts'],
  ['main/hosts/node/a.ts', '../electron/main.ts'],
  ['main/hosts/electron/a.ts', '../node/main.ts'],
  ['training/core/a.ts', '../../main/core/decide.ts'],
  ['registry/core/a.ts', '../ports/store.ts'],
  ['registry/ports/a.ts', '../app/receive.ts'],
  ['registry/app/a.ts', '../adapters/sql/rows.ts'],
  ['registry/adapters/sql/a.ts', '../../app/receive.ts'],
  ['registry/app/b.ts', '../../main/core/decide.ts'],
  ['registry/hosts/a.ts', '../../main/core/decide.ts'],
  ['native/a.ts', '../main/core/decide.ts'],
  ['preload/a.ts', '../main/core/decide.ts'],
  ['renderer/a.ts', '../main/core/decide.ts'],
  ['renderer/b.ts', '../native/decode.ts'],
  ['e2e/a.ts', '../main/core/decide.ts'],
];

const worldly = pureRooms.flatMap((room) =>
  Object.keys(world).map((what) => [room, what, `${room}/${what}.ts`] as const),
);

describe('the compiler', () => {
  let tree: PlantedTree;
  let filesWithErrors: ReadonlySet<string>;

  beforeAll(() => {
    tree = plantTree({
      ...clean,
      ...Object.fromEntries(worldly.map(([, what, file]) => [file, world[what]!])),
      ...Object.fromEntries(foreign.map(([file, imports]) => [file, `export * from '${imports}';\n`])),
      'renderer/node.ts': `export const it = process.env;\n`,
    });
    filesWithErrors = compile(tree.folder);
  }, 120_000);
  afterAll(() => tree.remove());

  it.each(worldly)('knows no world in %s: %s', (_room, _what, file) => {
    expect(filesWithErrors).toContain(file);
  });

  it.each(foreign)('does not let %s import %s', (file) => {
    expect(filesWithErrors).toContain(file);
  });

  it('knows no Node in the pages', () => {
    expect(filesWithErrors).toContain('renderer/node.ts');
  });

  it('leaves files that keep to the table alone', () => {
    expect(Object.keys(clean).filter((file) => filesWithErrors.has(file))).toEqual([]);
  });

  it('has every project of the tree in the one that `tsc --build` starts from', () => {
    const projects = globSync(
      '{contract,native,main,training,registry,preload,renderer,e2e,tools}/**/tsconfig.json',
      {
        cwd: root,
      },
    );
    const solution = JSON.parse(readFileSync(join(root, 'tsconfig.json'), 'utf8')) as {
      references: readonly { path: string }[];
    };
    const started = solution.references.map(({ path }) =>
      path.endsWith('.json') ? path : `${path}/tsconfig.json`,
    );
    expect(started.toSorted()).toEqual([...projects, 'tsconfig.tests.json'].toSorted());
  });
});

function compile(folder: string): ReadonlySet<string> {
  const program = packageProgram('typescript-native', 'bin/tsc');
  const rooms = globSync('*/**/tsconfig.json', { cwd: folder }).filter(
    (path) => path !== 'tools/tsconfig.json',
  );
  // One room after the other: a planted import makes two rooms write the same declarations, and a third one that is
  // checked at the same time may read them half written.
  const options = ['--build', '--builders', '1', '--pretty', 'false'];
  const ended = spawnSync(process.execPath, [program, ...options, ...rooms], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  return new Set([...ended.stdout.matchAll(/^([^\s(]+)\(\d+,\d+\): error/gm)].map((match) => match[1]!));
}
