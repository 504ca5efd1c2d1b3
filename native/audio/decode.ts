import { fail, ok, type Result } from '../../contract/result.ts';
import { defaultMaximumSeconds, frameLimit, maximumFileBytes, tooLong } from './audio-limits.ts';
import { detectFormat, type AudioFormat } from './detect-format.ts';
import { decodeFlac } from './flac.ts';
import { decodeMp3, type StreamAudio } from './mp3.ts';
import { decodeOgg } from './ogg.ts';
import { readWav, readWavHeader, type WavHeader } from './wav.ts';

export interface DecodedAudio {
  readonly sampleRateHz: number;
  /** One array per channel, all of `frameCount` samples, nominal range −1..1. */
  readonly channels: Float32Array[];
  readonly frameCount: number;
  readonly sourceFormat: AudioFormat;
  /** Bits per sample of a lossless source; null for MP3 and Ogg Vorbis, which have none. */
  readonly sourceBitDepth: number | null;
  readonly sourceIsFloat: boolean;
}

export interface DecodeOptions {
  /** Longest duration that is decoded, in seconds; 1200 by default. */
  readonly maximumSeconds?: number;
}

/**
 * Decodes a whole WAV, FLAC, MP3 or Ogg Vorbis file, told apart by content. All samples come back, or one problem:
 * 'audio-empty', 'audio-not-recognised', 'audio-unsupported', 'audio-header-missing', 'audio-rate-unsupported',
 * 'audio-truncated', 'audio-damaged', 'audio-not-finite', 'audio-too-long' (`seconds`, `maximumSeconds`; noticed from
 * headers, before memory is taken) or 'too-large' (`sizeBytes`, `maximumBytes`).
 */
export async function decodeAudio(
  bytes: Uint8Array,
  options: DecodeOptions = {},
): Promise<Result<DecodedAudio>> {
  const maximumSeconds = options.maximumSeconds ?? defaultMaximumSeconds;
  const format = detectFormat(bytes);
  if (!format.ok) return format;
  const head = checkAudioHead({ head: bytes, sizeBytes: bytes.length }, options);
  if (!head.ok) return head;
  if (format.value === 'wav') return decodeWav(bytes);
  const decoded = await decodeStream(format.value, bytes, maximumSeconds);
  if (!decoded.ok) return decoded;
  const { sampleRateHz, channels, bitDepth } = decoded.value;
  const frameCount = channels[0]!.length;
  if (frameCount === 0) return fail('audio-empty', { format: format.value, reason: 'no-samples' });
  for (const channel of channels) {
    const index = channel.findIndex((value) => !Number.isFinite(value));
    if (index >= 0) return fail('audio-not-finite', { format: format.value, seconds: index / sampleRateHz });
  }
  return ok({
    sampleRateHz,
    channels,
    frameCount,
    sourceFormat: format.value,
    sourceBitDepth: bitDepth,
    sourceIsFloat: false,
  });
}

/**
 * Judges a file by its beginning (64 KiB are plenty) and its size, before the rest is read into memory. Says no only
 * when that is certain ('audio-empty', 'audio-not-recognised', 'audio-rate-unsupported', 'audio-too-long' for WAV,
 * 'too-large'); whatever passes still has to pass `decodeAudio`.
 */
export function checkAudioHead(
  file: { readonly head: Uint8Array; readonly sizeBytes: number },
  options: DecodeOptions = {},
): Result<null> {
  const format = detectFormat(file.head);
  if (!format.ok) return format;
  if (format.value === 'wav') {
    const header = readWavHeader(file.head, file.sizeBytes);
    const length = header.ok ? checkWavLength(header.value, options) : ok(null);
    if (!length.ok) return length;
  }
  return checkFileSize(file.sizeBytes);
}

function checkFileSize(sizeBytes: number): Result<null> {
  if (sizeBytes <= maximumFileBytes) return ok(null);
  return fail('too-large', { sizeBytes, maximumBytes: maximumFileBytes });
}

function checkWavLength(header: WavHeader, options: DecodeOptions): Result<null> {
  const source = { format: 'wav', ...header };
  const limit = frameLimit(source, options.maximumSeconds ?? defaultMaximumSeconds);
  if (!limit.ok) return limit;
  return header.frameCount > limit.value ? tooLong(source, header.frameCount, limit.value) : ok(null);
}

const streamDecoders = { flac: decodeFlac, mp3: decodeMp3, ogg: decodeOgg } as const;

async function decodeStream(
  format: keyof typeof streamDecoders,
  bytes: Uint8Array,
  maximumSeconds: number,
): Promise<Result<StreamAudio>> {
  try {
    return await streamDecoders[format](bytes, maximumSeconds);
  } catch (cause) {
    // The compiled decoders throw on streams that contradict themselves beyond what the walk before them checks.
    return fail('audio-damaged', { format, reason: 'decoder' }, cause);
  }
}

function decodeWav(bytes: Uint8Array): Result<DecodedAudio> {
  const read = readWav(bytes);
  if (!read.ok) return read;
  const { header, channels } = read.value;
  return ok({
    sampleRateHz: header.sampleRateHz,
    channels,
    frameCount: header.frameCount,
    sourceFormat: 'wav',
    sourceBitDepth: header.bitDepth,
    sourceIsFloat: header.isFloat,
  });
}
