/** Audio and model files. Keys are ids and hashes with slashes, never names of people or record numbers. */

export interface BlobInfo {
  readonly key: string;
  readonly sizeBytes: number;
}

export interface Blobs {
  /**
   * Stores the stream durably under the key, whole or not at all; an existing blob is replaced. Memory stays within a
   * few parts of the stream, whatever its length. Resolves with length and SHA-256 (lower-case hexadecimal) of what was
   * stored. Rejects with BlobFailure.
   */
  put(
    key: string,
    chunks: AsyncIterable<Uint8Array>,
  ): Promise<{ readonly sizeBytes: number; readonly sha256: string }>;
  /** From `start` to before `end`, in bytes; undefined where there is no such blob. */
  get(
    key: string,
    range?: { readonly start?: number; readonly end?: number },
  ): Promise<{ readonly sizeBytes: number; readonly chunks: AsyncIterable<Uint8Array> } | undefined>;
  info(key: string): Promise<BlobInfo | undefined>;
  /** No error where there is none. */
  delete(key: string): Promise<void>;
  list(prefix: string): AsyncIterable<BlobInfo>;
  /** Rejects when the store does not answer. */
  check(): Promise<void>;
}

export class BlobFailure extends Error {
  readonly kind: 'unavailable' | 'full' | 'damaged';

  constructor(kind: BlobFailure['kind'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'BlobFailure';
    this.kind = kind;
  }
}
