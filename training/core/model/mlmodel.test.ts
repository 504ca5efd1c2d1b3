import { describe, expect, it } from 'vitest';
import { readMlmodel } from './mlmodel.ts';

const logged = `artifact_path: model
flavors:
  onnx:
    code: null
    data: model.onnx
    onnx_version: 1.17.0
    providers:
    - CUDAExecutionProvider
    - CPUExecutionProvider
  python_function:
    data: other.onnx
    env:
      conda: conda.yaml
    loader_module: mlflow.onnx
mlflow_version: 2.14.1
model_size_bytes: 1234
run_id: 0123456789abcdef0123456789abcdef
signature:
  inputs: '[{"type": "tensor"}]'
utc_time_created: '2026-11-21 12:00:00.000000'
`;

describe('MLmodel', () => {
  it('says where the graph is, and of which run', () => {
    expect(readMlmodel(logged)).toEqual({
      ok: true,
      value: {
        graph: 'model.onnx',
        runId: '0123456789abcdef0123456789abcdef',
        mlflowVersion: '2.14.1',
      },
    });
    expect(readMlmodel(logged.replace(/run_id: .*\n/u, '').replaceAll('\n', '\r\n'))).toMatchObject({
      value: { runId: null, mlflowVersion: '2.14.1' },
    });
  });

  it('is refused without ONNX, by what it has instead', () => {
    expect(readMlmodel(logged.replace('  onnx:', '  pytorch:'))).toMatchObject({
      refusal: { items: ['it has the flavour pytorch', 'it has the flavour python_function'] },
    });
    expect(readMlmodel('').ok).toBe(false);
  });
});
