import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';

/** The program's own folder: where `resources` and `dist` stand, for the sources and for the built bundle alike. */
export const programRoot = findRoot(import.meta.dirname);

export function appVersion(): string {
  const text = readFileSync(join(programRoot, 'package.json'), 'utf8');
  return z.object({ version: z.string() }).parse(JSON.parse(text)).version;
}

/** From main/hosts/shared of the sources, or from dist/electron of the bundle. */
function findRoot(from: string): string {
  return basename(from) === 'shared' ? dirname(dirname(dirname(from))) : dirname(dirname(from));
}
