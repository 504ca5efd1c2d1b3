import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: [
      'contract/**/*.test.ts',
      'native/**/*.test.ts',
      'main/**/*.test.ts',
      'registry/**/*.test.ts',
      'training/**/*.test.ts',
      'preload/**/*.test.ts',
      'renderer/**/*.test.{ts,tsx}',
      'tools/**/*.test.ts',
    ],
    environment: 'node',
    // Child processes and native add-ons do not survive worker threads that end while one runs.
    pool: 'forks',
    // Many suites wait for other processes: a core that is left free for the runner itself would idle.
    maxWorkers: availableParallelism(),
    testTimeout: 20_000,
    hookTimeout: 20_000,
    // A suite that forgot its assertions, or a run without tests, must not look green.
    passWithNoTests: false,
    allowOnly: process.env['CI'] !== 'true',
    restoreMocks: true,
  },
});
