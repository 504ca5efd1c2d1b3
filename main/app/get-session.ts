import type { Caller, Input, Output } from './caller.ts';
import { recordDeed } from './record-deed.ts';
import { readSession } from './session-detail.ts';

/** A session whole. Opening it is in the audit trail once, until the desk opens another. */
export async function getSession(
  { world, desk, account }: Caller,
  { sessionId }: Input<'sessions.get'>,
): Promise<Output<'sessions.get'>> {
  const detail = await readSession(world, sessionId);
  if (!detail.ok || desk.viewedSession === sessionId) return detail;
  desk.viewedSession = sessionId;
  desk.editedFields.clear();
  world.store.write((transaction) =>
    recordDeed(transaction, {
      at: world.clock.now(),
      by: account.username,
      action: 'session-viewed',
      sessionId,
    }),
  );
  return readSession(world, sessionId);
}
