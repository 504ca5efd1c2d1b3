import { cpSync, globSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build, root } from '../setup/places.mjs';

/** What the nets are configured by; copied as it is, so that the tests judge the real configuration. */
const configuration = [
  'package.json',
  '.dependency-cruiser.mjs',
  'tsconfig*.json',
  '{contract,native,main,registry,training,preload,renderer,e2e}/**/tsconfig.json',
  'tools/faults/tsconfig.json',
];

export interface PlantedTree {
  readonly folder: string;
  remove(): void;
}

/**
 * A small copy of the repository's shape, with the real configuration and only the files given (path from the root to
 * content). It lies inside build/, so that libraries resolve to the ones installed.
 */
export function plantTree(files: Readonly<Record<string, string>>): PlantedTree {
  mkdirSync(build, { recursive: true });
  const folder = mkdtempSync(join(build, 'planted-'));
  for (const path of globSync(configuration, {
    cwd: root,
    exclude: ['**/node_modules/**', 'build/**', 'dist/**'],
  })) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    cpSync(join(root, path), join(folder, path));
  }
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
