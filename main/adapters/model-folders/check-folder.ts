/** A folder as a model: its manifest by schema, and of every file that it is there, listed, of its size and hash. */
import { createHash } from 'node:crypto';
import { constants, existsSync } from 'node:fs';
import { lstat, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { modelManifestSchema, type ModelManifest } from '../../../contract/model-manifest.ts';
import { fail, ok, type ProblemDetails, type Result } from '../../../contract/result.ts';

const manifestName = 'manifest.json';
const signatureName = 'manifest.sig';
const maximumManifestBytes = 1024 * 1024;
const maximumCardBytes = 1024 * 1024;
const maximumModelBytes = 4 * 1024 * 1024 * 1024;
const maximumFiles = 2000;

export interface CheckedFolder {
  readonly manifest: ModelManifest;
  /** SHA-256 of the manifest file. */
  readonly sha256: string;
  readonly card: string;
  /** Relative paths of everything in the folder. */
  readonly files: readonly string[];
}

/**
 * Problems: `model-invalid` (`reason`: no manifest, not by its schema, a link or another strange thing in the folder,
 * a file that is not listed, too large), `model-damaged` (`file` is missing or of another size),
 * `model-hash-mismatch` (`file`).
 */
export async function checkFolder(folder: string): Promise<Result<CheckedFolder>> {
  try {
    if (existsSync(folder) && !existsSync(join(folder, manifestName))) {
      return fail('model-invalid', { file: manifestName, reason: 'missing' });
    }
    const manifestBytes = await readWhole(join(folder, manifestName), maximumManifestBytes);
    if (!manifestBytes.ok)
      return fail('model-invalid', { file: manifestName, ...manifestBytes.problem.details });
    const manifest = parseManifest(manifestBytes.value);
    if (!manifest.ok) return manifest;
    const found = await listFiles(folder);
    if (!found.ok) return found;
    const content = await checkFiles(folder, manifest.value, found.value);
    if (!content.ok) return content;
    const card = await readWhole(join(folder, manifest.value.card), maximumCardBytes);
    if (!card.ok) return fail('model-invalid', { file: manifest.value.card, ...card.problem.details });
    return ok({
      manifest: manifest.value,
      sha256: createHash('sha256').update(manifestBytes.value).digest('hex'),
      card: card.value.toString('utf8'),
      files: [...found.value.keys()],
    });
  } catch (cause) {
    if (!(cause instanceof Error) || !('code' in cause)) throw cause;
    return fail(
      'model-invalid',
      { reason: cause.code === 'ENOENT' ? 'folder-missing' : String(cause.code) },
      cause,
    );
  }
}

function parseManifest(bytes: Buffer): Result<ModelManifest> {
  let content: unknown;
  try {
    content = JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    return fail('model-invalid', { file: manifestName, reason: 'not-json' }, cause);
  }
  const parsed = modelManifestSchema.safeParse(content);
  if (parsed.success) return ok(parsed.data);
  const issue = parsed.error.issues[0];
  const details: ProblemDetails = {
    file: manifestName,
    at: issue?.path.join('.') ?? '',
    reason: issue?.message ?? 'unknown',
  };
  return fail('model-invalid', details, parsed.error);
}

/** Relative paths (forward slashes) with sizes; only plain files and folders may be there. */
async function listFiles(folder: string): Promise<Result<ReadonlyMap<string, number>>> {
  const files = new Map<string, number>();
  const waiting = [''];
  for (let inside = waiting.pop(); inside !== undefined; inside = waiting.pop()) {
    for (const name of await readdir(join(folder, inside))) {
      const path = inside === '' ? name : `${inside}/${name}`;
      const facts = await lstat(join(folder, path));
      if (facts.isDirectory()) waiting.push(path);
      else if (facts.isFile()) files.set(path, facts.size);
      else return fail('model-invalid', { file: path, reason: 'not-a-plain-file' });
      if (files.size + waiting.length > maximumFiles)
        return fail('model-invalid', { reason: 'too-many-files' });
    }
  }
  return ok(files);
}

async function checkFiles(
  folder: string,
  manifest: ModelManifest,
  found: ReadonlyMap<string, number>,
): Promise<Result<void>> {
  const listed = new Set([manifestName, signatureName, ...manifest.files.map(({ path }) => path)]);
  const unlisted = [...found.keys()].find((path) => !listed.has(path));
  if (unlisted !== undefined) return fail('model-invalid', { file: unlisted, reason: 'not-listed' });
  const total = [...found.values()].reduce((sum, sizeBytes) => sum + sizeBytes, 0);
  if (total > maximumModelBytes)
    return fail('model-invalid', { reason: 'too-large', maximumBytes: maximumModelBytes });
  for (const { path, sizeBytes, sha256 } of manifest.files) {
    const foundBytes = found.get(path);
    if (foundBytes === undefined) return fail('model-damaged', { file: path, reason: 'missing' });
    if (foundBytes !== sizeBytes)
      return fail('model-damaged', { file: path, reason: 'size', sizeBytes, foundBytes });
    if ((await hashOf(join(folder, path))) !== sha256) return fail('model-hash-mismatch', { file: path });
  }
  return ok(undefined);
}

/** `model-damaged` (`reason`) for what is no plain file or larger than allowed. Never follows a link. */
export async function readWhole(path: string, maximumBytes: number): Promise<Result<Buffer>> {
  const file = await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
  try {
    const facts = await file.stat();
    if (!facts.isFile()) return fail('model-damaged', { reason: 'not-a-plain-file' });
    if (facts.size > maximumBytes) return fail('model-damaged', { reason: 'too-large', maximumBytes });
    return ok(await file.readFile());
  } finally {
    await file.close();
  }
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  const file = await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
  for await (const part of file.createReadStream({ highWaterMark: 1024 * 1024 })) hash.update(part as Buffer);
  return hash.digest('hex');
}
