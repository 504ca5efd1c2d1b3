import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pack } from 'tar-stream';
import type { Result } from '../../../contract/result.ts';
import type { ModelPackages } from '../../ports/model-packages.ts';
import { openModelPackages } from './model-packages.ts';

const shipped = fileURLToPath(
  new URL('../../../resources/models/sustained-vowel-demonstration/', import.meta.url),
);
const files = readdirSync(shipped, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name).slice(shipped.length));
const contentOf = (path: string): Buffer => readFileSync(join(shipped, path));
const sha256 = createHash('sha256').update(contentOf('manifest.json')).digest('hex');

interface EntryHeader {
  readonly name: string;
  readonly type?: 'file' | 'directory' | 'symlink' | 'link' | 'character-device';
  readonly linkname?: string;
  readonly mode?: number;
  readonly size?: number;
  readonly pax?: Readonly<Record<string, string>>;
}
type Entry = readonly [header: EntryHeader, content?: string | Buffer | undefined];
const shippedEntries = (change: (path: string) => Buffer | undefined = () => undefined): Entry[] =>
  files.map((name) => [{ name }, change(name) ?? contentOf(name)]);

function tarOf(entries: readonly Entry[]): Promise<Buffer> {
  const tar = pack();
  for (const [header, content] of entries) tar.entry(header as never, content ?? '');
  tar.finalize();
  return collect(tar as AsyncIterable<Uint8Array>);
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of chunks) pieces.push(piece);
  return Buffer.concat(pieces);
}

async function* inPieces(bytes: Uint8Array, pieceBytes = 4096): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < bytes.length; offset += pieceBytes)
    yield bytes.subarray(offset, offset + pieceBytes);
}

function told(result: Result<unknown>): unknown {
  return result.ok ? 'received' : { code: result.problem.code, ...result.problem.details };
}

describe('packages of models', () => {
  let folder: string;
  let packages: ModelPackages;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'spira-packages-'));
    packages = await openModelPackages({ folder, maximumBytes: 4 * 1024 * 1024 });
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const left = (): string[] => readdirSync(join(folder, 'incoming'));
  const receive = async (entries: readonly Entry[]): Promise<unknown> =>
    told(await packages.receive(inPieces(await tarOf(entries))));

  it('takes a model folder however tar was called, and packs it to the same bytes each time', async () => {
    const plain = await packages.receive(inPieces(await tarOf(shippedEntries()), 100));
    const asTarWritesFolders: Entry[] = [
      [{ name: './', type: 'directory' }],
      [{ name: './golden/', type: 'directory' }],
      ...shippedEntries()
        .reverse()
        .map(([header, content]): Entry => [{ ...header, name: `./${header.name}`, mode: 0o755 }, content]),
    ];
    const other = await packages.receive(inPieces(await tarOf(asTarWritesFolders)));
    if (!plain.ok || !other.ok) throw new Error('refused');
    expect(plain.value.sha256).toBe(sha256);
    expect(plain.value.card).toBe(contentOf('card.md').toString('utf8'));
    expect(plain.value.manifestBytes).toEqual(contentOf('manifest.json'));
    const packed = await collect(plain.value.pack());
    expect(await collect(other.value.pack())).toEqual(packed);
    expect(told(await packages.receive(inPieces(packed)))).toBe('received');
  });

  it.each<[string, () => Entry[], object]>([
    [
      'a symbolic link',
      () => [[{ name: 'model.onnx', type: 'symlink', linkname: '/etc/passwd' }]],
      { reason: 'not-a-plain-file' },
    ],
    [
      'a hard link',
      () => [[{ name: 'model.onnx', type: 'link', linkname: 'card.md' }]],
      { reason: 'not-a-plain-file' },
    ],
    ['a device', () => [[{ name: 'model.onnx', type: 'character-device' }]], { reason: 'not-a-plain-file' }],
    [
      'a path that leaves the folder',
      () => [[{ name: '../model.onnx' }, 'x']],
      { reason: 'path', file: '../model.onnx' },
    ],
    ['a path that leaves it in the middle', () => [[{ name: 'golden/../../x' }, 'x']], { reason: 'path' }],
    ['an absolute path', () => [[{ name: '/tmp/x' }, 'x']], { reason: 'path' }],
    ['a folder outside', () => [[{ name: '../out', type: 'directory' }]], { reason: 'path' }],
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
      () => shippedEntries((path) => (path === 'manifest.json' ? Buffer.from('{') : undefined)),
      { reason: 'not-json' },
    ],
    [
      'a manifest of another contract',
      () =>
        shippedEntries((path) =>
          path === 'manifest.json' ? Buffer.from('{"contractVersion":2}') : undefined,
        ),
      { at: 'contractVersion' },
    ],
  ])('refuses %s', async (_what, entries, details) => {
    expect(await receive(entries())).toMatchObject({ code: 'model-invalid', ...details });
    expect(left()).toEqual([]);
  });

  it('refuses what is missing, of another length, or of another hash', async () => {
    expect(await receive(shippedEntries().filter(([{ name }]) => name !== 'golden/steady.wav'))).toEqual({
      code: 'model-damaged',
      file: 'golden/steady.wav',
      reason: 'missing',
    });
    const longer = Buffer.concat([contentOf('model.onnx'), Buffer.of(0)]);
    expect(await receive(shippedEntries((path) => (path === 'model.onnx' ? longer : undefined)))).toEqual({
      code: 'model-damaged',
      file: 'model.onnx',
      reason: 'size',
    });
    const flipped = Buffer.from(contentOf('model.onnx'));
    flipped[1000] = (flipped[1000] ?? 0) ^ 1;
    expect(await receive(shippedEntries((path) => (path === 'model.onnx' ? flipped : undefined)))).toEqual({
      code: 'model-hash-mismatch',
      file: 'model.onnx',
    });
  });

  it('reads no further than allowed, and keeps no extension of any claimed length', async () => {
    const endless = (async function* () {
      yield await tarOf(shippedEntries()).then((tar) => tar.subarray(0, -1024));
      for (;;) yield new Uint8Array(65536);
    })();
    expect(told(await packages.receive(endless))).toMatchObject({ code: 'too-large' });
    for (const typeflag of ['x', 'g', 'L', 'K']) {
      const header = (await tarOf([[{ name: 'name', size: 2 }, 'xx']])).subarray(0, 512);
      header.write('37777777777', 124, 'latin1');
      header.write(typeflag, 156, 'latin1');
      expect(told(await packages.receive(inPieces(header)))).toMatchObject({ reason: 'extension-too-long' });
    }
    expect(await receive([[{ name: 'a', pax: { size: '1' } }, 'x']])).toMatchObject({
      reason: 'extension',
    });
  });

  it('takes no noise for a package, nor one that was cut', async () => {
    expect(told(await packages.receive(inPieces(Buffer.alloc(2000, 'noise'))))).toMatchObject({
      reason: 'not-a-tar',
    });
    const whole = await tarOf(shippedEntries());
    expect(told(await packages.receive(inPieces(whole.subarray(0, 100_000))))).toMatchObject({
      code: 'model-invalid',
    });
    expect(told(await packages.receive(inPieces(new Uint8Array())))).toMatchObject({ reason: 'missing' });
    expect(left()).toEqual([]);
  });

  it('passes on that the sender is gone, and leaves nothing behind', async () => {
    const whole = await tarOf(shippedEntries());
    const cut = (async function* () {
      yield whole.subarray(0, 50_000);
      throw new TypeError('the line is cut');
    })();
    await expect(packages.receive(cut)).rejects.toThrow('the line is cut');
    expect(left()).toEqual([]);
  });

  describe('that are kept as folders', () => {
    let fetched: number;
    const fetch = async (): Promise<AsyncIterable<Uint8Array>> => {
      fetched += 1;
      return inPieces(await tarOf(shippedEntries()));
    };
    beforeEach(() => {
      fetched = 0;
    });
    const graphOf = async (): Promise<string> => {
      const opened = await packages.open(sha256, fetch);
      if (!opened.ok) throw new Error(opened.problem.code);
      return opened.value.graphPath;
    };

    it('are fetched once, also over restarts', async () => {
      await Promise.all([graphOf(), graphOf()]);
      packages = await openModelPackages({ folder, maximumBytes: 4 * 1024 * 1024 });
      expect(readFileSync(await graphOf())).toEqual(contentOf('model.onnx'));
      expect(fetched).toBe(1);
    });

    it('are fetched again where the disk has changed them', async () => {
      writeFileSync(await graphOf(), 'damaged');
      packages = await openModelPackages({ folder, maximumBytes: 4 * 1024 * 1024 });
      expect(readFileSync(await graphOf())).toEqual(contentOf('model.onnx'));
      expect(fetched).toBe(2);
    });

    it('are those of the hash that was asked for', async () => {
      expect(told(await packages.open('a'.repeat(64), fetch))).toMatchObject({ code: 'model-hash-mismatch' });
      expect(told(await packages.open(sha256, () => Promise.resolve(undefined)))).toMatchObject({
        code: 'model-not-found',
      });
      expect(await graphOf()).toContain(sha256);
    });

    it('give their listed files and no others', async () => {
      const opened = await packages.open(sha256, fetch);
      if (!opened.ok) throw new Error(opened.problem.code);
      expect(await opened.value.read('card.md')).toEqual({ ok: true, value: contentOf('card.md') });
      expect(told(await opened.value.read('../x'))).toMatchObject({ reason: 'not-listed' });
      writeFileSync(join(opened.value.graphPath, '..', 'card.md'), 'other');
      expect(told(await opened.value.read('card.md'))).toMatchObject({ code: 'model-hash-mismatch' });
    });
  });
});
