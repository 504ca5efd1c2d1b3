import { pack } from 'tar-stream';
import { describe, expect, it } from 'vitest';
import { tarPackages } from './model-packages.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const files = new Map([
  ['card.md', bytes('card')],
  ['golden/steady.wav', new Uint8Array(70_000).fill(7)],
  ['manifest.json', bytes('{}')],
]);

async function tarOf(write: (tar: ReturnType<typeof pack>) => void): Promise<Uint8Array> {
  const tar = pack();
  write(tar);
  tar.finalize();
  const parts: Uint8Array[] = [];
  for await (const part of tar as AsyncIterable<Uint8Array>) parts.push(part);
  return Buffer.concat(parts);
}

describe('a package', () => {
  it('is the same bytes for the same files, whatever their order, and gives them back', async () => {
    const packed = await tarPackages.pack(files);
    expect(Buffer.from(await tarPackages.pack(new Map([...files].reverse()))).equals(packed)).toBe(true);
    const unpacked = await tarPackages.unpack(packed);
    if (!unpacked.ok) throw new Error(unpacked.refusal.what);
    expect([...unpacked.value.keys()]).toEqual(['manifest.json', 'card.md', 'golden/steady.wav']);
    for (const [path, content] of files)
      expect(Buffer.from(content).equals(unpacked.value.get(path)!)).toBe(true);
  });

  it.each<[string, (tar: ReturnType<typeof pack>) => void, string]>([
    ['a path that leaves the folder', (tar) => tar.entry({ name: '../x' }, 'x'), 'not a path of a model'],
    ['a link', (tar) => tar.entry({ name: 'x', type: 'symlink', linkname: '/etc' }), 'not a plain file'],
    [
      'a file twice',
      (tar) => {
        tar.entry({ name: 'x' }, 'x');
        tar.entry({ name: './x' }, 'y');
      },
      'in it twice',
    ],
    ['nothing', () => undefined, 'empty'],
  ])('with %s is refused', async (_name, write, why) => {
    expect(await tarPackages.unpack(await tarOf(write))).toMatchObject({
      refusal: { what: expect.stringContaining(why) as string },
    });
  });

  it('that is cut, or no tar, is refused', async () => {
    const packed = await tarPackages.pack(files);
    expect((await tarPackages.unpack(packed.subarray(0, 40_000))).ok).toBe(false);
    expect((await tarPackages.unpack(bytes('x'.repeat(2000)))).ok).toBe(false);
  });
});
