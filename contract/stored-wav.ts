/**
 * The one form of WAV that a workstation keeps and that a registry gives back byte for byte: mono, 16 or 24-bit integers
 * or 32-bit float, one fmt and one data chunk. Reading accepts exactly what writing makes.
 * Source: Microsoft, "Multiple channel audio data and WAVE files"; float files carry a fact chunk.
 */
import { fail, ok, type Result } from './result.ts';

export type WavBitDepth = 16 | 24 | 32;

export interface WavFormat {
  readonly sampleRateHz: number;
  /** 32 is IEEE float. */
  readonly bitDepth: WavBitDepth;
  readonly frameCount: number;
}

export interface StoredWav extends WavFormat {
  readonly dataOffsetBytes: number;
  readonly dataSizeBytes: number;
}

const integerHeaderBytes = 44;
const floatHeaderBytes = 58;

export function maximumWavFrames(bitDepth: WavBitDepth): number {
  return Math.floor((0xffff_ffff - floatHeaderBytes) / (bitDepth / 8));
}

/** Size of the whole file in bytes; a data chunk of odd length is padded. */
export function wavSizeBytes(format: WavFormat): number {
  const dataBytes = format.frameCount * (format.bitDepth / 8);
  return headerBytes(format.bitDepth) + dataBytes + (dataBytes % 2);
}

/** The bytes before the samples: 44 for integers, 58 for float. */
export function wavHeader(format: WavFormat): Uint8Array {
  const { sampleRateHz, bitDepth, frameCount } = format;
  if (frameCount > maximumWavFrames(bitDepth)) throw new RangeError('more frames than a WAV can hold');
  const bytesPerFrame = bitDepth / 8;
  const isFloat = bitDepth === 32;
  const bytes = new Uint8Array(headerBytes(bitDepth));
  const view = new DataView(bytes.buffer);
  writeTag(bytes, 0, 'RIFF');
  view.setUint32(4, wavSizeBytes(format) - 8, true);
  writeTag(bytes, 8, 'WAVE');
  writeTag(bytes, 12, 'fmt ');
  view.setUint32(16, isFloat ? 18 : 16, true);
  view.setUint16(20, isFloat ? 3 : 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, sampleRateHz, true);
  view.setUint32(28, sampleRateHz * bytesPerFrame, true);
  view.setUint16(32, bytesPerFrame, true);
  view.setUint16(34, bitDepth, true);
  if (isFloat) {
    writeTag(bytes, 38, 'fact');
    view.setUint32(42, 4, true);
    view.setUint32(46, frameCount, true);
  }
  const dataAt = bytes.length - 8;
  writeTag(bytes, dataAt, 'data');
  view.setUint32(dataAt + 4, frameCount * bytesPerFrame, true);
  return bytes;
}

/**
 * What the header of a stored WAV says; `bytes` may be only its beginning. `take-damaged` (`reason`) when the header
 * is not the one this format has, byte for byte, or `totalBytes` is not the length that it promises.
 */
export function readStoredWav(bytes: Uint8Array, totalBytes: number = bytes.length): Result<StoredWav> {
  if (bytes.length < integerHeaderBytes) return fail('take-damaged', { reason: 'header' });
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const bitDepth = view.getUint16(34, true);
  if (bitDepth !== 16 && bitDepth !== 24 && bitDepth !== 32)
    return fail('take-damaged', { reason: 'header' });
  const dataOffsetBytes = headerBytes(bitDepth);
  if (bytes.length < dataOffsetBytes) return fail('take-damaged', { reason: 'header' });
  const dataSizeBytes = view.getUint32(dataOffsetBytes - 4, true);
  const format = {
    sampleRateHz: view.getUint32(24, true),
    bitDepth,
    frameCount: Math.floor(dataSizeBytes / (bitDepth / 8)),
  } as const;
  if (format.sampleRateHz * (bitDepth / 8) > 0xffff_ffff || format.frameCount > maximumWavFrames(bitDepth)) {
    return fail('take-damaged', { reason: 'header' });
  }
  const expected = wavHeader(format);
  if (expected.some((byte, index) => byte !== bytes[index]))
    return fail('take-damaged', { reason: 'header' });
  if (wavSizeBytes(format) !== totalBytes) return fail('take-damaged', { reason: 'length' });
  return ok({ ...format, dataOffsetBytes, dataSizeBytes });
}

function headerBytes(bitDepth: WavBitDepth): number {
  return bitDepth === 32 ? floatHeaderBytes : integerHeaderBytes;
}

function writeTag(bytes: Uint8Array, offset: number, tag: string): void {
  for (let index = 0; index < tag.length; index += 1) bytes[offset + index] = tag.charCodeAt(index);
}
