import { ok, type Result } from '../../contract/result.ts';
import { checkSkip } from '../core/session-rules.ts';
import type { Caller, Input, Output } from './caller.ts';
import { protocolOf } from './definitions.ts';
import { recordDeed } from './record-deed.ts';
import { draftOf, stepOf } from './session-access.ts';
import { readSession } from './session-detail.ts';

/** Leaves an optional step out, with the reason; takes that it has are kept and not used. */
export async function skipStep(
  { world, account }: Caller,
  { sessionId, stepKey, reason }: Input<'sessions.skip-step'>,
): Promise<Output<'sessions.skip-step'>> {
  const known = world.store.read((transaction) => draftOf(transaction, sessionId));
  if (!known.ok) return known;
  const protocol = await protocolOf(world, known.value.protocol);
  if (!protocol.ok) return protocol;
  const step = stepOf(protocol.value, stepKey);
  if (!step.ok) return step;
  const allowed = checkSkip(step.value, reason);
  if (!allowed.ok) return allowed;
  const stored = world.store.write((transaction): Result<null> => {
    const session = draftOf(transaction, sessionId);
    if (!session.ok) return session;
    const at = world.clock.now();
    const others = session.value.skips.filter((skip) => skip.stepKey !== stepKey);
    transaction.sessions.update({ ...session.value, skips: [...others, { stepKey, reason }], updatedAt: at });
    recordDeed(transaction, {
      at,
      by: account.username,
      action: 'step-skipped',
      sessionId,
      details: { step: stepKey, reason },
      changed: [{ kind: 'session', subjectId: sessionId }],
    });
    return ok(null);
  });
  if (!stored.ok) return stored;
  world.events.publish({ name: 'session.changed', payload: { sessionId } });
  return readSession(world, sessionId);
}
