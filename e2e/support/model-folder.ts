/** The shipped model in a folder of its own, where a test may change it. */
import { cpSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { ModelManifest } from '../../contract/model-manifest.ts';

const shipped = resolve(import.meta.dirname, '../../resources/models');

export function copyOfShippedModel(
  to: string,
  change: (manifest: ModelManifest) => unknown = (manifest) => manifest,
): string {
  const [name] = readdirSync(shipped);
  if (name === undefined) throw new Error('no model is shipped');
  cpSync(join(shipped, name), to, { recursive: true });
  const path = join(to, 'manifest.json');
  const manifest = JSON.parse(readFileSync(path, 'utf8')) as ModelManifest;
  writeFileSync(path, JSON.stringify(change(manifest), undefined, 2));
  return to;
}

/** Changes one byte in the middle of a file. */
export function spoil(path: string): void {
  const bytes = readFileSync(path);
  const middle = Math.floor(bytes.length / 2);
  bytes[middle] = (bytes[middle] ?? 0) ^ 0x01;
  writeFileSync(path, bytes);
}
