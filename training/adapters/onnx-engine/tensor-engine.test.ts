import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { createGraphBuilder } from '../../core/graph/graph-builder.ts';
import { encodeOnnx } from '../onnx-proto/encode-onnx.ts';
import { onnxTensorEngine } from './tensor-engine.ts';

const engine = onnxTensorEngine(encodeOnnx, { threads: 1 });

function rootGraph() {
  const builder = createGraphBuilder('root');
  const x = builder.input('x', 'float32', [3]);
  builder.output('root', builder.node('Sqrt', [x]), 'float32', [3]);
  builder.output('double', builder.node('Add', [x, x]), 'float32', [3]);
  return builder.build();
}

describe('graphs over tensors in this process', () => {
  it('answer with all outputs, numbers that are none included, and leave no files', async () => {
    const opened = await engine.open(rootGraph());
    if (!opened.ok) throw new Error(opened.problem.code);
    const result = await opened.value.run({ x: { data: Float32Array.of(4, -1, Infinity), dims: [3] } });
    await opened.value.release();
    expect(result).toEqual({
      ok: true,
      value: {
        root: { data: Float32Array.of(2, NaN, Infinity), dims: [3] },
        double: { data: Float32Array.of(8, -2, Infinity), dims: [3] },
      },
    });
    const own = (await readdir(tmpdir())).filter((name) => name.startsWith(`spira-training-${process.pid}-`));
    expect(own).toEqual([]);
  });

  it('refuse inputs that the graph does not name, and a shape that it does not have', async () => {
    const opened = await engine.open(rootGraph());
    if (!opened.ok) throw new Error(opened.problem.code);
    const three = { data: new Float32Array(3), dims: [3] };
    const four = { data: new Float32Array(4), dims: [4] };
    const results = [
      await opened.value.run({ x: three, y: three }),
      await opened.value.run({}),
      await opened.value.run({ x: four }),
    ];
    await opened.value.release();
    expect(results.map((result) => (result.ok ? 'ran' : result.problem.code))).toEqual(
      Array(3).fill('engine-run-failed'),
    );
  });

  it('refuse an operator that does not exist', async () => {
    const builder = createGraphBuilder('odd');
    const x = builder.input('x', 'float32', [1]);
    builder.output('y', builder.node('NoSuchOperator', [x]), 'float32', [1]);
    const opened = await engine.open(builder.build());
    expect(opened.ok ? 'opened' : opened.problem.code).toBe('engine-load-failed');
  });
});
