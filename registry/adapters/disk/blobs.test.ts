import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { bytesOf, collect, describeBlobs, inChunks } from '../../ports/blobs.contract.ts';
import { openDiskBlobs } from './blobs.ts';

async function filesUnder(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

describeBlobs('the disk', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'spira-blobs-'));
  return {
    blobs: await openDiskBlobs({ folder }),
    leftovers: () => filesUnder(folder),
    discard: () => rm(folder, { recursive: true }),
  };
});

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spira-disk-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it('still has everything when another process opens the folder', async () => {
  await (await openDiskBlobs({ folder })).put('takes/a', inChunks(bytesOf(70_000)));
  const got = await (await openDiskBlobs({ folder })).get('takes/a');
  expect(await collect(got!.chunks)).toEqual(bytesOf(70_000));
});

it('leaves no folder behind when the last blob in it goes', async () => {
  const blobs = await openDiskBlobs({ folder });
  await blobs.put('uploads/1/0', inChunks(bytesOf(1)));
  await blobs.delete('uploads/1/0');
  expect(await readdir(join(folder, 'blobs'))).toEqual([]);
});

it('removes what a process that died was writing, once nobody can be writing it any more', async () => {
  await openDiskBlobs({ folder });
  for (const name of ['old', 'new']) await writeFile(join(folder, 'incoming', name), 'part');
  const longAgo = new Date(Date.now() - 25 * 60 * 60 * 1000);
  await utimes(join(folder, 'incoming', 'old'), longAgo, longAgo);
  await openDiskBlobs({ folder });
  expect(await filesUnder(folder)).toEqual(['incoming/new']);
});

it('says that the disk is full, keeps what it has, and goes on when there is room', async ({ skip }) => {
  const mounted = join(folder, 'small');
  await mkdir(mounted);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', mounted], { stdio: 'ignore' });
  } catch {
    skip('mounting a file system needs rights that this user does not have');
  }
  try {
    const blobs = await openDiskBlobs({ folder: mounted });
    await blobs.put('a', inChunks(bytesOf(400_000)));
    await expect(blobs.put('b', inChunks(bytesOf(900_000)))).rejects.toMatchObject({
      name: 'BlobFailure',
      kind: 'full',
    });
    const afterwards = await filesUnder(mounted);
    execFileSync('mount', ['-o', 'remount,size=4m', mounted]);
    await blobs.put('b', inChunks(bytesOf(900_000)));
    const [a, b] = await Promise.all(['a', 'b'].map((key) => blobs.info(key)));
    expect([afterwards, a?.sizeBytes, b?.sizeBytes]).toEqual([['blobs/a'], 400_000, 900_000]);
  } finally {
    execFileSync('umount', [mounted]);
  }
});

it('cannot be opened where no folder can be', async () => {
  await writeFile(join(folder, 'file'), '');
  await symlink(join(folder, 'nowhere', 'at', 'all'), join(folder, 'link'));
  for (const name of ['file', 'link']) {
    await expect(openDiskBlobs({ folder: join(folder, name) })).rejects.toMatchObject({
      name: 'BlobFailure',
    });
  }
});
