import { sha256 } from '../../contract/sha256.ts';
import type { Randomness } from './randomness.ts';
import type { Signing } from './signing.ts';

/** Signatures that only this twin can check, and fast: whoever is handed the same twin shares its keys. */
export function memorySigning(randomness: Randomness): Signing {
  const privateKeys = new Map<string, string>();
  const signatureOf = (privateKey: string, text: string): string =>
    base64url(
      hexBytes(sha256(`${privateKey} 1 ${sha256(text)}`) + sha256(`${privateKey} 2 ${sha256(text)}`)),
    );
  return {
    makeKeyPair() {
      const privateKey = base64url(randomness.bytes(32));
      const publicKey = base64url(hexBytes(sha256(`public ${privateKey}`)));
      privateKeys.set(publicKey, privateKey);
      return { publicKey, privateKey };
    },
    sign: signatureOf,
    verify(publicKey, data, signature) {
      const privateKey = privateKeys.get(publicKey);
      const text = typeof data === 'string' ? data : String.fromCharCode(...data);
      return privateKey !== undefined && signatureOf(privateKey, text) === signature;
    },
  };
}

function hexBytes(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../gu) ?? [], (pair) => Number.parseInt(pair, 16));
}

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

function base64url(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 3) {
    const held = ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    const count = Math.min(4, bytes.length - at + 1);
    for (let index = 0; index < count; index += 1) text += letters[(held >> (18 - 6 * index)) & 63] ?? '';
  }
  return text;
}
