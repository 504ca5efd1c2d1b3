/**
 * Layout of the encrypted audio files: a header, then frames. A frame is `marker u32, index u32, length u32, nonce
 * 12 bytes, ciphertext, tag 16 bytes` (little-endian); what is authenticated with it binds it to its file and place:
 * the file's header (kind, id) and the frame's own marker, index and length. Encryption itself is not done here.
 */
import { fail, ok, type Result } from '../../contract/result.ts';

export const fileHeaderBytes = 32;
export const frameHeaderBytes = 24;
export const nonceBytes = 12;
export const tagBytes = 16;
/** A frame's size on disk less its content. */
export const frameOverheadBytes = frameHeaderBytes + tagBytes;
/** Content of every frame of a finished file but the first (its facts) and the last. */
export const wavFrameBytes = 65_536;
const chunkHeaderBytes = 12;
const boundBytes = 12;

/** `stream`: chunks as they came; `wav`: facts, then the WAV; `staged`: bytes on their way in. */
export type RecordingKind = 'stream' | 'wav' | 'staged';
const kinds: readonly RecordingKind[] = ['stream', 'wav', 'staged'];
const magic = [0x53, 0x50, 0x49, 0x52, 0x41, 0x52, 0x45, 0x43];
const formatVersion = 1;

export interface FileHeader {
  readonly kind: RecordingKind;
  /** UUID of the take or import. */
  readonly id: string;
  /** Of a stream; 0 elsewhere. */
  readonly sampleRateHz: number;
}

export function encodeFileHeader(header: FileHeader): Uint8Array {
  const bytes = new Uint8Array(fileHeaderBytes);
  const view = new DataView(bytes.buffer);
  bytes.set(magic);
  view.setUint16(8, formatVersion, true);
  view.setUint8(10, kinds.indexOf(header.kind) + 1);
  view.setUint32(12, header.sampleRateHz, true);
  bytes.set(idBytes(header.id), 16);
  return bytes;
}

/** `take-damaged` (`reason`) where it is not the header that this kind and id have. */
export function readFileHeader(
  bytes: Uint8Array,
  expected: Pick<FileHeader, 'kind' | 'id'>,
): Result<FileHeader> {
  if (bytes.length < fileHeaderBytes) return fail('take-damaged', { reason: 'file-header' });
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const header = { ...expected, sampleRateHz: view.getUint32(12, true) };
  const rebuilt = encodeFileHeader(header);
  return rebuilt.every((byte, index) => byte === bytes[index])
    ? ok(header)
    : fail('take-damaged', { reason: 'file-header' });
}

/** "FRAM": where a reader that lost its place finds the next frame. */
export const frameMarker = Uint8Array.from([0x46, 0x52, 0x41, 0x4d]);

export interface FrameHeader {
  readonly index: number;
  /** Of the content, bytes. */
  readonly length: number;
  readonly nonce: Uint8Array;
}

export function encodeFrameHeader(header: FrameHeader): Uint8Array {
  const bytes = new Uint8Array(frameHeaderBytes);
  const view = new DataView(bytes.buffer);
  bytes.set(frameMarker);
  view.setUint32(4, header.index, true);
  view.setUint32(8, header.length, true);
  bytes.set(header.nonce, 12);
  return bytes;
}

/** Undefined where no frame header stands. */
export function readFrameHeader(bytes: Uint8Array): FrameHeader | undefined {
  if (bytes.length < frameHeaderBytes || frameMarker.some((byte, index) => byte !== bytes[index])) {
    return undefined;
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    index: view.getUint32(4, true),
    length: view.getUint32(8, true),
    nonce: bytes.slice(12, frameHeaderBytes),
  };
}

/** What the cipher authenticates beside the content: a frame is worth nothing in another file or place. */
export function boundTo(fileHeader: Uint8Array, frameHeader: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(fileHeaderBytes + boundBytes);
  bytes.set(fileHeader.subarray(0, fileHeaderBytes));
  bytes.set(frameHeader.subarray(0, boundBytes), fileHeaderBytes);
  return bytes;
}

export interface StoredChunk {
  readonly sequence: number;
  readonly firstFrame: number;
  readonly pcm: Uint8Array;
}

/** A chunk as the content of a stream's frame: `sequence u32, firstFrame f64, pcm`. */
export function encodeChunk(chunk: StoredChunk): Uint8Array {
  const bytes = new Uint8Array(chunkHeaderBytes + chunk.pcm.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, chunk.sequence, true);
  view.setFloat64(4, chunk.firstFrame, true);
  bytes.set(chunk.pcm, chunkHeaderBytes);
  return bytes;
}

export function readChunk(bytes: Uint8Array): StoredChunk | undefined {
  if (bytes.length < chunkHeaderBytes) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    sequence: view.getUint32(0, true),
    firstFrame: view.getFloat64(4, true),
    pcm: bytes.subarray(chunkHeaderBytes),
  };
}

/** Where frame `index` of a finished file begins; frame 0 holds the facts, `factsBytes` long. */
export function wavFrameOffset(index: number, factsBytes: number): number {
  if (index === 0) return fileHeaderBytes;
  const firstWavFrame = fileHeaderBytes + frameOverheadBytes + factsBytes;
  return firstWavFrame + (index - 1) * (wavFrameBytes + frameOverheadBytes);
}

/** Size of a finished file that holds a WAV of `wavBytes`. */
export function wavFileSizeBytes(wavBytes: number, factsBytes: number): number {
  const frames = Math.ceil(wavBytes / wavFrameBytes);
  return fileHeaderBytes + frameOverheadBytes + factsBytes + wavBytes + frames * frameOverheadBytes;
}

function idBytes(id: string): Uint8Array {
  const hex = id.replaceAll('-', '');
  if (!/^[0-9a-f]{32}$/u.test(hex)) throw new RangeError('not a UUID');
  return Uint8Array.from({ length: 16 }, (_, index) =>
    Number.parseInt(hex.slice(index * 2, index * 2 + 2), 16),
  );
}
