import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { done, refuse, type Outcome } from '../../core/outcome.ts';
import type { ModelFiles, ModelFolders } from '../../ports/model-folders.ts';

const mostFiles = 1000;
const mostBytes = 2 ** 31;

/** Model folders on the local disk; relative paths start at `base`, or where the process runs. */
export function diskModelFolders(base = '.'): ModelFolders {
  return {
    checkFree: (folder) => checkFree(resolve(base, folder)),
    publish: (folder, files, check) => publish(resolve(base, folder), files, check),
    read: (folder, marker) => read(resolve(base, folder), marker),
  };
}

async function checkFree(folder: string): Promise<Outcome<null>> {
  const found = await stat(folder).catch(() => undefined);
  if (found === undefined) return done(null);
  if (found.isDirectory() && (await readdir(folder)).length === 0) return done(null);
  return refuse(
    `${folder} is already there, and a published version is never overwritten`,
    'Choose another --out, or move the old folder away first.',
  );
}

async function publish(
  folder: string,
  files: ModelFiles,
  check: (written: ModelFiles) => Promise<Outcome<null>>,
): Promise<Outcome<null>> {
  const target = resolve(folder);
  const draft = `${target}.${randomUUID()}.draft`;
  try {
    for (const [path, content] of files) {
      await mkdir(dirname(join(draft, path)), { recursive: true });
      await writeFile(join(draft, path), content);
    }
    const written = await read(draft);
    if (!written.ok) return written;
    const checked = await check(written.value);
    if (!checked.ok) return checked;
    const free = await checkFree(target);
    if (!free.ok) return free;
    await rename(draft, target);
    return done(null);
  } catch (cause) {
    return refuse(
      `the model cannot be written to ${folder} (${(cause as NodeJS.ErrnoException).code ?? 'unknown'})`,
      'Choose a folder that may be written, on a disk with room.',
    );
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

async function read(folder: string, marker = 'manifest.json'): Promise<Outcome<ModelFiles>> {
  try {
    // A look before the long one: the whole disk is soon given by mistake.
    await stat(join(folder, marker));
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const paths = entries.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name));
    const sizes = await Promise.all(paths.map(async (path) => (await stat(path)).size));
    if (paths.length > mostFiles || sizes.reduce((sum, size) => sum + size, 0) > mostBytes) {
      return refuse(`${folder} holds far more than a model`, `Give the folder that holds ${marker}.`);
    }
    const files = new Map<string, Uint8Array>();
    for (const path of paths) {
      files.set(relative(folder, path).split(sep).join('/'), await readFile(path));
    }
    return done(files);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') {
      return refuse(`${folder} holds no ${marker}`, `Give the folder that holds ${marker}.`);
    }
    return refuse(
      `${folder} cannot be read (${(cause as NodeJS.ErrnoException).code ?? 'unknown'})`,
      `Give the folder that holds ${marker}.`,
    );
  }
}
