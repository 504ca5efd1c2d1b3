import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ProgramFacts } from '../../ports/program.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
/** What decides results; commands and tests do not. */
const folders = [
  'contract/training',
  'native',
  'training/core',
  'training/ports',
  'training/app',
  'training/adapters',
];
const files = ['contract/canonical-json.ts', 'contract/model-manifest.ts', 'package-lock.json'];

/** The program as it stands: its sources by hash, what it runs on. `codeVersion` is for people. */
export async function describeProgram(codeVersion: string): Promise<ProgramFacts> {
  const hash = createHash('sha256');
  for (const folder of folders) {
    const entries = await readdir(join(root, folder), { recursive: true });
    for (const file of entries.filter(isSource).sort()) {
      hash.update(`${folder}/${file.replaceAll('\\', '/')}\n`);
      hash.update(await readFile(join(root, folder, file)));
    }
  }
  for (const file of files) hash.update(await readFile(join(root, file)).catch(() => ''));
  const processors = cpus();
  return {
    codeVersion,
    codeSha256: hash.digest('hex'),
    environment: {
      node: process.version,
      platform: `${process.platform} ${process.arch}`,
      processor: processors[0]?.model.trim() ?? 'unknown',
      cores: String(processors.length),
      provider: 'cpu',
    },
  };
}

function isSource(file: string): boolean {
  return /\.(ts|js)$/u.test(file) && !/\.(test|contract)\.ts$|fixtures/u.test(file);
}
