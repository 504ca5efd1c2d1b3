import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { checkExternalData } from './external-data.ts';

function fixture(name: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(`./fixtures/${name}.onnx`, import.meta.url)));
}

it.each([
  ['gain', 'self-contained'],
  ['endless', 'self-contained'],
  ['external', 'external-data'],
  ['external-nested', 'external-data'],
])('finds where the weights of %s are', (name, expected) => {
  expect(checkExternalData(fixture(name))).toBe(expected);
});

it('never takes a damaged or shortened model with outside weights for a self-contained one, and never throws', () => {
  const whole = fixture('external-nested');
  fc.assert(
    fc.property(fc.nat(whole.length - 1), fc.nat(255), fc.nat(whole.length - 1), (at, byte, length) => {
      const bytes = whole.slice();
      bytes[at] = byte;
      expect(['self-contained', 'external-data', 'unreadable']).toContain(checkExternalData(bytes));
      expect(checkExternalData(whole.subarray(0, length))).not.toBe('self-contained');
    }),
    { numRuns: 500 },
  );
});
