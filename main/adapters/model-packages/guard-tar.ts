import { fail, type Problem } from '../../../contract/result.ts';

/** Ends a stream whose content is no package; the problem says why. */
export class PackageFault extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(`not a model package: ${problem.code}`);
    this.name = 'PackageFault';
    this.problem = problem;
  }
}

export function invalid(reason: string, file?: string): PackageFault {
  return new PackageFault(fail('model-invalid', { reason, ...(file === undefined ? {} : { file }) }).problem);
}

const blockBytes = 512;
const maximumExtensionBytes = 64 * 1024;
/** POSIX.1-2001: what a long path needs. Other extensions are in no package of a registry. */
const extendedHeader = 'x';
const plainKinds = new Set(['0', '\0', '5', extendedHeader]);

/**
 * Passes a tar on and walks its headers on the way: plain files and folders only, no extension that would fill memory,
 * none that gives a file another length than its header does, and nothing after the end mark. Throws PackageFault.
 */
export async function* guardTar(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const header = new Uint8Array(blockBytes);
  let headerLength = 0;
  let contentLeft = 0;
  let hasEnded = false;
  let extension: Uint8Array | undefined;
  let extensionLength = 0;
  for await (const chunk of chunks) {
    for (let offset = 0; offset < chunk.length;) {
      if (contentLeft > 0) {
        const length = Math.min(contentLeft, chunk.length - offset);
        if (extension !== undefined) {
          extension.set(chunk.subarray(offset, offset + length), extensionLength);
          extensionLength += length;
        }
        contentLeft -= length;
        offset += length;
        if (contentLeft === 0 && extension !== undefined) {
          checkExtension(extension);
          extension = undefined;
        }
        continue;
      }
      const length = Math.min(blockBytes - headerLength, chunk.length - offset);
      header.set(chunk.subarray(offset, offset + length), headerLength);
      headerLength += length;
      offset += length;
      if (headerLength < blockBytes) continue;
      headerLength = 0;
      if (header.every((byte) => byte === 0)) {
        hasEnded = true;
        continue;
      }
      if (hasEnded) throw invalid('not-a-tar');
      const sizeBytes = sizeOf(header);
      const kind = String.fromCharCode(header[156] ?? 0);
      if (!plainKinds.has(kind)) throw invalid('not-a-plain-file');
      contentLeft = Math.ceil(sizeBytes / blockBytes) * blockBytes;
      if (kind !== extendedHeader) continue;
      if (sizeBytes > maximumExtensionBytes) throw invalid('extension-too-long');
      extension = new Uint8Array(contentLeft);
      extensionLength = 0;
    }
    yield chunk;
  }
  if (!hasEnded || headerLength > 0 || contentLeft > 0) throw invalid('cut');
}

/** A path may be told in an extension, and nothing that changes what a header says of its content. */
function checkExtension(bytes: Uint8Array): void {
  const text = Buffer.from(bytes).toString('latin1');
  if (/(^|\n)\d+ (size|linkpath|GNU\.[^=]*)=/u.test(text)) throw invalid('extension');
}

/** The size field: octal text. GNU's binary numbers are for files above 8 GiB only. */
function sizeOf(header: Uint8Array): number {
  const text = Buffer.from(header.subarray(124, 136)).toString('latin1').replace(/\0.*$/u, '').trim();
  if (!/^[0-7]*$/u.test(text)) throw invalid('not-a-tar');
  return text === '' ? 0 : Number.parseInt(text, 8);
}
