/** A session goes: rows at once and together, audio right after, and after a crash all the same. */
import type { SessionId } from '../../../contract/ids.ts';
import type { StoreTransaction } from '../../ports/store.ts';
import { recordDeed } from '../record-deed.ts';
import { hasOpenTake } from '../session-access.ts';
import type { World } from '../world.ts';

/** Nothing is being recorded in it and no model is at work on it: those hold what would be taken from under them. */
export function mayRemove(transaction: StoreTransaction, id: SessionId): boolean {
  return transaction.sessions.get(id)?.status !== 'processing' && !hasOpenTake(transaction, id);
}

/** The audio of its takes is condemned: `removeCondemnedAudio` takes it from the disk. */
export function removeRows(transaction: StoreTransaction, id: SessionId): void {
  transaction.sync.condemn(transaction.takes.ofSession(id).map((take) => take.id));
  transaction.sessions.remove(id);
}

/** What the disk refuses to remove stays condemned and is tried again. */
export async function removeCondemnedAudio(world: Pick<World, 'store' | 'recordings'>): Promise<void> {
  for (const takeId of world.store.read((transaction) => transaction.sync.condemned())) {
    const removed = await world.recordings.remove(takeId);
    if (removed.ok) world.store.write((transaction) => transaction.sync.pardon(takeId));
  }
}

/** Carries out what tombstones of the registry ask for, as far as it can be done now. */
export async function buryTombstoned(world: World): Promise<void> {
  for (const { sessionId, kind } of world.store.read((transaction) => transaction.sync.unburied())) {
    const isRemoved = world.store.write((transaction) => {
      if (!mayRemove(transaction, sessionId)) return false;
      removeRows(transaction, sessionId);
      const at = world.clock.now();
      recordDeed(transaction, { at, by: 'system', action: 'session-removed', sessionId, details: { kind } });
      return true;
    });
    if (isRemoved) world.events.publish({ name: 'session.changed', payload: { sessionId } });
  }
  await removeCondemnedAudio(world);
}
