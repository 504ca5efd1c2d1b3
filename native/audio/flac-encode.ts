/** A stored WAV as FLAC, for the way to a registry: 0.3 to 0.7 of the size, and proved to be the same bytes again. */
import Flac from 'libflacjs/dist/libflac.js';
import { fail, ok, type Result } from '../../contract/result.ts';
import { readStoredWav, type StoredWav } from '../../contract/stored-wav.ts';
import { defaultMaximumSeconds, frameLimit, tooLong } from './audio-limits.ts';
import { createEventLoopTurns } from './event-loop-turns.ts';
import { untilReady } from './flac.ts';
import { FlacFailure, flacToWav, type FlacStreamOptions } from './flac-stream.ts';

/** libFLAC's own default. Level 8 takes two to three times as long and saves 1 to 4 % more on speech and vowels. */
const compressionLevel = 5;
/** One FLAC block of this level. */
const sliceSamples = 4096;
/** Pieces in which the encoded file goes through the check. */
const checkedPieceBytes = 64 * 1024;

/**
 * Encodes the bytes of a stored WAV (contract/stored-wav.ts: mono, 16 or 24-bit integers, 8–192 kHz) as FLAC with
 * length and MD5 in its header. The same WAV always gives the same bytes. Before it returns, the result was decoded and
 * compared with `wav` byte by byte, header included, so that `flacToWav` gives the very file again.
 *
 * Works in slices on the caller's thread and lets the event loop turn every 16 384 samples (1 to 2 ms at 16 bits, about
 * 10 ms at 24): a minute at 48 kHz takes 0.3 s in all, 0.7 s at 24 bits: too little for a thread, which would need an entry
 * of its own in each bundle, a copy of the samples and an end of its own. `wav` must not change meanwhile.
 *
 * Refuses what has to travel as WAV: 'audio-unsupported' (`reason`: 'form' where it is no stored WAV, 'bit-depth' for
 * float, 'rate' for rates that FLAC's streamable subset cannot state, such as 96 001 Hz), 'audio-rate-unsupported',
 * 'audio-empty', 'audio-too-long'; 'audio-damaged' (`reason`: 'encoder' or 'verification') when the library failed.
 */
export async function encodeFlac(
  wav: Uint8Array,
  options: FlacStreamOptions = {},
): Promise<Result<Uint8Array>> {
  const read = readEncodable(wav, options.maximumSeconds ?? defaultMaximumSeconds);
  if (!read.ok) return read;
  await untilReady();
  const encoded = await encodeSamples(wav, read.value);
  if (!encoded.ok) return encoded;
  const verified = await verifyFlac(encoded.value, wav, options);
  return verified.ok ? encoded : verified;
}

/** Decodes `flac` and compares it with the WAV it has to stand for: 'audio-damaged' ('verification') when any byte differs. */
export async function verifyFlac(
  flac: Uint8Array,
  wav: Uint8Array,
  options: FlacStreamOptions = {},
): Promise<Result<null>> {
  const differs = (cause?: unknown) =>
    fail('audio-damaged', { format: 'flac', reason: 'verification' }, cause);
  let position = 0;
  try {
    for await (const piece of flacToWav(inPieces(flac), options)) {
      const original = wav.subarray(position, position + piece.length);
      if (Buffer.compare(piece, original) !== 0) return differs();
      position += piece.length;
    }
  } catch (error) {
    if (error instanceof FlacFailure) return differs(error);
    throw error;
  }
  return position === wav.length ? ok(null) : differs();
}

function readEncodable(wav: Uint8Array, maximumSeconds: number): Result<StoredWav> {
  const read = readStoredWav(wav);
  if (!read.ok) return fail('audio-unsupported', { format: 'wav', reason: 'form' });
  const { sampleRateHz, bitDepth, frameCount } = read.value;
  if (bitDepth === 32) return fail('audio-unsupported', { format: 'wav', reason: 'bit-depth', bitDepth });
  const facts = { format: 'wav', sampleRateHz, channelCount: 1 };
  const limit = frameLimit(facts, maximumSeconds);
  if (!limit.ok) return limit;
  if (frameCount === 0) return fail('audio-empty', { format: 'wav', reason: 'no-samples' });
  return frameCount > limit.value ? tooLong(facts, frameCount, limit.value) : read;
}

async function encodeSamples(wav: Uint8Array, form: StoredWav): Promise<Result<Uint8Array>> {
  const { sampleRateHz, bitDepth, frameCount } = form;
  const turns = createEventLoopTurns();
  const parts: Uint8Array[] = [];
  let streamInfo: FinalStreamInfo | undefined;
  const encoder = Flac.create_libflac_encoder(sampleRateHz, 1, bitDepth, compressionLevel, frameCount, false);
  try {
    const status = Flac.init_encoder_stream(
      encoder,
      (part) => {
        parts.push(part);
      },
      (info) => {
        streamInfo = info;
      },
    );
    if (status === notStreamable) {
      return fail('audio-unsupported', { format: 'wav', reason: 'rate', sampleRateHz });
    }
    if (status !== 0) return failed(`status ${String(status)} of init`);
    for (let at = 0; at < frameCount; at += sliceSamples) {
      const slice = integers(wav, form, { from: at, to: Math.min(frameCount, at + sliceSamples) });
      if (!Flac.FLAC__stream_encoder_process_interleaved(encoder, slice, slice.length)) {
        return failed(`state ${String(Flac.FLAC__stream_encoder_get_state(encoder))}`);
      }
      await turns.after(slice.length);
    }
    if (!Flac.FLAC__stream_encoder_finish(encoder) || streamInfo === undefined) return failed('finish');
    const flac = new Uint8Array(Buffer.concat(parts));
    completeStreamInfo(flac, streamInfo, frameCount);
    return ok(flac);
  } finally {
    Flac.FLAC__stream_encoder_delete(encoder);
  }
}

/** The encoder's answer to a rate that a frame header cannot hold. */
const notStreamable = 11;

interface FinalStreamInfo {
  readonly min_framesize: number;
  readonly max_framesize: number;
  /** Hexadecimal. */
  readonly md5sum: string;
}

/**
 * The encoder cannot go back in what it wrote, so that frame sizes, length and MD5, which it knows only at the end, are
 * put into STREAMINFO here.
 */
function completeStreamInfo(flac: Uint8Array, info: FinalStreamInfo, frameCount: number): void {
  const bytes = Buffer.from(flac.buffer, flac.byteOffset, flac.byteLength);
  bytes.writeUIntBE(info.min_framesize, 12, 3);
  bytes.writeUIntBE(info.max_framesize, 15, 3);
  bytes[21] = (bytes[21]! & 0xf0) | Math.floor(frameCount / 2 ** 32);
  bytes.writeUInt32BE(frameCount % 2 ** 32, 22);
  bytes.write(info.md5sum, 26, 'hex');
}

function integers(
  wav: Uint8Array,
  form: StoredWav,
  part: { readonly from: number; readonly to: number },
): Int32Array<ArrayBuffer> {
  const bytesPerSample = form.bitDepth / 8;
  const view = new DataView(wav.buffer, wav.byteOffset + form.dataOffsetBytes, form.dataSizeBytes);
  const samples = new Int32Array(part.to - part.from);
  for (let i = 0; i < samples.length; i++) {
    const at = (part.from + i) * bytesPerSample;
    samples[i] =
      bytesPerSample === 2
        ? view.getInt16(at, true)
        : view.getUint16(at, true) | (view.getInt8(at + 2) << 16);
  }
  return samples;
}

function failed(cause: string) {
  return fail('audio-damaged', { format: 'flac', reason: 'encoder' }, cause);
}

async function* inPieces(bytes: Uint8Array): AsyncGenerator<Uint8Array, void> {
  for (let at = 0; at < bytes.length; at += checkedPieceBytes) {
    yield bytes.subarray(at, at + checkedPieceBytes);
  }
}
