import { done, refuse, type Outcome } from '../../core/outcome.ts';
import type { Call } from '../world.ts';

export interface PackageRange {
  readonly start: number;
  /** Before this byte. */
  readonly end: number;
}

export interface ModelPackage {
  readonly sizeBytes: number;
  readonly sha256: string;
  chunks(range: PackageRange): Promise<AsyncIterable<Uint8Array> | undefined>;
}

/** The package of the model with this manifest hash, or of this name and version. */
export async function readPackage(
  { world }: Call,
  where: { readonly sha256: string } | { readonly name: string; readonly version: string },
): Promise<Outcome<ModelPackage>> {
  const [row] = await world.store.read((reader) => reader.find('models', { where, limit: 1 }));
  if (row === undefined) return refuse('not-found', 'model not found');
  return done({
    sizeBytes: row.packageBytes,
    sha256: row.packageSha256,
    chunks: async (range) => (await world.blobs.get(row.blobKey, range))?.chunks,
  });
}
