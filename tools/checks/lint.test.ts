import { join } from 'node:path';
import { ESLint } from 'eslint';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from '../setup/places.mjs';
import { plantTree, type PlantedTree } from './planted-tree.ts';

/** One planted violation per row: the rule that must catch it, where it stands, and what it is. */
const planted: readonly (readonly [rule: string, file: string, code: string])[] = [
  ['spira/pure-and-synchronous', 'main/core/now.ts', `export const at = (): number => Date.now();`],
  ['spira/pure-and-synchronous', 'main/core/new-date.ts', `export const at = (): Date => new Date();`],
  ['spira/pure-and-synchronous', 'main/core/date-call.ts', `export const at = (): string => Date();`],
  ['spira/pure-and-synchronous', 'main/core/computed.ts', `export const at = (): number => Date['now']();`],
  ['spira/pure-and-synchronous', 'main/core/taken.ts', `const { random } = Math;\nexport const at = random;`],
  ['spira/pure-and-synchronous', 'contract/chance.ts', `export const at = (): number => Math.random();`],
  [
    'spira/pure-and-synchronous',
    'training/core/clock.ts',
    `declare const performance: { now(): number };\nexport const at = (): number => performance.now();`,
  ],
  [
    'spira/pure-and-synchronous',
    'main/core/await.ts',
    `export async function wait(it: Promise<void>): Promise<void> {\n  await it;\n}`,
  ],
  ['spira/pure-and-synchronous', 'contract/async.ts', `export const wait = async (): Promise<number> => 1;`],
  [
    'spira/pure-and-synchronous',
    'training/core/promise.ts',
    `export const wait = (): Promise<number> => new Promise((done) => done(1));`,
  ],
  [
    'spira/ipc-in-one-file',
    'main/hosts/electron/window.ts',
    `import { ipcMain } from 'electron';\nexport const it = ipcMain;`,
  ],
  [
    'spira/ipc-in-one-file',
    'main/hosts/electron/whole.ts',
    `import * as electron from 'electron';\nexport const it = electron.ipcMain;`,
  ],
  [
    'spira/ipc-in-one-file',
    'preload/other.ts',
    `import { ipcRenderer as quiet } from 'electron';\nexport const it = quiet;`,
  ],
  ['spira/no-hard-coded-text', 'renderer/pages/text.tsx', `export const Page = () => <p>Nova sessão</p>;`],
  [
    'spira/no-hard-coded-text',
    'renderer/pages/literal.tsx',
    `export const Page = () => <p>{'New session'}</p>;`,
  ],
  [
    'spira/no-hard-coded-text',
    'renderer/pages/condition.tsx',
    `export const Page = ({ on }: { on: boolean }) => <p>{on ? 'Ready' : ''}</p>;`,
  ],
  [
    'spira/no-hard-coded-text',
    'renderer/pages/template.tsx',
    'export const Page = ({ n }: { n: number }) => <p>{`${n} sessions`}</p>;',
  ],
  [
    'spira/no-hard-coded-text',
    'renderer/pages/label.tsx',
    `export const Page = () => <button aria-label="Stop" />;`,
  ],
  ['spira/no-hard-coded-text', 'renderer/pages/title.tsx', `export const Page = () => <i title={'Stop'} />;`],
  [
    'spira/no-hard-coded-text',
    'renderer/pages/hint.tsx',
    `export const Page = () => <input placeholder="RGH" />;`,
  ],
  [
    'spira/no-hard-coded-text',
    'renderer/pages/alt.tsx',
    `export const Page = () => <img alt="A wave" src="a.png" />;`,
  ],
  [
    'spira/reason-for-suppression',
    'main/app/silent.ts',
    `// eslint-disable-next-line eqeqeq\nexport const same = (a: unknown): boolean => a == 1;`,
  ],
  [
    'spira/reason-for-suppression',
    'main/app/silent-line.ts',
    `export const same = (a: unknown): boolean => a == 1; // eslint-disable-line eqeqeq`,
  ],
  [
    'spira/reason-for-suppression',
    'main/app/blanket.ts',
    `/* eslint-disable */\nexport const same = (a: unknown): boolean => a == 1;`,
  ],
  [
    '@typescript-eslint/ban-ts-comment',
    'main/app/expected.ts',
    `// @ts-expect-error\nexport const one: string = 1;`,
  ],
  [
    '@typescript-eslint/ban-ts-comment',
    'main/app/ignored.ts',
    `// @ts-ignore -- because it is shorter\nexport const one: string = 1;`,
  ],
  [
    '@typescript-eslint/switch-exhaustiveness-check',
    'main/core/switch.ts',
    `export function word(it: 'a' | 'b'): string {\n  switch (it) {\n    case 'a':\n      return 'x';\n  }\n  return 'y';\n}`,
  ],
  [
    '@typescript-eslint/switch-exhaustiveness-check',
    'main/core/hidden-switch.ts',
    `export function word(it: 'a' | 'b'): string {\n  switch (it) {\n    case 'a':\n      return 'x';\n    default:\n      return 'y';\n  }\n}`,
  ],
  [
    '@typescript-eslint/no-floating-promises',
    'main/app/floating.ts',
    `export function start(save: () => Promise<void>): void {\n  save();\n}`,
  ],
  ['spira/named-exports', 'main/core/default.ts', `export default 1;`],
  [
    'react-hooks/rules-of-hooks',
    'renderer/pages/hook.tsx',
    `import { useState } from 'react';\nexport function Page({ on }: { on: boolean }) {\n  if (on) useState(1);\n  return null;\n}`,
  ],
  [
    'no-restricted-syntax',
    'main/core/focused.test.ts',
    `import { it } from 'vitest';\nit.only('runs alone', () => undefined);`,
  ],
];

/** What the rules must leave alone. */
const clean: Readonly<Record<string, string>> = {
  'main/core/fine.ts': `export const at = (ms: number): Date => new Date(ms);\nexport const up = Math.ceil;`,
  'main/core/switched.ts': `export function word(it: 'a' | 'b'): string {\n  switch (it) {\n    case 'a':\n      return 'x';\n    case 'b':\n      return 'y';\n    default:\n      throw new Error(it satisfies never);\n  }\n}`,
  'main/core/fine.test.ts': `import { expect, it } from 'vitest';\nit('waits', async () => expect(await Promise.resolve(Date.now())).toBeGreaterThan(0));`,
  'main/app/fine.ts': `export async function wait(it: Promise<void>): Promise<void> {\n  await it;\n}`,
  'main/app/reasoned.ts': `// eslint-disable-next-line eqeqeq -- null and undefined are one thing here\nexport const same = (a: unknown): boolean => a == 1;`,
  'main/app/expected-with-reason.ts': `// @ts-expect-error the library's types are wrong about this\nexport const one: string = 1;`,
  'main/hosts/electron/ipc.ts': `import { ipcMain } from 'electron';\nexport const it = ipcMain;`,
  'preload/bridge.ts': `import { ipcRenderer } from 'electron';\nexport const it = ipcRenderer;`,
  'renderer/pages/fine.tsx': `export const Page = ({ t, n }: { t: (key: string) => string; n: number }) => (\n  <p className="big" title={t('home.title')} aria-label={t('home.label')}>\n    {t('home.text')} {n} / 4 · <b data-state="on">{\`\${n}\`}</b>\n  </p>\n);`,
};

describe('the lint rules', () => {
  let tree: PlantedTree;
  let found: ReadonlyMap<string, readonly string[]>;

  beforeAll(async () => {
    const violations = planted.map(([, file, code]) => [file, `${code}\n`]);
    tree = plantTree({ ...clean, ...Object.fromEntries(violations) });
    found = await lint(tree.folder);
  }, 120_000);
  afterAll(() => tree.remove());

  it.each(planted)('%s catches %s', (rule, file) => {
    expect(found.get(file)).toContain(rule);
  });

  it.each(Object.keys(clean))('leave %s alone', (file) => {
    expect(found.get(file)).toEqual([]);
  });
});

/** Lints the tree with the real configuration; returns the rules that spoke, by file. */
async function lint(folder: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const eslint = new ESLint({
    cwd: folder,
    overrideConfigFile: join(root, 'eslint.config.mjs'),
    overrideConfig: {
      files: ['**/*.ts', '**/*.tsx'],
      languageOptions: { parserOptions: { tsconfigRootDir: folder } },
    },
  });
  const results = await eslint.lintFiles(['.']);
  return new Map(
    results.map((result) => [
      result.filePath.slice(folder.length + 1).replaceAll('\\', '/'),
      result.messages.map((message) => message.ruleId ?? message.message),
    ]),
  );
}
