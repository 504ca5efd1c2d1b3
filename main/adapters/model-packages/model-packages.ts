/** Packages of models in a folder of their own: bytes as they come, then the files that they hold. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { modelManifestSchema, type ModelManifest } from '../../../contract/model-manifest.ts';
import { fail, ok, type Result } from '../../../contract/result.ts';
import type { ModelPackages, PackageInProgress, StagedModel } from '../../ports/model-packages.ts';
import { PackageFault } from './guard-tar.ts';
import { isOfFileSystem, unpack, type UnpackedFile } from './unpack.ts';

export interface ModelPackagesOptions {
  /** Made when the first package comes. On the file system of the models. */
  readonly folder: string;
}

const manifestName = 'manifest.json';
const maximumManifestBytes = 1024 * 1024;
const maximumCardBytes = 1024 * 1024;
const packageEnding = '.tar';

export function openModelPackages({ folder }: ModelPackagesOptions): ModelPackages {
  const packageOf = (sha256: string): string => join(folder, `${sha256}${packageEnding}`);
  const contentOf = (sha256: string): string => join(folder, sha256);
  return {
    begin: (packageSha256) =>
      translated(async () => {
        await mkdir(folder, { recursive: true, mode: 0o700 });
        return ok(await openPackage(packageOf(packageSha256)));
      }),
    unpack: (packageSha256) =>
      translated(async () => {
        const place = contentOf(packageSha256);
        await rm(place, { recursive: true, force: true });
        if ((await hashFile(packageOf(packageSha256))) !== packageSha256) {
          return fail('model-hash-mismatch', { file: 'package' });
        }
        await mkdir(place, { mode: 0o700 });
        let staged: Result<StagedModel> | undefined;
        try {
          staged = await checkFolder(place, await unpack(piecesOf(packageOf(packageSha256)), place));
        } finally {
          if (staged?.ok !== true) await rm(place, { recursive: true, force: true });
        }
        return staged;
      }),
    async discard(packageSha256) {
      await remove(packageOf(packageSha256));
      await remove(contentOf(packageSha256));
    },
    async tidy(wanted) {
      const kept = new Set(wanted.map((sha256) => `${sha256}${packageEnding}`));
      for (const name of await namesIn(folder)) {
        if (!kept.has(name)) await remove(join(folder, name));
      }
    },
  };
}

async function openPackage(path: string): Promise<PackageInProgress> {
  const file = await open(path, 'a', 0o600);
  let hasFailed = false;
  return {
    sizeBytes: (await file.stat()).size,
    append: (piece) =>
      translated(async () => {
        try {
          await file.appendFile(piece);
        } catch (cause) {
          hasFailed = true;
          throw cause;
        }
        return ok(undefined);
      }),
    end: () =>
      translated(async () => {
        try {
          if (!hasFailed) await file.sync();
        } finally {
          await file.close();
        }
        return ok(undefined);
      }),
  };
}

async function checkFolder(
  folder: string,
  files: ReadonlyMap<string, UnpackedFile>,
): Promise<Result<StagedModel>> {
  const manifestFile = files.get(manifestName);
  if (manifestFile === undefined) return fail('model-invalid', { file: manifestName, reason: 'missing' });
  if (manifestFile.sizeBytes > maximumManifestBytes)
    return fail('model-invalid', { file: manifestName, reason: 'too-large' });
  const manifestBytes = await readFile(join(folder, manifestName));
  const parsed = parseManifest(manifestBytes);
  if (!parsed.ok) return parsed;
  const manifest = parsed.value;
  const listed = new Set([manifestName, ...manifest.files.map(({ path }) => path)]);
  const unlisted = [...files.keys()].find((path) => !listed.has(path));
  if (unlisted !== undefined) return fail('model-invalid', { file: unlisted, reason: 'not-listed' });
  for (const { path, sizeBytes, sha256 } of manifest.files) {
    const found = files.get(path);
    if (found === undefined) return fail('model-damaged', { file: path, reason: 'missing' });
    if (found.sizeBytes !== sizeBytes) return fail('model-damaged', { file: path, reason: 'size' });
    if (found.sha256 !== sha256) return fail('model-hash-mismatch', { file: path });
  }
  if ((files.get(manifest.card)?.sizeBytes ?? 0) > maximumCardBytes)
    return fail('model-invalid', { file: manifest.card, reason: 'too-large' });
  return ok({
    folder,
    manifestBytes,
    model: {
      manifest,
      sha256: manifestFile.sha256,
      graphPath: join(folder, manifest.graph.file),
      card: await readFile(join(folder, manifest.card), 'utf8'),
      source: 'installed',
    },
  });
}

function parseManifest(bytes: Uint8Array): Result<ModelManifest> {
  let content: unknown;
  try {
    content = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    return fail('model-invalid', { file: manifestName, reason: 'not-json' }, cause);
  }
  const parsed = modelManifestSchema.safeParse(content);
  if (parsed.success) return ok(parsed.data);
  const issue = parsed.error.issues[0];
  return fail(
    'model-invalid',
    { file: manifestName, at: issue?.path.join('.') ?? '', reason: issue?.message ?? 'unknown' },
    parsed.error,
  );
}

async function* piecesOf(path: string): AsyncGenerator<Uint8Array> {
  for await (const piece of createReadStream(path, { highWaterMark: 1024 * 1024 })) yield piece as Buffer;
}

/** What somebody else holds open stays until the next start: it takes room and serves nobody. */
async function remove(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true });
  } catch (cause) {
    if (!isOfFileSystem(cause)) throw cause;
  }
}

/** Undefined where there is no such file. */
async function hashFile(path: string): Promise<string | undefined> {
  if (!(await stat(path).catch(() => undefined))?.isFile()) return undefined;
  const hash = createHash('sha256');
  for await (const piece of piecesOf(path)) hash.update(piece);
  return hash.digest('hex');
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (cause) {
    if (isOfFileSystem(cause) && cause.code === 'ENOENT') return [];
    throw cause;
  }
}

async function translated<T>(work: () => Promise<Result<T>>): Promise<Result<T>> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof PackageFault) return { ok: false, problem: cause.problem };
    if (!isOfFileSystem(cause)) throw cause;
    return cause.code === 'ENOSPC' || cause.code === 'EDQUOT'
      ? fail('disk-full', {}, cause)
      : fail('storage-unavailable', { reason: cause.code }, cause);
  }
}
