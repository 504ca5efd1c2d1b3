import { resolve } from 'node:path';
import { defineConfig } from '@playwright/test';

const build = resolve(import.meta.dirname, '../build/e2e');

export default defineConfig({
  testDir: '.',
  testMatch: '*.e2e.ts',
  outputDir: resolve(build, 'output'),
  fullyParallel: true,
  workers: 2,
  timeout: 240_000,
  expect: { timeout: 20_000 },
  forbidOnly: true,
  retries: 0,
  reporter: [['list'], ['json', { outputFile: resolve(build, 'results.json') }]],
});
