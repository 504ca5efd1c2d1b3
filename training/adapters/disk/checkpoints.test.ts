import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeCheckpoints } from '../../ports/checkpoints.contract.ts';
import { diskCheckpoints } from './checkpoints.ts';

const makeFolder = (): Promise<string> => mkdtemp(join(tmpdir(), 'spira-checkpoints-'));

describeCheckpoints('files of a folder', async () => {
  const folder = await makeFolder();
  return {
    checkpoints: diskCheckpoints(join(folder, 'not', 'there', 'yet')),
    discard: () => rm(folder, { recursive: true }),
  };
});

describe('a checkpoint on the disk', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await makeFolder();
  });
  afterEach(() => rm(folder, { recursive: true }));

  it.each([
    ['lost its end', (bytes: Buffer) => bytes.subarray(0, -1)],
    ['lost nearly everything', (bytes: Buffer) => bytes.subarray(0, 10)],
    [
      'has one bit turned',
      (bytes: Buffer) => Buffer.from(bytes.map((byte, i) => (i === 40 ? byte ^ 1 : byte))),
    ],
  ])('is refused by name when it %s', async (_, damage) => {
    await diskCheckpoints(folder).save('run', new Uint8Array(100));
    const path = join(folder, 'run.checkpoint');
    await writeFile(path, damage(await readFile(path)));
    const read = await diskCheckpoints(folder).read('run');
    expect(read.ok ? 'read' : read.refusal.what).toBe(`the checkpoint ${path} is damaged`);
  });

  it('survives a writer that was killed half-way, whose rest goes with the next one', async () => {
    await diskCheckpoints(folder).save('run', Uint8Array.of(1, 2, 3));
    await writeFile(join(folder, 'run.checkpoint.draft'), 'half');
    const read = await diskCheckpoints(folder).read('run');
    expect(read.ok && [...(read.value ?? [])]).toEqual([1, 2, 3]);
    await diskCheckpoints(folder).save('run', Uint8Array.of(4));
    expect(await readdir(folder)).toEqual(['run.checkpoint']);
  });

  it('says which folder cannot be written', async () => {
    await writeFile(join(folder, 'file'), '');
    const saved = await diskCheckpoints(join(folder, 'file')).save('run', new Uint8Array(1));
    expect(saved.ok ? 'saved' : saved.refusal.what).toContain(join(folder, 'file'));
  });
});
