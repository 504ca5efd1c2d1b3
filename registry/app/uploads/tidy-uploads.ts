import {
  isComplete,
  isExpired,
  isLeaseOver,
  isStrayPart,
  partsPrefix,
  readPartKey,
} from '../../core/uploads.ts';
import type { Row } from '../../ports/store.ts';
import type { World } from '../world.ts';
import { dropBlobs } from './drop-blobs.ts';
import { endUpload } from './end-upload.ts';
import { finishUpload } from './finish-upload.ts';

export interface TidiedUploads {
  /** Complete and left behind by a process that died. */
  readonly finished: number;
  /** Untouched for seven days. */
  readonly ended: number;
  /** Parts that belong to nothing. */
  readonly strayParts: number;
}

const oneByOne = { turn: () => Promise.resolve(() => undefined) };

/**
 * Does what crashes and lost lines left to do: finishes uploads that are complete, ends those that nobody goes on with,
 * deletes parts that no upload names, also those of withdrawn sessions. Audio that is stored is never touched. Any number of processes may run it at any
 * time; once an hour is plenty.
 */
export async function tidyUploads(world: World): Promise<TidiedUploads> {
  const unfinished = await world.store.read((reader) =>
    reader.find('uploads', { where: { state: { in: ['open', 'checking', 'refused'] } } }),
  );
  let [finished, ended] = [0, 0];
  for (const upload of unfinished) {
    if (isExpired(upload, world.clock.now())) ended += await end(world, upload);
    else if (isAbandoned(world, upload)) {
      const outcome = await finishUpload(world, oneByOne, upload.id);
      if (outcome.ok) finished += 1;
    }
  }
  return { finished, ended, strayParts: await dropStrayParts(world) };
}

function isAbandoned(world: World, upload: Row<'uploads'>): boolean {
  return upload.state !== 'refused' && isComplete(upload) && isLeaseOver(upload, world.clock.now());
}

async function end(world: World, seen: Row<'uploads'>): Promise<number> {
  const keys = await world.store.write(async (transaction) => {
    const upload = await transaction.get('uploads', seen.id);
    // Somebody came back to it in the meantime.
    if (upload === undefined || upload.touchedAt !== seen.touchedAt || upload.state !== seen.state) return [];
    return endUpload(world, transaction, upload, 'expired');
  });
  await dropBlobs(world, keys);
  return keys.length > 0 ? 1 : 0;
}

async function dropStrayParts(world: World): Promise<number> {
  let dropped = 0;
  for await (const { key } of world.blobs.list(partsPrefix)) {
    const part = readPartKey(key);
    if (part === undefined) continue;
    // Read after the part was seen: a part that the row came to name meanwhile is none that is stray.
    const upload = await world.store.read((reader) => reader.get('uploads', part.uploadId));
    if (!isStrayPart(part, upload)) continue;
    await dropBlobs(world, [key]);
    dropped += 1;
  }
  return dropped;
}
