import type { Result } from '../../contract/result.ts';
import type { Graph } from '../core/graph/graph.ts';

/** Mono samples; the engine resamples them as it does when a model serves. */
export interface Waveform {
  readonly samples: Float32Array;
  readonly sampleRateHz: number;
  readonly resampleToHz: number;
}

export interface OutputTensor {
  readonly data: Float32Array;
  readonly dims: readonly number[];
}

export interface OpenGraph {
  run(waveforms: Readonly<Record<string, Waveform>>): Promise<Result<Readonly<Record<string, OutputTensor>>>>;
}

/** Writes graphs down and runs them on the CPU, by the very engine that the workstation uses. */
export interface GraphEngine {
  /** The same graph gives the same bytes. */
  encode(graph: Graph): Uint8Array;
  open(encoded: Uint8Array): Promise<Result<OpenGraph>>;
}
