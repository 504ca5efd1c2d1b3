/** The models on this PC: folders that were shipped, and folders that were installed. */
import { createHash, randomBytes } from 'node:crypto';
import { copyFile, lstat, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fail, ok, type Problem, type Result } from '../../../contract/result.ts';
import type { AudioDecoding } from '../../ports/audio-decoding.ts';
import type { InstalledModel, Models } from '../../ports/models.ts';
import { checkFolder, readWhole, type CheckedFolder } from './check-folder.ts';

export interface OpenModelsOptions {
  readonly shippedFolder: string;
  /** Made where it is missing when a model is installed. */
  readonly installedFolder: string;
  readonly audio: AudioDecoding;
}

type Source = InstalledModel['source'];
interface Found {
  readonly folder: string;
  readonly source: Source;
  readonly result: Result<InstalledModel>;
}

const manifestName = 'manifest.json';
const maximumManifestBytes = 1024 * 1024;
const maximumGoldenBytes = 64 * 1024 * 1024;
const maximumGoldenS = 600;

export function openModels(options: OpenModelsOptions): Models {
  const { shippedFolder, installedFolder, audio } = options;
  const checkedBefore = new Map<
    string,
    { readonly fingerprint: string; readonly result: Result<CheckedFolder> }
  >();

  /** Hashing hundreds of megabytes at every look would be slow: files of the same size and times are not read again. */
  async function check(folder: string): Promise<Result<CheckedFolder>> {
    const fingerprint = await fingerprintOf(folder);
    const before = checkedBefore.get(folder);
    if (before !== undefined && before.fingerprint === fingerprint) return before.result;
    const result = await checkFolder(folder);
    checkedBefore.set(folder, { fingerprint, result });
    return result;
  }

  async function find(parent: string, source: Source): Promise<readonly Found[]> {
    const found: Found[] = [];
    for (const name of await foldersIn(parent)) {
      const folder = join(parent, name);
      const checked = await check(folder);
      found.push({
        folder: name,
        source,
        result: checked.ok ? ok(toModel(folder, checked.value, source)) : checked,
      });
    }
    return found;
  }

  async function list(): ReturnType<Models['list']> {
    const models: InstalledModel[] = [];
    const refused: { folder: string; problem: Problem }[] = [];
    const found = [...(await find(shippedFolder, 'shipped')), ...(await find(installedFolder, 'installed'))];
    for (const { folder, result } of found) {
      if (!result.ok) {
        refused.push({ folder, problem: result.problem });
        continue;
      }
      const { name, version } = result.value.manifest;
      const twin = models.find(({ manifest }) => manifest.name === name && manifest.version === version);
      if (twin === undefined) models.push(result.value);
      else if (twin.sha256 !== result.value.sha256) {
        refused.push({ folder, problem: { code: 'model-exists', details: { name, version } } });
      }
    }
    return { models, refused };
  }

  return {
    list,
    async install(folder) {
      const checked = await checkFolder(folder);
      if (!checked.ok) return checked;
      const { name, version } = checked.value.manifest;
      const existing = (await list()).models.find(
        ({ manifest }) => manifest.name === name && manifest.version === version,
      );
      if (existing !== undefined) {
        return existing.sha256 === checked.value.sha256
          ? ok(existing)
          : fail('model-exists', { name, version });
      }
      try {
        return await copyIn(folder, checked.value, join(installedFolder, `${name}-${version}`));
      } catch (cause) {
        if (!(cause instanceof Error) || !('code' in cause)) throw cause;
        return cause.code === 'ENOSPC' || cause.code === 'EDQUOT'
          ? fail('disk-full', {}, cause)
          : fail('storage-unavailable', { reason: String(cause.code) }, cause);
      }
    },
    async remove(model) {
      const { name, version } = model.manifest;
      for (const { folder, source, result } of await find(shippedFolder, 'shipped')) {
        if (source === 'shipped' && result.ok && result.value.sha256 === model.sha256) {
          return fail('forbidden', { reason: 'shipped', folder });
        }
      }
      const installed = (await find(installedFolder, 'installed')).find(
        ({ result }) =>
          result.ok && result.value.manifest.name === name && result.value.manifest.version === version,
      );
      if (installed === undefined) return ok(undefined);
      const gone = join(installedFolder, `.removed-${randomBytes(4).toString('hex')}`);
      await rename(join(installedFolder, installed.folder), gone);
      await rm(gone, { recursive: true, force: true });
      return ok(undefined);
    },
    async manifestBytes(model) {
      const bytes = await readFileOf(model, manifestName, maximumManifestBytes);
      if (!bytes.ok) return bytes;
      return createHash('sha256').update(bytes.value).digest('hex') === model.sha256
        ? bytes
        : fail('model-hash-mismatch', { file: manifestName });
    },
    async tidy() {
      for (const name of await namesIn(installedFolder)) {
        if (!/^\.(incoming|removed)-/u.test(name)) continue;
        await rm(join(installedFolder, name), { recursive: true, force: true });
      }
    },
    async golden(model, path) {
      const listed = model.manifest.files.find((file) => file.path === path);
      if (listed === undefined) return fail('model-damaged', { file: path, reason: 'not-listed' });
      const bytes = await readFileOf(model, path, maximumGoldenBytes);
      if (!bytes.ok) return bytes;
      if (createHash('sha256').update(bytes.value).digest('hex') !== listed.sha256) {
        return fail('model-hash-mismatch', { file: path });
      }
      const decoded = await audio.decode(bytes.value, { maximumS: maximumGoldenS });
      if (!decoded.ok) return fail('model-damaged', { file: path, reason: decoded.problem.code });
      const { samples, sampleRateHz, channelCount } = decoded.value;
      if (channelCount !== 1) return fail('model-damaged', { file: path, reason: 'not-mono', channelCount });
      const expectedHz = model.manifest.input.sampleRateHz;
      return sampleRateHz === expectedHz
        ? ok({ samples, sampleRateHz })
        : fail('model-damaged', { file: path, reason: 'sample-rate', sampleRateHz, expectedHz });
    },
  };

  /** Under another name first; the final name appears only over a copy that was checked again. */
  async function copyIn(from: string, checked: CheckedFolder, to: string): Promise<Result<InstalledModel>> {
    const incoming = join(installedFolder, `.incoming-${randomBytes(4).toString('hex')}`);
    try {
      for (const file of checked.files) {
        await mkdir(dirname(join(incoming, file)), { recursive: true, mode: 0o700 });
        await copyFile(join(from, file), join(incoming, file));
        await syncFile(join(incoming, file));
      }
      const copied = await checkFolder(incoming);
      if (!copied.ok) return copied;
      if (copied.value.sha256 !== checked.sha256)
        return fail('model-damaged', { reason: 'changed-while-copied' });
      // A folder of this name that the list refused is broken: the sound copy takes its place.
      await rm(to, { recursive: true, force: true });
      await rename(incoming, to);
      return ok(toModel(to, copied.value, 'installed'));
    } finally {
      await rm(incoming, { recursive: true, force: true });
    }
  }
}

function toModel(folder: string, checked: CheckedFolder, source: Source): InstalledModel {
  const { manifest, sha256, card } = checked;
  return { manifest, sha256, card, source, graphPath: join(folder, manifest.graph.file) };
}

/** From the graph's folder back to the model's. */
function upFrom(model: InstalledModel): readonly string[] {
  return model.manifest.graph.file
    .split('/')
    .slice(1)
    .map(() => '..');
}

/** `model-damaged` with the file and why. */
async function readFileOf(
  model: InstalledModel,
  path: string,
  maximumBytes: number,
): Promise<Result<Buffer>> {
  try {
    const bytes = await readWhole(join(dirname(model.graphPath), ...upFrom(model), path), maximumBytes);
    return bytes.ok ? bytes : fail('model-damaged', { file: path, ...bytes.problem.details });
  } catch (cause) {
    if (!(cause instanceof Error) || !('code' in cause)) throw cause;
    const reason = cause.code === 'ENOENT' ? 'missing' : String(cause.code);
    return fail('model-damaged', { file: path, reason }, cause);
  }
}

async function namesIn(parent: string): Promise<readonly string[]> {
  try {
    return await readdir(parent);
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return [];
    throw cause;
  }
}

/** Names of the folders in a folder, but those that begin with a dot; none where it is missing. */
async function foldersIn(parent: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(parent, { withFileTypes: true });
    return entries
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
      .map(({ name }) => name)
      .toSorted();
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return [];
    throw cause;
  }
}

async function fingerprintOf(folder: string): Promise<string> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  const facts = await Promise.all(
    entries.map(async (entry) => {
      const path = join(entry.parentPath, entry.name);
      const { size, mtimeMs, ctimeMs, ino, mode } = await lstat(path);
      return [path, size, mtimeMs, ctimeMs, ino, mode].join(':');
    }),
  );
  return facts.toSorted().join('\n');
}

async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
