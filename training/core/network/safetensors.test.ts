import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { onnxTensorEngine } from '../../adapters/onnx-engine/tensor-engine.ts';
import { encodeOnnx } from '../../adapters/onnx-proto/encode-onnx.ts';
import type { Outcome } from '../outcome.ts';
import { initialParameters } from './initial-parameters.ts';
import { nameParameters, parametersFromNames } from './named-parameters.ts';
import { logitGraph } from './network-graphs.ts';
import { planNetwork } from './network.ts';
import { referenceNetwork, smallNetwork } from './networks.ts';
import { decodeSafetensors, encodeSafetensors, type TensorFile } from './safetensors.ts';

function valueOf<T>(outcome: Outcome<T>): T {
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.refusal));
  return outcome.value;
}

const refusalOf = (outcome: Outcome<unknown>) => (outcome.ok ? undefined : outcome.refusal);

/** A file from its header and the bytes of its numbers. */
function file(header: string, ...numbers: number[]): Uint8Array {
  const text = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + text.length + numbers.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  bytes.set(numbers, 8 + text.length);
  return bytes;
}

const example: TensorFile = {
  tensors: new Map([
    ['b', { dims: [2, 2], data: Float32Array.of(1, -0, Infinity, 1e-45) }],
    ['a', { dims: [], data: Float32Array.of(0.1) }],
    ['empty', { dims: [0, 3], data: new Float32Array(0) }],
  ]),
  metadata: { note: 'São Paulo, "à" 100 % 🫁' },
};

describe('a safetensors file', () => {
  it('gives back names, shapes, bits and metadata', () => {
    const bytes = encodeSafetensors(example);
    expect(valueOf(decodeSafetensors(bytes))).toEqual(example);
    expect(new DataView(bytes.buffer).getBigUint64(0, true) % 8n).toBe(0n);
  });

  it('reads the other floating-point types of the format', () => {
    const half = file(
      '{"x":{"dtype":"F16","shape":[4],"data_offsets":[0,8]}}',
      0,
      0x3c,
      0,
      0xc0,
      1,
      0,
      0,
      0x7c,
    );
    expect([...valueOf(decodeSafetensors(half)).tensors.get('x')!.data]).toEqual([1, -2, 2 ** -24, Infinity]);
    const brain = file('{"x":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]}}', 0x80, 0x3f, 0x40, 0xc0);
    expect([...valueOf(decodeSafetensors(brain)).tensors.get('x')!.data]).toEqual([1, -3]);
    const double = file(
      '{"x":{"dtype":"F64","shape":[1],"data_offsets":[0,8]}}',
      ...new Uint8Array(Float64Array.of(1.5).buffer),
    );
    expect([...valueOf(decodeSafetensors(double)).tensors.get('x')!.data]).toEqual([1.5]);
  });

  it.each([
    ['is empty', new Uint8Array(0)],
    ['lost its end', encodeSafetensors(example).subarray(0, -1)],
    ['lost all but its length', encodeSafetensors(example).subarray(0, 8)],
    ['has a header that is no JSON', file('{')],
    ['has a header that is no object', file('[]')],
    [
      'has a shape larger than its numbers',
      file('{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}', 0, 0, 0, 0),
    ],
    ['points behind its end', file('{"x":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}', 0, 0, 0, 0)],
    ['has a negative shape', file('{"x":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}', 0, 0, 0, 0)],
    ['has metadata that are no texts', file('{"__metadata__":{"a":1}}')],
    [
      'has a type that is no float',
      file('{"x":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}}', ...Array(8).fill(0)),
    ],
  ])('is refused when it %s', (_, bytes) => {
    expect(refusalOf(decodeSafetensors(bytes))?.what).toMatch(/not a whole safetensors file|of type I64/);
  });

  it('is refused, never a crash, whatever bytes it is made of', () => {
    const whole = encodeSafetensors(example);
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(255), (place, byte) => {
        const changed = whole.slice();
        changed[place] = byte;
        return typeof decodeSafetensors(changed).ok === 'boolean';
      }),
    );
  });
});

describe('weights by name', () => {
  const network = smallNetwork();
  const flat = initialParameters(network, 3);
  it('make the flat vector that they were taken from', () => {
    expect(valueOf(parametersFromNames(network, nameParameters(network, flat)))).toEqual(flat);
  });

  it('are refused with every name that does not fit', () => {
    const named = new Map(nameParameters(network, flat));
    const stem = named.get('stem.weight')!;
    named.delete('logit.bias');
    named.set('stem.weight', { ...stem, dims: [40, 32, 5, 1] });
    named.set('norm0.bias', { dims: [32], data: new Float32Array(32).fill(NaN) });
    named.set('other', { dims: [1], data: new Float32Array(1) });
    expect(refusalOf(parametersFromNames(network, named))?.items).toEqual([
      'stem.weight is [40, 32, 5, 1] and should be [32, 40, 5, 1]',
      'norm0.bias holds numbers that are not finite',
      'logit.bias is missing, [1]',
      'other has no place in the network',
    ]);
  });
});

const python = ['/usr/bin/python3', 'python3'].find((program) => {
  try {
    execFileSync(program, ['-c', 'import torch'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
});

describe.skipIf(python === undefined)('weights of PyTorch (skipped where python3 has no torch)', () => {
  it('give its logits to 1e-5', { timeout: 120_000 }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'spira-torch-'));
    try {
      const script = fileURLToPath(new URL('../../fixtures/export-reference-network.py', import.meta.url));
      execFileSync(python!, [script, folder], { stdio: ['ignore', 'ignore', 'inherit'] });
      const network = referenceNetwork();
      const weights = valueOf(decodeSafetensors(readFileSync(join(folder, 'weights.safetensors'))));
      const example = valueOf(decodeSafetensors(readFileSync(join(folder, 'example.safetensors')))).tensors;
      const flat = valueOf(parametersFromNames(network, weights.tensors));
      const features = example.get('features')!;
      const opened = await onnxTensorEngine(encodeOnnx).open(logitGraph(network, features.dims[0]!));
      if (!opened.ok) throw new Error(opened.problem.code);
      const result = await opened.value.run({
        features,
        parameters: { data: flat, dims: [planNetwork(network).parameterCount] },
      });
      await opened.value.release();
      if (!result.ok) throw new Error(result.problem.code);
      const expected = example.get('logits')!.data;
      expect(expected.length).toBe(3);
      expected.forEach((logit, row) =>
        expect(Math.abs(result.value['logits']!.data[row]! - logit)).toBeLessThan(1e-5),
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
