import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compareByCodePoint, foldText } from './fold-text.ts';

it.each([
  ['Hospital das CLÍNICAS', 'hospital das clinicas'],
  ['  São\t José\n', 'sao jose'],
  ['Ç', 'c'],
  ['ñandú', 'nandu'],
  ['14259401E', '14259401e'],
  ['ﬁm', 'fim'],
  ['', ''],
])('folds %j to %j', (text, folded) => {
  expect(foldText(text)).toBe(folded);
});

it('folds what is folded to itself, and composed and decomposed letters alike', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      expect(foldText(foldText(text))).toBe(foldText(text));
      expect(foldText(text.normalize('NFD'))).toBe(foldText(text.normalize('NFC')));
    }),
  );
});

it('orders texts as their UTF-8 bytes do', () => {
  const byBytes = (a: string, b: string): number => Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b)));
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
      expect(compareByCodePoint(a, b)).toBe(byBytes(a, b));
    }),
  );
});
