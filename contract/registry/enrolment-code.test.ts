import fc from 'fast-check';
import { expect, it } from 'vitest';
import { keyFingerprint, makeEnrolmentCode, makeOneTimeCode, readCode } from './enrolment-code.ts';
import { enrolmentCodeSchema } from './sync.ts';

const random = fc.uint8Array({ minLength: 20, maxLength: 20 });
const sha256 = fc.stringMatching(/^[0-9a-f]{64}$/u);

it('writes the first 40 bits of the key’s hash in base32, highest bits first', () => {
  expect(keyFingerprint('0000000000'.padEnd(64, 'f'))).toBe('00000000');
  expect(keyFingerprint('ffffffffff'.padEnd(64, '0'))).toBe('ZZZZZZZZ');
  // 00001 00010 00011 00100 00101 00110 00111 01000
  expect(keyFingerprint('08864298e8'.padEnd(64, '0'))).toBe('12345678');
});

it('gives codes that the schema takes, with the fingerprint of the key at their end', () => {
  fc.assert(
    fc.property(random, sha256, (bytes, hash) => {
      const code = makeEnrolmentCode(bytes, hash);
      expect(enrolmentCodeSchema.parse(code)).toBe(code);
      expect(enrolmentCodeSchema.safeParse(makeOneTimeCode(bytes)).success).toBe(true);
      expect(readCode(code)).toEqual({
        code,
        secret: code.replaceAll('-', '').slice(0, 12),
        fingerprint: keyFingerprint(hash),
      });
    }),
  );
});

it('makes another code of other random bytes', () => {
  const hash = 'a'.repeat(64);
  expect(makeEnrolmentCode(new Uint8Array(20), hash)).not.toBe(
    makeEnrolmentCode(new Uint8Array(20).fill(1), hash),
  );
});

it.each([
  ['in lower case without dashes', '0123456789abcdefghjk'],
  ['with blanks at its ends', '  01234-56789-ABCDE-FGHJK '],
  ['with O for nought and I or L for one', 'OI234 56789 ABCDE FGHJK'],
])('reads a code that was typed %s', (_, typed) => {
  expect(readCode(typed)?.code).toBe('01234-56789-ABCDE-FGHJK');
});

it.each(['', '01234', '01234-56789-ABCDE-FGHJU', '01234-56789-ABCDE-FGHJKM'])(
  'takes %j for no code',
  (typed) => {
    expect(readCode(typed)).toBeUndefined();
  },
);

it('refuses too little chance', () => {
  expect(() => makeOneTimeCode(new Uint8Array(19))).toThrow(RangeError);
});
