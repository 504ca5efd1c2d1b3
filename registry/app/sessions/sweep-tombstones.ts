import type { Row } from '../../ports/store.ts';
import type { World } from '../world.ts';

/**
 * Bytes of an upload that was under way may still arrive after the tombstone. A tombstone's audio is looked for until
 * nothing of it was left this long after.
 */
const settledAfterMs = 24 * 60 * 60 * 1000;
const sweptFact = 'tombstones.swept-to';

type Buried = Pick<Row<'tombstones'>, 'id' | 'pendingBlobs'>;

/**
 * Deletes the audio of a session that was just buried. Never rejects: what could not be deleted stays on the
 * tombstone's list for the next sweep. Answers whether all of it is gone.
 */
export async function removeAudio(world: World, { id, pendingBlobs }: Buried): Promise<boolean> {
  try {
    for (const prefix of pendingBlobs as readonly string[]) {
      for await (const { key } of world.blobs.list(prefix)) await world.blobs.delete(key);
    }
    return true;
  } catch (cause) {
    world.log.error('withdrawn-audio-not-deleted', cause, { sessionId: id });
    return false;
  }
}

/**
 * Finishes what a crash, or a blob store that was away, left of withdrawn audio. For the start of the registry and
 * then once an hour; any number of processes may do it at once. Answers how many tombstones are not settled yet.
 */
export async function sweepTombstones(world: World): Promise<{ readonly unsettled: number }> {
  const sweptTo = await world.store.read((reader) => reader.get('facts', sweptFact));
  const tombstones = await world.store.read((reader) =>
    reader.find('tombstones', {
      where: typeof sweptTo?.value === 'string' ? { at: { above: sweptTo.value } } : {},
      order: [['at', 'ascending']],
    }),
  );
  const settledBefore = world.clock.now() - settledAfterMs;
  const unsettled: Row<'tombstones'>[] = [];
  const settled: string[] = [];
  for (const tombstone of tombstones) {
    const isGone = await removeAudio(world, tombstone);
    if (isGone && Date.parse(tombstone.at) < settledBefore) settled.push(tombstone.id);
    else unsettled.push(tombstone);
  }
  const end = sweptEnd(tombstones, unsettled);
  if (end !== undefined && (settled.length > 0 || end !== sweptTo?.value)) {
    await world.store.write(async (transaction) => {
      for (const id of settled) await transaction.update('tombstones', id, { pendingBlobs: [] });
      await transaction.put('facts', { id: sweptFact, value: end });
    });
  }
  return { unsettled: unsettled.length };
}

/** The instant up to which every tombstone is settled: just before the first that is not. */
function sweptEnd(
  all: readonly Row<'tombstones'>[],
  [firstUnsettled]: readonly Row<'tombstones'>[],
): string | undefined {
  if (firstUnsettled === undefined) return all.at(-1)?.at;
  return new Date(Date.parse(firstUnsettled.at) - 1).toISOString();
}
