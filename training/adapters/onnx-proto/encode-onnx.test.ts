import { fromBinary } from '@bufbuild/protobuf';
import { afterAll, describe, expect, it } from 'vitest';
import { createGraphBuilder, int, ints } from '../../core/graph/graph-builder.ts';
import { onnxEngine } from '../onnx-engine/onnx-engine.ts';
import { encodeOnnx } from './encode-onnx.ts';
import { ModelProtoSchema, TensorProto_DataType } from './gen/onnx_pb.js';

const engine = onnxEngine(encodeOnnx);
afterAll(() => engine.close());

/** y = max over time of conv(x, taps) + 1, with x [time]. */
const smallGraph = () => {
  const builder = createGraphBuilder('small');
  const x = builder.input('x', 'float32', ['time']);
  const shaped = builder.node('Reshape', [x, builder.integers('shape', [1, 1, -1])]);
  const taps = builder.floats('taps', [1, 1, 2], [2, -1]);
  const filtered = builder.node('Conv', [shaped, taps], { strides: ints(2) });
  const largest = builder.node('ReduceMax', [filtered], { keepdims: int(0) });
  const sum = builder.node('Add', [largest, builder.floats('one', [1], [1])]);
  builder.output('y', sum, 'float32', [1]);
  return builder.build();
};

describe('an encoded graph', () => {
  it('computes what it says', async () => {
    const opened = await engine.open(encodeOnnx(smallGraph()));
    if (!opened.ok) throw new Error(opened.problem.code);
    const samples = Float32Array.of(1, 2, 5, 1, 3, 3);
    const outputs = await opened.value.run({ x: { samples, sampleRateHz: 16_000, resampleToHz: 16_000 } });
    // 2 · 1 − 2, 2 · 5 − 1, 2 · 3 − 3; the largest is 9.
    expect(outputs.ok && outputs.value['y']).toEqual({ data: Float32Array.of(10), dims: [1] });
  });

  it('is the same bytes for the same graph', () => {
    expect(encodeOnnx(smallGraph())).toEqual(encodeOnnx(smallGraph()));
  });

  it('says its versions, and stores numbers little-endian with their shapes', () => {
    const model = fromBinary(ModelProtoSchema, encodeOnnx(smallGraph()));
    expect([model.irVersion, model.opsetImport.map(({ domain, version }) => [domain, version])]).toEqual([
      8n,
      [['', 18n]],
    ]);
    const taps = model.graph!.initializer.find(({ name }) => name === 'taps_0')!;
    expect(taps.dims).toEqual([1n, 1n, 2n]);
    expect(taps.dataType).toBe(TensorProto_DataType.FLOAT);
    expect([...taps.rawData]).toEqual([0, 0, 0, 0x40, 0, 0, 0x80, 0xbf]);
  });

  it('is refused by the engine, not by a crash, when it is cut short', async () => {
    const whole = encodeOnnx(smallGraph());
    const opened = await engine.open(whole.subarray(0, whole.length - 20));
    expect(opened.ok ? 'loaded' : opened.problem.code).toBe('engine-load-failed');
  });
});
