import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { publicKeySchema, signatureSchema } from '../../../contract/registry/ids.ts';
import { memoryRandomness } from '../../ports/randomness.memory.ts';
import { memorySigning } from '../../ports/signing.memory.ts';
import type { Signing } from '../../ports/signing.ts';
import { systemSigning } from './signing.ts';

describe.each<[string, Signing]>([
  ['the system’s signing', systemSigning()],
  ['its twin', memorySigning(memoryRandomness(3))],
])('%s', (_name, signing) => {
  it('verifies what it signed, and nothing else', () => {
    const [own, other] = [signing.makeKeyPair(), signing.makeKeyPair()];
    fc.assert(
      fc.property(fc.string(), fc.string(), (text, another) => {
        const signature = signing.sign(own.privateKey, text);
        expect(signatureSchema.safeParse(signature).success).toBe(true);
        expect(signing.verify(own.publicKey, text, signature)).toBe(true);
        expect(signing.verify(own.publicKey, another, signature)).toBe(another === text);
        expect(signing.verify(other.publicKey, text, signature)).toBe(false);
      }),
      { numRuns: 30 },
    );
    expect(publicKeySchema.safeParse(own.publicKey).success).toBe(true);
    expect(own.publicKey).not.toBe(other.publicKey);
  });

  it.each(['', 'A', 'A'.repeat(85), `${'A'.repeat(85)}=`, '!'.repeat(86)])(
    'takes %j for no signature and no key',
    (wrong) => {
      const { publicKey, privateKey } = signing.makeKeyPair();
      expect(signing.verify(publicKey, 'text', wrong)).toBe(false);
      expect(signing.verify(wrong, 'text', signing.sign(privateKey, 'text'))).toBe(false);
    },
  );
});

it('signs as RFC 8032 says (7.1, test 2)', () => {
  const hex = (text: string): string => Buffer.from(text, 'hex').toString('base64url');
  const seed = hex('4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb');
  const publicKey = hex('3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c');
  const signature = hex(
    '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da' +
      '085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  );
  const signing = systemSigning();
  expect(signing.sign(seed, 'r')).toBe(signature);
  expect(signing.verify(publicKey, Uint8Array.of(0x72), signature)).toBe(true);
});
