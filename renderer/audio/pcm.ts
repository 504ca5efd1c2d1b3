/** Samples as the capture graph gives them (float, -1 to 1) into what a take is made of (16-bit PCM, base64). */

/**
 * Rounds to the nearest 16-bit value, 32768 steps per unit, and clamps at full scale. A device that delivers 16-bit
 * samples gives exactly its own values back, as browsers divide by 32768. Not-a-number becomes silence.
 */
export function toInt16(samples: Float32Array): Int16Array {
  const pcm = new Int16Array(samples.length);
  for (let index = 0; index < samples.length; index += 1) {
    const sample = samples[index] ?? 0;
    pcm[index] = Number.isNaN(sample) ? 0 : Math.max(-32768, Math.min(32767, Math.round(sample * 32768)));
  }
  return pcm;
}

/** Little-endian bytes, whatever the machine's own order. */
export function littleEndianBytes(pcm: Int16Array): Uint8Array {
  const bytes = new Uint8Array(pcm.length * 2);
  const view = new DataView(bytes.buffer);
  for (let index = 0; index < pcm.length; index += 1) view.setInt16(index * 2, pcm[index] ?? 0, true);
  return bytes;
}

const pieceBytes = 0x8000;

export function toBase64(bytes: Uint8Array): string {
  let binary = '';
  // In pieces: a call has an upper bound of arguments.
  for (let start = 0; start < bytes.length; start += pieceBytes) {
    binary += String.fromCharCode(...bytes.subarray(start, start + pieceBytes));
  }
  return btoa(binary);
}

export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let index = 0; index < binary.length; index += 1) bytes[index] = binary.charCodeAt(index);
  return bytes;
}
