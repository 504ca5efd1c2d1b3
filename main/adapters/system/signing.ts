/** Ed25519 by Node's own cryptography; keys travel as the raw bytes of a JWK, base64url. */
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import type { Signing } from '../../ports/signing.ts';

export function systemSigning(): Signing {
  return {
    makeKeyPair() {
      const { privateKey } = generateKeyPairSync('ed25519');
      const { x = '', d = '' } = privateKey.export({ format: 'jwk' });
      return { publicKey: x, privateKey: d };
    },
    sign(privateKey, text) {
      return sign(null, Buffer.from(text, 'utf8'), privateKeyOf(privateKey)).toString('base64url');
    },
    verify(publicKey, data, signature) {
      // Buffer.from would overlook what is not base64url.
      if (!/^[A-Za-z0-9_-]{86}$/u.test(signature)) return false;
      try {
        const key = createPublicKey({
          key: { kty: 'OKP', crv: 'Ed25519', x: publicKey },
          format: 'jwk',
        });
        const bytes = typeof data === 'string' ? Buffer.from(data, 'utf8') : data;
        return verify(null, bytes, key, Buffer.from(signature, 'base64url'));
      } catch {
        return false;
      }
    },
  };
}

/** PKCS #8 of an Ed25519 seed (RFC 8410, section 7): a fixed beginning, then the 32 bytes. */
const pkcs8Start = Buffer.from('302e020100300506032b657004220420', 'hex');

function privateKeyOf(privateKey: string) {
  const key = Buffer.concat([pkcs8Start, Buffer.from(privateKey, 'base64url')]);
  return createPrivateKey({ key, format: 'der', type: 'pkcs8' });
}
