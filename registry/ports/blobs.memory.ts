import { sha256 } from '../../contract/sha256.ts';
import { BlobFailure, checkBlobKey, type Blobs } from './blobs.ts';

export interface MemoryBlobs extends Blobs {
  keys(): readonly string[];
  /** The next call of the method fails so, before it does anything. */
  failNext(method: 'put' | 'get' | 'info' | 'delete', kind: BlobFailure['kind']): void;
  /** Alters the last byte, or takes the blob away where `content` is null. */
  damage(key: string, content?: null): void;
  setCapacity(bytes: number): void;
}

export interface MemoryBlobsOptions {
  /** Lower-case hexadecimal; the contract's own by default, which is slow over many megabytes. */
  readonly sha256?: (data: Uint8Array) => string;
}

const chunkBytes = 64 * 1024;

export function memoryBlobs(options: MemoryBlobsOptions = {}): MemoryBlobs {
  const hash = options.sha256 ?? sha256;
  const blobs = new Map<string, Uint8Array>();
  const failures = new Map<string, BlobFailure['kind']>();
  let capacityBytes = Number.POSITIVE_INFINITY;

  const meet = (method: string): void => {
    const kind = failures.get(method);
    failures.delete(method);
    if (kind !== undefined) throw new BlobFailure(kind, `the memory cannot ${method}, as it was told`);
  };
  const usedBytes = (): number => [...blobs.values()].reduce((sum, blob) => sum + blob.length, 0);

  async function* piecesOf(key: string, start: number, end: number): AsyncGenerator<Uint8Array, void> {
    for (let from = start; from < end; from += chunkBytes) {
      const content = blobs.get(key);
      if (content === undefined) throw new BlobFailure('damaged', 'the blob has gone');
      await Promise.resolve();
      yield content.slice(from, Math.min(end, from + chunkBytes));
    }
  }

  return {
    async put(key, chunks) {
      checkBlobKey(key);
      meet('put');
      const pieces: Uint8Array[] = [];
      let sizeBytes = 0;
      for await (const chunk of chunks) {
        sizeBytes += chunk.length;
        if (usedBytes() + sizeBytes > capacityBytes) throw new BlobFailure('full', 'the memory is full');
        pieces.push(chunk.slice());
      }
      const content = new Uint8Array(sizeBytes);
      let offset = 0;
      for (const piece of pieces) {
        content.set(piece, offset);
        offset += piece.length;
      }
      blobs.set(key, content);
      return { sizeBytes, sha256: hash(content) };
    },
    async get(key, range = {}) {
      checkBlobKey(key);
      meet('get');
      await Promise.resolve();
      const content = blobs.get(key);
      if (content === undefined) return undefined;
      const end = Math.min(range.end ?? content.length, content.length);
      return { sizeBytes: content.length, chunks: piecesOf(key, range.start ?? 0, end) };
    },
    async *read(key) {
      checkBlobKey(key);
      meet('get');
      yield* piecesOf(key, 0, blobs.get(key)?.length ?? 1);
    },
    async info(key) {
      checkBlobKey(key);
      meet('info');
      await Promise.resolve();
      const content = blobs.get(key);
      return content && { key, sizeBytes: content.length };
    },
    async delete(key) {
      checkBlobKey(key);
      meet('delete');
      await Promise.resolve();
      blobs.delete(key);
    },
    async *list(prefix) {
      await Promise.resolve();
      for (const [key, { length }] of [...blobs]) {
        if (key.startsWith(prefix)) yield { key, sizeBytes: length };
      }
    },
    check: () => Promise.resolve(),

    keys: () => [...blobs.keys()].sort(),
    failNext: (method, kind) => void failures.set(method, kind),
    damage(key, content) {
      const blob = blobs.get(key);
      if (blob === undefined) throw new RangeError('there is nothing to damage');
      if (content === null) blobs.delete(key);
      else blob[blob.length - 1]! ^= 1;
    },
    setCapacity: (bytes) => {
      capacityBytes = bytes;
    },
  };
}
