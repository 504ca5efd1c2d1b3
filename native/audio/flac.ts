/**
 * FLAC, decoded here rather than by a library: it gives the very integers, their depth, and every check the format
 * has (frame CRCs, length and MD5 of the whole), which the WASM wrappers swallow. Source: RFC 9639.
 */
import { createHash } from 'node:crypto';
import { fail, ok, type Result } from '../../contract/result.ts';
import { frameLimit, seconds, tooLong } from './audio-limits.ts';
import { BitReader, EndOfBits } from './bit-reader.ts';
import { id3SizeBytes } from './detect-format.ts';
import { FlacFault, readFlacFrame, type FlacStreamFormat } from './flac-frame.ts';
import type { StreamAudio } from './mp3.ts';
import { createSampleBuffer } from './sample-buffer.ts';

interface FlacHeader extends FlacStreamFormat {
  readonly format: 'flac';
  /** Samples per channel that the file claims; 0 when its writer did not know. */
  readonly totalSamples: number;
  /** MD5 of the samples as little-endian integers, in hexadecimal; undefined when its writer did not know. */
  readonly md5: string | undefined;
  readonly framesOffsetBytes: number;
}

/** Encoded samples are never longer than this per frame and channel. */
const maximumBlockSize = 65_536;

/**
 * Decodes a FLAC file whole: 4 to 24 bits, 1 to 8 channels, samples divided by 2^(bits−1). 'audio-truncated' when it
 * ends inside a frame or before the samples its header counts, 'audio-damaged' when a CRC or the MD5 does not match,
 * 'audio-too-long' before decoding when the header tells the length, else as soon as the limit is passed.
 */
export function decodeFlac(bytes: Uint8Array, maximumSeconds: number): Result<StreamAudio> {
  const parsed = readFlacHeader(bytes);
  if (!parsed.ok) return parsed;
  const header = parsed.value;
  if (header.bitDepth > 24) {
    return fail('audio-unsupported', { format: 'flac', reason: 'bit-depth', bitDepth: header.bitDepth });
  }
  const limit = frameLimit(header, maximumSeconds);
  if (!limit.ok) return limit;
  if (header.totalSamples > limit.value) return tooLong(header, header.totalSamples, limit.value);
  return decodeFrames(bytes, header, limit.value);
}

/** Reads STREAMINFO and finds the first frame. */
function readFlacHeader(bytes: Uint8Array): Result<FlacHeader> {
  const start = id3SizeBytes(bytes);
  const truncated = () =>
    fail('audio-truncated', { format: 'flac', reason: 'header', sizeBytes: bytes.length });
  if (bytes.length < start + 42) return truncated();
  if ((bytes[start + 4]! & 0x7f) !== 0) return fail('audio-header-missing', { format: 'flac' });
  const info = new BitReader(bytes, start + 18);
  const sampleRateHz = info.unsigned(20);
  const channelCount = info.unsigned(3) + 1;
  const bitDepth = info.unsigned(5) + 1;
  const totalSamples = info.unsigned(4) * 2 ** 32 + info.unsigned(32);
  const md5 = Buffer.from(bytes.subarray(start + 26, start + 42)).toString('hex');

  let offset = start + 4;
  for (let isLast = false; !isLast;) {
    if (offset + 4 > bytes.length) return truncated();
    isLast = (bytes[offset]! & 0x80) !== 0;
    offset += 4 + (bytes[offset + 1]! << 16) + (bytes[offset + 2]! << 8) + bytes[offset + 3]!;
  }
  return ok({
    format: 'flac',
    sampleRateHz,
    channelCount,
    bitDepth,
    totalSamples,
    md5: /^0+$/.test(md5) ? undefined : md5,
    framesOffsetBytes: offset,
  });
}

function decodeFrames(bytes: Uint8Array, header: FlacHeader, limit: number): Result<StreamAudio> {
  const { channelCount, bitDepth, totalSamples } = header;
  const reader = new BitReader(bytes, header.framesOffsetBytes);
  const block = Array.from({ length: channelCount }, () => new Int32Array(maximumBlockSize));
  const buffer = createSampleBuffer(channelCount, totalSamples);
  const hash = createHash('md5');
  const scale = 2 ** (1 - bitDepth);
  const isWanted = () =>
    totalSamples > 0 ? buffer.frameCount() < totalSamples : !isAtEnd(bytes, reader.offsetBytes);
  while (isWanted()) {
    let blockSize: number;
    try {
      blockSize = readFlacFrame(reader, header, block).blockSize;
    } catch (cause) {
      if (cause instanceof EndOfBits) return fail('audio-truncated', lengths(header, buffer.frameCount()));
      if (cause instanceof FlacFault) {
        const details = { ...lengths(header, buffer.frameCount()), reason: cause.message };
        return fail('audio-damaged', details, cause);
      }
      throw cause;
    }
    if (buffer.frameCount() + blockSize > limit)
      return tooLong(header, buffer.frameCount() + blockSize, limit);
    const room = buffer.extend(blockSize);
    for (let c = 0; c < channelCount; c++) {
      const source = block[c]!;
      const target = room.channels[c]!;
      for (let i = 0; i < blockSize; i++) target[room.offset + i] = source[i]! * scale;
    }
    if (header.md5 !== undefined) hash.update(interleave(block, blockSize, bitDepth));
  }
  const frameCount = buffer.frameCount();
  if (frameCount === 0) return fail('audio-empty', { format: 'flac', reason: 'no-samples' });
  if (totalSamples > 0 && frameCount !== totalSamples) {
    return fail('audio-damaged', { ...lengths(header, frameCount), reason: 'length' });
  }
  if (header.md5 !== undefined && hash.digest('hex') !== header.md5) {
    return fail('audio-damaged', { ...lengths(header, frameCount), reason: 'md5' });
  }
  return ok({ sampleRateHz: header.sampleRateHz, channels: buffer.finish(), bitDepth });
}

function lengths(header: FlacHeader, frameCount: number) {
  return {
    format: 'flac',
    decodedSeconds: seconds(frameCount, header),
    ...(header.totalSamples > 0 ? { declaredSeconds: seconds(header.totalSamples, header) } : {}),
  };
}

/** An ID3v1 tag or zero padding may follow the last frame. */
function isAtEnd(bytes: Uint8Array, offset: number): boolean {
  if (bytes.length - offset === 128 && String.fromCharCode(...bytes.subarray(offset, offset + 3)) === 'TAG')
    return true;
  for (let i = offset; i < bytes.length; i++) if (bytes[i] !== 0) return false;
  return true;
}

function interleave(block: readonly Int32Array[], blockSize: number, bitDepth: number): Uint8Array {
  const sampleBytes = Math.ceil(bitDepth / 8);
  const bytes = new Uint8Array(blockSize * block.length * sampleBytes);
  let offset = 0;
  for (let i = 0; i < blockSize; i++) {
    for (const channel of block) {
      const value = channel[i]!;
      for (let b = 0; b < sampleBytes; b++) bytes[offset++] = value >> (8 * b);
    }
  }
  return bytes;
}
