import { partKey, partNames, type UploadFacts } from '../../core/uploads.ts';
import { BlobFailure } from '../../ports/blobs.ts';
import type { World } from '../world.ts';

/** Deletes what no row names any more. A store that refuses costs space only: `tidyUploads` comes by again. */
export async function dropBlobs(world: Pick<World, 'blobs' | 'log'>, keys: readonly string[]): Promise<void> {
  for (const key of keys) {
    try {
      await world.blobs.delete(key);
    } catch (error) {
      if (!(error instanceof BlobFailure)) throw error;
      world.log.warn('blob-not-deleted', { kind: error.kind });
      return;
    }
  }
}

export async function dropParts(
  world: Pick<World, 'blobs' | 'log'>,
  upload: Pick<UploadFacts, 'id' | 'parts'>,
): Promise<void> {
  await dropBlobs(
    world,
    partNames(upload).map((name) => partKey(upload.id, name)),
  );
}
