/**
 * FLAC back to the WAV that it was made from, in pieces: what a registry does with an upload. Only what `encodeFlac` can
 * have written is taken: mono, 16 or 24 bits, with the number of samples and the MD5 in its header. `decodeFlac` is for
 * files from elsewhere. Source of the format: RFC 9639.
 */
import Flac from 'libflacjs/dist/libflac.js';
import { fail, type Problem } from '../../contract/result.ts';
import { wavHeader, wavSizeBytes, type WavFormat } from '../../contract/stored-wav.ts';
import { defaultMaximumSeconds, frameLimit, seconds, tooLong } from './audio-limits.ts';
import { createChunkQueue, type ChunkQueue } from './chunk-queue.ts';
import { createEventLoopTurns } from './event-loop-turns.ts';
import { endOfStream, faultReasons, readStreamInfo, untilReady } from './flac.ts';

export interface FlacStreamOptions {
  /** Longest duration that is taken, in seconds; 1200 by default. A few kilobytes of FLAC can hold hours of silence. */
  readonly maximumSeconds?: number;
}

export interface FlacStream {
  /** As the header says; `pcm` fails when the frames say anything else. */
  readonly format: WavFormat;
  /**
   * Mono little-endian integers of `format.bitDepth` bits, one piece per frame of at most 65 535 samples. Whole and
   * unaltered only when it ends without throwing: the MD5 of all samples is compared at the end.
   */
  readonly pcm: AsyncIterable<Uint8Array>;
  /** Frees what is held and tells the source that no more is wanted; harmless after the end. */
  readonly close: () => Promise<void>;
}

/** What is wrong with the bytes of a stream, thrown where the stream is read. */
export class FlacFailure extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(`the FLAC stream cannot be decoded: ${problem.code}`, { cause: problem.cause });
    this.name = 'FlacFailure';
    this.problem = problem;
  }
}

const startBytes = 42;
/** A block header's first byte: STREAMINFO (0), and no other block behind it. */
const lastMetadataBlock = 0x80;
/** What may stand between STREAMINFO and the frames: names, pictures, room. The encoder writes 40 bytes. */
const maximumMetadataBytes = 1024 * 1024;
/** Beyond its samples, a frame holds headers and a checksum; an inefficient writer gets some room on top. */
const frameSlackBytes = 16 * 1024;
/** A frame costs about as much as this many samples, so that a stream of tiny frames shares the event loop too. */
const frameCostSamples = 1024;

/**
 * The WAV file that `encodeFlac` was given, byte for byte, in pieces: the header first, then a piece per frame. Memory
 * holds the chunk that came last and at most one frame (some 400 KiB), whatever the file's length; the event loop gets
 * a turn every 16 384 samples. Whatever follows the last of the samples that the header counts is not read.
 *
 * Throws FlacFailure, of which `problem.code` is 'audio-not-recognised' (no FLAC), 'audio-unsupported' (`reason`:
 * 'channels', 'bit-depth', 'length-unknown', 'no-md5'), 'audio-rate-unsupported', 'audio-too-long' (by the header,
 * before anything is decoded), 'audio-truncated' or 'audio-damaged' (`reason`: 'sync', 'header', 'frame-checksum',
 * 'unparseable', 'frame-format', 'frame-size', 'metadata', 'length', 'md5', 'decoder'). What `chunks` throws is thrown
 * on. Damage may show as late as after the last piece: only a sequence that ended without throwing is the file.
 */
export async function* flacToWav(
  chunks: AsyncIterable<Uint8Array>,
  options: FlacStreamOptions = {},
): AsyncGenerator<Uint8Array, void> {
  const { format, pcm, close } = await decodeFlacStream(chunks, options);
  try {
    const header = wavHeader(format);
    yield header;
    yield* pcm;
    const dataBytes = format.frameCount * (format.bitDepth / 8);
    const padding = wavSizeBytes(format) - header.length - dataBytes;
    if (padding > 0) yield new Uint8Array(padding);
  } finally {
    await close();
  }
}

/**
 * Reads the header of a FLAC stream and leaves its samples to be read, with the limits and failures of `flacToWav`: of
 * the header here, of the frames from `pcm`. A caller that may not read `pcm` to its end calls `close`.
 */
export async function decodeFlacStream(
  chunks: AsyncIterable<Uint8Array>,
  options: FlacStreamOptions = {},
): Promise<FlacStream> {
  const input = createChunkQueue(chunks);
  try {
    const start = await readStart(input);
    const format = checkedFormat(start, options.maximumSeconds ?? defaultMaximumSeconds);
    if (start[4]! < lastMetadataBlock) await skipMetadata(input);
    const pcm = decodeFrames({ input, start, format });
    const close = async () => {
      await pcm.return();
      await input.close();
    };
    return { format, pcm, close };
  } catch (error) {
    await input.close();
    throw error;
  }
}

async function readStart(input: ChunkQueue): Promise<Uint8Array> {
  await input.fill(startBytes);
  const start = input.take(startBytes);
  const mark = [0x66, 0x4c, 0x61, 0x43];
  if (mark.some((byte, index) => index < start.length && start[index] !== byte)) {
    throw failure('audio-not-recognised', { sizeBytes: start.length });
  }
  if (start.length < startBytes) {
    throw failure('audio-truncated', { format: 'flac', reason: 'header', sizeBytes: start.length });
  }
  const blockBytes = (start[5]! << 16) | (start[6]! << 8) | start[7]!;
  if ((start[4]! & 0x7f) !== 0 || blockBytes !== 34) throw damaged('metadata');
  return start;
}

function checkedFormat(start: Uint8Array, maximumSeconds: number): WavFormat {
  const info = readStreamInfo(start);
  const { sampleRateHz, bitDepth, channelCount, totalSamples } = info;
  if (channelCount !== 1) {
    throw failure('audio-unsupported', { format: 'flac', reason: 'channels', channels: channelCount });
  }
  if (bitDepth !== 16 && bitDepth !== 24) {
    throw failure('audio-unsupported', { format: 'flac', reason: 'bit-depth', bitDepth });
  }
  const limit = frameLimit(info, maximumSeconds);
  if (!limit.ok) throw new FlacFailure(limit.problem);
  if (totalSamples > limit.value) throw new FlacFailure(tooLong(info, totalSamples, limit.value).problem);
  if (totalSamples === 0) throw failure('audio-unsupported', { format: 'flac', reason: 'length-unknown' });
  if (start.subarray(26, startBytes).every((byte) => byte === 0)) {
    throw failure('audio-unsupported', { format: 'flac', reason: 'no-md5' });
  }
  return { sampleRateHz, bitDepth, frameCount: totalSamples };
}

/** Passes over the blocks between STREAMINFO and the first frame, a chunk at a time. */
async function skipMetadata(input: ChunkQueue): Promise<void> {
  let skippedBytes = 0;
  for (let isLast = false; !isLast;) {
    await input.fill(4);
    const head = input.take(4);
    if (head.length < 4) throw failure('audio-truncated', { format: 'flac', reason: 'header' });
    isLast = (head[0]! & 0x80) !== 0;
    let leftBytes = (head[1]! << 16) | (head[2]! << 8) | head[3]!;
    skippedBytes += 4 + leftBytes;
    if (skippedBytes > maximumMetadataBytes) throw damaged('metadata');
    while (leftBytes > 0) {
      await input.fill(1);
      const part = input.take(leftBytes);
      if (part.length === 0) throw failure('audio-truncated', { format: 'flac', reason: 'header' });
      leftBytes -= part.length;
    }
  }
}

/**
 * libFLAC asks for bytes synchronously, so before each frame as many are fetched as any frame of this stream can have.
 * It sees STREAMINFO and frames only: the blocks between them are passed over before.
 */
async function* decodeFrames(stream: {
  readonly input: ChunkQueue;
  readonly start: Uint8Array;
  readonly format: WavFormat;
}): AsyncGenerator<Uint8Array, void> {
  const { input, start, format } = stream;
  const turns = createEventLoopTurns();
  const blockSamples = (start[10]! << 8) | start[11]!;
  const frameBytes = Math.ceil((blockSamples * (format.bitDepth + 1)) / 8) + frameSlackBytes;
  let frames: Uint8Array[] = [];
  let decodedSamples = 0;
  let fault: string | undefined;

  try {
    input.putBack(start.with(4, lastMetadataBlock));
    await untilReady();
    const decoder = Flac.create_libflac_decoder(true);
    try {
      const status = Flac.init_decoder_stream(
        decoder,
        (countBytes) => {
          const part = input.take(countBytes);
          if (part.length === 0 && !input.isEnded()) fault ??= 'frame-size';
          return { buffer: part, readDataLength: part.length, error: fault !== undefined };
        },
        ([block], frame) => {
          if (
            block === undefined ||
            frame.channels !== 1 ||
            frame.bitsPerSample !== format.bitDepth ||
            frame.sampleRate !== format.sampleRateHz
          ) {
            fault ??= 'frame-format';
            return;
          }
          decodedSamples += frame.blocksize;
          frames.push(format.bitDepth === 24 ? packed24(block, frame.blocksize) : block);
        },
        (code) => {
          fault ??= faultReasons[code] ?? 'decoder';
        },
      );
      if (status !== 0) throw new Error(`libFLAC's decoder did not start: status ${String(status)}`);
      while (decodedSamples < format.frameCount) {
        await input.fill(frameBytes);
        const samplesBefore = decodedSamples;
        const isRunning = decodeNext(decoder);
        if (fault !== undefined) throw damaged(fault, format, decodedSamples);
        if (decodedSamples > format.frameCount) throw damaged('length', format, decodedSamples);
        if (!isRunning && decodedSamples < format.frameCount) {
          throw failure('audio-truncated', lengths(format, decodedSamples));
        }
        const ready = frames;
        frames = [];
        yield* ready;
        await turns.after(decodedSamples - samplesBefore + frameCostSamples);
      }
      // libFLAC compares the MD5 of all samples with the header's when it is told to finish.
      if (!Flac.FLAC__stream_decoder_finish(decoder)) throw damaged('md5', format, decodedSamples);
    } finally {
      Flac.FLAC__stream_decoder_delete(decoder);
    }
  } finally {
    await input.close();
  }
}

/** Decodes the next block or frame; false when there is none. */
function decodeNext(decoder: number): boolean {
  try {
    return (
      Boolean(Flac.FLAC__stream_decoder_process_single(decoder)) &&
      Flac.FLAC__stream_decoder_get_state(decoder) < endOfStream
    );
  } catch (cause) {
    throw new FlacFailure(fail('audio-damaged', { format: 'flac', reason: 'decoder' }, cause).problem);
  }
}

/** The lower three bytes of each 32-bit integer. */
function packed24(block: Uint8Array, samples: number): Uint8Array {
  const packed = new Uint8Array(samples * 3);
  for (let i = 0; i < samples; i++) {
    packed[i * 3] = block[i * 4]!;
    packed[i * 3 + 1] = block[i * 4 + 1]!;
    packed[i * 3 + 2] = block[i * 4 + 2]!;
  }
  return packed;
}

function damaged(reason: string, format?: WavFormat, decodedSamples = 0): FlacFailure {
  const facts = format === undefined ? { format: 'flac' } : lengths(format, decodedSamples);
  return failure('audio-damaged', { ...facts, reason });
}

function failure(...problem: Parameters<typeof fail>): FlacFailure {
  return new FlacFailure(fail(...problem).problem);
}

function lengths(format: WavFormat, decodedSamples: number) {
  const facts = { format: 'flac', sampleRateHz: format.sampleRateHz, channelCount: 1 };
  return {
    format: 'flac',
    decodedSeconds: seconds(decodedSamples, facts),
    declaredSeconds: seconds(format.frameCount, facts),
  };
}
