import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { base64FromBytes, bytesFromBase64 } from './base64.ts';

it('writes what Node writes and reads what Node reads, for any bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      const text = Buffer.from(bytes).toString('base64');
      expect(base64FromBytes(bytes)).toBe(text);
      expect(bytesFromBase64(text)).toEqual(bytes);
    }),
  );
});

it('carries a slice of several megabytes', () => {
  const bytes = Uint8Array.from({ length: 4 * 1024 * 1024 }, (_, index) => (index * 7) & 0xff);
  const text = base64FromBytes(bytes);
  expect(text).toBe(Buffer.from(bytes).toString('base64'));
  expect(Buffer.compare(bytesFromBase64(text) ?? new Uint8Array(0), bytes)).toBe(0);
});

it.each(['A', 'AA', 'AAA', 'AA=A', 'A===', '====', 'AA A', 'AA\n=', 'ÄAAA', 'AA-_'])(
  '%j is no base64',
  (text) => {
    expect(bytesFromBase64(text)).toBeUndefined();
  },
);

it('reads the empty text as no bytes', () => {
  expect(bytesFromBase64('')).toEqual(new Uint8Array(0));
  expect(base64FromBytes(new Uint8Array(0))).toBe('');
});
