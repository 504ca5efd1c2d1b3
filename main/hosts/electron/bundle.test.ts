import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { programRoot } from '../shared/program.ts';

const run = promisify(execFile);
let dataFolder: string;
let seen: unknown;

beforeAll(async () => {
  dataFolder = mkdtempSync(join(tmpdir(), 'spira-bundle-'));
  for (const step of ['build-renderer.mjs', 'build-electron.mjs']) {
    await run(process.execPath, [join(programRoot, 'tools', 'setup', step)]);
  }
  const program = join(programRoot, 'e2e', 'electron-double', 'run-bundle.ts');
  const { stdout } = await run(process.execPath, [program, join(programRoot, 'dist'), dataFolder]);
  seen = JSON.parse(stdout);
}, 120_000);
afterAll(() => rmSync(dataFolder, { recursive: true, force: true }));

it('what Electron runs is whole: it opens a store, answers its page and ends in order', () => {
  expect(seen).toMatchObject({
    state: { ok: true, value: { host: 'electron', isFirstStart: true } },
    log: ['sandbox', 'ready', 'quit put off', 'quit'],
  });
});

it('the engine of the bundle finds its library and its providers', () => {
  expect(seen).toMatchObject({
    providers: { id: 1, ok: true, value: expect.arrayContaining(['cpu']) as string[] },
  });
});

it('the bridge of the bundle is one file that needs electron alone', () => {
  expect(seen).toMatchObject({ preload: { exposed: ['spira'], required: ['electron'] } });
});
