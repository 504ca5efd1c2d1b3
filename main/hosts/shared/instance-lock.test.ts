import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { acquireInstanceLock, isLock, type InstanceLock } from './instance-lock.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'spira-lock-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function acquired(): InstanceLock {
  const lock = acquireInstanceLock(folder);
  if (!isLock(lock)) throw new Error('the folder is held');
  return lock;
}

async function otherProcess(): Promise<{ readonly pid: number; end(): Promise<void> }> {
  const child = spawn(process.execPath, ['-e', 'process.stdin.resume()'], {
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  await once(child, 'spawn');
  return {
    pid: child.pid!,
    async end() {
      const exit = once(child, 'exit');
      child.kill('SIGKILL');
      await exit;
    },
  };
}

it('is given once, and again after it was given back', () => {
  const lock = acquired();
  lock.release();
  acquired().release();
  expect(readdirSync(folder)).toEqual([]);
});

it('names the process that holds the folder and how to reach it', async () => {
  const other = await otherProcess();
  const holder = { pid: other.pid, startedAs: null, control: { port: 4711, token: 'secret' } };
  writeFileSync(join(folder, 'running.json'), JSON.stringify(holder));
  expect(acquireInstanceLock(folder)).toEqual(holder);
  await other.end();
});

it('is taken over from a process that is gone', async () => {
  const other = await otherProcess();
  await other.end();
  writeFileSync(
    join(folder, 'running.json'),
    JSON.stringify({ pid: other.pid, startedAs: null, control: null }),
  );
  acquired().release();
});

it.runIf(process.platform === 'linux')(
  'is taken over when the number now belongs to another program',
  async () => {
    const other = await otherProcess();
    writeFileSync(
      join(folder, 'running.json'),
      JSON.stringify({ pid: other.pid, startedAs: 'an earlier boot/123', control: null }),
    );
    acquired().release();
    await other.end();
  },
);

it('is taken over from a file that says nothing', () => {
  writeFileSync(join(folder, 'running.json'), '{"pid":');
  acquired().release();
});

it.runIf(process.platform !== 'win32')('lets only its user read how to reach the process', () => {
  const lock = acquired();
  lock.announce({ port: 4711, token: 'secret' });
  const path = join(folder, 'running.json');
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ control: { port: 4711, token: 'secret' } });
  lock.release();
});
