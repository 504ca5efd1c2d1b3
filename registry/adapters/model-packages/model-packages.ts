/** Packages of models as tar files, and as folders of this machine. */
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readFile, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { pack } from 'tar-stream';
import { modelManifestSchema, type ModelManifest } from '../../../contract/model-manifest.ts';
import { fail, ok, type Result } from '../../../contract/result.ts';
import type { ModelFolder, ModelPackages, ReceivedModel } from '../../ports/model-packages.ts';
import { PackageFault } from './guard-tar.ts';
import { unpack, type UnpackedFile } from './unpack.ts';

export interface ModelPackagesOptions {
  /** Made where it is missing; holds what is being received, and the models that were run here. */
  readonly folder: string;
  /** Longest package that is received, in bytes. */
  readonly maximumBytes: number;
}

const manifestName = 'manifest.json';
const signatureName = 'manifest.sig';
const maximumManifestBytes = 1024 * 1024;
const maximumCardBytes = 1024 * 1024;
const maximumReadBytes = 64 * 1024 * 1024;
/** Nothing is received for so long: what is older was left by a process that died. */
const abandonedAfterMs = 24 * 3_600_000;

export async function openModelPackages({
  folder,
  maximumBytes,
}: ModelPackagesOptions): Promise<ModelPackages> {
  const incoming = join(folder, 'incoming');
  const ready = join(folder, 'ready');
  await mkdir(incoming, { recursive: true, mode: 0o700 });
  await mkdir(ready, { recursive: true, mode: 0o700 });
  await removeAbandoned(incoming);
  const opened = new Map<string, Promise<Result<ModelFolder>>>();

  const receive = async (chunks: AsyncIterable<Uint8Array>): Promise<Result<ReceivedInFolder>> => {
    const place = join(incoming, randomBytes(16).toString('hex'));
    const discard = (): Promise<void> => rm(place, { recursive: true, force: true });
    let received: Result<ReceivedInFolder>;
    try {
      await mkdir(place, { mode: 0o700 });
      const files = await unpack(chunks, place, maximumBytes);
      const checked = await checkFolder(place, files);
      received = checked.ok ? ok({ ...checked.value, discard }) : checked;
    } catch (cause) {
      await discard();
      return problemOf(cause);
    }
    if (!received.ok) await discard();
    return received;
  };

  const openOnce = async (
    sha256: string,
    fetch: () => Promise<AsyncIterable<Uint8Array> | undefined>,
  ): Promise<Result<ModelFolder>> => {
    const place = join(ready, sha256);
    const kept = await readKept(place);
    if (kept?.sha256 === sha256) return ok(kept);
    await rm(place, { recursive: true, force: true });
    const chunks = await fetch();
    if (chunks === undefined) return fail('model-not-found', { sha256 });
    const received = await receive(chunks);
    if (!received.ok) return received;
    if (received.value.sha256 !== sha256) {
      await received.value.discard();
      return fail('model-hash-mismatch', { file: manifestName });
    }
    try {
      await rename(received.value.folder, place);
    } catch (cause) {
      await received.value.discard();
      // Another process was as fast: what it put here is as good, if it is whole.
      const other = await readKept(place);
      return other?.sha256 === sha256 ? ok(other) : problemOf(cause);
    }
    return ok(folderOf(place, received.value.manifest, sha256));
  };

  return {
    receive,
    open(sha256, fetch) {
      const known = opened.get(sha256);
      if (known !== undefined) return known;
      const opening = openOnce(sha256, fetch);
      opened.set(sha256, opening);
      const forget = (): void => {
        if (opened.get(sha256) === opening) opened.delete(sha256);
      };
      opening.then((result) => {
        if (!result.ok) forget();
      }, forget);
      return opening;
    },
  };
}

interface CheckedModel extends Omit<ReceivedModel, 'discard'> {
  readonly folder: string;
}
type ReceivedInFolder = CheckedModel & Pick<ReceivedModel, 'discard'>;

async function checkFolder(
  folder: string,
  files: ReadonlyMap<string, UnpackedFile>,
): Promise<Result<CheckedModel>> {
  const manifestFile = files.get(manifestName);
  if (manifestFile === undefined) return fail('model-invalid', { file: manifestName, reason: 'missing' });
  if (manifestFile.sizeBytes > maximumManifestBytes)
    return fail('model-invalid', { file: manifestName, reason: 'too-large' });
  const manifestBytes = await readFile(join(folder, manifestName));
  const parsed = parseManifest(manifestBytes);
  if (!parsed.ok) return parsed;
  const manifest = parsed.value;
  const listed = new Set([manifestName, signatureName, ...manifest.files.map(({ path }) => path)]);
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
    ...folderOf(folder, manifest, manifestFile.sha256),
    folder,
    manifestBytes,
    card: await readFile(join(folder, manifest.card), 'utf8'),
    pack: () => packFolder(folder, manifest, manifestBytes.length),
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

/** By path in the order of code units, without owners, times or modes of this machine. */
async function* packFolder(
  folder: string,
  manifest: ModelManifest,
  manifestBytes: number,
): AsyncGenerator<Uint8Array> {
  const tar = pack();
  const feed = async (): Promise<void> => {
    const entries = [
      { path: manifestName, sizeBytes: manifestBytes },
      ...manifest.files.toSorted((left, right) => (left.path < right.path ? -1 : 1)),
    ];
    for (const { path, sizeBytes } of entries) {
      const entry = tar.entry({
        name: path,
        size: sizeBytes,
        mode: 0o644,
        mtime: new Date(0),
        uid: 0,
        gid: 0,
        type: 'file',
      });
      await pipeline(createReadStream(join(folder, path)), entry);
    }
    tar.finalize();
  };
  const fed = feed().catch((cause: unknown) => {
    tar.destroy(cause instanceof Error ? cause : new Error(String(cause)));
  });
  yield* tar as AsyncIterable<Uint8Array>;
  await fed;
}

/** The folder of an earlier run, if every file of it is still what its manifest lists. */
async function readKept(place: string): Promise<ModelFolder | undefined> {
  try {
    const manifestBytes = await readFile(join(place, manifestName));
    const parsed = parseManifest(manifestBytes);
    if (!parsed.ok) return undefined;
    for (const { path, sha256 } of parsed.value.files) {
      if ((await hashFile(join(place, path))) !== sha256) return undefined;
    }
    return folderOf(place, parsed.value, createHash('sha256').update(manifestBytes).digest('hex'));
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause) return undefined;
    throw cause;
  }
}

function folderOf(folder: string, manifest: ModelManifest, sha256: string): ModelFolder {
  return {
    manifest,
    sha256,
    graphPath: join(folder, manifest.graph.file),
    async read(path) {
      const listed = manifest.files.find((file) => file.path === path);
      if (listed === undefined) return fail('model-damaged', { file: path, reason: 'not-listed' });
      if (listed.sizeBytes > maximumReadBytes)
        return fail('too-large', { file: path, maximumBytes: maximumReadBytes });
      try {
        const bytes = await readFile(join(folder, path));
        return createHash('sha256').update(bytes).digest('hex') === listed.sha256
          ? ok(bytes)
          : fail('model-hash-mismatch', { file: path });
      } catch (cause) {
        if (!(cause instanceof Error) || !('code' in cause)) throw cause;
        return fail('model-damaged', { file: path, reason: String(cause.code) }, cause);
      }
    },
  };
}

async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(path, { highWaterMark: 1024 * 1024 }))
    hash.update(piece as Buffer);
  return hash.digest('hex');
}

function problemOf(cause: unknown): Result<never> {
  if (cause instanceof PackageFault) return { ok: false, problem: cause.problem };
  if (!(cause instanceof Error) || !('syscall' in cause) || !('code' in cause)) throw cause;
  return cause.code === 'ENOSPC' || cause.code === 'EDQUOT'
    ? fail('disk-full', {}, cause)
    : fail('storage-unavailable', { reason: String(cause.code) }, cause);
}

async function removeAbandoned(incoming: string): Promise<void> {
  for (const name of await readdir(incoming)) {
    const path = join(incoming, name);
    const age = Date.now() - (await stat(path).catch(() => ({ mtimeMs: Date.now() }))).mtimeMs;
    if (age > abandonedAfterMs) await rm(path, { recursive: true, force: true });
  }
}
