import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { pageAt, readPages } from './pages.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'spira-pages-'));
  mkdirSync(join(folder, 'renderer', 'assets'), { recursive: true });
  writeFileSync(join(folder, 'secret.html'), 'outside');
  writeFileSync(join(folder, 'renderer', 'index.html'), '<!doctype html>');
  writeFileSync(join(folder, 'renderer', 'assets', 'decoder.wasm'), 'wasm');
  writeFileSync(join(folder, 'renderer', 'assets', 'notes.bak'), 'left over');
  symlinkSync(join(folder, 'secret.html'), join(folder, 'renderer', 'link.html'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('serves the files of the folder by their paths, with their types', () => {
  const pages = readPages(join(folder, 'renderer'))!;
  expect([...pages.keys()].sort()).toEqual(['/assets/decoder.wasm', '/index.html']);
  expect(pageAt(pages, '/')?.type).toBe('text/html; charset=utf-8');
  expect(pageAt(pages, '/assets/decoder.wasm')?.type).toBe('application/wasm');
});

it.each([
  '/../secret.html',
  '/assets/../../secret.html',
  '/%2e%2e/secret.html',
  '/link.html',
  '/assets/',
  '//index.html',
])('has nothing at %s', (path) => {
  expect(pageAt(readPages(join(folder, 'renderer'))!, path)).toBeUndefined();
});

it('says so when nothing was built', () => {
  expect(readPages(join(folder, 'nowhere'))).toBeUndefined();
});
