/** Files on their way in: encrypted under a key that only this process has, so nothing of them outlives it. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { ImportId } from '../../../contract/ids.ts';
import { fail, ok, type Result } from '../../../contract/result.ts';
import { fileHeaderBytes, frameOverheadBytes } from '../../core/recording-frames.ts';
import type { Files, OpenFile } from './files.ts';
import { frameCipher, type FrameCipher } from './frame-cipher.ts';

interface Staged {
  readonly path: string;
  readonly file: OpenFile;
  readonly cipher: FrameCipher;
  /** Length of each part's content, bytes. */
  readonly parts: number[];
  receivedBytes: number;
  sizeBytes: number;
}

export interface Staging {
  stage(
    importId: ImportId,
    chunk: { readonly offsetBytes: number; readonly bytes: Uint8Array },
  ): Promise<Result<{ readonly receivedBytes: number }>>;
  take(importId: ImportId): Promise<Result<Uint8Array>>;
  close(): Promise<void>;
}

export function createStaging(files: Files, folder: string): Staging {
  const key = randomBytes(32);
  const staged = new Map<ImportId, Staged>();

  async function begin(importId: ImportId): Promise<Staged> {
    const path = join(folder, importId);
    const file = await files.open(path, 'replace');
    const cipher = frameCipher(key, { kind: 'staged', id: importId, sampleRateHz: 0 });
    const begun = { path, file, cipher, parts: [], receivedBytes: 0, sizeBytes: fileHeaderBytes };
    staged.set(importId, begun);
    await file.write(0, cipher.fileHeader);
    return begun;
  }

  return {
    async stage(importId, { offsetBytes, bytes }) {
      const known = staged.get(importId);
      const received = known?.receivedBytes ?? 0;
      const isRepeat = known !== undefined && offsetBytes + bytes.length <= received;
      if (isRepeat) return ok({ receivedBytes: received });
      if (offsetBytes !== received) return fail('conflict', { expectedOffsetBytes: received, offsetBytes });
      const target = known ?? (await begin(importId));
      const frame = target.cipher.seal(target.parts.length, bytes);
      try {
        await target.file.write(target.sizeBytes, frame);
      } catch (error) {
        await target.file.truncate(target.sizeBytes).catch(() => undefined);
        throw error;
      }
      target.parts.push(bytes.length);
      target.sizeBytes += frame.length;
      target.receivedBytes += bytes.length;
      return ok({ receivedBytes: target.receivedBytes });
    },
    async take(importId) {
      const source = staged.get(importId);
      if (source === undefined) return fail('not-found');
      staged.delete(importId);
      try {
        const bytes = new Uint8Array(source.receivedBytes);
        let [offset, filled] = [fileHeaderBytes, 0];
        for (const [index, length] of source.parts.entries()) {
          const frame = await source.file.read(offset, length + frameOverheadBytes);
          const content = source.cipher.open(index, frame);
          if (content === undefined) return fail('take-damaged', { reason: 'staged' });
          bytes.set(content, filled);
          offset += frame.length;
          filled += length;
        }
        return ok(bytes);
      } finally {
        await source.file.close();
        await files.remove(source.path);
      }
    },
    async close() {
      for (const { file } of staged.values()) await file.close();
      staged.clear();
    },
  };
}
