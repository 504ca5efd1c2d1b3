import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { claimFile } from './claim.ts';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spira-claim-'));
  path = join(folder, 'claim');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const write = (holder: object): Promise<void> => writeFile(path, JSON.stringify(holder));
const writtenAgo = async (seconds: number): Promise<void> => {
  const then = Date.now() / 1000 - seconds;
  await utimes(path, then, then);
};
const isMine = async (): Promise<boolean> => (await claimFile(path)).isMine;

it('is one process’s until it lets go', async () => {
  const first = await claimFile(path);
  expect([first.isMine, await isMine()]).toEqual([true, false]);
  if (first.isMine) await first.release();
  expect(await isMine()).toBe(true);
});

it('is had by one of many who ask at once', async () => {
  await write({ host: hostname(), pid: process.pid, token: 'of an earlier process of this number' });
  const claims = await Promise.all(Array.from({ length: 20 }, () => claimFile(path)));
  expect(claims.filter((claim) => claim.isMine).length).toBe(1);
  expect(await readdir(folder)).toEqual(['claim']);
});

it('is taken over from a process of this machine that is gone, also where its number is in use again', async () => {
  const gone = spawn(process.execPath, ['-e', '']);
  await once(gone, 'exit');
  for (const pid of [gone.pid, process.pid]) {
    await write({ host: hostname(), pid, token: 'another' });
    const claim = await claimFile(path);
    expect(claim.isMine).toBe(true);
    if (claim.isMine) await claim.release();
  }
});

it('stays with a process of this machine that lives, however long it is silent', async () => {
  const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  try {
    await write({ host: hostname(), pid: other.pid, token: 'another' });
    await writtenAgo(3600);
    expect(await claimFile(path)).toEqual({ isMine: false, holder: `process ${String(other.pid)}` });
  } finally {
    other.kill('SIGKILL');
  }
});

it('stays with a process of another machine until that one is silent', async () => {
  await write({ host: 'another.example', pid: process.pid, token: 'another' });
  expect(await isMine()).toBe(false);
  await writtenAgo(100);
  expect(await isMine()).toBe(false);
  await writtenAgo(200);
  expect(await isMine()).toBe(true);
  expect(await readFile(path, 'utf8')).toContain(hostname());
});

it('is taken over where another one died while it took over', async () => {
  await write({ host: hostname(), pid: process.pid, token: 'another' });
  await mkdir(`${path}.turn`);
  const longAgo = Date.now() / 1000 - 60;
  await utimes(`${path}.turn`, longAgo, longAgo);
  expect(await isMine()).toBe(true);
});

it('stays with one that has just begun to write it', async () => {
  await writeFile(path, '');
  expect(await isMine()).toBe(false);
  await writtenAgo(200);
  expect(await isMine()).toBe(true);
});
