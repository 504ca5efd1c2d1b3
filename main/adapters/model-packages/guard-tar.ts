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

/** POSIX.1-2001: what a long path needs. Other extensions are in no package of a registry. */
const extendedHeader = 'x';
const rules: TarRules = {
  kinds: new Set(['0', '\0', '5', extendedHeader]),
  extensions: new Set([extendedHeader]),
  // A path may be told in an extension, and nothing that changes what a header says of its content.
  forbiddenInExtensions: /(^|\n)\d+ (size|linkpath|GNU\.[^=]*)=/u,
  endsWithMark: true,
};

/**
 * Passes a tar on and walks its headers on the way: plain files and folders only, no extension that would fill memory,
 * none that gives a file another length than its header does, and nothing after the end mark. Throws PackageFault.
 */
export async function* guardTar(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const walk = walkTarHeaders(rules);
  for await (const chunk of chunks) {
    const fault = walk.pass(chunk);
    if (fault !== undefined) throw invalid(fault);
    yield chunk;
  }
  const fault = walk.end();
  if (fault !== undefined) throw invalid(fault);
}
