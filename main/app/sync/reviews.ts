/** What was put aside, and what a person decides about it. */
import { takeIdSchema } from '../../../contract/ids.ts';
import { fail, ok, type Result } from '../../../contract/result.ts';
import type { ItemKind } from '../../../contract/registry/sync.ts';
import type { SyncReview } from '../../../contract/sync-state.ts';
import type { StoreTransaction } from '../../ports/store.ts';
import type { Caller, Input, Output } from '../caller.ts';
import { recordDeed } from '../record-deed.ts';
import { makeWait } from './queue-change.ts';
import { tellSync } from './tell-sync.ts';

/** Without these, a session is not the session: no receipt could be given for the rest. */
const indispensable: readonly ItemKind[] = ['session', 'take', 'withdrawal'];

export function listReviews({ world }: Caller): Output<'sync.reviews'> {
  return ok([...world.store.read(reviewsOf)]);
}

function reviewsOf(transaction: StoreTransaction): readonly SyncReview[] {
  const items = transaction.outbox.putAside().flatMap(({ kind, subjectId, sessionId, at, fate }) =>
    fate.state === 'put-aside'
      ? [
          {
            kind,
            itemId: subjectId,
            sessionId,
            reason: fate.reason,
            detail: fate.detail,
            at,
            maySetAside: !indispensable.includes(kind),
          },
        ]
      : [],
  );
  const audio = transaction.sync.audioPutAside().flatMap(({ takeId, sessionId, fate }) => {
    const take = transaction.takes.get(takeId);
    const isKnown = items.some(({ kind, itemId }) => kind === 'take' && itemId === takeId);
    if (fate.state !== 'put-aside' || take === undefined || isKnown) return [];
    const { reason, detail } = fate;
    const at = take.startedAt;
    return [{ kind: 'take' as const, itemId: takeId, sessionId, reason, detail, at, maySetAside: false }];
  });
  return [...items, ...audio];
}

export function resolveReview(
  { world, account }: Caller,
  { kind, itemId, action }: Input<'sync.resolve-review'>,
): Output<'sync.resolve-review'> {
  const resolved = world.store.write((transaction): Result<readonly SyncReview[]> => {
    const review = reviewsOf(transaction).find((one) => one.kind === kind && one.itemId === itemId);
    if (review === undefined) return fail('not-found');
    if (action === 'set-aside' && !review.maySetAside) return fail('conflict', { reason: 'indispensable' });
    const state = action === 'retry' ? 'waiting' : 'left-out';
    if (transaction.outbox.get(kind, itemId)?.fate.state === 'put-aside') {
      transaction.outbox.settle(kind, itemId, { state });
    }
    const audio = kind === 'take' ? transaction.sync.audio(takeIdSchema.parse(itemId)) : undefined;
    if (audio?.fate.state === 'put-aside') {
      transaction.sync.putAudio({ ...audio, fate: { state: 'waiting' }, upload: null, refusals: 0 });
    }
    const { sessionId } = review;
    if (sessionId !== null && transaction.sessions.get(sessionId) !== undefined) {
      makeWait(transaction, sessionId);
    }
    recordDeed(transaction, {
      at: world.clock.now(),
      by: account.username,
      action: action === 'retry' ? 'item-retried' : 'item-left-out',
      ...(sessionId === null ? {} : { sessionId }),
      details: { kind, why: review.reason },
    });
    return ok(reviewsOf(transaction));
  });
  if (!resolved.ok) return resolved;
  world.memory.sync.engine?.wake('settings');
  tellSync(world);
  return ok([...resolved.value]);
}
