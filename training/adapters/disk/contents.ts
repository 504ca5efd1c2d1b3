import { createHash } from 'node:crypto';
import { readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { done, refuse, type Outcome } from '../../core/outcome.ts';
import { isSha256, type Contents } from '../../ports/contents.ts';
import { codeOf, writeDurably } from './durable-file.ts';

const wayOut = 'Choose a folder that may be read and written, on a disk with room.';

/** Contents as files named by their hash, and remembered texts as files named by their key, in one folder. */
export function diskContents(folder: string): Contents {
  const pathOf = (kind: 'objects' | 'known', hash: string): string =>
    join(folder, kind, hash.slice(0, 2), hash);
  return {
    async put(bytes) {
      const sha256 = hashOf(bytes);
      const path = pathOf('objects', sha256);
      try {
        const found = await stat(path).catch(() => undefined);
        if (found?.size !== bytes.length) await writeDurably(path, bytes);
        return done({ sha256, sizeBytes: bytes.length });
      } catch (cause) {
        return refuse(`an output cannot be kept in ${folder} (${codeOf(cause)})`, wayOut);
      }
    },
    async get(sha256) {
      const again = 'Remove it if it is damaged, and run the step that made it again.';
      if (!isSha256(sha256)) return refuse(`"${sha256}" is not a SHA-256`, again);
      try {
        const bytes = await readFile(pathOf('objects', sha256));
        if (hashOf(bytes) === sha256) return done(bytes);
        return refuse(`the content ${pathOf('objects', sha256)} is damaged`, again);
      } catch (cause) {
        return refuse(`the content ${pathOf('objects', sha256)} cannot be read (${codeOf(cause)})`, again);
      }
    },
    async has(sha256) {
      if (!isSha256(sha256)) return done(false);
      return done((await stat(pathOf('objects', sha256)).catch(() => undefined)) !== undefined);
    },
    remove: (sha256) =>
      guarded(sha256, async () => {
        await rm(pathOf('objects', sha256), { force: true });
        return null;
      }),
    remember: (key, text) =>
      guarded(key, async () => {
        await writeDurably(pathOf('known', key), text);
        return null;
      }),
    recall: (key) =>
      guarded(key, async () => {
        try {
          return await readFile(pathOf('known', key), 'utf8');
        } catch (cause) {
          if (codeOf(cause) === 'ENOENT') return undefined;
          throw cause;
        }
      }),
  };

  async function guarded<T>(key: string, work: () => Promise<T>): Promise<Outcome<T>> {
    if (!isSha256(key)) return refuse(`"${key}" is not a SHA-256`, 'This is a defect of the program.');
    try {
      return done(await work());
    } catch (cause) {
      return refuse(`${pathOf('known', key)} cannot be used (${codeOf(cause)})`, wayOut);
    }
  }
}

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
