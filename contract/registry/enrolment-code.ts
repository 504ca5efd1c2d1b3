/**
 * One-time codes that a person reads aloud or types: Crockford's base32 (no I, L, O, U), 20 letters and digits in groups
 * of five. In an enrolment code, the last eight fingerprint the registry's answer key, so that a workstation knows on
 * first contact that it speaks with the registry that made the code.
 */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const codeLength = 20;
const fingerprintLength = 8;
const secretLength = codeLength - fingerprintLength;

/** Random bytes that a code takes: one letter each. */
export const codeRandomBytes = codeLength;

/** A code of 100 random bits. `random` holds at least 20 bytes. */
export function makeOneTimeCode(random: Uint8Array): string {
  return grouped(lettersOf(random, codeLength));
}

/** 60 random bits and 40 of the fingerprint of the key with this SHA-256 (hexadecimal, of its raw 32 bytes). */
export function makeEnrolmentCode(random: Uint8Array, answerKeySha256: string): string {
  return grouped(lettersOf(random, secretLength) + keyFingerprint(answerKeySha256));
}

/** The first 40 bits of the hash, as eight letters and digits. */
export function keyFingerprint(keySha256: string): string {
  let bits = BigInt(`0x${keySha256.slice(0, 10)}`);
  let text = '';
  for (let index = 0; index < fingerprintLength; index += 1) {
    text = (alphabet[Number(bits & 31n)] ?? '') + text;
    bits >>= 5n;
  }
  return text;
}

/**
 * Reads a code however it was typed: any case, any blanks or dashes, O for 0, I or L for 1. Undefined where it is none.
 * `code` is the one form under which it is sent and stored.
 */
export function readCode(
  typed: string,
): { readonly code: string; readonly secret: string; readonly fingerprint: string } | undefined {
  const letters = typed
    .toUpperCase()
    .replace(/[\s-]+/gu, '')
    .replace(/O/gu, '0')
    .replace(/[IL]/gu, '1');
  if (letters.length !== codeLength || [...letters].some((letter) => !alphabet.includes(letter)))
    return undefined;
  return {
    code: grouped(letters),
    secret: letters.slice(0, secretLength),
    fingerprint: letters.slice(secretLength),
  };
}

function lettersOf(random: Uint8Array, count: number): string {
  if (random.length < count) throw new RangeError(`a code needs ${String(count)} random bytes`);
  return [...random.subarray(0, count)].map((byte) => alphabet[byte & 31] ?? '').join('');
}

function grouped(letters: string): string {
  return (letters.match(/.{5}/gu) ?? []).join('-');
}
