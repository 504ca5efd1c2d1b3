/**
 * The master key as it is printed and typed: Crockford's base32 (no I, L, O, U) in 14 groups of four, the last 24
 * bits a checksum, so that a slip of the pen is found and not tried.
 */
import { fail, ok, type Result } from '../../contract/result.ts';

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const keyBytes = 32;
const checksumBytes = 3;
const characters = ((keyBytes + checksumBytes) * 8) / 5;
type Sha256 = (data: string) => string;

/** `key`: 32 bytes. */
export function formatRecoveryKey(key: Uint8Array, sha256: Sha256): string {
  if (key.length !== keyBytes) throw new RangeError('a master key has 32 bytes');
  const text = toBase32([...key, ...checksumOf(key, sha256)]);
  return (text.match(/.{4}/gu) ?? []).join('-');
}

/**
 * Reads it back; case, blanks and hyphens do not matter, and I, L, O are read as the digits they look like. Fails with
 * `invalid-input`, `reason`: `length` (with what is missing), `character` or `checksum`. Nothing of the key is in it.
 */
export function parseRecoveryKey(text: string, sha256: Sha256): Result<Uint8Array> {
  const plain = text
    .toUpperCase()
    .replace(/[\s\p{Pd}]/gu, '')
    .replace(/[IL]/gu, '1')
    .replace(/O/gu, '0');
  const strangeAt = [...plain].findIndex((character) => !alphabet.includes(character));
  if (strangeAt !== -1) return fail('invalid-input', { reason: 'character', position: strangeAt + 1 });
  if (plain.length !== characters) {
    return fail('invalid-input', { reason: 'length', length: plain.length, expected: characters });
  }
  const bytes = fromBase32(plain);
  const key = Uint8Array.from(bytes.slice(0, keyBytes));
  const checksum = checksumOf(key, sha256);
  return bytes.slice(keyBytes).every((byte, index) => byte === checksum[index])
    ? ok(key)
    : fail('invalid-input', { reason: 'checksum' });
}

function checksumOf(key: Uint8Array, sha256: Sha256): readonly number[] {
  const hex = [...key].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  const digest = sha256(`spira recovery key v1 ${hex}`);
  return Array.from({ length: checksumBytes }, (_, index) =>
    Number.parseInt(digest.slice(index * 2, index * 2 + 2), 16),
  );
}

function toBase32(bytes: readonly number[]): string {
  let text = '';
  let [value, bits] = [0, 0];
  for (const byte of bytes) {
    value = (value << 8) | byte;
    bits += 8;
    for (; bits >= 5; bits -= 5) text += alphabet[(value >> (bits - 5)) & 31];
    value &= (1 << bits) - 1;
  }
  return text;
}

function fromBase32(text: string): readonly number[] {
  const bytes: number[] = [];
  let [value, bits] = [0, 0];
  for (const character of text) {
    value = (value << 5) | alphabet.indexOf(character);
    bits += 5;
    if (bits >= 8) {
      bytes.push((value >> (bits - 8)) & 0xff);
      bits -= 8;
      value &= (1 << bits) - 1;
    }
  }
  return bytes;
}
