import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeContents } from '../../ports/contents.contract.ts';
import { diskContents } from './contents.ts';

describeContents('contents on disk', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'spira-contents-'));
  return { contents: diskContents(folder), discard: () => rm(folder, { recursive: true, force: true }) };
});

it('refuses content whose bytes have changed, and leaves no drafts', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'spira-contents-'));
  try {
    const contents = diskContents(folder);
    const stored = await contents.put(Uint8Array.of(1, 2, 3));
    if (!stored.ok) throw new Error(stored.refusal.what);
    const { sha256 } = stored.value;
    const place = join(folder, 'objects', sha256.slice(0, 2));
    expect(await readdir(place)).toEqual([sha256]);
    await writeFile(join(place, sha256), Uint8Array.of(1, 2, 4));
    expect(await contents.get(sha256)).toMatchObject({
      ok: false,
      refusal: { what: expect.stringContaining('is damaged') as string },
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
