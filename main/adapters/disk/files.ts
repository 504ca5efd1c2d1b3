/** The few things that recordings ask of a file system. Everything throws as node:fs does. */
import { constants } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat, statfs } from 'node:fs/promises';

export interface OpenFile {
  /** Bytes that were there; fewer than asked for only at the end. */
  read(offsetBytes: number, lengthBytes: number): Promise<Buffer>;
  write(offsetBytes: number, bytes: Uint8Array): Promise<void>;
  /** Content and length are on the disk when this returns. */
  sync(): Promise<void>;
  truncate(sizeBytes: number): Promise<void>;
  size(): Promise<number>;
  close(): Promise<void>;
}

export interface Files {
  makeFolder(path: string): Promise<void>;
  /** `create` wants that nothing is there; `replace` empties what is; the others want that something is. */
  open(path: string, how: 'read' | 'update' | 'create' | 'replace'): Promise<OpenFile>;
  rename(from: string, to: string): Promise<void>;
  /** A success too where there is nothing; folders with all that is in them. */
  remove(path: string): Promise<void>;
  /** Names only; empty where there is no such folder. */
  list(folder: string): Promise<readonly string[]>;
  /** Undefined where there is no such file. */
  size(path: string): Promise<number | undefined>;
  /** Makes names that were made, changed or removed in a folder durable. */
  syncFolder(folder: string): Promise<void>;
  freeBytes(folder: string): Promise<number>;
}

const flags = {
  read: constants.O_RDONLY,
  update: constants.O_RDWR,
  create: constants.O_RDWR | constants.O_CREAT | constants.O_EXCL,
  replace: constants.O_RDWR | constants.O_CREAT | constants.O_TRUNC,
};

export const diskFiles: Files = {
  async makeFolder(path) {
    await mkdir(path, { recursive: true, mode: 0o700 });
  },
  async open(path, how) {
    const handle = await open(path, flags[how], 0o600);
    return {
      async read(offsetBytes, lengthBytes) {
        const buffer = Buffer.allocUnsafe(lengthBytes);
        let length = 0;
        while (length < lengthBytes) {
          const { bytesRead } = await handle.read(buffer, length, lengthBytes - length, offsetBytes + length);
          if (bytesRead === 0) break;
          length += bytesRead;
        }
        return buffer.subarray(0, length);
      },
      async write(offsetBytes, bytes) {
        let length = 0;
        while (length < bytes.length) {
          const { bytesWritten } = await handle.write(
            bytes,
            length,
            bytes.length - length,
            offsetBytes + length,
          );
          length += bytesWritten;
        }
      },
      sync: () => handle.datasync(),
      truncate: (sizeBytes) => handle.truncate(sizeBytes),
      size: async () => (await handle.stat()).size,
      close: () => handle.close(),
    };
  },
  rename,
  remove: (path) => rm(path, { recursive: true, force: true }),
  async list(folder) {
    try {
      return await readdir(folder);
    } catch (error) {
      if (isMissing(error)) return [];
      throw error;
    }
  },
  async size(path) {
    try {
      return (await stat(path)).size;
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  },
  async syncFolder(folder) {
    // Windows cannot open a folder for this and keeps names durable by itself.
    if (process.platform === 'win32') return;
    const handle = await open(folder, constants.O_RDONLY);
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  },
  async freeBytes(folder) {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  },
};

export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
