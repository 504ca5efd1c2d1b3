import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { walkTarHeaders, type TarFault, type TarRules } from './tar-headers.ts';

const lenient: TarRules = {
  extensions: new Set(['x', 'g', 'L', 'K']),
  forbiddenInExtensions: /\d+ size=/u,
  endsWithMark: false,
};
const strict: TarRules = { ...lenient, kinds: new Set(['0', '\0', '5', 'x']), endsWithMark: true };

const folder = mkdtempSync(join(tmpdir(), 'spira-tar-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Made by the system's own tar. */
function packed(name: string, content: string, format: 'ustar' | 'pax' | 'gnu'): Buffer {
  writeFileSync(join(folder, 'content'), content);
  return execFileSync('tar', [
    '-cf',
    '-',
    `--format=${format}`,
    '-C',
    folder,
    `--transform=s#content#${name}#`,
    'content',
  ]);
}

function walked(bytes: Uint8Array, rules: TarRules, pieceBytes = bytes.length): TarFault | undefined {
  const walk = walkTarHeaders(rules);
  for (let offset = 0; offset < bytes.length; offset += pieceBytes) {
    const fault = walk.pass(bytes.subarray(offset, offset + pieceBytes));
    if (fault !== undefined) return fault;
  }
  return walk.end();
}

/** A header of its own: name, length field and kind. */
function header(kind: string, size: string | Uint8Array): Buffer {
  const block = Buffer.alloc(512);
  block.write('file');
  if (typeof size === 'string') block.write(size, 124);
  else block.set(size, 124);
  block.write(kind, 156);
  return block;
}
const end = Buffer.alloc(1024);
const longName = `${'long/'.repeat(40)}name`;

describe('the headers of a tar', () => {
  it.each(['ustar', 'pax', 'gnu'] as const)(
    'of format %s are walked, however the bytes are cut',
    (format) => {
      const bytes = packed('plain', 'x'.repeat(1300), format);
      for (const piece of [1, 7, 511, 512, 513, bytes.length]) {
        expect(walked(bytes, strict, piece)).toBeUndefined();
      }
    },
  );

  it('tell a long name in an extension, of which the strict know one kind', () => {
    expect(walked(packed(longName, 'x', 'pax'), strict)).toBeUndefined();
    expect(walked(packed(longName, 'x', 'gnu'), lenient)).toBeUndefined();
    expect(walked(packed(longName, 'x', 'gnu'), strict)).toBe('not-a-plain-file');
  });

  it.each<[TarFault, string, Uint8Array]>([
    ['extension', 'an extension that changes a length', extension('11 size=12\n')],
    ['extension-too-long', 'an extension that would fill memory', header('x', '00000400000')],
    ['file-too-large', 'a length in binary', header('0', Uint8Array.of(0x80, 0, 0, 1))],
    ['not-a-tar', 'a length that is no number', header('0', '12x')],
    ['not-a-plain-file', 'a link', header('2', '0')],
    ['not-a-tar', 'something after the end mark', Buffer.concat([end, header('0', '0')])],
    ['cut', 'no end mark', header('0', '0')],
    ['cut', 'less content than was announced', Buffer.concat([header('0', '2000'), Buffer.alloc(512)])],
  ])('%s: %s', (fault, _what, bytes) => {
    for (const piece of [1, 100, bytes.length]) expect(walked(bytes, strict, piece)).toBe(fault);
  });

  it('do not take the length of an extension for its content', () => {
    const walk = walkTarHeaders(strict);
    expect(walk.pass(header('x', '77777777777'))).toBe('extension-too-long');
  });

  function extension(content: string): Buffer {
    const body = Buffer.alloc(512);
    body.write(content);
    return Buffer.concat([header('x', content.length.toString(8)), body, header('0', '0'), end]);
  }
});
