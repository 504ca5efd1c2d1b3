/** Walks the pages of an Ogg file. Source: RFC 3533, section 6. */

export interface OggWalk {
  readonly firstPacket: Uint8Array;
  /** Distinct logical streams in the file. */
  readonly streamCount: number;
  /** Position in samples that the last page states. */
  readonly lastGranule: number;
  /** Whether the last page says that the stream ends with it. */
  readonly isEnded: boolean;
  readonly pageCount: number;
  /** Bytes by which the last page is short. */
  readonly missingBytes: number;
  /** Pages whose checksum does not match, gaps in their numbering, and bytes between pages. */
  readonly faults: number;
}

export function walkOgg(bytes: Uint8Array): OggWalk {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const serials = new Set<number>();
  let firstPacket = new Uint8Array(0);
  let lastGranule = 0;
  let isEnded = false;
  let pageCount = 0;
  let missingBytes = 0;
  let faults = 0;
  let expectedSequence: number | undefined;
  let offset = 0;
  while (offset < bytes.length) {
    if (!isCapturePattern(bytes, offset)) {
      if (bytes.length - offset < 4) missingBytes = 27 - (bytes.length - offset);
      else faults++;
      const next = nextCapture(bytes, offset + 1);
      if (next < 0) break;
      offset = next;
      continue;
    }
    const bodyOffset = offset + 27 + (bytes[offset + 26] ?? 0);
    if (offset + 27 > bytes.length || bodyOffset > bytes.length) {
      missingBytes = Math.max(offset + 27, bodyOffset) - bytes.length;
      break;
    }
    let end = bodyOffset;
    for (let i = offset + 27; i < bodyOffset; i++) end += bytes[i]!;
    if (end > bytes.length) {
      missingBytes = end - bytes.length;
      break;
    }
    if (pageChecksum(bytes, offset, end) !== view.getUint32(offset + 22, true)) faults++;
    const sequence = view.getUint32(offset + 18, true);
    if (expectedSequence !== undefined && sequence !== expectedSequence) faults++;
    expectedSequence = sequence + 1;
    serials.add(view.getUint32(offset + 14, true));
    if (pageCount === 0) firstPacket = bytes.slice(bodyOffset, end);
    const granule = view.getBigInt64(offset + 6, true);
    if (granule >= 0n) lastGranule = Number(granule);
    isEnded = (bytes[offset + 5]! & 4) !== 0;
    pageCount++;
    offset = end;
  }
  return { firstPacket, streamCount: serials.size, lastGranule, isEnded, pageCount, missingBytes, faults };
}

function isCapturePattern(bytes: Uint8Array, offset: number): boolean {
  return (
    bytes[offset] === 0x4f &&
    bytes[offset + 1] === 0x67 &&
    bytes[offset + 2] === 0x67 &&
    bytes[offset + 3] === 0x53
  );
}

function nextCapture(bytes: Uint8Array, from: number): number {
  for (let offset = bytes.indexOf(0x4f, from); offset >= 0; offset = bytes.indexOf(0x4f, offset + 1)) {
    if (isCapturePattern(bytes, offset)) return offset;
  }
  return -1;
}

const checksumTable = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index << 24;
  for (let bit = 0; bit < 8; bit++) value = value & 0x80000000 ? (value << 1) ^ 0x04c11db7 : value << 1;
  return value >>> 0;
});

/** CRC-32, polynomial 0x04c11db7, with the checksum field itself counted as zero. */
function pageChecksum(bytes: Uint8Array, from: number, to: number): number {
  let crc = 0;
  for (let i = from; i < to; i++) {
    const byte = i >= from + 22 && i < from + 26 ? 0 : bytes[i]!;
    crc = (crc << 8) ^ checksumTable[(crc >>> 24) ^ byte]!;
  }
  return crc >>> 0;
}
