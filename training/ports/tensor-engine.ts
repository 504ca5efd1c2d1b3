import type { Result } from '../../contract/result.ts';
import type { Graph } from '../core/graph/graph.ts';

/** Row-major numbers with their shape. */
export interface FloatTensor {
  readonly data: Float32Array;
  readonly dims: readonly number[];
}

export type FloatTensors = Readonly<Record<string, FloatTensor>>;

export interface OpenTensorGraph {
  /**
   * Inputs by name, exactly those that the graph names; all outputs. On one machine with one number of threads the
   * same inputs give the same bits. Fails with 'engine-run-failed' or 'engine-output-invalid'. Numbers that are not
   * finite are passed on: a trainer has to see them.
   */
  run(inputs: FloatTensors): Promise<Result<FloatTensors>>;
  release(): Promise<void>;
}

/** Runs graphs over float32 tensors within this process, which does nothing else meanwhile. */
export interface TensorEngine {
  /** Fails with 'engine-load-failed' or 'engine-provider-unavailable'. */
  open(graph: Graph): Promise<Result<OpenTensorGraph>>;
}
