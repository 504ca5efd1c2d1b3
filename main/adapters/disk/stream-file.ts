/** A take while it is recorded: a file of encrypted chunks that only grows. */
import { fail, ok, type Result } from '../../../contract/result.ts';
import {
  encodeChunk,
  fileHeaderBytes,
  frameHeaderBytes,
  frameMarker,
  frameOverheadBytes,
  readChunk,
  readFileHeader,
  readFrameHeader,
  type StoredChunk,
} from '../../core/recording-frames.ts';
import { acceptChunk, emptyStream, type StreamState } from '../../core/recording-stream.ts';
import type { OpenFile } from './files.ts';
import { frameCipher, type FrameCipher } from './frame-cipher.ts';

export interface StreamFile {
  readonly file: OpenFile;
  readonly cipher: FrameCipher;
  readonly sampleRateHz: number;
  state: StreamState;
  /** Frames of the file; the next one's index. */
  frameCount: number;
  sizeBytes: number;
}

/**
 * Reads a stream from its beginning. What follows the last whole frame is a write that a crash cut short: it was
 * never acknowledged and is left out (`sizeBytes` ends before it). `take-damaged`: a broken frame has sound ones
 * after it, so it was whole once. `take-empty`: not even a header is there.
 */
export async function readStream(
  file: OpenFile,
  options: { readonly takeId: string; readonly key: Uint8Array },
): Promise<Result<StreamFile>> {
  const header = await file.read(0, fileHeaderBytes);
  if (header.length < fileHeaderBytes) return fail('take-empty', { reason: 'header' });
  const parsed = readFileHeader(header, { kind: 'stream', id: options.takeId });
  if (!parsed.ok) return parsed;
  const cipher = frameCipher(options.key, parsed.value);
  const { sampleRateHz } = parsed.value;
  const stream: StreamFile = {
    file,
    cipher,
    sampleRateHz,
    state: emptyStream,
    frameCount: 0,
    sizeBytes: fileHeaderBytes,
  };
  for await (const chunk of chunksOf(stream)) {
    const next = acceptChunk(stream.state, { ...chunk, sizeBytes: chunk.pcm.length });
    if (!next.ok || next.value === stream.state) return fail('take-damaged', { reason: 'chunk-order' });
    stream.state = next.value;
    stream.frameCount += 1;
    stream.sizeBytes += chunk.sizeBytes;
  }
  if (await hasFrameBeyond(stream)) return fail('take-damaged', { frame: stream.frameCount });
  return ok(stream);
}

/** The chunks in order, with each one's size in the file; ends at the first frame that is not whole and sound. */
export async function* chunksOf(
  stream: Pick<StreamFile, 'file' | 'cipher'>,
): AsyncGenerator<StoredChunk & { readonly sizeBytes: number }> {
  let offset = fileHeaderBytes;
  const fileSize = await stream.file.size();
  for (let index = 0; ; index += 1) {
    const header = readFrameHeader(await stream.file.read(offset, frameHeaderBytes));
    if (header === undefined) return;
    const sizeBytes = frameOverheadBytes + header.length;
    if (offset + sizeBytes > fileSize) return;
    const content = stream.cipher.open(index, await stream.file.read(offset, sizeBytes));
    const chunk = content === undefined ? undefined : readChunk(content);
    if (chunk === undefined) return;
    yield { ...chunk, sizeBytes };
    offset += sizeBytes;
  }
}

/** Writes the chunk and returns when it is on the disk; a failed write leaves the stream as it was. */
export async function appendChunk(stream: StreamFile, chunk: StoredChunk, next: StreamState): Promise<void> {
  const frame = stream.cipher.seal(stream.frameCount, encodeChunk(chunk));
  // What a crash cut short is only removed where something is written in its place.
  if ((await stream.file.size()) > stream.sizeBytes) await stream.file.truncate(stream.sizeBytes);
  try {
    await stream.file.write(stream.sizeBytes, frame);
    await stream.file.sync();
  } catch (error) {
    await stream.file.truncate(stream.sizeBytes).catch(() => undefined);
    throw error;
  }
  stream.state = next;
  stream.frameCount += 1;
  stream.sizeBytes += frame.length;
}

/** Looks for any later frame that is sound, byte by byte: only then was the one at the end whole once. */
async function hasFrameBeyond(stream: StreamFile): Promise<boolean> {
  const rest = await stream.file.read(
    stream.sizeBytes,
    Math.max(0, (await stream.file.size()) - stream.sizeBytes),
  );
  for (let at = rest.indexOf(frameMarker, 1); at !== -1; at = rest.indexOf(frameMarker, at + 1)) {
    const header = readFrameHeader(rest.subarray(at));
    if (header === undefined || header.index <= stream.frameCount) continue;
    const frame = rest.subarray(at, at + frameOverheadBytes + header.length);
    if (stream.cipher.open(header.index, frame) !== undefined) return true;
  }
  return false;
}
