import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pack } from 'tar-stream';
import { describeModelPackages } from '../../ports/model-packages.contract.ts';
import type { ModelPackages } from '../../ports/model-packages.ts';
import { mountSmall, unmount } from '../system/fixtures/small-file-system.ts';
import { openModelPackages } from './model-packages.ts';
import { maximumFiles } from './unpack.ts';

const shipped = fileURLToPath(
  new URL('../../../resources/models/sustained-vowel-demonstration/', import.meta.url),
);
const files = readdirSync(shipped, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name).slice(shipped.length));
const contentOf = (path: string): Buffer => readFileSync(join(shipped, path));
const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const modelSha256 = hashOf(contentOf('manifest.json'));

type Entry = readonly [header: Parameters<ReturnType<typeof pack>['entry']>[0], content?: string | Buffer];
const shippedEntries = (change: (path: string) => Buffer | undefined = () => undefined): Entry[] =>
  files.map((name) => [{ name }, change(name) ?? contentOf(name)]);

async function tarOf(entries: readonly Entry[]): Promise<Buffer> {
  const tar = pack();
  // The same bytes each time, in whatever second they are packed.
  for (const [header, content] of entries) tar.entry({ mtime: new Date(0), ...header }, content ?? '');
  tar.finalize();
  const pieces: Uint8Array[] = [];
  for await (const piece of tar as AsyncIterable<Uint8Array>) pieces.push(piece);
  return Buffer.concat(pieces);
}

describeModelPackages('packages on disk', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'spira-incoming-'));
  const open = () => openModelPackages({ folder: join(folder, 'packages') });
  const bytes = await tarOf(shippedEntries());
  const noise = Buffer.alloc(2000, 'noise');
  return {
    packages: open(),
    reopen: () => Promise.resolve(open()),
    bytes,
    packageSha256: hashOf(bytes),
    modelSha256,
    noise: { bytes: noise, packageSha256: hashOf(noise) },
    discard: () => rmSync(folder, { recursive: true, force: true }),
  };
});

describe('a package', () => {
  let parent: string;
  let folder: string;
  let packages: ModelPackages;
  beforeEach(() => {
    parent = mkdtempSync(join(tmpdir(), 'spira-incoming-'));
    folder = join(parent, 'packages');
    packages = openModelPackages({ folder });
  });
  afterEach(() => rmSync(parent, { recursive: true, force: true }));

  /** Received whole, with the hash that it has: only its content can be refused. */
  async function received(bytes: Uint8Array): Promise<unknown> {
    const begun = await packages.begin(hashOf(bytes));
    if (!begun.ok) return begun.problem.code;
    const added = await begun.value.append(bytes);
    const ended = await begun.value.end();
    if (!added.ok) return added.problem.code;
    if (!ended.ok) return ended.problem.code;
    const unpacked = await packages.unpack(hashOf(bytes));
    return unpacked.ok ? unpacked.value : { code: unpacked.problem.code, ...unpacked.problem.details };
  }
  /** Nothing of what came out stays, and nothing lies outside. */
  const expectNothingLeft = (): void => {
    expect(readdirSync(parent)).toEqual(['packages']);
    expect(readdirSync(folder).filter((name) => !name.endsWith('.tar'))).toEqual([]);
  };

  it('is a folder with the very files, once it was checked', async () => {
    const staged = await received(await tarOf(shippedEntries()));
    const place = join(folder, hashOf(await tarOf(shippedEntries())));
    expect(staged).toMatchObject({
      folder: place,
      manifestBytes: contentOf('manifest.json'),
      model: { sha256: modelSha256, graphPath: join(place, 'model.onnx'), source: 'installed' },
    });
    for (const path of files) expect(readFileSync(join(place, path)).equals(contentOf(path))).toBe(true);
  });

  const text = (value: string): Buffer => Buffer.from(value);
  it.each<[string, () => Entry[], object]>([
    [
      'a symbolic link',
      () => [[{ name: 'model.onnx', type: 'symlink', linkname: '/etc/passwd' }]],
      { reason: 'not-a-plain-file' },
    ],
    [
      'a link after whose name a file is written',
      () => [[{ name: 'golden', type: 'symlink', linkname: '/tmp' }], [{ name: 'golden/x' }, 'x']],
      { reason: 'not-a-plain-file' },
    ],
    [
      'a hard link',
      () => [[{ name: 'model.onnx', type: 'link', linkname: 'card.md' }]],
      { reason: 'not-a-plain-file' },
    ],
    ['a device', () => [[{ name: 'model.onnx', type: 'character-device' }]], { reason: 'not-a-plain-file' }],
    ['a pipe', () => [[{ name: 'model.onnx', type: 'fifo' }]], { reason: 'not-a-plain-file' }],
    ['a path that leaves the folder', () => [[{ name: '../model.onnx' }, 'x']], { reason: 'path' }],
    ['a path that leaves it in the middle', () => [[{ name: 'golden/../../x' }, 'x']], { reason: 'path' }],
    ['an absolute path', () => [[{ name: '/tmp/spira-escaped' }, 'x']], { reason: 'path' }],
    ['a path of another system', () => [[{ name: 'C:\\model.onnx' }, 'x']], { reason: 'path' }],
    ['a path with a line break', () => [[{ name: 'a\nb' }, 'x']], { reason: 'path', file: 'a?b' }],
    ['a folder outside', () => [[{ name: '../out/', type: 'directory' }]], { reason: 'path' }],
    [
      'a path in an extension that leaves the folder',
      () => [[{ name: 'a', pax: { path: '../../x' } }, 'x']],
      { reason: 'path' },
    ],
    [
      'an extension that changes a length',
      () => [[{ name: 'a', pax: { size: '1' } }, 'x']],
      { reason: 'extension' },
    ],
    [
      'the same file twice',
      () => [...shippedEntries(), [{ name: 'card.md' }, 'other']],
      { reason: 'twice', file: 'card.md' },
    ],
    [
      'a file as a folder',
      () => [
        [{ name: 'a' }, 'x'],
        [{ name: 'a/b' }, 'x'],
      ],
      { reason: 'twice' },
    ],
    [
      'more files than a model has',
      () => Array.from({ length: maximumFiles + 1 }, (_, index): Entry => [{ name: `f${String(index)}` }]),
      { reason: 'too-many-files' },
    ],
    [
      'a file that is not listed',
      () => [...shippedEntries(), [{ name: 'more.bin' }, 'x']],
      { reason: 'not-listed', file: 'more.bin' },
    ],
    [
      'no manifest',
      () => shippedEntries().filter(([{ name }]) => name !== 'manifest.json'),
      { reason: 'missing', file: 'manifest.json' },
    ],
    [
      'a manifest that is no JSON',
      () => shippedEntries((path) => (path === 'manifest.json' ? text('{') : undefined)),
      { reason: 'not-json' },
    ],
    [
      'a manifest of another contract',
      () => shippedEntries((path) => (path === 'manifest.json' ? text('{"contractVersion":2}') : undefined)),
      { at: 'contractVersion' },
    ],
    [
      'a manifest that would fill the memory',
      () => shippedEntries((path) => (path === 'manifest.json' ? Buffer.alloc(1024 * 1024 + 1) : undefined)),
      { reason: 'too-large' },
    ],
  ])('with %s is refused and leaves nothing', async (_what, entries, details) => {
    expect(await received(await tarOf(entries()))).toMatchObject({ code: 'model-invalid', ...details });
    expectNothingLeft();
    expect(existsSync('/tmp/spira-escaped')).toBe(false);
  });

  it('lacks no file, and none of another length or hash', async () => {
    expect(
      await received(await tarOf(shippedEntries().filter(([{ name }]) => name !== 'model.onnx'))),
    ).toEqual({ code: 'model-damaged', file: 'model.onnx', reason: 'missing' });
    const longer = Buffer.concat([contentOf('model.onnx'), Buffer.of(0)]);
    expect(
      await received(await tarOf(shippedEntries((path) => (path === 'model.onnx' ? longer : undefined)))),
    ).toEqual({ code: 'model-damaged', file: 'model.onnx', reason: 'size' });
    const flipped = contentOf('model.onnx');
    flipped[1000] = (flipped[1000] ?? 0) ^ 1;
    expect(
      await received(await tarOf(shippedEntries((path) => (path === 'model.onnx' ? flipped : undefined)))),
    ).toEqual({ code: 'model-hash-mismatch', file: 'model.onnx' });
    expectNothingLeft();
  });

  it('is a whole tar with nothing behind its end', async () => {
    const whole = await tarOf(shippedEntries());
    expect(await received(whole.subarray(0, 100_000))).toMatchObject({ code: 'model-invalid' });
    expect(await received(whole.subarray(0, -1024))).toMatchObject({ reason: 'cut' });
    expect(await received(new Uint8Array())).toMatchObject({ reason: 'cut' });
    expect(await received(Buffer.concat([whole, whole]))).toMatchObject({ reason: 'not-a-tar' });
    expectNothingLeft();
  });

  it('has no extension that claims to be longer than the memory', async () => {
    for (const [typeflag, reason] of [
      ['x', 'extension-too-long'],
      ['g', 'not-a-plain-file'],
      ['L', 'not-a-plain-file'],
      ['K', 'not-a-plain-file'],
    ] as const) {
      const header = (await tarOf([[{ name: 'name', size: 2 }, 'xx']])).subarray(0, 512);
      header.write('37777777777', 124, 'latin1');
      header.write(typeflag, 156, 'latin1');
      // The reader checks the sum before it looks at anything else.
      const sum = header.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 32 : byte), 0);
      header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
      expect(await received(header)).toMatchObject({ reason });
    }
    expectNothingLeft();
  });

  it('unpacked before a crash is unpacked anew', async () => {
    const bytes = await tarOf(shippedEntries());
    mkdirSync(join(folder, hashOf(bytes)), { recursive: true });
    writeFileSync(join(folder, hashOf(bytes), 'card.md'), 'half');
    expect(await received(bytes)).toMatchObject({ model: { sha256: modelSha256 } });
    await openModelPackages({ folder }).tidy([hashOf(bytes)]);
    expect(readdirSync(folder)).toEqual([`${hashOf(bytes)}.tar`]);
  });

  it('for which the disk has no room says so, while it comes and while it is unpacked', async ({ skip }) => {
    const bytes = await tarOf(shippedEntries());
    mkdirSync(folder);
    if (!mountSmall(folder, `${String(Math.ceil(bytes.length / 1024) + 16)}k`)) {
      skip('mounting a file system needs rights that this user does not have');
    }
    try {
      expect(await received(bytes)).toEqual({ code: 'disk-full' });
      const begun = await packages.begin('a'.repeat(64));
      if (!begun.ok) throw new Error(begun.problem.code);
      const added = await begun.value.append(bytes);
      expect([added.ok ? 'added' : added.problem.code, (await begun.value.end()).ok]).toEqual([
        'disk-full',
        true,
      ]);
      await packages.discard('a'.repeat(64));
      expect(readdirSync(folder)).toEqual([`${hashOf(bytes)}.tar`]);
    } finally {
      unmount(folder);
    }
  });
});
