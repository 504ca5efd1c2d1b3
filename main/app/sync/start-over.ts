/** This PC belongs to another registry now, which has none of what the former one had. */
import type { RegistryId } from '../../../contract/registry/ids.ts';
import type { SessionId } from '../../../contract/ids.ts';
import { coversTake } from '../../core/receipt.ts';
import type { OutboxItem, StoreTransaction } from '../../ports/store.ts';
import type { TakeAudio } from '../../ports/store-sync.ts';

interface Bare {
  readonly id: SessionId;
  readonly done: readonly OutboxItem[];
  readonly audio: readonly TakeAudio[];
}

/**
 * Everything waits again, but what cannot be sent whole: a session whose recordings were removed here, because a receipt
 * covered them, stays what it is, safe at the registry of that receipt. Where that is the one that this PC comes back
 * to, its recordings count as sent, and the rest is shown again.
 */
export function startOver(transaction: StoreTransaction, registryId: RegistryId): void {
  const { outbox, sync } = transaction;
  const bare = sync.withRemovedAudio().map((id): Bare => {
    const done = outbox.ofSession(id).filter(({ fate }) => fate.state === 'done');
    return { id, done, audio: sync.audioOf(id) };
  });
  outbox.startOver();
  sync.startOver();
  for (const session of bare) {
    for (const audio of session.audio) sync.putAudio(audio);
    if (!isKnownThere(transaction, registryId, session)) staysThere(transaction, session);
  }
}

function isKnownThere(transaction: StoreTransaction, registryId: RegistryId, { id, audio }: Bare): boolean {
  const removed = audio.filter(({ removedAt }) => removedAt !== null);
  return transaction.sync.receipts(id).some(
    ({ receipt }) =>
      receipt.registryId === registryId &&
      removed.every(({ takeId }) => {
        const take = transaction.takes.get(takeId);
        return take !== undefined && coversTake(receipt, take);
      }),
  );
}

function staysThere({ outbox, sync, sessions }: StoreTransaction, { id, done }: Bare): void {
  for (const { kind, subjectId } of done) outbox.settle(kind, subjectId, { state: 'done' });
  sync.setOpen(id, false);
  sessions.mark(id, { state: 'synced', progress: null, reason: 'former-registry' });
}
