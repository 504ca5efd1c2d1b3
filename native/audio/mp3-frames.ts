/**
 * Walks the frame headers of an MPEG audio layer III stream without decoding it, to know its length beforehand and
 * to notice what is missing. Sources: ISO/IEC 11172-3 2.4.1.3 and 13818-3 (headers); the Xing/LAME tag as
 * documented by the LAME project (frame count, encoder delay and padding).
 */

export interface Mp3Frame {
  readonly offsetBytes: number;
  readonly sizeBytes: number;
  readonly sampleRateHz: number;
  readonly channelCount: 1 | 2;
  readonly samplesPerFrame: 576 | 1152;
  readonly version: 1 | 2 | 2.5;
}

export interface Mp3Stream {
  /** Whole frames with audio in them, without the one that holds the Xing/LAME tag. */
  readonly audioFrames: readonly Mp3Frame[];
  /** Bytes of the whole stream, tag frame included, that a decoder should see. */
  readonly startBytes: number;
  readonly endBytes: number;
  /** What the Xing/LAME tag claims, if there is one. */
  readonly declaredFrames: number | undefined;
  /** Samples at both ends that the encoder added and a decoder takes away again. */
  readonly trimmedSamples: number;
  /** Bytes by which the last frame (or its header) is known to be short; 0 when it is whole. */
  readonly missingBytes: number;
  /** Bytes in the middle that belong to no frame. */
  readonly strayBytes: number;
}

const bitRatesKbps = {
  first: [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  second: [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
} as const;
const sampleRatesHz = [44_100, 48_000, 32_000] as const;

/** The frame whose header stands at the offset, or undefined where there is none. */
function mp3FrameAt(bytes: Uint8Array, offset: number): Mp3Frame | undefined {
  if (offset + 4 > bytes.length) return undefined;
  if (bytes[offset] !== 0xff || (bytes[offset + 1]! & 0xe0) !== 0xe0) return undefined;
  const versionBits = (bytes[offset + 1]! >> 3) & 3;
  const layerBits = (bytes[offset + 1]! >> 1) & 3;
  const rateIndex = bytes[offset + 2]! >> 4;
  const sampleRate = sampleRatesHz[(bytes[offset + 2]! >> 2) & 3];
  if (versionBits === 1 || layerBits !== 1 || rateIndex === 0 || rateIndex === 15) return undefined;
  if (sampleRate === undefined || (bytes[offset + 3]! & 3) === 2) return undefined;
  const version = versionBits === 3 ? 1 : versionBits === 2 ? 2 : 2.5;
  const sampleRateHz = version === 1 ? sampleRate : version === 2 ? sampleRate / 2 : sampleRate / 4;
  const samplesPerFrame = version === 1 ? 1152 : 576;
  const bitRate = 1000 * (version === 1 ? bitRatesKbps.first : bitRatesKbps.second)[rateIndex]!;
  const padding = (bytes[offset + 2]! >> 1) & 1;
  return {
    offsetBytes: offset,
    sizeBytes: Math.floor(((samplesPerFrame / 8) * bitRate) / sampleRateHz) + padding,
    sampleRateHz,
    channelCount: bytes[offset + 3]! >> 6 === 3 ? 1 : 2,
    samplesPerFrame,
    version,
  };
}

/** The first header from `from` on that is followed by a second one of its kind, by a tag, or by the end. */
export function firstMp3Frame(bytes: Uint8Array, from: number): Mp3Frame | undefined {
  const searchEnd = Math.min(bytes.length, from + 65_536);
  for (let offset = from; offset < searchEnd; offset++) {
    if (bytes[offset] !== 0xff) continue;
    const frame = mp3FrameAt(bytes, offset);
    if (frame !== undefined && isConfirmed(bytes, frame, offset === from)) return frame;
  }
  return undefined;
}

/** Undefined when there is no frame at all; `from` is the size of a leading ID3v2 tag. */
export function walkMp3(bytes: Uint8Array, from: number): Mp3Stream | undefined {
  const first = firstMp3Frame(bytes, from);
  if (first === undefined) return undefined;
  const endBytes = endWithoutTags(bytes);
  const tag = readTagFrame(bytes, first);
  const audioFrames: Mp3Frame[] = [];
  let strayBytes = 0;
  let missingBytes = 0;
  let offset = tag === undefined ? first.offsetBytes : first.offsetBytes + first.sizeBytes;
  while (offset + 4 <= endBytes) {
    const frame = mp3FrameAt(bytes, offset);
    if (frame === undefined || !isSameKind(frame, first)) {
      strayBytes++;
      offset++;
      continue;
    }
    if (offset + frame.sizeBytes > endBytes) {
      missingBytes = offset + frame.sizeBytes - endBytes;
      break;
    }
    audioFrames.push(frame);
    offset += frame.sizeBytes;
  }
  if (offset < endBytes && offset + 4 > endBytes && bytes[offset] === 0xff)
    missingBytes = offset + 4 - endBytes;
  return {
    audioFrames,
    startBytes: first.offsetBytes,
    endBytes,
    declaredFrames: tag?.declaredFrames,
    trimmedSamples: tag?.trimmedSamples ?? 0,
    missingBytes,
    strayBytes: isPadding(bytes, endBytes - strayBytes, endBytes) ? 0 : strayBytes,
  };
}

function isConfirmed(bytes: Uint8Array, frame: Mp3Frame, isAtStart: boolean): boolean {
  const next = frame.offsetBytes + frame.sizeBytes;
  if (next >= bytes.length) return isAtStart;
  const following = mp3FrameAt(bytes, next);
  if (following !== undefined) return isSameKind(following, frame);
  return isAtStart && (endWithoutTags(bytes) <= next || next + 4 > bytes.length);
}

function isSameKind(a: Mp3Frame, b: Mp3Frame): boolean {
  return a.version === b.version && a.sampleRateHz === b.sampleRateHz;
}

interface TagFrame {
  readonly declaredFrames: number | undefined;
  readonly trimmedSamples: number;
}

function readTagFrame(bytes: Uint8Array, frame: Mp3Frame): TagFrame | undefined {
  const sideInfoBytes =
    frame.version === 1 ? (frame.channelCount === 1 ? 17 : 32) : frame.channelCount === 1 ? 9 : 17;
  const hasChecksum = (bytes[frame.offsetBytes + 1]! & 1) === 0;
  const end = Math.min(bytes.length, frame.offsetBytes + frame.sizeBytes);
  for (const at of [4 + sideInfoBytes, 4 + sideInfoBytes + (hasChecksum ? 2 : 0)]) {
    const offset = frame.offsetBytes + at;
    if (offset + 8 > end) return undefined;
    const id = String.fromCharCode(...bytes.subarray(offset, offset + 4));
    if (id !== 'Xing' && id !== 'Info') continue;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const flags = view.getUint32(offset + 4);
    let next = offset + 8;
    const declaredFrames = (flags & 1) !== 0 && next + 4 <= end ? view.getUint32(next) : undefined;
    next += ((flags & 1) !== 0 ? 4 : 0) + ((flags & 2) !== 0 ? 4 : 0);
    next += ((flags & 4) !== 0 ? 100 : 0) + ((flags & 8) !== 0 ? 4 : 0);
    const hasEncoder = next + 24 <= end && bytes[next] !== 0;
    const delays = hasEncoder ? (bytes[next + 21]! << 16) | (bytes[next + 22]! << 8) | bytes[next + 23]! : 0;
    return { declaredFrames, trimmedSamples: (delays >> 12) + (delays & 0xfff) };
  }
  return undefined;
}

/** Where the audio ends: before ID3v1, APE and Lyrics3 tags. */
function endWithoutTags(bytes: Uint8Array): number {
  let end = bytes.length;
  for (;;) {
    const before = end;
    if (end >= 128 && text(bytes, end - 128, 3) === 'TAG') end -= 128;
    if (end >= 32 && text(bytes, end - 32, 8) === 'APETAGEX') {
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      const sizeBytes = view.getUint32(end - 20, true);
      const hasHeader = view.getUint32(end - 12, true) >>> 31 === 1;
      end = Math.max(0, end - sizeBytes - (hasHeader ? 32 : 0));
    }
    if (end >= 15 && text(bytes, end - 9, 9) === 'LYRICS200') {
      const sizeBytes = Number.parseInt(text(bytes, end - 15, 6), 10);
      if (Number.isFinite(sizeBytes)) end = Math.max(0, end - 15 - sizeBytes);
    }
    if (end === before) return end;
  }
}

function isPadding(bytes: Uint8Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (bytes[i] !== 0) return false;
  return true;
}

function text(bytes: Uint8Array, offset: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(offset, offset + length));
}
