/**
 * The safetensors file format: eight bytes with the length of a JSON header, the header, the numbers, little-endian.
 * Source: huggingface.co/docs/safetensors, "Format". Nothing in it is executed, unlike a pickle.
 */
import { done, refuse, type Outcome } from '../outcome.ts';

export interface NamedTensor {
  readonly dims: readonly number[];
  /** Row-major. */
  readonly data: Float32Array;
}

export interface TensorFile {
  readonly tensors: ReadonlyMap<string, NamedTensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

const metadataKey = '__metadata__';
const longestHeader = 100_000_000;

/** The same tensors in the same order give the same bytes. */
export function encodeSafetensors({ tensors, metadata }: TensorFile): Uint8Array {
  const header: Record<string, unknown> = {};
  if (Object.keys(metadata).length > 0) header[metadataKey] = metadata;
  let size = 0;
  for (const [name, { dims, data }] of tensors) {
    header[name] = { dtype: 'F32', shape: dims, data_offsets: [size, size + 4 * data.length] };
    size += 4 * data.length;
  }
  const written = asciiJson(header);
  // Spaces at the end of the header put the numbers on a multiple of eight.
  const text = written.padEnd(Math.ceil(written.length / 8) * 8);
  const bytes = new Uint8Array(8 + text.length + size);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(text.length), true);
  for (let i = 0; i < text.length; i++) bytes[8 + i] = text.charCodeAt(i);
  let offset = 8 + text.length;
  for (const { data } of tensors.values()) {
    for (const value of data) {
      view.setFloat32(offset, value, true);
      offset += 4;
    }
  }
  return bytes;
}

/** Reads F32, F64, F16 and BF16 as float32; refuses whatever is not whole. */
export function decodeSafetensors(bytes: Uint8Array): Outcome<TensorFile> {
  const damaged = (what: string): Outcome<never> =>
    refuse(`this is not a whole safetensors file: ${what}`, 'Write it again, or copy it again.');
  if (bytes.length < 8) return damaged('it is shorter than eight bytes');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerLength = Number(view.getBigUint64(0, true));
  if (headerLength > Math.min(bytes.length - 8, longestHeader)) return damaged('its header is cut short');
  let header: unknown;
  try {
    header = JSON.parse(decodeUtf8(bytes.subarray(8, 8 + headerLength)));
  } catch {
    return damaged('its header is not JSON');
  }
  if (!isRecord(header)) return damaged('its header is not an object');
  const tensors = new Map<string, NamedTensor>();
  const start = 8 + headerLength;
  for (const [name, entry] of Object.entries(header)) {
    if (name === metadataKey) continue;
    const parsed = parseEntry(entry, bytes.length - start);
    if (typeof parsed === 'string') return damaged(`${name}: ${parsed}`);
    const read = readers[parsed.type];
    if (read === undefined) {
      return refuse(
        `${name} holds numbers of type ${parsed.type}`,
        `Save it as one of ${Object.keys(readers).join(', ')}.`,
      );
    }
    const width = (parsed.end - parsed.start) / parsed.count;
    if (parsed.count > 0 && width !== read.width) return damaged(`${name}: length and shape differ`);
    const data = new Float32Array(parsed.count);
    for (let i = 0; i < data.length; i++) data[i] = read.at(view, start + parsed.start + i * read.width);
    tensors.set(name, { dims: parsed.dims, data });
  }
  const metadata = Object.hasOwn(header, metadataKey) ? header[metadataKey] : {};
  if (!isRecord(metadata) || !Object.values(metadata).every((value) => typeof value === 'string')) {
    return damaged('its metadata are not texts');
  }
  return done({ tensors, metadata: metadata as Record<string, string> });
}

interface Reader {
  readonly width: number;
  readonly at: (view: DataView, offset: number) => number;
}

const readers: Readonly<Record<string, Reader>> = {
  F32: { width: 4, at: (view, offset) => view.getFloat32(offset, true) },
  F64: { width: 8, at: (view, offset) => view.getFloat64(offset, true) },
  F16: { width: 2, at: (view, offset) => halfPrecision(view.getUint16(offset, true)) },
  BF16: { width: 2, at: (view, offset) => brainFloat(view.getUint16(offset, true)) },
};

/** IEEE 754 binary16: one bit sign, five exponent, ten fraction. */
function halfPrecision(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >>> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/** The upper half of a float32. */
function brainFloat(bits: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, bits * 2 ** 16);
  return view.getFloat32(0);
}

interface Entry {
  readonly type: string;
  readonly dims: readonly number[];
  readonly count: number;
  readonly start: number;
  readonly end: number;
}

function parseEntry(entry: unknown, available: number): Entry | string {
  if (!isRecord(entry)) return 'not an object';
  const { dtype: type, shape: dims, data_offsets: offsets } = entry;
  if (typeof type !== 'string' || !isCounts(dims) || !isCounts(offsets) || offsets.length !== 2) {
    return 'without type, shape or place';
  }
  const [start, end] = offsets as [number, number];
  if (start > end || end > available) return 'its numbers are not all there';
  const count = dims.reduce((product, dim) => product * dim, 1);
  if (count > end - start || (count === 0 && start !== end)) return 'length and shape differ';
  return { type, dims, count, start, end };
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** JSON in which every other character is escaped, so that one character is one byte. */
function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Throws on what is not UTF-8. */
function decodeUtf8(bytes: Uint8Array): string {
  let escaped = '';
  for (const byte of bytes) {
    const isPlain = byte < 0x80 && byte !== 0x25;
    escaped += isPlain ? String.fromCharCode(byte) : `%${byte.toString(16).padStart(2, '0')}`;
  }
  return decodeURIComponent(escaped);
}
