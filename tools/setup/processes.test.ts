import { spawn } from 'node:child_process';
import { join } from 'node:path';
import process from 'node:process';
import { describe, expect, it } from 'vitest';
import { root } from './places.mjs';
import { run } from './processes.mjs';

const forEver = `process.stdout.write('ready'); setInterval(() => undefined, 1000);`;

describe('a program that a script starts', () => {
  it('hands back its exit code and what it said', async () => {
    const ended = await run(process.execPath, ['-e', `console.log('said'); process.exit(3)`], {
      isQuiet: true,
    });
    expect(ended).toEqual({ code: 3, signal: null, isTimedOut: false, output: 'said\n' });
  });

  it('is ended when its time is up', async () => {
    const ended = await run(process.execPath, ['-e', forEver], { isQuiet: true, timeoutMs: 200 });
    expect(ended).toMatchObject({ signal: 'SIGKILL', isTimedOut: true });
  });

  it('finds the programs of the libraries on its path', async () => {
    const ended = await run(process.execPath, ['-e', 'process.stdout.write(process.env.PATH)'], {
      isQuiet: true,
    });
    expect(ended.output.startsWith(join(root, 'node_modules', '.bin'))).toBe(true);
  });

  it('is refused with an error when it does not exist', async () => {
    await expect(run(join(root, 'no-such-program'), [], { isQuiet: true })).rejects.toThrow(/ENOENT/);
  });

  it.skipIf(process.platform === 'win32')(
    'ends with the script that is told to end, and its exit code says so',
    async () => {
      const script = `
      import { run } from ${JSON.stringify(join(root, 'tools/setup/processes.mjs'))};
      const ended = await run(process.execPath, ['-e', ${JSON.stringify(forEver)}]);
      process.exit(ended.code);`;
      const outer = spawn(process.execPath, ['--input-type=module', '-e', script], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const closed = new Promise<number | null>((resolve) => outer.once('close', resolve));
      outer.stdout.once('data', () => outer.kill('SIGTERM'));
      expect(await closed).toBe(128 + 15);
    },
  );
});
