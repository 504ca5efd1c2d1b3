/** A tar as files of a folder: plain files only, named as the model contract allows, hashed while they are written. */
import { createHash } from 'node:crypto';
import { mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { extract } from 'tar-stream';
import { modelFilePathSchema } from '../../../contract/model-manifest.ts';
import { guardTar, invalid, PackageFault } from './guard-tar.ts';

export interface UnpackedFile {
  readonly sha256: string;
  readonly sizeBytes: number;
}

export const maximumFiles = 2000;

/** By path. Throws PackageFault for what is no package, and errors of the file system. */
export async function unpack(
  chunks: AsyncIterable<Uint8Array>,
  folder: string,
): Promise<ReadonlyMap<string, UnpackedFile>> {
  const files = new Map<string, UnpackedFile>();
  const tar = extract();
  const fed = pipeline(Readable.from(guardTar(chunks), { objectMode: false }), tar).then(
    () => undefined,
    (cause: unknown) => cause,
  );
  let fault: unknown;
  try {
    for await (const entry of tar) {
      const { name, type } = entry.header;
      const path = name.replace(/\/$/u, '');
      checkPath(path);
      if (type === 'directory') {
        entry.resume();
        continue;
      }
      if (type !== 'file') throw invalid('not-a-plain-file', path);
      if (files.size >= maximumFiles) throw invalid('too-many-files');
      files.set(
        path,
        await writeFile(join(folder, path), entry as unknown as AsyncIterable<Uint8Array>, path),
      );
    }
  } catch (cause) {
    fault = cause;
    tar.destroy();
  }
  // What broke the stream says more than that it broke.
  const upstream = await fed;
  const isOwn = fault instanceof PackageFault || isOfFileSystem(fault);
  const cause = isOwn ? fault : (upstream ?? fault);
  if (cause === undefined) return files;
  if (cause instanceof PackageFault || isOfFileSystem(cause)) throw cause;
  // tar-stream throws plain errors for what is no tar.
  throw invalid('not-a-tar');
}

export function isOfFileSystem(cause: unknown): cause is Error & { readonly code: string } {
  return cause instanceof Error && 'syscall' in cause && 'code' in cause;
}

async function writeFile(
  path: string,
  content: AsyncIterable<Uint8Array>,
  name: string,
): Promise<UnpackedFile> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  let file;
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    file = await open(path, 'wx', 0o600);
  } catch (cause) {
    const code = isOfFileSystem(cause) ? cause.code : undefined;
    if (code === 'EEXIST' || code === 'ENOTDIR' || code === 'EISDIR') throw invalid('twice', name);
    throw cause;
  }
  try {
    for await (const piece of content) {
      hash.update(piece);
      sizeBytes += piece.length;
      await file.writeFile(piece);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return { sha256: hash.digest('hex'), sizeBytes };
}

function checkPath(path: string): void {
  if (modelFilePathSchema.safeParse(path).success) return;
  // A name that came from outside, as it may stand in a problem.
  throw invalid('path', path.replace(/[^\w./-]/gu, '?').slice(0, 200));
}
