import type { KeyObject } from 'node:crypto';
import { createHash, createPublicKey } from 'node:crypto';
import { errors, jwtVerify, SignJWT } from 'jose';
import type { RegistryId } from '../../../contract/registry/ids.ts';
import type { AccessTokens } from '../../ports/signing.ts';

/** RFC 9068's type, so that a token made for something else is not taken for one of these. */
const type = 'at+jwt';

/** Tokens whose signature is known to be good; a client that looks for its result sends the same one again and again. */
const usuallyVerified = 10_000;

/**
 * What a token says does not change, so its signature is verified once; when it ends is compared at every reading. Whether
 * its account may still do anything is nothing that a token says: that is looked up with every call.
 */
export function joseAccessTokens({
  key,
  registryId,
  mostVerified = usuallyVerified,
}: {
  readonly key: KeyObject;
  readonly registryId: RegistryId;
  /** How many verified tokens are remembered. */
  readonly mostVerified?: number;
}): AccessTokens {
  const publicKey = createPublicKey(key);
  const issuer = `urn:uuid:${registryId}`;
  const audience = `${issuer}:api`;
  const verified = new Map<string, { readonly subject: string; readonly expiresAtS: number }>();
  const remember = (key: string, subject: string, expiresAtS: number): void => {
    const [oldest] = verified.size < mostVerified ? [] : verified.keys();
    if (oldest !== undefined) verified.delete(oldest);
    verified.set(key, { subject, expiresAtS });
  };
  return {
    issue: (subject, nowS, lifetimeS) =>
      new SignJWT({})
        .setProtectedHeader({ alg: 'EdDSA', typ: type })
        .setIssuer(issuer)
        .setAudience(audience)
        .setSubject(subject)
        .setIssuedAt(nowS)
        .setExpirationTime(nowS + lifetimeS)
        .sign(key),
    async read(token, nowS) {
      // Tokens themselves are not kept in memory.
      const hash = createHash('sha256').update(token).digest('base64');
      const known = verified.get(hash);
      if (known !== undefined) {
        if (known.expiresAtS > nowS) return { subject: known.subject };
        verified.delete(hash);
        return { refused: 'expired' };
      }
      try {
        const { payload } = await jwtVerify(token, publicKey, {
          algorithms: ['EdDSA'],
          typ: type,
          issuer,
          audience,
          requiredClaims: ['sub', 'iat', 'exp'],
          currentDate: new Date(nowS * 1000),
        });
        if (payload.sub === undefined || payload.exp === undefined) return { refused: 'invalid' };
        remember(hash, payload.sub, payload.exp);
        return { subject: payload.sub };
      } catch (cause) {
        return { refused: cause instanceof errors.JWTExpired ? 'expired' : 'invalid' };
      }
    },
  };
}
