/** Base64 (RFC 4648, section 4) between texts and bytes; the rooms without Node have no other. */
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const codes = Uint8Array.from(alphabet, (letter) => letter.charCodeAt(0));
const values = new Uint8Array(128).fill(255);
codes.forEach((code, value) => {
  values[code] = value;
});
const padding = '='.charCodeAt(0);
/** Well under the number of arguments that a call may have. */
const textSlice = 8192;

/** Undefined when the text is not base64 with its padding. */
export function bytesFromBase64(text: string): Uint8Array | undefined {
  if (text.length % 4 !== 0) return undefined;
  const padded = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const bytes = new Uint8Array((text.length / 4) * 3 - padded);
  const letters = text.length - padded;
  let at = 0;
  let held = 0;
  let heldBits = 0;
  for (let index = 0; index < letters; index += 1) {
    const value = values[text.charCodeAt(index)] ?? 255;
    if (value === 255) return undefined;
    held = ((held << 6) | value) & 0xffff;
    heldBits += 6;
    if (heldBits >= 8) {
      heldBits -= 8;
      bytes[at] = (held >> heldBits) & 0xff;
      at += 1;
    }
  }
  return bytes;
}

export function base64FromBytes(bytes: Uint8Array): string {
  const letters = new Uint8Array(Math.ceil(bytes.length / 3) * 4);
  let at = 0;
  for (let index = 0; index < bytes.length; index += 3) {
    const first = bytes[index] ?? 0;
    const second = bytes[index + 1] ?? 0;
    const third = bytes[index + 2] ?? 0;
    letters[at] = codes[first >> 2] ?? 0;
    letters[at + 1] = codes[((first & 3) << 4) | (second >> 4)] ?? 0;
    letters[at + 2] = index + 1 < bytes.length ? (codes[((second & 15) << 2) | (third >> 6)] ?? 0) : padding;
    letters[at + 3] = index + 2 < bytes.length ? (codes[third & 63] ?? 0) : padding;
    at += 4;
  }
  const parts: string[] = [];
  for (let start = 0; start < letters.length; start += textSlice) {
    // An array-like is enough for apply, and three times as fast as spreading it.
    const slice = letters.subarray(start, start + textSlice) as unknown as number[];
    parts.push(String.fromCharCode.apply(null, slice));
  }
  return parts.join('');
}
