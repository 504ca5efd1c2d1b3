import type { SessionId } from '../../../contract/ids.ts';
import type { Take } from '../../../contract/session.ts';
import { sessionProgress } from '../../core/upload-progress.ts';
import type { StoreTransaction } from '../../ports/store.ts';
import type { World } from '../world.ts';
import type { Pass } from './pass.ts';
import { tellSync } from './tell-sync.ts';

/** A row is written for it: often enough to be seen, seldom enough to cost nothing. */
const leastMs = 1_000;

/** Remembers how far a take came and, now and then, lets pages see how far its session is. */
export function showProgress({ world }: Pick<Pass, 'world'>, take: Take, share: number): void {
  const { sync } = world.memory;
  sync.sentShare.set(take.id, share);
  tellSync(world);
  const nowMs = world.clock.monotonicMs();
  if (nowMs - (sync.shownAtMs.get(take.sessionId) ?? Number.NEGATIVE_INFINITY) < leastMs) return;
  sync.shownAtMs.set(take.sessionId, nowMs);
  const isShown = world.store.write((transaction) => markSending(world, transaction, take.sessionId));
  if (isShown) {
    world.events.publish({ name: 'session.changed', payload: { sessionId: take.sessionId } });
  }
}

/** True where it says something new. */
export function markSending(
  { memory }: Pick<World, 'memory'>,
  transaction: StoreTransaction,
  id: SessionId,
): boolean {
  const before = transaction.sessions.summary(id);
  if (before === undefined) return false;
  const progress = sessionProgress(
    transaction.takes.ofSession(id).map((take) => ({
      sizeBytes: take.sizeBytes,
      sentShare:
        transaction.sync.audio(take.id)?.fate.state === 'sent'
          ? 1
          : (memory.sync.sentShare.get(take.id) ?? 0),
    })),
  );
  if (before.sync === 'sending' && before.syncProgress === progress) return false;
  transaction.sessions.mark(id, { state: 'sending', progress, reason: null });
  return true;
}
