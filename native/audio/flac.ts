/**
 * FLAC by libFLAC (`libflacjs`). Its JavaScript build is the one that starts in Node without fetching anything; around
 * it stands what it does not tell: a length known before decoding, and whether a file without a length is whole.
 * Source of the format: RFC 9639.
 */
import Flac from 'libflacjs/dist/libflac.js';
import { fail, ok, type Result } from '../../contract/result.ts';
import { frameLimit, seconds, tooLong } from './audio-limits.ts';
import { id3SizeBytes } from './detect-format.ts';
import type { StreamAudio } from './mp3.ts';
import { createSampleBuffer } from './sample-buffer.ts';

export interface FlacStreamInfo {
  readonly format: 'flac';
  readonly sampleRateHz: number;
  readonly channelCount: number;
  readonly bitDepth: number;
  /** Samples per channel that the file claims; 0 when its writer did not know. */
  readonly totalSamples: number;
}

interface FlacHeader extends FlacStreamInfo {
  readonly startBytes: number;
  readonly framesOffsetBytes: number;
}

/** What the library's error callback names, by its code. */
export const faultReasons = ['sync', 'header', 'frame-checksum', 'unparseable'] as const;
const lostSync = 0;
/** States of libFLAC's decoder from here on are final: end of stream, or a failure. */
export const endOfStream = 4;
/** Of the other depths (20 bits are one) the library's copy out of its memory loses bytes. */
const bitDepths = [8, 12, 16, 24];

/**
 * Decodes a FLAC file whole: 8, 12, 16 or 24 bits, 1 to 8 channels, samples divided by 2^(bits−1). 'audio-truncated' when
 * it ends inside a frame or before the samples its header counts, 'audio-damaged' when a CRC or the MD5 does not match,
 * 'audio-too-long' before decoding when the header tells the length, else as soon as the limit is passed.
 */
export async function decodeFlac(bytes: Uint8Array, maximumSeconds: number): Promise<Result<StreamAudio>> {
  const parsed = readFlacHeader(bytes);
  if (!parsed.ok) return parsed;
  const header = parsed.value;
  if (!bitDepths.includes(header.bitDepth)) {
    return fail('audio-unsupported', { format: 'flac', reason: 'bit-depth', bitDepth: header.bitDepth });
  }
  const limit = frameLimit(header, maximumSeconds);
  if (!limit.ok) return limit;
  if (header.totalSamples > limit.value) return tooLong(header, header.totalSamples, limit.value);
  await untilReady();
  return decodeFrames(bytes, header, limit.value);
}

/** Reads STREAMINFO and finds the first frame. */
function readFlacHeader(bytes: Uint8Array): Result<FlacHeader> {
  const start = id3SizeBytes(bytes);
  const truncated = () =>
    fail('audio-truncated', { format: 'flac', reason: 'header', sizeBytes: bytes.length });
  if (bytes.length < start + 42) return truncated();
  if ((bytes[start + 4]! & 0x7f) !== 0) return fail('audio-header-missing', { format: 'flac' });
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let offset = start + 4;
  for (let isLast = false; !isLast;) {
    if (offset + 4 > bytes.length) return truncated();
    isLast = (bytes[offset]! & 0x80) !== 0;
    offset += 4 + (view.getUint32(offset) & 0xff_ffff);
  }
  if (offset > bytes.length) return truncated();
  return ok({
    ...readStreamInfo(bytes.subarray(start, start + 42)),
    startBytes: start,
    framesOffsetBytes: offset,
  });
}

/** Reads the STREAMINFO block of the first 42 bytes of a FLAC stream: the mark, a block header and the block. */
export function readStreamInfo(bytes: Uint8Array): FlacStreamInfo {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const packed = view.getUint32(18);
  return {
    format: 'flac',
    sampleRateHz: packed >>> 12,
    channelCount: ((packed >>> 9) & 7) + 1,
    bitDepth: ((packed >>> 4) & 31) + 1,
    totalSamples: (packed & 15) * 2 ** 32 + view.getUint32(22),
  };
}

/** Resolves when libFLAC has started; no other call of it works before. */
export function untilReady(): Promise<void> {
  if (Flac.isReady()) return Promise.resolve();
  return new Promise((resolve) => {
    Flac.on('ready', () => {
      resolve();
    });
  });
}

function decodeFrames(bytes: Uint8Array, header: FlacHeader, limit: number): Result<StreamAudio> {
  const { channelCount, bitDepth, totalSamples } = header;
  const isLengthKnown = totalSamples > 0;
  const end = isLengthKnown ? bytes.length : endOfFrames(bytes);
  const isWhole = isLengthKnown || crc16(bytes, header.framesOffsetBytes, end) === 0;
  const buffer = createSampleBuffer(channelCount, totalSamples);
  const scale = 2 ** (1 - bitDepth);
  let position = header.startBytes;
  let fault: string | undefined;

  const decoder = Flac.create_libflac_decoder(true);
  try {
    Flac.init_decoder_stream(
      decoder,
      (countBytes) => {
        const part = bytes.slice(position, Math.min(end, position + countBytes));
        position += part.length;
        return { buffer: part, readDataLength: part.length, error: fault !== undefined };
      },
      (blocks, frame) => {
        if (frame.channels !== channelCount || frame.bitsPerSample !== bitDepth) fault ??= 'frame-format';
        if (fault !== undefined) return;
        const room = buffer.extend(frame.blocksize);
        blocks.forEach((block, c) => {
          const target = room.channels[c]!;
          const integers = bitDepth === 24 ? new Int32Array(block.buffer) : int16(block);
          for (let i = 0; i < frame.blocksize; i++) target[room.offset + i] = integers[i]! * scale;
        });
      },
      (code) => {
        // Zero padding behind the last frame is no frame either.
        if (code === lostSync && !isLengthKnown && isWhole) return;
        fault ??= faultReasons[code] ?? 'decoder';
      },
    );
    let isRunning = true;
    while (isRunning && fault === undefined && buffer.frameCount() <= limit) {
      isRunning =
        Boolean(Flac.FLAC__stream_decoder_process_single(decoder)) &&
        Flac.FLAC__stream_decoder_get_state(decoder) < endOfStream;
    }
    const frameCount = buffer.frameCount();
    const damaged = (reason: string) => fail('audio-damaged', { ...lengths(header, frameCount), reason });
    if (fault !== undefined) return damaged(fault);
    if (frameCount > limit) return tooLong(header, frameCount, limit);
    if (!isWhole || frameCount < totalSamples) return fail('audio-truncated', lengths(header, frameCount));
    if (frameCount === 0) return fail('audio-empty', { format: 'flac', reason: 'no-samples' });
    if (isLengthKnown && frameCount !== totalSamples) return damaged('length');
    // libFLAC compares the MD5 of all samples with the header's, where there is one, when it is told to finish.
    if (!Flac.FLAC__stream_decoder_finish(decoder)) return damaged('md5');
    return ok({ sampleRateHz: header.sampleRateHz, channels: buffer.finish(), bitDepth });
  } finally {
    Flac.FLAC__stream_decoder_delete(decoder);
  }
}

function int16(block: Uint8Array): Int16Array {
  return new Int16Array(block.buffer, block.byteOffset, block.byteLength >> 1);
}

function lengths(header: FlacHeader, frameCount: number) {
  return {
    format: 'flac',
    decodedSeconds: seconds(frameCount, header),
    ...(header.totalSamples > 0 ? { declaredSeconds: seconds(header.totalSamples, header) } : {}),
  };
}

/** An ID3v1 tag may follow the last frame. */
function endOfFrames(bytes: Uint8Array): number {
  const tag = bytes.length - 128;
  const isTagged = tag > 0 && String.fromCharCode(...bytes.subarray(tag, tag + 3)) === 'TAG';
  return isTagged ? tag : bytes.length;
}

const crcTable = Uint16Array.from({ length: 256 }, (_, index) => {
  let value = index << 8;
  for (let bit = 0; bit < 8; bit++) value = (value & 0x8000) === 0 ? value << 1 : (value << 1) ^ 0x8005;
  return value & 0xffff;
});

/**
 * CRC-16 as at the end of each frame. Over a frame with its own checksum it is 0, so it is 0 over whole frames in a row
 * and not over a last frame that is cut: which libFLAC passes over in silence.
 */
function crc16(bytes: Uint8Array, from: number, to: number): number {
  let crc = 0;
  for (let i = from; i < to; i++) crc = ((crc << 8) & 0xffff) ^ crcTable[(crc >> 8) ^ bytes[i]!]!;
  return crc;
}
