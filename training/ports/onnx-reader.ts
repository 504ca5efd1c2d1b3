import type { GraphFacts } from '../core/model/graph-facts.ts';
import type { Outcome } from '../core/outcome.ts';
import type { ModelFiles } from './model-folders.ts';

export interface ReadGraph {
  readonly facts: GraphFacts;
  /** The graph as one file, with all of its weights inside. */
  readonly encoded: Uint8Array;
}

/** Reads ONNX files that others wrote. */
export interface OnnxReader {
  /** Weights that stand in other files are taken from `files`, whose paths are relative to the graph's folder. */
  read(bytes: Uint8Array, files: ModelFiles): Outcome<ReadGraph>;
}
