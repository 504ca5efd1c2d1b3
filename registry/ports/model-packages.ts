/** Model folders packed as tar: checked file by file, packed again always to the same bytes, kept as folders here. */
import type { ModelManifest } from '../../contract/model-manifest.ts';
import type { Result } from '../../contract/result.ts';

/** A model on this machine; every file had the hash that its manifest lists. */
export interface ModelFolder {
  readonly manifest: ModelManifest;
  /** Of manifest.json, lower-case hexadecimal: the model's identity. */
  readonly sha256: string;
  readonly graphPath: string;
  /** A listed file, its hash compared once more. `model-damaged`, `model-hash-mismatch`, `too-large` (over 64 MiB). */
  read(path: string): Promise<Result<Uint8Array>>;
}

export interface ReceivedModel extends ModelFolder {
  /** What a signature is over. */
  readonly manifestBytes: Uint8Array;
  readonly card: string;
  /** The package to keep: manifest.json and the listed files by path; the same model gives the same bytes. */
  pack(): AsyncIterable<Uint8Array>;
  discard(): Promise<void>;
}

export interface ModelPackages {
  /**
   * Unpacks and checks what somebody sent. Problems: `model-invalid` (`file`, `reason`: no tar, a link or another strange
   * thing, a path that the contract does not allow, twice the same, no manifest, not by its schema, not listed),
   * `model-damaged` (missing, or of another size), `model-hash-mismatch`, `too-large` (`maximumBytes`), `disk-full`.
   * Nothing stays behind where it fails. Throws what `chunks` throws.
   */
  receive(chunks: AsyncIterable<Uint8Array>): Promise<Result<ReceivedModel>>;
  /**
   * The folder of the model with this manifest hash: the one that is here, or unpacked from the package that `fetch`
   * gives (undefined: there is none). Problems as of `receive`, and `model-not-found`.
   */
  open(
    sha256: string,
    fetch: () => Promise<AsyncIterable<Uint8Array> | undefined>,
  ): Promise<Result<ModelFolder>>;
}
