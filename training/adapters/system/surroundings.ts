import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { z } from 'zod';
import type { Surroundings } from '../../ports/surroundings.ts';

const repositoryUrl = new URL('../../../', import.meta.url);

export function systemSurroundings(progress: (line: string) => void): Surroundings {
  return {
    now: () => new Date(),
    codeVersion,
    sha256: (bytes) => createHash('sha256').update(bytes).digest('hex'),
    toBytes: (text) => new TextEncoder().encode(text),
    toText: (bytes) => new TextDecoder().decode(bytes),
    progress,
  };
}

async function codeVersion(): Promise<string> {
  const text = await readFile(new URL('package.json', repositoryUrl), 'utf8');
  const { name, version } = z.object({ name: z.string(), version: z.string() }).parse(JSON.parse(text));
  const git = (...args: string[]): Promise<{ stdout: string }> =>
    promisify(execFile)('git', ['-C', fileURLToPath(repositoryUrl), ...args]);
  try {
    const commit = (await git('rev-parse', '--short=12', 'HEAD')).stdout.trim();
    const paths = ['training', 'native', 'contract', 'package-lock.json'];
    const changes = (await git('status', '--porcelain', '--', ...paths)).stdout.trim();
    return `${name} ${version}+${commit}${changes === '' ? '' : '.changed'}`;
  } catch {
    // An installed copy has no repository.
    return `${name} ${version}`;
  }
}
