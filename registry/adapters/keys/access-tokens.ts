import type { KeyObject } from 'node:crypto';
import { createPublicKey } from 'node:crypto';
import { errors, jwtVerify, SignJWT } from 'jose';
import type { RegistryId } from '../../../contract/registry/ids.ts';
import type { AccessTokens } from '../../ports/signing.ts';

/** RFC 9068's type, so that a token made for something else is not taken for one of these. */
const type = 'at+jwt';

export function joseAccessTokens({
  key,
  registryId,
}: {
  readonly key: KeyObject;
  readonly registryId: RegistryId;
}): AccessTokens {
  const publicKey = createPublicKey(key);
  const issuer = `urn:uuid:${registryId}`;
  const audience = `${issuer}:api`;
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
      try {
        const { payload } = await jwtVerify(token, publicKey, {
          algorithms: ['EdDSA'],
          typ: type,
          issuer,
          audience,
          requiredClaims: ['sub', 'iat', 'exp'],
          currentDate: new Date(nowS * 1000),
        });
        return payload.sub === undefined ? { refused: 'invalid' } : { subject: payload.sub };
      } catch (cause) {
        return { refused: cause instanceof errors.JWTExpired ? 'expired' : 'invalid' };
      }
    },
  };
}
