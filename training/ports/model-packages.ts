import type { Outcome } from '../core/outcome.ts';
import type { ModelFiles } from './model-folders.ts';

/** Model folders as one file, as a registry takes and gives them. */
export interface ModelPackages {
  /** The same files give the same bytes. */
  pack(files: ModelFiles): Promise<Uint8Array>;
  /** Plain files with paths that the model contract allows, each once; refuses anything else. */
  unpack(bytes: Uint8Array): Promise<Outcome<ModelFiles>>;
}
