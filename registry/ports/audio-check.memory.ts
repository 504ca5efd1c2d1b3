import { sha256 } from '../../contract/sha256.ts';
import { readStoredWav } from '../../contract/stored-wav.ts';
import type { AudioCheck } from './audio-check.ts';

/** What stands for FLAC here: a mark, the WAV's length, its bytes turned over, and their sum. */
const mark = Uint8Array.from('fLaC-twin', (letter) => letter.charCodeAt(0));
const frontBytes = mark.length + 4;
const tailBytes = 4;
const mask = 0x5a;

/** The twin's own coding of a stored WAV; a little longer than the WAV itself. */
export function packForTwin(wav: Uint8Array): Uint8Array {
  const packed = new Uint8Array(frontBytes + wav.length + tailBytes);
  packed.set(mark);
  const view = new DataView(packed.buffer);
  view.setUint32(mark.length, wav.length);
  packed.set(
    wav.map((byte) => byte ^ mask),
    frontBytes,
  );
  view.setUint32(packed.length - tailBytes, sumOf(wav));
  return packed;
}

type Unpacked =
  | { readonly ok: true; readonly wav: Uint8Array }
  | { readonly ok: false; readonly reason: 'not-audio' | 'damaged' | 'unsupported' };

/**
 * Holds the whole file, unlike the real one.
 *
 * @param hash SHA-256 in lower-case hexadecimal; the contract's own by default, which is slow over many megabytes.
 */
export function memoryAudioCheck(hash: (data: Uint8Array) => string = sha256): AudioCheck {
  const read = async (encoding: 'flac' | 'wav', chunks: AsyncIterable<Uint8Array>): Promise<Unpacked> => {
    const pieces: Uint8Array[] = [];
    for await (const chunk of chunks) pieces.push(chunk.slice());
    const file = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
    let offset = 0;
    for (const piece of pieces) {
      file.set(piece, offset);
      offset += piece.length;
    }
    return encoding === 'flac' ? unpack(file) : checked(file);
  };
  return {
    async describe(encoding, chunks) {
      const unpacked = await read(encoding, chunks);
      if (!unpacked.ok) return unpacked;
      return { ok: true, wavSha256: hash(unpacked.wav), wavBytes: unpacked.wav.length };
    },
    async *toWav(encoding, chunks) {
      const unpacked = await read(encoding, chunks);
      if (!unpacked.ok) throw new Error(`the twin cannot decode it: ${unpacked.reason}`);
      yield unpacked.wav;
    },
  };
}

function unpack(file: Uint8Array): Unpacked {
  if (mark.some((byte, index) => index < file.length && file[index] !== byte)) {
    return { ok: false, reason: 'not-audio' };
  }
  if (file.length < frontBytes + tailBytes) {
    return { ok: false, reason: file.length === 0 ? 'not-audio' : 'damaged' };
  }
  const view = new DataView(file.buffer);
  const wav = file.slice(frontBytes, file.length - tailBytes).map((byte) => byte ^ mask);
  const isWhole =
    view.getUint32(mark.length) === wav.length && view.getUint32(file.length - tailBytes) === sumOf(wav);
  return isWhole ? { ok: true, wav } : { ok: false, reason: 'damaged' };
}

function checked(file: Uint8Array): Unpacked {
  const tags = String.fromCharCode(...file.subarray(0, 4), ...file.subarray(8, 12));
  if (tags !== 'RIFFWAVE') return { ok: false, reason: 'not-audio' };
  const stored = readStoredWav(file);
  if (stored.ok) return { ok: true, wav: file };
  return { ok: false, reason: stored.problem.details?.['reason'] === 'length' ? 'damaged' : 'unsupported' };
}

function sumOf(bytes: Uint8Array): number {
  return bytes.reduce((sum, byte) => (Math.imul(sum, 31) + byte) >>> 0, 7);
}
