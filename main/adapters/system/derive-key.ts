import { hkdfSync } from 'node:crypto';

/**
 * A 32-byte key for one purpose from the master key: HKDF with SHA-256 (RFC 5869). Who holds a derived key learns
 * nothing of the others or of the master key.
 */
export function deriveKey(masterKey: Uint8Array, purpose: string): Buffer {
  if (masterKey.length !== 32) throw new RangeError('a master key has 32 bytes');
  return Buffer.from(hkdfSync('sha256', masterKey, 'spira', purpose, 32));
}
