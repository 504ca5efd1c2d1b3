import { sign, verify, type KeyObject } from 'node:crypto';
import { publicKeySchema, signatureSchema, type NamedKey } from '../../../contract/registry/ids.ts';
import type { Signing } from '../../ports/signing.ts';
import { namedKey, publicKeyObject } from './keys.ts';

export function ed25519Signing(keys: {
  readonly answerKey: KeyObject;
  readonly modelKeys: readonly NamedKey[];
}): Signing {
  return {
    answerKey: namedKey(keys.answerKey),
    modelKeys: keys.modelKeys,
    sign: (text) => signWith(keys.answerKey, text),
    verify(publicKey, data, signature) {
      if (!publicKeySchema.safeParse(publicKey).success || !signatureSchema.safeParse(signature).success) {
        return false;
      }
      try {
        return verify(null, bytesOf(data), publicKeyObject(publicKey), Buffer.from(signature, 'base64url'));
      } catch {
        return false;
      }
    },
  };
}

/** Ed25519 (RFC 8032) over the bytes, base64url. */
export function signWith(key: KeyObject, data: string | Uint8Array): string {
  return sign(null, bytesOf(data), key).toString('base64url');
}

function bytesOf(data: string | Uint8Array): Uint8Array {
  return typeof data === 'string' ? Buffer.from(data, 'utf8') : data;
}
