import { bytesFromBase64 } from '../../contract/base64.ts';

/** The raw 32 bytes of a public key in base64url; undefined where it is none. */
export function publicKeyBytes(publicKey: string): Uint8Array | undefined {
  const bytes = bytesFromBase64(`${publicKey.replace(/-/gu, '+').replace(/_/gu, '/')}=`);
  return bytes?.length === 32 ? bytes : undefined;
}
