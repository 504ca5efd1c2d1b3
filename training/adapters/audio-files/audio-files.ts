import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fail, ok, type Result } from '../../../contract/result.ts';
import { decodeAudio } from '../../../native/audio/decode.ts';
import { mixToMono } from '../../../native/audio/mix.ts';
import { resample } from '../../../native/audio/resample.ts';
import { encodeWav } from '../../../native/audio/wav.ts';
import type { AudioRecording, Recordings } from '../../ports/recordings.ts';

/** Recordings on disk; relative paths start at `folder`. */
export function audioFiles(folder: string): Recordings {
  return {
    read: (path) => readRecording(resolve(folder, path)),
    decode,
    encodeWav: (samples, sampleRateHz) => encodeWav({ samples, sampleRateHz, bitDepth: 16 }),
    resample,
  };
}

async function readRecording(file: string): Promise<Result<AudioRecording>> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(file);
  } catch (cause) {
    return fail(
      'audio-file-missing',
      { reason: (cause as NodeJS.ErrnoException).code ?? 'unreadable' },
      cause,
    );
  }
  return decode(bytes);
}

async function decode(bytes: Uint8Array): Promise<Result<AudioRecording>> {
  const decoded = await decodeAudio(bytes);
  if (!decoded.ok) return decoded;
  const { sampleRateHz, channels, sourceFormat, sourceBitDepth, sourceIsFloat } = decoded.value;
  const samples = mixToMono(channels);
  const resolution = sourceBitDepth === null ? '' : ` ${sourceBitDepth} bit${sourceIsFloat ? ' float' : ''}`;
  return ok({
    samples,
    sampleRateHz,
    audioSha256: sha256OfAudio(samples, sampleRateHz),
    source: `${sourceFormat} ${sampleRateHz} Hz${resolution}`,
  });
}

function sha256OfAudio(samples: Float32Array, sampleRateHz: number): string {
  return createHash('sha256')
    .update(`${sampleRateHz} `)
    .update(new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength))
    .digest('hex');
}
