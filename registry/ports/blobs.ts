/** Audio and model files. Keys are ids and hashes with slashes, never names of people or record numbers. */

export interface BlobInfo {
  readonly key: string;
  readonly sizeBytes: number;
}

/** Every method throws RangeError for what is no key (see isBlobKey): a mistake of the program, not of the store. */
export interface Blobs {
  /**
   * Stores the stream durably under the key, whole or not at all; an existing blob is replaced. Memory stays within a
   * few parts of the stream, whatever its length. Resolves with length and SHA-256 (lower-case hexadecimal) of what was
   * stored. Rejects with BlobFailure, or with what the stream itself threw.
   */
  put(
    key: string,
    chunks: AsyncIterable<Uint8Array>,
  ): Promise<{ readonly sizeBytes: number; readonly sha256: string }>;
  /**
   * From `start` to before `end`, in bytes, as far as there are bytes; undefined where there is no such blob.
   * `sizeBytes` is the whole blob's. Nothing is held open until `chunks` is read; it is read once, and throws
   * BlobFailure `damaged` when the blob has gone meanwhile.
   */
  get(
    key: string,
    range?: { readonly start?: number; readonly end?: number },
  ): Promise<{ readonly sizeBytes: number; readonly chunks: AsyncIterable<Uint8Array> } | undefined>;
  /** All of a blob, read once; throws BlobFailure `damaged` where there is none. Asks the store once, where `get` may twice. */
  read(key: string): AsyncIterable<Uint8Array>;
  info(key: string): Promise<BlobInfo | undefined>;
  /** No error where there is none. */
  delete(key: string): Promise<void>;
  /** Blobs whose key begins with the prefix, in no order; what is stored or deleted meanwhile may be in it or not. */
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

const keyPattern = /^[A-Za-z0-9][A-Za-z0-9._-]*(\/[A-Za-z0-9][A-Za-z0-9._-]*)*$/u;
const maximumKeyLength = 512;
const maximumNameLength = 200;

/**
 * Names of letters, digits, dots, hyphens and underscores, joined by slashes; none begins with a dot or is longer than
 * 200. No key is another's folder (`a` beside `a/b`), and no two differ in case only.
 */
export function isBlobKey(key: string): boolean {
  return (
    key.length <= maximumKeyLength &&
    keyPattern.test(key) &&
    key.split('/').every((name) => name.length <= maximumNameLength)
  );
}

/** Throws RangeError for what is no key. */
export function checkBlobKey(key: string): void {
  if (!isBlobKey(key)) throw new RangeError('not a key of a blob');
}
