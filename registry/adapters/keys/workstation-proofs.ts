import type { KeyObject } from 'node:crypto';
import { compactVerify, decodeJwt, decodeProtectedHeader } from 'jose';
import { z } from 'zod';
import type { WorkstationProofs } from '../../ports/signing.ts';
import { publicKeyObject } from './keys.ts';

/** Anything else (another algorithm, `crit`, an embedded key) is no proof. */
const headerSchema = z.strictObject({ alg: z.literal('EdDSA'), kid: z.string().max(100).optional() });

const maximumLength = 8 * 1024;
/** Of a fleet; reading one costs more than the check of a signature. */
const mostKeys = 2000;

export function joseWorkstationProofs(): WorkstationProofs {
  const keys = new Map<string, KeyObject>();
  const keyOf = (publicKey: string): KeyObject => {
    const known = keys.get(publicKey);
    if (known !== undefined) return known;
    const key = publicKeyObject(publicKey);
    if (keys.size === mostKeys) keys.clear();
    keys.set(publicKey, key);
    return key;
  };
  return {
    claimedBy(jws) {
      if (jws.length > maximumLength) return undefined;
      try {
        if (!headerSchema.safeParse(decodeProtectedHeader(jws)).success) return undefined;
        const { iss } = decodeJwt(jws);
        return typeof iss === 'string' ? iss : undefined;
      } catch {
        return undefined;
      }
    },
    async verify(jws, publicKey) {
      if (jws.length > maximumLength) return undefined;
      try {
        const verified = await compactVerify(jws, keyOf(publicKey), { algorithms: ['EdDSA'] });
        if (!headerSchema.safeParse(verified.protectedHeader).success) return undefined;
        return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(verified.payload)) as unknown;
      } catch {
        return undefined;
      }
    },
  };
}
