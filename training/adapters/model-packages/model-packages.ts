/** Model folders as tar files, in memory: a model is read whole before any of it is believed. */
import { Readable } from 'node:stream';
import { extract, pack } from 'tar-stream';
import { modelFilePathSchema } from '../../../contract/model-manifest.ts';
import { done, refuse, type Outcome } from '../../core/outcome.ts';
import type { ModelFiles } from '../../ports/model-folders.ts';
import type { ModelPackages } from '../../ports/model-packages.ts';

const mostFiles = 2000;

export const tarPackages: ModelPackages = { pack: packFiles, unpack };

async function packFiles(files: ModelFiles): Promise<Uint8Array> {
  const tar = pack();
  // The manifest first, then by path: whoever reads along knows at once what is coming.
  const paths = [...files.keys()].sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1));
  for (const path of paths) {
    tar.entry({ name: path, mode: 0o644, mtime: new Date(0), uid: 0, gid: 0 }, Buffer.from(files.get(path)!));
  }
  tar.finalize();
  const parts: Uint8Array[] = [];
  for await (const part of tar as AsyncIterable<Uint8Array>) parts.push(part);
  return Buffer.concat(parts);
}

function orderOf(path: string): string {
  return `${path === 'manifest.json' ? 0 : 1} ${path}`;
}

async function unpack(bytes: Uint8Array): Promise<Outcome<ModelFiles>> {
  const files = new Map<string, Uint8Array>();
  const tar = extract();
  Readable.from([bytes], { objectMode: false }).pipe(tar);
  try {
    for await (const entry of tar) {
      const { name, type } = entry.header;
      const path = name.replace(/^\.\//u, '').replace(/\/$/u, '');
      if (type === 'directory') {
        entry.resume();
        continue;
      }
      if (type !== 'file') return refusePackage(`${JSON.stringify(name)} is not a plain file`);
      if (!modelFilePathSchema.safeParse(path).success) {
        return refusePackage(`${JSON.stringify(name)} is not a path of a model`);
      }
      if (files.has(path)) return refusePackage(`${path} is in it twice`);
      if (files.size === mostFiles) return refusePackage('it holds far more files than a model');
      const parts: Uint8Array[] = [];
      for await (const part of entry as unknown as AsyncIterable<Uint8Array>) parts.push(part);
      files.set(path, Buffer.concat(parts));
    }
  } catch (cause) {
    return refusePackage(cause instanceof Error ? cause.message : 'it is no tar');
  }
  return files.size === 0 ? refusePackage('it is empty') : done(files);
}

function refusePackage(why: string): Outcome<never> {
  return refuse(`this is not the package of a model: ${why}`, 'Take it from where it came from once more.');
}
