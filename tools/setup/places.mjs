import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
export const modules = join(root, 'node_modules');
export const binaries = join(modules, '.bin');
/** Made by tools and git-ignored: caches, reports, compiled types. */
export const build = join(root, 'build');
export const rendererOutput = join(root, 'dist', 'renderer');
export const electronOutput = join(root, 'dist', 'electron');

/**
 * @param {string} name of a library
 * @param {string} program the path of its program inside the package
 */
export function packageProgram(name, program) {
  return join(modules, name, program);
}
