/**
 * The binary tensor data extension of the Open Inference Protocol: values as little-endian bytes behind the JSON, in the
 * order of their tensors (https://github.com/triton-inference-server/server, docs/protocol/extension_binary_data.md).
 */
import type { V2InferRequest, V2Tensor } from '../../contract/registry/v2.ts';
import type { GivenTensor } from './tensors.ts';

export type TensorsGiven =
  | { readonly ok: true; readonly tensors: readonly GivenTensor[] }
  | { readonly ok: false; readonly error: string };

const bytesPerValue = 4;

/** The inputs with their values, whether those stand in the JSON or in the bytes behind it. */
export function withValues(inputs: V2InferRequest['inputs'], bytes: Uint8Array): TensorsGiven {
  const tensors: GivenTensor[] = [];
  let offset = 0;
  for (const { name, shape, datatype, data, parameters } of inputs) {
    const size = parameters?.['binary_data_size'];
    if (size === undefined) {
      if (data === undefined) return no(`input ${shown(name)} has no data`);
      tensors.push({ name, shape, datatype, data });
      continue;
    }
    if (typeof size !== 'number' || !Number.isInteger(size) || size < 0 || size % bytesPerValue !== 0)
      return no(`input ${shown(name)} has a binary_data_size that is no number of whole FP32 values`);
    if (data !== undefined) return no(`input ${shown(name)} has data both in the JSON and behind it`);
    if (offset + size > bytes.length)
      return no(`input ${shown(name)} says ${String(size)} bytes, and there are fewer behind the JSON`);
    tensors.push({ name, shape, datatype, data: floatsOf(bytes.subarray(offset, offset + size)) });
    offset += size;
  }
  if (offset !== bytes.length)
    return no(`${String(bytes.length - offset)} bytes behind the JSON belong to no input`);
  return { ok: true, tensors };
}

function floatsOf(bytes: Uint8Array): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float32Array.from({ length: bytes.length / bytesPerValue }, (_value, index) =>
    view.getFloat32(index * bytesPerValue, true),
  );
}

/** Whether the caller wants an output's values as bytes: said of the output, else of the whole request. */
export function wantsBytes({ outputs, parameters }: V2InferRequest, name: string): boolean {
  const own = outputs?.find((output) => output.name === name)?.parameters?.['binary_data'];
  return own === undefined ? parameters?.['binary_data_output'] === true : own === true;
}

type PackedTensor = Omit<V2Tensor, 'data'> & Partial<Pick<V2Tensor, 'data'>>;

/** Tensors for an answer, and the bytes that follow its JSON. */
export function packTensors(
  tensors: readonly V2Tensor[],
  isBinary: (name: string) => boolean,
): { readonly tensors: readonly PackedTensor[]; readonly bytes: Uint8Array } {
  const binary = tensors.filter(({ name }) => isBinary(name));
  const bytes = new Uint8Array(bytesPerValue * binary.reduce((sum, { data }) => sum + data.length, 0));
  const view = new DataView(bytes.buffer);
  for (const [index, value] of binary.flatMap(({ data }) => data).entries())
    view.setFloat32(index * bytesPerValue, Number(value), true);
  return {
    tensors: tensors.map((tensor): PackedTensor => {
      if (!isBinary(tensor.name)) return tensor;
      const { data, ...rest } = tensor;
      return { ...rest, parameters: { binary_data_size: data.length * bytesPerValue } };
    }),
    bytes,
  };
}

function shown(name: string): string {
  return JSON.stringify(name);
}

function no(error: string): TensorsGiven {
  return { ok: false, error };
}
