/** The check of recordings by the engines in `native/audio`. */
import { createHash } from 'node:crypto';
import { readStoredWav } from '../../../contract/stored-wav.ts';
import { FlacFailure, flacToWav } from '../../../native/audio/flac-stream.ts';
import type { AudioCheck } from '../../ports/audio-check.ts';

type Reason = 'not-audio' | 'damaged' | 'unsupported';

class NotTheWav extends Error {
  readonly reason: Reason;

  constructor(reason: Reason) {
    super(`the file is no stored WAV: ${reason}`);
    this.reason = reason;
  }
}

const reasons: ReadonlyMap<string, Reason> = new Map([
  ['audio-not-recognised', 'not-audio'],
  ['audio-unsupported', 'unsupported'],
  ['audio-rate-unsupported', 'unsupported'],
  ['audio-too-long', 'unsupported'],
]);
/** As long as the longest header of a stored WAV. */
const headBytes = 58;

/**
 * Takes what workstations write: mono WAV of 16, 24 or 32 bits in the one form of contract/stored-wav.ts, and FLAC of
 * it. `unsupported`: sound, but in another form (two channels, another coding, too long).
 */
export function createAudioCheck(): AudioCheck {
  const toWav: AudioCheck['toWav'] = (encoding, chunks) =>
    encoding === 'flac' ? flacToWav(chunks) : checkedWav(chunks);
  return {
    toWav,
    async describe(encoding, chunks) {
      const hash = createHash('sha256');
      let wavBytes = 0;
      try {
        for await (const piece of toWav(encoding, chunks)) {
          hash.update(piece);
          wavBytes += piece.length;
        }
      } catch (error) {
        const reason = reasonOf(error);
        if (reason === undefined) throw error;
        return { ok: false, reason };
      }
      return { ok: true, wavSha256: hash.digest('hex'), wavBytes };
    },
  };
}

/** The chunks as they are; throws at the end where they were not the WAV that their header promises. */
async function* checkedWav(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  const head = new Uint8Array(headBytes);
  let length = 0;
  for await (const chunk of chunks) {
    if (length < headBytes) head.set(chunk.subarray(0, headBytes - length), length);
    length += chunk.length;
    yield chunk;
  }
  const tags = String.fromCharCode(...head.subarray(0, 4), ...head.subarray(8, 12));
  if (tags !== 'RIFFWAVE') throw new NotTheWav('not-audio');
  const read = readStoredWav(head.subarray(0, length), length);
  if (read.ok) return;
  throw new NotTheWav(read.problem.details?.['reason'] === 'length' ? 'damaged' : 'unsupported');
}

/** Undefined where it is not the file's fault. */
function reasonOf(error: unknown): Reason | undefined {
  if (error instanceof NotTheWav) return error.reason;
  if (!(error instanceof FlacFailure)) return undefined;
  return reasons.get(error.problem.code) ?? 'damaged';
}
