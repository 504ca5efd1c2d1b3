import { fail, ok, type Result } from '../../contract/result.ts';
import type { Caller, Input, Output } from './caller.ts';
import { newId } from './new-id.ts';
import { recordDeed } from './record-deed.ts';
import { formerRegistriesOf } from './session-detail.ts';
import { hasOpenTake } from './session-access.ts';
import { removeCondemnedAudio, removeRows } from './sync/remove-session.ts';
import { tellSync } from './sync/tell-sync.ts';

/**
 * Takes a session out of the world: its content and audio go from this PC at once, from the registry and the other PCs
 * as soon as the registry hears of it. What stays is that it was withdrawn, when, and by whom.
 */
export async function withdrawSession(
  { world, account }: Caller,
  { sessionId, kind }: Input<'sessions.withdraw'>,
): Promise<Output<'sessions.withdraw'>> {
  const entryId = newId.entry(world);
  const withdrawn = world.store.write((transaction): Result<null> => {
    const session = transaction.sessions.get(sessionId);
    if (session === undefined) return fail('session-not-found');
    if (hasOpenTake(transaction, sessionId)) return fail('recording-in-progress');
    if (session.status === 'processing') return fail('conflict', { reason: 'processing' });
    const at = world.clock.now();
    const by = account.username;
    const elsewhere = formerRegistriesOf(transaction, session).map(({ registryUrl }) => registryUrl);
    const details = elsewhere.length === 0 ? { kind } : { kind, formerRegistries: elsewhere.join(', ') };
    transaction.sync.putTombstone({ sessionId, kind, at, by, entryId });
    transaction.outbox.append({ kind: 'withdrawal', sessionId, subjectId: entryId, at });
    removeRows(transaction, sessionId);
    recordDeed(transaction, { at, by, action: 'session-withdrawn', sessionId, details });
    return ok(null);
  });
  if (!withdrawn.ok) return withdrawn;
  world.events.publish({ name: 'session.changed', payload: { sessionId } });
  await removeCondemnedAudio(world);
  tellSync(world);
  return ok({});
}
