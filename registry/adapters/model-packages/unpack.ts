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

const maximumFiles = 2000;

/** By path. Throws PackageFault for what is no package, what `chunks` throws, and errors of the file system. */
export async function unpack(
  chunks: AsyncIterable<Uint8Array>,
  folder: string,
  maximumBytes: number,
): Promise<ReadonlyMap<string, UnpackedFile>> {
  const files = new Map<string, UnpackedFile>();
  const tar = extract();
  const fed = pipeline(Readable.from(guardTar(chunks, maximumBytes), { objectMode: false }), tar).then(
    () => undefined,
    (cause: unknown) => cause ?? new Error('the package ended early'),
  );
  let fault: unknown;
  try {
    for await (const entry of tar) {
      const { name, type } = entry.header;
      const path = name.replace(/^(\.\/)+/u, '').replace(/\/$/u, '');
      if (type === 'directory') {
        if (path !== '' && path !== '.') checkPath(path);
        entry.resume();
        continue;
      }
      if (type !== 'file') throw invalid('not-a-plain-file', safe(path));
      checkPath(path);
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
  const isOwn = fault instanceof PackageFault || (fault instanceof Error && 'syscall' in fault);
  const cause = isOwn ? fault : (upstream ?? fault);
  if (cause === undefined) return files;
  throw isTarError(cause) ? invalid('not-a-tar') : cause;
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
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
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
  if (!modelFilePathSchema.safeParse(path).success) throw invalid('path', safe(path));
}

/** A name that came from outside, as it may stand in an answer. */
function safe(path: string): string {
  return path.replace(/[^\w./-]/gu, '?').slice(0, 200);
}

/** tar-stream throws plain errors: no code, one of a few texts. */
function isTarError(cause: unknown): boolean {
  return (
    cause instanceof Error &&
    !('code' in cause) &&
    /tar header|Unexpected end of data|header|Size mismatch/iu.test(cause.message)
  );
}
