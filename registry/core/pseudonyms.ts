/** Who is who without saying who: a keyed pseudonym that nobody without the key can work out or try. */
import { sha256, utf8 } from '../../contract/sha256.ts';
import { recordKey } from './labels/record-numbers.ts';

/**
 * The participant behind a record number of a hospital, 32 hexadecimal digits: the first half of the HMAC-SHA-256
 * (RFC 2104) over both. However the number is written (case, blanks, dots, hyphens), it is one participant.
 */
export function participantPseudonym(
  key: Uint8Array,
  { hospitalId, recordNumber }: { readonly hospitalId: string; readonly recordNumber: string },
): string {
  // As labels are matched by; of a number with nothing in it, the text itself.
  const number = recordKey(recordNumber) ?? recordNumber;
  return hmac(key, JSON.stringify(['participant', hospitalId, number])).slice(0, 32);
}

/** Of a session without a record number: a participant of its own. */
export function lonePseudonym(key: Uint8Array, sessionId: string): string {
  return hmac(key, JSON.stringify(['session', sessionId])).slice(0, 32);
}

/** HMAC-SHA-256 in lower-case hexadecimal; the key has at most 64 bytes. */
export function hmac(key: Uint8Array, message: string): string {
  const block = new Uint8Array(64);
  block.set(key);
  const text = utf8(message);
  const inner = sha256(Uint8Array.from([...block.map((byte) => byte ^ 0x36), ...text]));
  return sha256(Uint8Array.from([...block.map((byte) => byte ^ 0x5c), ...bytesOfHex(inner)]));
}

function bytesOfHex(text: string): Uint8Array {
  return Uint8Array.from(text.match(/../gu) ?? [], (pair) => Number.parseInt(pair, 16));
}
