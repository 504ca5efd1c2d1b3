/** What a clinician decides about takes: which one counts, and which one counts in spite of its quality. */
import { ok, type Result } from '../../contract/result.ts';
import type { SessionId } from '../../contract/ids.ts';
import type { Caller, Input, Output } from './caller.ts';
import { protocolOf } from './definitions.ts';
import { chooseTake, dropSkip } from './keep-take.ts';
import { recordDeed } from './record-deed.ts';
import { draftTakeOf } from './session-access.ts';
import { readSession } from './session-detail.ts';

export async function chooseAnotherTake(
  { world, account }: Caller,
  { takeId }: Input<'sessions.choose-take'>,
): Promise<Output<'sessions.choose-take'>> {
  const known = world.store.read((transaction) => draftTakeOf(transaction, takeId));
  if (!known.ok) return known;
  const protocol = await protocolOf(world, known.value.session.protocol);
  const chosen = world.store.write((transaction): Result<SessionId> => {
    const current = draftTakeOf(transaction, takeId);
    if (!current.ok) return current;
    const { take } = current.value;
    chooseTake(transaction, world, take, protocol.ok ? protocol.value : undefined);
    dropSkip(transaction, world, take.sessionId, take.stepKey);
    recordDeed(transaction, {
      at: world.clock.now(),
      by: account.username,
      action: 'take-chosen',
      sessionId: take.sessionId,
      details: { takeId, step: take.stepKey, version: take.version },
      changed: [{ kind: 'take', subjectId: takeId }],
    });
    return ok(take.sessionId);
  });
  if (!chosen.ok) return chosen;
  world.events.publish({ name: 'session.changed', payload: { sessionId: chosen.value } });
  return readSession(world, chosen.value);
}

/** A failed gate is answered for, with the reason; a take that passed needs none and stays as it is. */
export async function overrideQuality(
  { world, account }: Caller,
  { takeId, reason }: Input<'sessions.override-quality'>,
): Promise<Output<'sessions.override-quality'>> {
  const overridden = world.store.write((transaction): Result<SessionId> => {
    const current = draftTakeOf(transaction, takeId);
    if (!current.ok) return current;
    const { take } = current.value;
    if (take.quality.passed) return ok(take.sessionId);
    const at = world.clock.now();
    transaction.takes.update({ ...take, override: { reason, by: account.id, at } });
    const session = current.value.session;
    transaction.sessions.update({ ...session, updatedAt: at });
    const gates = take.quality.gates.filter((gate) => !gate.passed).map((gate) => gate.gate);
    recordDeed(transaction, {
      at,
      by: account.username,
      action: 'quality-overridden',
      sessionId: take.sessionId,
      details: { takeId, step: take.stepKey, gates: gates.join(', ') },
      changed: [{ kind: 'take', subjectId: takeId }],
    });
    return ok(take.sessionId);
  });
  if (!overridden.ok) return overridden;
  world.events.publish({ name: 'session.changed', payload: { sessionId: overridden.value } });
  return readSession(world, overridden.value);
}
