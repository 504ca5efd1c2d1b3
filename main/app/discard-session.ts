import { fail, ok, type Result } from '../../contract/result.ts';
import type { Caller, Input, Output } from './caller.ts';
import { newId } from './new-id.ts';
import { recordDeed } from './record-deed.ts';
import { draftOf, hasOpenTake } from './session-access.ts';

/** Sets a draft aside, with the reason as a note. Nothing is deleted; a repeat is a success. */
export function discardSession(
  { world, account }: Caller,
  { sessionId, reason }: Input<'sessions.discard'>,
): Output<'sessions.discard'> {
  const id = newId.entry(world);
  const discarded = world.store.write((transaction): Result<null> => {
    if (transaction.sessions.get(sessionId)?.status === 'discarded') return ok(null);
    const session = draftOf(transaction, sessionId);
    if (!session.ok) return session;
    if (hasOpenTake(transaction, sessionId)) return fail('recording-in-progress');
    const at = world.clock.now();
    transaction.sessions.update({ ...session.value, status: 'discarded', updatedAt: at });
    // Free text may name the patient: it stands in a note, never in the trail.
    transaction.notes.insert({ id, sessionId, text: reason, at, by: account.username });
    recordDeed(transaction, {
      at,
      by: account.username,
      action: 'session-discarded',
      sessionId,
      changed: [
        { kind: 'session', subjectId: sessionId },
        { kind: 'note', subjectId: id },
      ],
    });
    return ok(null);
  });
  if (!discarded.ok) return discarded;
  world.events.publish({ name: 'session.changed', payload: { sessionId } });
  return ok({});
}
