import { fail, type Problem } from '../../../contract/result.ts';
import { walkTarHeaders, type TarRules } from '../../../contract/tar-headers.ts';

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

/** People pack with whatever they have: pax headers and GNU's long names are read, and entries are judged by the reader. */
const rules: TarRules = {
  extensions: new Set(['x', 'g', 'L', 'K']),
  forbiddenInExtensions: /(^|\n)\d+ (size|GNU\.sparse[^=]*)=/u,
  endsWithMark: false,
};

/**
 * Passes a tar on and walks its headers on the way: no more bytes than allowed, no extension that would fill memory, and
 * none that gives a file another length than its header does. Throws PackageFault.
 */
export async function* guardTar(
  chunks: AsyncIterable<Uint8Array>,
  maximumBytes: number,
): AsyncGenerator<Uint8Array> {
  const walk = walkTarHeaders(rules);
  let total = 0;
  for await (const chunk of chunks) {
    total += chunk.length;
    if (total > maximumBytes) throw new PackageFault(fail('too-large', { maximumBytes }).problem);
    const fault = walk.pass(chunk);
    if (fault !== undefined) throw invalid(fault);
    yield chunk;
  }
}
