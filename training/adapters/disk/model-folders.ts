import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { done, refuse, type Outcome } from '../../core/outcome.ts';
import type { ModelFiles, ModelFolders } from '../../ports/model-folders.ts';

/** Model folders on the local disk. */
export function diskModelFolders(): ModelFolders {
  return { checkFree, publish, read };
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

async function read(folder: string): Promise<Outcome<ModelFiles>> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const files = new Map<string, Uint8Array>();
    for (const entry of entries.filter((one) => one.isFile())) {
      const path = join(entry.parentPath, entry.name);
      files.set(relative(folder, path).split(sep).join('/'), await readFile(path));
    }
    return done(files);
  } catch (cause) {
    return refuse(
      `${folder} cannot be read (${(cause as NodeJS.ErrnoException).code ?? 'unknown'})`,
      'Give the folder that holds manifest.json.',
    );
  }
}
