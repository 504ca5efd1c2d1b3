import { done, refuse } from '../core/outcome.ts';
import { isSha256, type Contents } from './contents.ts';

/** Contents that last as long as the process. */
export function memoryContents(sha256: (bytes: Uint8Array) => string): Contents {
  const bytesOf = new Map<string, Uint8Array>();
  const textOf = new Map<string, string>();
  return {
    async put(bytes) {
      const hash = sha256(bytes);
      bytesOf.set(hash, new Uint8Array(bytes));
      return done({ sha256: hash, sizeBytes: bytes.length });
    },
    async get(hash) {
      const bytes = bytesOf.get(hash);
      if (bytes === undefined) return refuse(`the content ${hash} is not there`, 'Run the step again.');
      return done(new Uint8Array(bytes));
    },
    has: async (hash) => done(bytesOf.has(hash)),
    async remove(hash) {
      bytesOf.delete(hash);
      return done(null);
    },
    async remember(key, text) {
      if (!isSha256(key)) return refuse(`"${key}" is not a SHA-256`, 'This is a defect of the program.');
      textOf.set(key, text);
      return done(null);
    },
    recall: async (key) => done(textOf.get(key)),
  };
}
