/** One FLAC frame to integers. Source: RFC 9639, sections 9 and 11. */
import { type BitReader } from './bit-reader.ts';

/** Thrown on bits that no encoder writes; caught where the stream is decoded. */
export class FlacFault extends Error {}

export interface FlacStreamFormat {
  readonly sampleRateHz: number;
  readonly channelCount: number;
  readonly bitDepth: number;
}

/** Channels as integers, in the arrays lent by the caller; `blockSize` of each are valid. */
interface FlacFrame {
  readonly blockSize: number;
}

const independentUpTo = 7;
const leftSide = 8;
const sideRight = 9;
const midSide = 10;

/** Decodes the frame at the reader's position into `channels` (each at least 65,536 long) and checks its CRCs. */
export function readFlacFrame(
  reader: BitReader,
  format: FlacStreamFormat,
  channels: readonly Int32Array[],
): FlacFrame {
  const start = reader.offsetBytes;
  if (reader.unsigned(15) !== 0x7ffc) throw new FlacFault('sync');
  reader.unsigned(1);
  const blockSizeCode = reader.unsigned(4);
  const rateCode = reader.unsigned(4);
  const assignment = reader.unsigned(4);
  const depthCode = reader.unsigned(3);
  if (reader.unsigned(1) !== 0) throw new FlacFault('reserved');
  skipCodedNumber(reader);
  const blockSize = readBlockSize(reader, blockSizeCode);
  skipRate(reader, rateCode);
  const headerCrc = crc8(reader.bytes, start, reader.offsetBytes);
  if (reader.unsigned(8) !== headerCrc) throw new FlacFault('header-checksum');
  const channelCount = assignment <= independentUpTo ? assignment + 1 : 2;
  if (assignment > midSide || channelCount !== format.channelCount) throw new FlacFault('channels');
  if (depthCode !== 0 && bitDepths[depthCode] !== format.bitDepth) throw new FlacFault('bit-depth');

  for (let c = 0; c < channelCount; c++) {
    const isSide =
      (c === 1 && (assignment === leftSide || assignment === midSide)) ||
      (c === 0 && assignment === sideRight);
    readSubframe(reader, channels[c]!, blockSize, format.bitDepth + (isSide ? 1 : 0));
  }
  reader.alignToByte();
  const crc = crc16(reader.bytes, start, reader.offsetBytes);
  if (reader.unsigned(16) !== crc) throw new FlacFault('frame-checksum');
  joinChannels(assignment, channels, blockSize);
  return { blockSize };
}

const bitDepths = [0, 8, 12, -1, 16, 20, 24, 32] as const;

function skipCodedNumber(reader: BitReader): void {
  const first = reader.unsigned(8);
  if (first < 0x80) return;
  const extra = Math.clz32(~(first << 24)) - 1;
  if (extra < 1 || extra > 6) throw new FlacFault('number');
  for (let i = 0; i < extra; i++) if (reader.unsigned(8) >> 6 !== 2) throw new FlacFault('number');
}

function readBlockSize(reader: BitReader, code: number): number {
  if (code === 0) throw new FlacFault('block-size');
  if (code === 1) return 192;
  if (code <= 5) return 144 << code;
  if (code === 6) return reader.unsigned(8) + 1;
  if (code === 7) return reader.unsigned(16) + 1;
  return 1 << code;
}

function skipRate(reader: BitReader, code: number): void {
  if (code === 15) throw new FlacFault('sample-rate');
  if (code === 12) reader.unsigned(8);
  if (code === 13 || code === 14) reader.unsigned(16);
}

function readSubframe(reader: BitReader, output: Int32Array, blockSize: number, depth: number): void {
  if (reader.unsigned(1) !== 0) throw new FlacFault('subframe');
  const type = reader.unsigned(6);
  const wasted = reader.unsigned(1) === 1 ? reader.unary() + 1 : 0;
  const bits = depth - wasted;
  if (bits < 1) throw new FlacFault('wasted-bits');
  if (type === 0) output.fill(reader.signed(bits), 0, blockSize);
  else if (type === 1) for (let i = 0; i < blockSize; i++) output[i] = reader.signed(bits);
  else if (type >= 8 && type <= 12) readFixed(reader, output, blockSize, bits, type - 8);
  else if (type >= 32) readLinear(reader, output, blockSize, bits, type - 31);
  else throw new FlacFault('subframe');
  if (wasted > 0) for (let i = 0; i < blockSize; i++) output[i] = output[i]! << wasted;
}

/** RFC 9639, section 9.2.5 (fixed predictors): weights of the four samples before, by predictor order. */
const fixedCoefficients: readonly (readonly [number, number, number, number])[] = [
  [0, 0, 0, 0],
  [1, 0, 0, 0],
  [2, -1, 0, 0],
  [3, -3, 1, 0],
  [4, -6, 4, -1],
];

function readFixed(reader: BitReader, x: Int32Array, blockSize: number, bits: number, order: number): void {
  readWarmUp(reader, x, blockSize, bits, order);
  readResidual(reader, x, blockSize, order);
  const [a, b, c, d] = fixedCoefficients[order]!;
  for (let i = order; i < blockSize; i++) {
    // Before the start of the array the coefficient is 0 and the value undefined.
    x[i] = x[i]! + a * (x[i - 1] ?? 0) + b * (x[i - 2] ?? 0) + c * (x[i - 3] ?? 0) + d * (x[i - 4] ?? 0);
  }
}

function readLinear(reader: BitReader, x: Int32Array, blockSize: number, bits: number, order: number): void {
  readWarmUp(reader, x, blockSize, bits, order);
  const precision = reader.unsigned(4) + 1;
  if (precision === 16) throw new FlacFault('precision');
  const shift = reader.signed(5);
  if (shift < 0) throw new FlacFault('shift');
  const coefficients = new Float64Array(order);
  for (let i = 0; i < order; i++) coefficients[i] = reader.signed(precision);
  readResidual(reader, x, blockSize, order);
  // The sum needs up to 45 bits: exact in a double, too wide for a 32-bit integer.
  const scale = 2 ** -shift;
  for (let i = order; i < blockSize; i++) {
    let sum = 0;
    for (let j = 0; j < order; j++) sum += coefficients[j]! * x[i - 1 - j]!;
    x[i] = x[i]! + Math.floor(sum * scale);
  }
}

function readWarmUp(reader: BitReader, x: Int32Array, blockSize: number, bits: number, order: number): void {
  if (order > blockSize) throw new FlacFault('order');
  for (let i = 0; i < order; i++) x[i] = reader.signed(bits);
}

function readResidual(reader: BitReader, x: Int32Array, blockSize: number, order: number): void {
  const method = reader.unsigned(2);
  if (method > 1) throw new FlacFault('residual');
  const parameterBits = method === 0 ? 4 : 5;
  const escape = (1 << parameterBits) - 1;
  const partitionOrder = reader.unsigned(4);
  const partitionSize = blockSize >> partitionOrder;
  if (partitionSize << partitionOrder !== blockSize || partitionSize < order)
    throw new FlacFault('partition');
  let i = order;
  for (let end = partitionSize; end <= blockSize; end += partitionSize) {
    const parameter = reader.unsigned(parameterBits);
    if (parameter === escape) {
      const bits = reader.unsigned(5);
      for (; i < end; i++) x[i] = reader.signed(bits);
    } else for (; i < end; i++) x[i] = reader.rice(parameter);
  }
}

function joinChannels(assignment: number, channels: readonly Int32Array[], blockSize: number): void {
  if (assignment <= independentUpTo) return;
  const a = channels[0]!;
  const b = channels[1]!;
  for (let i = 0; i < blockSize; i++) {
    if (assignment === leftSide) b[i] = a[i]! - b[i]!;
    else if (assignment === sideRight) a[i] = a[i]! + b[i]!;
    else {
      const side = b[i]!;
      const doubledMid = a[i]! * 2 + (side & 1);
      a[i] = (doubledMid + side) >> 1;
      b[i] = (doubledMid - side) >> 1;
    }
  }
}

const crc8Table = crcTable(8, 0x07);
const crc16Table = crcTable(16, 0x8005);

function crcTable(width: 8 | 16, polynomial: number): Uint16Array {
  const top = 1 << (width - 1);
  return Uint16Array.from({ length: 256 }, (_, index) => {
    let value = index << (width - 8);
    for (let bit = 0; bit < 8; bit++) value = (value & top) !== 0 ? (value << 1) ^ polynomial : value << 1;
    return value & ((1 << width) - 1);
  });
}

function crc8(bytes: Uint8Array, from: number, to: number): number {
  let crc = 0;
  for (let i = from; i < to; i++) crc = crc8Table[crc ^ bytes[i]!]!;
  return crc;
}

function crc16(bytes: Uint8Array, from: number, to: number): number {
  let crc = 0;
  for (let i = from; i < to; i++) crc = ((crc << 8) & 0xffff) ^ crc16Table[(crc >> 8) ^ bytes[i]!]!;
  return crc;
}
