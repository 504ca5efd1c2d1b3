/**
 * Blobs as files of one folder: `blobs/<key>`, and `incoming/` for what is being written. A file gets its name only when
 * all of it is on the disk, so a name is a promise. Any number of processes may share the folder.
 */
import { createHash, randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, open, readdir, rename, rm, rmdir, stat, unlink, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { BlobFailure, checkBlobKey, type BlobInfo, type Blobs } from '../../ports/blobs.ts';

export interface DiskBlobsOptions {
  /** Made with mode 0700 where it is missing. */
  readonly folder: string;
}

const readBytes = 64 * 1024;
/** Of what is read to its end, by few at a time. */
const wholeReadBytes = 256 * 1024;
/** Nothing is written for so long: what is older was left by a process that died. */
const abandonedAfterMs = 24 * 60 * 60 * 1000;
/** Another call may remove an empty folder between its making and its use; so often in a row it does not. */
const attempts = 20;

/** Rejects with BlobFailure where the folder cannot be used. */
export async function openDiskBlobs({ folder }: DiskBlobsOptions): Promise<Blobs> {
  const root = join(folder, 'blobs');
  const incoming = join(folder, 'incoming');
  await guarded(async () => {
    await makeFolder(root);
    await makeFolder(incoming);
    await removeAbandoned(incoming);
  });
  const pathOf = (key: string): string => {
    checkBlobKey(key);
    return join(root, ...key.split('/'));
  };

  return {
    async put(key, chunks) {
      const path = pathOf(key);
      const temporary = join(incoming, randomBytes(16).toString('hex'));
      try {
        const written = await writeFile(temporary, chunks);
        await guarded(() => moveIntoPlace(temporary, path));
        return written;
      } catch (error) {
        await rm(temporary, { force: true }).catch(() => undefined);
        throw error;
      }
    },

    async get(key, range = {}) {
      const path = pathOf(key);
      const sizeBytes = await sizeOf(path);
      if (sizeBytes === undefined) return undefined;
      const end = Math.min(range.end ?? sizeBytes, sizeBytes);
      return { sizeBytes, chunks: readFile(path, range.start ?? 0, end) };
    },

    read: (key) => readWhole(pathOf(key)),

    async info(key) {
      const sizeBytes = await sizeOf(pathOf(key));
      return sizeBytes === undefined ? undefined : { key, sizeBytes };
    },

    async delete(key) {
      const path = pathOf(key);
      await guarded(async () => {
        try {
          await unlink(path);
          await syncFolder(dirname(path));
        } catch (error) {
          if (isCode(error, 'ENOENT', 'ENOTDIR')) return;
          throw error;
        }
        await removeEmptyFolders(dirname(path), root);
      });
    },

    async *list(prefix) {
      const names = prefix.split('/').slice(0, -1);
      if (names.length > 0) checkBlobKey(names.join('/'));
      yield* walk(root, names, prefix);
    },

    async check() {
      await guarded(() => stat(root));
    },
  };
}

/** Writes the stream to a new file and waits until it is on the disk. */
async function writeFile(
  path: string,
  chunks: AsyncIterable<Uint8Array>,
): Promise<{ readonly sizeBytes: number; readonly sha256: string }> {
  const hash = createHash('sha256');
  const handle = await guarded(() => open(path, 'wx', 0o600));
  try {
    let sizeBytes = 0;
    // Outside of `guarded`: what the stream throws is not the disk's.
    for await (const chunk of chunks) {
      hash.update(chunk);
      const position = sizeBytes;
      await guarded(() => writeWhole(handle, chunk, position));
      sizeBytes += chunk.length;
    }
    await guarded(() => handle.sync());
    return { sizeBytes, sha256: hash.digest('hex') };
  } finally {
    await handle.close();
  }
}

async function writeWhole(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}

async function moveIntoPlace(temporary: string, path: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await rename(temporary, path);
      await syncFolder(dirname(path));
      return;
    } catch (error) {
      if (!isCode(error, 'ENOENT') || attempt === attempts) throw error;
      await makeFolder(dirname(path));
    }
  }
}

async function* readFile(path: string, start: number, end: number): AsyncGenerator<Uint8Array, void> {
  if (start >= end) return;
  const handle = await guarded(() => open(path, constants.O_RDONLY));
  try {
    for (let position = start; position < end;) {
      const buffer = Buffer.allocUnsafe(Math.min(readBytes, end - position));
      const at = position;
      const { bytesRead } = await guarded(() => handle.read(buffer, 0, buffer.length, at));
      if (bytesRead === 0) throw new BlobFailure('damaged', 'the blob is shorter than it was');
      position += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}

async function* readWhole(path: string): AsyncGenerator<Uint8Array, void> {
  const handle = await guarded(() => open(path, constants.O_RDONLY));
  try {
    for (;;) {
      const buffer = Buffer.allocUnsafe(wholeReadBytes);
      const { bytesRead } = await guarded(() => handle.read(buffer, 0, buffer.length));
      if (bytesRead > 0) yield buffer.subarray(0, bytesRead);
      if (bytesRead < buffer.length) return;
    }
  } finally {
    await handle.close();
  }
}

async function* walk(root: string, names: readonly string[], prefix: string): AsyncGenerator<BlobInfo, void> {
  const folder = join(root, ...names);
  for (const entry of await entriesOf(folder)) {
    const key = [...names, entry.name].join('/');
    if (entry.isDirectory()) {
      if (`${key}/`.startsWith(prefix)) yield* walk(root, [...names, entry.name], prefix);
    } else if (key.startsWith(prefix)) {
      const sizeBytes = await sizeOf(join(folder, entry.name));
      if (sizeBytes !== undefined) yield { key, sizeBytes };
    }
  }
}

async function entriesOf(folder: string) {
  return guarded(async () => {
    try {
      return await readdir(folder, { withFileTypes: true });
    } catch (error) {
      if (isCode(error, 'ENOENT', 'ENOTDIR')) return [];
      throw error;
    }
  });
}

async function sizeOf(path: string): Promise<number | undefined> {
  return guarded(async () => {
    try {
      const found = await stat(path);
      return found.isFile() ? found.size : undefined;
    } catch (error) {
      if (isCode(error, 'ENOENT', 'ENOTDIR')) return undefined;
      throw error;
    }
  });
}

/** Makes the folder and those above it, and makes their names durable. */
async function makeFolder(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  for (let made = folder; ; made = dirname(made)) {
    await syncFolder(dirname(made));
    if (made === first || made === dirname(made)) return;
  }
}

interface FolderFlush {
  readonly current: Promise<void>;
  /** Begins when `current` has ended. */
  next: Promise<void> | undefined;
}

const folderFlushes = new Map<string, FolderFlush>();

/**
 * Makes the names in the folder durable that are there now. One flush serves all who wait for it: who comes while one
 * runs needs the next, because their name may have come too late for this one.
 */
function syncFolder(folder: string): Promise<void> {
  const running = folderFlushes.get(folder);
  if (running === undefined) return startFlush(folder);
  running.next ??= running.current.then(
    () => startFlush(folder),
    () => startFlush(folder),
  );
  return running.next;
}

function startFlush(folder: string): Promise<void> {
  const current = flushFolder(folder);
  const flush: FolderFlush = { current, next: undefined };
  folderFlushes.set(folder, flush);
  const end = (): void => {
    if (flush.next === undefined) folderFlushes.delete(folder);
  };
  current.then(end, end);
  return current;
}

async function flushFolder(folder: string): Promise<void> {
  // Windows cannot open a folder for this and keeps names durable by itself.
  if (process.platform === 'win32') return;
  const handle = await open(folder, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function removeEmptyFolders(from: string, root: string): Promise<void> {
  for (let folder = from; folder !== root; folder = dirname(folder)) {
    try {
      await rmdir(folder);
    } catch (error) {
      if (isCode(error, 'ENOTEMPTY', 'EEXIST', 'ENOENT')) return;
      throw error;
    }
  }
}

async function removeAbandoned(incoming: string): Promise<void> {
  for (const name of await readdir(incoming)) {
    const path = join(incoming, name);
    const age = await stat(path).then(
      ({ mtimeMs }) => Date.now() - mtimeMs,
      () => 0,
    );
    if (age > abandonedAfterMs) await rm(path, { force: true });
  }
}

/** What the file system refuses becomes a BlobFailure; everything else is thrown on. */
async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || !('syscall' in error)) throw error;
    const code = String(error.code);
    if (code === 'ENOSPC' || code === 'EDQUOT') {
      throw new BlobFailure('full', 'the disk of the blobs is full', { cause: error });
    }
    if (code === 'ENOENT') throw new BlobFailure('damaged', 'the blob has gone', { cause: error });
    throw new BlobFailure('unavailable', `the folder of the blobs cannot be used: ${code}`, { cause: error });
  }
}

function isCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}
