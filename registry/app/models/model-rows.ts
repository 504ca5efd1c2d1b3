/** Models, aliases and channels as rows, and as what is told of them. */
import type { ModelManifest } from '../../../contract/model-manifest.ts';
import type { ModelId } from '../../../contract/registry/ids.ts';
import type { RouteAnswer } from '../../../contract/registry/routes.ts';
import type { ModelFolder } from '../../ports/model-packages.ts';
import type { Row, StoreReader } from '../../ports/store.ts';
import { fail, type Result } from '../../../contract/result.ts';
import type { World } from '../world.ts';

type ShownModel = RouteAnswer<'models.upload'>;

export function manifestOf({ manifest }: Pick<Row<'models'>, 'manifest'>): ModelManifest {
  // Parsed by its schema when it was received.
  return manifest as unknown as ModelManifest;
}

export async function findModelVersion(
  reader: StoreReader,
  name: string,
  version: string,
): Promise<Row<'models'> | undefined> {
  const [row] = await reader.find('models', { where: { name, version }, limit: 1 });
  return row;
}

export async function findModelByAlias(
  reader: StoreReader,
  name: string,
  alias: string,
): Promise<Row<'models'> | undefined> {
  const row = await reader.get('aliases', aliasId(name, alias));
  return row === undefined || row.modelId === null ? undefined : reader.get('models', row.modelId);
}

export function aliasId(name: string, alias: string): string {
  return `${name}@${alias}`;
}

export async function aliasesOf(reader: StoreReader, modelId: string): Promise<readonly string[]> {
  const rows = await reader.find('aliases', { where: { modelId }, order: [['alias', 'ascending']] });
  return rows.map(({ alias }) => alias);
}

export function shownModel(row: Row<'models'>, aliases: readonly string[]): ShownModel {
  const { id, name, version, sha256, packageSha256, packageBytes, keyId, signature } = row;
  return {
    id: id as ModelId,
    name,
    version,
    sha256,
    packageSha256,
    packageBytes,
    keyId,
    signature,
    manifest: manifestOf(row),
    uploadedAt: row.uploadedAt,
    uploadedBy: row.uploadedBy,
    aliases: [...aliases],
  };
}

/** The model's folder on this machine. `model-not-found` where the store has lost the package, and as `open`. */
export function openModel(
  { packages, blobs }: Pick<World, 'packages' | 'blobs'>,
  row: Pick<Row<'models'>, 'sha256' | 'blobKey'>,
): Promise<Result<ModelFolder>> {
  return packages
    .open(row.sha256, async () => (await blobs.get(row.blobKey))?.chunks)
    .then((opened) =>
      opened.ok || opened.problem.code !== 'model-not-found'
        ? opened
        : fail('model-damaged', { reason: 'package-missing' }),
    );
}
