/** RIFF/WAVE, read strictly and written plainly. Sources: Microsoft, "Multiple channel audio data and WAVE files". */
import { fail, ok, type Result } from '../../contract/result.ts';

export interface WavHeader {
  readonly sampleRateHz: number;
  readonly channelCount: number;
  /** Bits that carry signal; the container may be wider (24 valid bits in 32). */
  readonly bitDepth: number;
  readonly isFloat: boolean;
  readonly bytesPerSample: number;
  readonly bytesPerFrame: number;
  readonly dataOffsetBytes: number;
  /** What the data chunk claims. */
  readonly declaredDataSizeBytes: number;
  /** What the file really holds of it. */
  readonly availableDataSizeBytes: number;
  /** Whole frames (samples per channel) that are really there. */
  readonly frameCount: number;
  /** `streamed`: the writer never knew the length (size 0 or a maximum), so the data runs to the file's end. */
  readonly completeness: 'complete' | 'streamed' | 'truncated';
  /** Bytes that are claimed and absent; 0 unless `truncated`. */
  readonly missingBytes: number;
}

export interface WavSamples {
  readonly header: WavHeader;
  /** One array per channel, nominal range −1..1 (float files may exceed it). */
  readonly channels: Float32Array[];
}

interface WavFormat {
  readonly sampleRateHz: number;
  readonly channelCount: number;
  readonly bitDepth: number;
  readonly isFloat: boolean;
  readonly bytesPerSample: number;
}

const formatPcm = 1;
const formatFloat = 3;
const formatExtensible = 0xfffe;
/** Last 14 bytes of every KSDATAFORMAT_SUBTYPE identifier; the first two are the plain format tag. */
const subformatTail = [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71];
/** Writers that cannot seek leave a size near 2 or 4 GiB (sox, ffmpeg). */
const unknownSizeFrom = 0x7fff_0000;

/**
 * Reads the header of a RIFF/WAVE file. `bytes` may be only the file's beginning when `fileSizeBytes` tells its whole
 * size. Fails with 'audio-not-recognised' (no RIFF/WAVE), 'audio-header-missing' (no fmt chunk), 'audio-truncated'
 * (ends inside the header), 'audio-empty' (no data chunk), 'audio-unsupported' (another coding), 'audio-damaged'
 * (fields that contradict each other). Truncated data is not a failure here but a fact: `completeness`.
 */
export function readWavHeader(bytes: Uint8Array, fileSizeBytes: number = bytes.length): Result<WavHeader> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const tag = tagAt(bytes, 0);
  if (tag === 'RF64' || tag === 'BW64' || tag === 'RIFX') {
    return fail('audio-unsupported', { format: 'wav', reason: 'container', container: tag });
  }
  if (tag !== 'RIFF' || (bytes.length >= 12 && tagAt(bytes, 8) !== 'WAVE')) {
    return fail('audio-not-recognised', { sizeBytes: fileSizeBytes });
  }
  if (bytes.length < 12) {
    return fail('audio-truncated', {
      format: 'wav',
      sizeBytes: fileSizeBytes,
      missingBytes: 12 - bytes.length,
    });
  }
  const riffEnd = 8 + view.getUint32(4, true);

  let format: WavFormat | undefined;
  let offset = 12;
  while (offset + 8 <= bytes.length) {
    const id = tagAt(bytes, offset);
    const sizeBytes = view.getUint32(offset + 4, true);
    const bodyOffset = offset + 8;
    if (id === 'data') {
      if (format === undefined) return fail('audio-header-missing', { format: 'wav' });
      return ok(describeData(bytes, fileSizeBytes, format, bodyOffset, sizeBytes));
    }
    if (bodyOffset + sizeBytes > fileSizeBytes) {
      const missingBytes = bodyOffset + sizeBytes - fileSizeBytes;
      return fail('audio-truncated', {
        format: 'wav',
        sizeBytes: fileSizeBytes,
        missingBytes,
        chunk: printable(id),
      });
    }
    if (id === 'fmt ' && format === undefined) {
      const parsed = readFormat(view, bodyOffset, sizeBytes);
      if (!parsed.ok) return parsed;
      format = parsed.value;
    }
    offset = bodyOffset + sizeBytes + (sizeBytes & 1);
  }
  if (riffEnd > fileSizeBytes && riffEnd < unknownSizeFrom) {
    return fail('audio-truncated', {
      format: 'wav',
      sizeBytes: fileSizeBytes,
      missingBytes: riffEnd - fileSizeBytes,
    });
  }
  if (format === undefined) return fail('audio-header-missing', { format: 'wav' });
  return fail('audio-empty', { format: 'wav', reason: 'no-data-chunk' });
}

/**
 * Reads every sample of a RIFF/WAVE file: integer PCM of 8 to 32 bits, float of 32 or 64 bits, any channel count.
 * Integers are divided by 2^(bits−1), so that full scale is −1 ≤ x < 1. Fails as `readWavHeader` does, and with
 * 'audio-truncated' (`missingBytes`), 'audio-empty' and 'audio-not-finite' (NaN or infinity).
 */
export function readWav(bytes: Uint8Array): Result<WavSamples> {
  const parsed = readWavHeader(bytes);
  if (!parsed.ok) return parsed;
  const header = parsed.value;
  if (header.completeness === 'truncated') {
    return fail('audio-truncated', {
      format: 'wav',
      missingBytes: header.missingBytes,
      declaredBytes: header.declaredDataSizeBytes,
      seconds: header.frameCount / header.sampleRateHz,
    });
  }
  if (header.completeness === 'complete' && header.declaredDataSizeBytes % header.bytesPerFrame !== 0) {
    return fail('audio-damaged', {
      format: 'wav',
      reason: 'partial-frame',
      declaredBytes: header.declaredDataSizeBytes,
      bytesPerFrame: header.bytesPerFrame,
    });
  }
  if (header.frameCount === 0) return fail('audio-empty', { format: 'wav', reason: 'no-samples' });
  const channels = readSamples(bytes, header);
  if (header.isFloat) {
    for (const channel of channels) {
      const index = channel.findIndex((value) => !Number.isFinite(value));
      if (index >= 0)
        return fail('audio-not-finite', { format: 'wav', seconds: index / header.sampleRateHz });
    }
  }
  return ok({ header, channels });
}

/**
 * Writes a mono RIFF/WAVE file. Float samples have the range −1..1: integers get round(x·2^(bits−1)), clipped.
 * Int16 samples survive 16-bit writing and reading exactly.
 */
export function encodeWav(audio: {
  readonly samples: Float32Array | Int16Array;
  readonly sampleRateHz: number;
  readonly bitDepth: 16 | 24 | 'float32';
}): Uint8Array {
  const { samples, sampleRateHz, bitDepth } = audio;
  const isFloat = bitDepth === 'float32';
  const bytesPerSample = isFloat ? 4 : bitDepth / 8;
  const dataSizeBytes = samples.length * bytesPerSample;
  // The fact chunk is mandatory for anything but integer PCM.
  const headerSizeBytes = isFloat ? 58 : 44;
  const bytes = new Uint8Array(headerSizeBytes + dataSizeBytes + (dataSizeBytes & 1));
  const view = new DataView(bytes.buffer);
  writeTag(bytes, 0, 'RIFF');
  view.setUint32(4, bytes.length - 8, true);
  writeTag(bytes, 8, 'WAVE');
  writeTag(bytes, 12, 'fmt ');
  view.setUint32(16, isFloat ? 18 : 16, true);
  view.setUint16(20, isFloat ? formatFloat : formatPcm, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, sampleRateHz, true);
  view.setUint32(28, sampleRateHz * bytesPerSample, true);
  view.setUint16(32, bytesPerSample, true);
  view.setUint16(34, bytesPerSample * 8, true);
  if (isFloat) {
    writeTag(bytes, 38, 'fact');
    view.setUint32(42, 4, true);
    view.setUint32(46, samples.length, true);
  }
  writeTag(bytes, headerSizeBytes - 8, 'data');
  view.setUint32(headerSizeBytes - 4, dataSizeBytes, true);
  writeSamples(view, headerSizeBytes, samples, bitDepth);
  return bytes;
}

function readFormat(view: DataView, offset: number, sizeBytes: number): Result<WavFormat> {
  if (sizeBytes < 16 || offset + 16 > view.byteLength) {
    return fail('audio-damaged', { format: 'wav', reason: 'format-chunk', sizeBytes });
  }
  let formatTag = view.getUint16(offset, true);
  const channelCount = view.getUint16(offset + 2, true);
  const sampleRateHz = view.getUint32(offset + 4, true);
  const bytesPerFrame = view.getUint16(offset + 12, true);
  let bitDepth = view.getUint16(offset + 14, true);
  const containerBits = bitDepth;
  if (formatTag === formatExtensible) {
    if (sizeBytes < 40 || offset + 40 > view.byteLength) {
      return fail('audio-damaged', { format: 'wav', reason: 'format-chunk', sizeBytes });
    }
    const validBits = view.getUint16(offset + 18, true);
    if (subformatTail.some((byte, i) => view.getUint8(offset + 26 + i) !== byte)) {
      return fail('audio-unsupported', { format: 'wav', reason: 'coding', formatTag });
    }
    formatTag = view.getUint16(offset + 24, true);
    if (validBits > 0 && validBits <= containerBits) bitDepth = validBits;
  }
  if (formatTag !== formatPcm && formatTag !== formatFloat) {
    return fail('audio-unsupported', { format: 'wav', reason: 'coding', formatTag });
  }
  if (channelCount === 0) return fail('audio-damaged', { format: 'wav', reason: 'no-channels' });
  const isFloat = formatTag === formatFloat;
  const bytesPerSample = Math.ceil(containerBits / 8);
  const isSupported = isFloat
    ? containerBits === 32 || containerBits === 64
    : bytesPerSample >= 1 && bytesPerSample <= 4;
  if (!isSupported)
    return fail('audio-unsupported', { format: 'wav', reason: 'bit-depth', bitDepth, isFloat });
  if (bytesPerFrame !== bytesPerSample * channelCount) {
    return fail('audio-damaged', {
      format: 'wav',
      reason: 'block-align',
      bytesPerFrame,
      expectedBytes: bytesPerSample * channelCount,
    });
  }
  return ok({ sampleRateHz, channelCount, bitDepth, isFloat, bytesPerSample });
}

function describeData(
  bytes: Uint8Array,
  fileSizeBytes: number,
  format: WavFormat,
  dataOffsetBytes: number,
  declaredDataSizeBytes: number,
): WavHeader {
  const remainingBytes = fileSizeBytes - dataOffsetBytes;
  const isUnknown =
    (declaredDataSizeBytes === 0 && remainingBytes > 0 && !isChunkChain(bytes, dataOffsetBytes)) ||
    (declaredDataSizeBytes >= unknownSizeFrom && declaredDataSizeBytes > remainingBytes);
  const availableDataSizeBytes = isUnknown ? remainingBytes : Math.min(declaredDataSizeBytes, remainingBytes);
  const missingBytes = isUnknown ? 0 : declaredDataSizeBytes - availableDataSizeBytes;
  const bytesPerFrame = format.bytesPerSample * format.channelCount;
  return {
    ...format,
    bytesPerFrame,
    dataOffsetBytes,
    declaredDataSizeBytes,
    availableDataSizeBytes,
    frameCount: Math.floor(availableDataSizeBytes / bytesPerFrame),
    completeness: isUnknown ? 'streamed' : missingBytes > 0 ? 'truncated' : 'complete',
    missingBytes,
  };
}

/** A data chunk of size 0 is really empty when what follows is further chunks that end exactly with the file. */
function isChunkChain(bytes: Uint8Array, from: number): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let offset = from;
  while (offset + 8 <= bytes.length) {
    if (!/^[ -~]{4}$/.test(tagAt(bytes, offset))) return false;
    const sizeBytes = view.getUint32(offset + 4, true);
    offset += 8 + sizeBytes + (sizeBytes & 1);
  }
  return offset === bytes.length || offset === bytes.length + 1;
}

function readSamples(bytes: Uint8Array, header: WavHeader): Float32Array[] {
  const { channelCount, bytesPerSample, bytesPerFrame, frameCount, dataOffsetBytes, isFloat } = header;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const read = sampleReader(view, bytesPerSample, isFloat);
  return Array.from({ length: channelCount }, (_, channel) => {
    const samples = new Float32Array(frameCount);
    let offset = dataOffsetBytes + channel * bytesPerSample;
    for (let i = 0; i < frameCount; i++, offset += bytesPerFrame) samples[i] = read(offset);
    return samples;
  });
}

function sampleReader(view: DataView, bytesPerSample: number, isFloat: boolean): (offset: number) => number {
  if (isFloat) {
    return bytesPerSample === 8
      ? (offset) => view.getFloat64(offset, true)
      : (offset) => view.getFloat32(offset, true);
  }
  switch (bytesPerSample) {
    case 1: // the only unsigned one
      return (offset) => (view.getUint8(offset) - 128) / 128;
    case 2:
      return (offset) => view.getInt16(offset, true) / 32_768;
    case 3:
      return (offset) => (view.getUint16(offset, true) | (view.getInt8(offset + 2) << 16)) / 8_388_608;
    default:
      return (offset) => view.getInt32(offset, true) / 2_147_483_648;
  }
}

function writeSamples(
  view: DataView,
  offset: number,
  samples: Float32Array | Int16Array,
  bitDepth: 16 | 24 | 'float32',
): void {
  const sourceScale = samples instanceof Int16Array ? 1 / 32_768 : 1;
  for (let i = 0; i < samples.length; i++) {
    const value = samples[i]! * sourceScale;
    if (bitDepth === 'float32') view.setFloat32(offset + 4 * i, value, true);
    else if (bitDepth === 16) view.setInt16(offset + 2 * i, quantise(value, 32_768), true);
    else {
      const integer = quantise(value, 8_388_608);
      view.setUint16(offset + 3 * i, integer & 0xffff, true);
      view.setInt8(offset + 3 * i + 2, integer >> 16);
    }
  }
}

function quantise(value: number, scale: number): number {
  return Math.min(scale - 1, Math.max(-scale, Math.round(value * scale)));
}

function tagAt(bytes: Uint8Array, offset: number): string {
  return String.fromCharCode(...bytes.subarray(offset, offset + 4));
}

function printable(tag: string): string {
  return /^[ -~]{4}$/.test(tag) ? tag : 'unreadable';
}

function writeTag(bytes: Uint8Array, offset: number, tag: string): void {
  for (let i = 0; i < tag.length; i++) bytes[offset + i] = tag.charCodeAt(i);
}
