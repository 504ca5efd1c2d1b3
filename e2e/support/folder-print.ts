import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';

/** Every file of a folder. */
export function filesOf(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true)
    .toSorted();
}

/** Names and contents of everything that a data folder keeps, without the log that grows at every start. */
export function printOf(folder: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    filesOf(folder)
      .map((path) => [relative(folder, path), path] as const)
      .filter(([name]) => !name.startsWith('logs'))
      .map(([name, path]) => [name, createHash('sha256').update(readFileSync(path)).digest('hex')]),
  );
}
