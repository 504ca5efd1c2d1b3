import { fail, ok, type Result } from '../../contract/result.ts';
import type { Caller, Input, Output } from './caller.ts';
import { newId } from './new-id.ts';
import { recordDeed } from './record-deed.ts';
import { readSession } from './session-detail.ts';

/** Notes go with a session for good, also after it was completed; they are added and never changed. */
export async function addNote(
  { world, account }: Caller,
  { sessionId, text }: Input<'sessions.add-note'>,
): Promise<Output<'sessions.add-note'>> {
  const id = newId.entry(world);
  const added = world.store.write((transaction): Result<null> => {
    if (transaction.sessions.get(sessionId) === undefined) return fail('session-not-found');
    const at = world.clock.now();
    transaction.notes.insert({ id, sessionId, text, at, by: account.username });
    recordDeed(transaction, {
      at,
      by: account.username,
      action: 'note-added',
      sessionId,
      details: { noteId: id },
      changed: [{ kind: 'note', subjectId: id }],
    });
    return ok(null);
  });
  if (!added.ok) return added;
  world.events.publish({ name: 'session.changed', payload: { sessionId } });
  return readSession(world, sessionId);
}
