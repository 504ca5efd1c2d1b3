import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { fail, ok, type Result } from '../../../../contract/result.ts';
import type { AudioDecoding, DecodedRecording } from '../../../ports/audio-decoding.ts';

/** Two hours of 24-bit stereo at 48 kHz are 2 GB; what is longer than is screened is refused by its size already. */
const maximumBytes = 1024 * 1024 * 1024;
/** Longer recordings are named, not screened: as long as the app itself takes from a file. */
const maximumS = 20 * 60;

export interface ReadRecording {
  readonly sizeBytes: number;
  /** Of the file as it lies there. */
  readonly sha256: string;
  readonly decoded: Result<DecodedRecording>;
}

export async function readRecording(decoding: AudioDecoding, path: string): Promise<Result<ReadRecording>> {
  const bytes = await readWhole(path);
  if (!bytes.ok) return bytes;
  return ok({
    sizeBytes: bytes.value.byteLength,
    sha256: createHash('sha256').update(bytes.value).digest('hex'),
    decoded: await decoding.decode(bytes.value, { maximumS }),
  });
}

async function readWhole(path: string): Promise<Result<Uint8Array>> {
  try {
    const file = await open(path, 'r');
    try {
      const { size } = await file.stat();
      if (size > maximumBytes) return fail('too-large', { sizeBytes: size, maximumBytes });
      return ok(await file.readFile());
    } finally {
      await file.close();
    }
  } catch (cause) {
    return fail(
      'audio-file-missing',
      { reason: (cause as NodeJS.ErrnoException).code ?? 'unreadable' },
      cause,
    );
  }
}
