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
/** Extended headers (POSIX.1-2001 pax, GNU long names): the reader holds them in memory, whatever length they claim. */
const extensions = new Set(['x', 'g', 'L', 'K']);

/**
 * Passes a tar on and walks its headers on the way: no more bytes than allowed, no extension that would fill memory, and
 * none that gives a file another length than its header does. Throws PackageFault.
 */
export async function* guardTar(
  chunks: AsyncIterable<Uint8Array>,
  maximumBytes: number,
): AsyncGenerator<Uint8Array> {
  const header = new Uint8Array(blockBytes);
  let headerLength = 0;
  let contentLeft = 0;
  let extension: Uint8Array | undefined;
  let extensionLength = 0;
  let total = 0;
  for await (const chunk of chunks) {
    total += chunk.length;
    if (total > maximumBytes) throw new PackageFault(fail('too-large', { maximumBytes }).problem);
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
          if (/(^|\n)\d+ (size|GNU\.sparse[^=]*)=/u.test(Buffer.from(extension).toString('latin1')))
            throw invalid('size-extension');
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
      const sizeBytes = sizeOf(header);
      contentLeft = Math.ceil(sizeBytes / blockBytes) * blockBytes;
      if (!extensions.has(String.fromCharCode(header[156] ?? 0))) continue;
      if (sizeBytes > maximumExtensionBytes) throw invalid('extension-too-long');
      extension = new Uint8Array(contentLeft);
      extensionLength = 0;
    }
    yield chunk;
  }
}

/** The size field: octal text, or GNU's binary numbers, which only files above 8 GiB need. */
function sizeOf(header: Uint8Array): number {
  if (((header[124] ?? 0) & 0x80) !== 0) throw invalid('file-too-large');
  const text = Buffer.from(header.subarray(124, 136)).toString('latin1').replace(/\0.*$/u, '').trim();
  if (text === '') return 0;
  if (!/^[0-7]+$/u.test(text)) throw invalid('not-a-tar');
  return Number.parseInt(text, 8);
}
