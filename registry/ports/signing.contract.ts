import { describe, expect, it } from 'vitest';
import type { Json } from '../../contract/canonical-json.ts';
import { namedKeySchema, publicKeySchema, signatureSchema } from '../../contract/registry/ids.ts';
import { sha256 } from '../../contract/sha256.ts';
import type { AccessTokens, Signing, WorkstationProofs } from './signing.ts';

export interface SigningUnderTest {
  readonly signing: Signing;
  readonly tokens: AccessTokens;
  readonly proofs: WorkstationProofs;
  makeKey(): {
    readonly publicKey: string;
    sign(data: string | Uint8Array): string;
    prove(claims: Json): string | Promise<string>;
  };
}

const nowS = 1_780_000_000;
const subject = '019d0000-0000-7000-8000-000000000001';

/** `open` gives a new registry's keys each time: what one of them signs, the other refuses. */
export function describeSigning(
  name: string,
  open: () => SigningUnderTest | Promise<SigningUnderTest>,
): void {
  describe(`signatures by ${name}`, () => {
    it('signs a text so that its own public key verifies it, and no other text', async () => {
      const { signing } = await open();
      const { publicKey } = namedKeySchema.parse(signing.answerKey);
      const signature = signatureSchema.parse(signing.sign('São Paulo'));
      expect(signing.verify(publicKey, 'São Paulo', signature)).toBe(true);
      expect(signing.verify(publicKey, new TextEncoder().encode('São Paulo'), signature)).toBe(true);
      expect(signing.verify(publicKey, 'Sao Paulo', signature)).toBe(false);
    });

    it('names its key by the start of its hash', async () => {
      const { signing } = await open();
      const raw = Buffer.from(signing.answerKey.publicKey, 'base64url');
      expect(signing.answerKey.keyId).toBe(sha256(raw).slice(0, 16));
    });

    it('verifies what others signed, by their key alone', async () => {
      const { signing, makeKey } = await open();
      const one = makeKey();
      const other = makeKey();
      const bytes = Uint8Array.of(0, 255, 10);
      expect(signing.verify(publicKeySchema.parse(one.publicKey), bytes, one.sign(bytes))).toBe(true);
      expect(signing.verify(other.publicKey, bytes, one.sign(bytes))).toBe(false);
    });

    it.each(['', 'x', 'A'.repeat(86), '\u0000', 'A'.repeat(10_000)])(
      'takes %j for no signature and no key, without throwing',
      async (malformed) => {
        const { signing } = await open();
        expect(signing.verify(signing.answerKey.publicKey, 'text', malformed)).toBe(false);
        expect(signing.verify(malformed, 'text', signing.sign('text'))).toBe(false);
      },
    );
  });

  describe(`access tokens by ${name}`, () => {
    it('names the subject until the token expires', async () => {
      const { tokens } = await open();
      const token = await tokens.issue(subject, nowS, 60);
      expect(await tokens.read(token, nowS)).toEqual({ subject });
      expect(await tokens.read(token, nowS + 59)).toEqual({ subject });
      expect(await tokens.read(token, nowS + 60)).toEqual({ refused: 'expired' });
    });

    it('refuses a token of another registry', async () => {
      const one = await open();
      const other = await open();
      const token = await other.tokens.issue(subject, nowS, 60);
      expect(await other.tokens.read(token, nowS)).toEqual({ subject });
      expect(await one.tokens.read(token, nowS)).toEqual({ refused: 'invalid' });
    });

    it.each(['', '.', '..', 'a.b.c', 'null', '\u0000'])('refuses %j', async (malformed) => {
      const { tokens } = await open();
      expect(await tokens.read(malformed, nowS)).toEqual({ refused: 'invalid' });
    });
  });

  describe(`workstations' proofs by ${name}`, () => {
    it('gives the claims back to whoever asks with the right key', async () => {
      const { proofs, makeKey } = await open();
      const key = makeKey();
      const claims = { iss: subject, iat: nowS, htm: 'POST' };
      const jws = await key.prove(claims);
      expect(proofs.claimedBy(jws)).toBe(subject);
      expect(await proofs.verify(jws, key.publicKey)).toEqual(claims);
      expect(await proofs.verify(jws, makeKey().publicKey)).toBeUndefined();
    });

    it('refuses claims that were changed after signing', async () => {
      const { proofs, makeKey } = await open();
      const key = makeKey();
      const parts = (await key.prove({ iss: subject, htm: 'GET' })).split('.');
      const others = (await key.prove({ iss: subject, htm: 'POST' })).split('.');
      const mixed = [...parts.slice(0, -1), others.at(-1)].join('.');
      expect(await proofs.verify(mixed, key.publicKey)).toBeUndefined();
    });

    it.each(['', '.', '..', 'a.b.c', 'e30.e30.e30', '\u0000'])('takes %j for no proof', async (malformed) => {
      const { proofs, makeKey } = await open();
      expect(proofs.claimedBy(malformed)).toBeUndefined();
      expect(await proofs.verify(malformed, makeKey().publicKey)).toBeUndefined();
    });
  });
}
