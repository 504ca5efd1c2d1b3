/**
 * Finds references from an ONNX file to other files. ONNX Runtime would read them from wherever they point, unhashed,
 * so such a model must be refused. Walks the protobuf wire format without decoding weights; field numbers are those
 * of onnx.proto (IR version 11).
 */

/** What to descend into, by field number. */
interface MessageShape {
  readonly [field: number]: () => MessageShape;
}

const tensor: MessageShape = {};
const sparseTensor: MessageShape = { 1: () => tensor, 2: () => tensor };
const attribute: MessageShape = {
  5: () => tensor,
  6: () => graph,
  10: () => tensor,
  11: () => graph,
  22: () => sparseTensor,
  23: () => sparseTensor,
};
const node: MessageShape = { 5: () => attribute };
const graph: MessageShape = { 1: () => node, 5: () => tensor, 15: () => sparseTensor };
const trainingInfo: MessageShape = { 1: () => graph, 2: () => graph };
const functionBody: MessageShape = { 7: () => node, 11: () => attribute };
const model: MessageShape = { 7: () => graph, 20: () => trainingInfo, 25: () => functionBody };

const tensorExternalData = 13;
const tensorDataLocation = 14;
const deepestNesting = 64;

export type ExternalDataCheck = 'self-contained' | 'external-data' | 'unreadable';

/** `unreadable` when the bytes are no protobuf message with a graph in it. */
export function checkExternalData(bytes: Uint8Array): ExternalDataCheck {
  try {
    let hasGraph = false;
    for (const field of fields(bytes, 0, bytes.length)) hasGraph ||= field.number === 7;
    if (!hasGraph) return 'unreadable';
    return refersOutside(bytes, 0, bytes.length, model, 0) ? 'external-data' : 'self-contained';
  } catch (cause) {
    if (cause instanceof WireFault) return 'unreadable';
    throw cause;
  }
}

class WireFault extends Error {}

function refersOutside(
  bytes: Uint8Array,
  from: number,
  to: number,
  shape: MessageShape,
  depth: number,
): boolean {
  if (depth > deepestNesting) throw new WireFault('nesting');
  for (const field of fields(bytes, from, to)) {
    if (shape === tensor) {
      if (field.number === tensorExternalData && field.wireType === 2) return true;
      if (field.number === tensorDataLocation && field.wireType === 0 && field.value !== 0) return true;
      continue;
    }
    const inner = shape[field.number];
    if (inner === undefined || field.wireType !== 2) continue;
    if (refersOutside(bytes, field.from, field.to, inner(), depth + 1)) return true;
  }
  return false;
}

interface Field {
  readonly number: number;
  readonly wireType: number;
  readonly value: number;
  readonly from: number;
  readonly to: number;
}

function* fields(bytes: Uint8Array, from: number, to: number): Generator<Field> {
  let offset = from;
  while (offset < to) {
    const key = varint(bytes, offset, to);
    const number = Math.floor(key.value / 8);
    const wireType = key.value % 8;
    const start = key.next;
    if (wireType === 0) {
      const { value, next } = varint(bytes, start, to);
      yield { number, wireType, value, from: start, to: next };
      offset = next;
      continue;
    }
    let body = start;
    let end: number;
    if (wireType === 1) end = start + 8;
    else if (wireType === 5) end = start + 4;
    else if (wireType === 2) {
      const length = varint(bytes, start, to);
      body = length.next;
      end = body + length.value;
    } else throw new WireFault('wire type');
    if (end > to) throw new WireFault('length');
    yield { number, wireType, value: 0, from: body, to: end };
    offset = end;
  }
}

function varint(bytes: Uint8Array, from: number, to: number): { value: number; next: number } {
  let value = 0;
  for (let i = 0; i < 10; i++) {
    if (from + i >= to) throw new WireFault('varint');
    const byte = bytes[from + i]!;
    value += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return { value, next: from + i + 1 };
  }
  throw new WireFault('varint');
}
