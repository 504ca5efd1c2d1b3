import { spawnSync } from 'node:child_process';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageProgram } from '../setup/places.mjs';
import { plantTree, type PlantedTree } from './planted-tree.ts';

/** A clean inhabitant of each room, which the planted files import and which must itself stay green. */
const clean: Readonly<Record<string, string>> = {
  'contract/word.ts': `import { z } from 'zod';\nexport const word = z.string();\n`,
  'native/audio/decode.ts': `import { word } from '../../contract/word.ts';\nexport const decoded = word;\n`,
  'main/core/decide.ts': `import { word } from '../../contract/word.ts';\nexport const decided = word;\n`,
  'main/ports/clock.ts': `import type { decided } from '../core/decide.ts';\nexport interface Clock { now(): typeof decided }\n`,
  'main/ports/clock.contract.ts': `import { it } from 'vitest';\nexport const clockContract = it;\n`,
  'main/ports/clock.memory.ts': `import type { Clock } from './clock.ts';\nexport const clock: Clock[] = [];\n`,
  'main/app/screen.ts': `import { decided } from '../core/decide.ts';\nimport type { Clock } from '../ports/clock.ts';\nexport const screened: [typeof decided, Clock?] = [decided];\n`,
  'main/adapters/system/clock.ts': `import type { Clock } from '../../ports/clock.ts';\nexport const systemClock: Clock[] = [];\n`,
  'main/adapters/system/clock.test.ts': `import '../../ports/clock.contract.ts';\nimport './clock.ts';\n`,
  'main/adapters/disk/files.ts': `import { readFileSync } from 'node:fs';\nimport { systemClock } from '../system/clock.ts';\nexport const files = [readFileSync, systemClock];\n`,
  'main/adapters/onnx/infer.ts': `import { decoded } from '../../../native/audio/decode.ts';\nexport const inferred = decoded;\n`,
  'main/hosts/wire.ts': `import { files } from '../adapters/disk/files.ts';\nimport { screened } from '../app/screen.ts';\nexport const wired = [files, screened];\n`,
  'main/hosts/node/main.ts': `import { wired } from '../wire.ts';\nexport const started = wired;\n`,
  'main/hosts/electron/main.ts': `import { app } from 'electron';\nimport { wired } from '../wire.ts';\nexport const opened = [app, wired];\n`,
  'training/core/fit.ts': `export const fitted = 1;\n`,
  'preload/bridge.ts': `import { contextBridge } from 'electron';\nimport { word } from '../contract/word.ts';\nexport const bridge = [contextBridge, word];\n`,
  'renderer/page.tsx': `import { useState } from 'react';\nimport { word } from '../contract/word.ts';\nexport const page = [useState, word];\n`,
  'e2e/session.spec.ts': `import { test } from '@playwright/test';\nexport const session = test;\n`,
  'tools/bench/main.ts': `import { files } from '../../main/adapters/disk/files.ts';\nexport const benched = files;\n`,
};

/** One planted violation per row: the rule that must catch it, where it stands, what it imports. */
const planted: readonly (readonly [rule: string, file: string, imports: string])[] = [
  ['contract-is-pure', 'contract/a.ts', '../main/core/decide.ts'],
  ['contract-is-pure', 'contract/b.ts', 'node:fs'],
  ['core-decides', 'main/core/a.ts', 'node:crypto'],
  ['core-decides', 'main/core/b.ts', '../ports/clock.ts'],
  ['core-decides', 'training/core/a.ts', '../../native/audio/decode.ts'],
  ['ports-ask', 'main/ports/a.ts', '../app/screen.ts'],
  ['ports-ask', 'main/ports/b.ts', 'zod'],
  ['ports-ask', 'main/ports/c.memory.ts', 'node:fs'],
  ['ports-are-not-tests', 'main/app/a.ts', '../ports/clock.contract.ts'],
  ['app-sequences', 'main/app/b.ts', '../adapters/disk/files.ts'],
  ['app-sequences', 'main/app/c.ts', 'node:path'],
  ['app-sequences', 'main/app/d.ts', '../hosts/wire.ts'],
  ['adapters-touch-the-world', 'main/adapters/disk/a.ts', '../../app/screen.ts'],
  ['adapters-have-no-siblings', 'main/adapters/disk/b.ts', '../onnx/infer.ts'],
  ['engines-only-for-inference-and-audio', 'main/adapters/disk/c.ts', '../../../native/audio/decode.ts'],
  ['hosts-start-things', 'main/hosts/node/a.ts', '../../../renderer/page.tsx'],
  ['hosts-do-not-know-each-other', 'main/hosts/node/b.ts', '../electron/main.ts'],
  ['hosts-do-not-know-each-other', 'main/hosts/electron/b.ts', '../node/main.ts'],
  ['nothing-imports-a-host', 'main/adapters/disk/d.ts', '../../hosts/wire.ts'],
  ['programs-live-apart', 'training/adapters/csv/a.ts', '../../../main/core/decide.ts'],
  ['programs-live-apart', 'main/hosts/c.ts', '../../training/core/fit.ts'],
  ['preload-is-a-bridge', 'preload/a.ts', '../renderer/page.tsx'],
  ['preload-is-a-bridge', 'preload/b.ts', 'node:fs'],
  ['pages-speak-contract', 'renderer/a.ts', '../main/core/decide.ts'],
  ['pages-speak-contract', 'renderer/b.ts', 'node:fs'],
  ['native-has-no-domain', 'native/onnx/a.ts', '../../main/ports/clock.ts'],
  ['e2e-uses-the-product-from-outside', 'e2e/a.ts', '../main/core/decide.ts'],
  ['nothing-imports-the-tools', 'main/hosts/d.ts', '../../tools/bench/main.ts'],
  ['no-cycles', 'main/core/cycle-a.ts', './cycle-b.ts'],
  ['imports-resolve', 'main/hosts/e.ts', './not-there.ts'],
  ['libraries-have-a-home', 'main/hosts/f.ts', 'semver'],
  ['libraries-are-declared', 'main/hosts/g.ts', 'semver'],
  ['product-ships-its-libraries', 'main/hosts/h.ts', 'fast-check'],
  ['one-folder-for-better-sqlite3-multiple-ciphers', 'main/hosts/i.ts', 'better-sqlite3-multiple-ciphers'],
  ['one-folder-for-onnxruntime-node', 'main/adapters/onnx/b.ts', 'onnxruntime-node'],
  ['one-folder-for-mpg123-decoder', 'main/adapters/disk/g.ts', 'mpg123-decoder'],
  ['one-folder-for-@node-rs/argon2', 'main/adapters/disk/e.ts', '@node-rs/argon2'],
  ['one-folder-for-@bufbuild/', 'training/hosts/a.ts', '@bufbuild/protobuf'],
  ['one-folder-for-electron', 'main/hosts/node/c.ts', 'electron'],
  ['one-folder-for-pino', 'main/adapters/disk/f.ts', 'pino'],
  ['one-folder-for-wavesurfer', 'renderer/pages/a.tsx', 'wavesurfer.js'],
  ['one-folder-for-lucide-react', 'renderer/pages/b.tsx', 'lucide-react'],
  ['one-folder-for-intl-messageformat', 'renderer/pages/c.tsx', 'intl-messageformat'],
  ['one-folder-for-@tanstack/react-virtual', 'renderer/pages/d.tsx', '@tanstack/react-virtual'],
  ['one-folder-for-react', 'main/hosts/j.ts', 'react'],
  ['one-folder-for-zod', 'main/core/c.ts', 'zod'],
  ['one-folder-for-@playwright/test', 'tools/bench/a.ts', '@playwright/test'],
  ['one-folder-for-vitest', 'main/hosts/k.ts', 'vitest'],
  ['one-folder-for-vite', 'renderer/pages/e.tsx', 'vite'],
];

describe('the import table', () => {
  let tree: PlantedTree;
  let caught: ReadonlySet<string>;

  beforeAll(() => {
    const violations = planted.map(([, file, imports]) => [
      file,
      `import * as it from '${imports}';\nexport { it };\n`,
    ]);
    const otherHalf = { 'main/core/cycle-b.ts': `export * from './cycle-a.ts';\n` };
    tree = plantTree({ ...clean, ...Object.fromEntries(violations), ...otherHalf });
    caught = cruise(tree.folder);
  }, 60_000);
  afterAll(() => tree.remove());

  it.each(planted)('%s catches %s importing %s', (rule, file) => {
    const names = [...caught]
      .filter((entry) => entry.startsWith(`${file} `))
      .map((entry) => entry.split(' ')[1]);
    expect(names).toContainEqual(expect.stringMatching(new RegExp(`^${rule}`)));
  });

  it('leaves files that keep to the table alone', () => {
    expect([...caught].filter((entry) => entry.split(' ')[0]! in clean)).toEqual([]);
  });
});

/** Runs the real command with the real rules; returns `file rule` for every violation. */
function cruise(folder: string): ReadonlySet<string> {
  const rooms = ['contract', 'native', 'main', 'training', 'preload', 'renderer', 'e2e', 'tools'];
  const program = packageProgram('dependency-cruiser', 'bin/dependency-cruiser.mjs');
  const ended = spawnSync(process.execPath, [program, '--output-type=json', ...rooms], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  const report = JSON.parse(ended.stdout) as {
    summary: { violations: readonly { from: string; rule: { name: string } }[] };
  };
  return new Set(report.summary.violations.map(({ from, rule }) => `${from} ${rule.name}`));
}
