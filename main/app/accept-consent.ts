import { fail, ok, type Result } from '../../contract/result.ts';
import { isUsable } from '../core/session-rules.ts';
import type { Caller, Input, Output } from './caller.ts';
import { protocolOf } from './definitions.ts';
import { chooseTake } from './keep-take.ts';
import { recordDeed } from './record-deed.ts';
import { draftTakeOf } from './session-access.ts';
import { readSession } from './session-detail.ts';

/** What the patient said yes to, and the take in which it is heard; the step's other takes are kept. */
export async function acceptConsent(
  { world, account }: Caller,
  input: Input<'sessions.accept-consent'>,
): Promise<Output<'sessions.accept-consent'>> {
  const known = world.store.read((transaction) => draftTakeOf(transaction, input.takeId));
  if (!known.ok) return known;
  if (known.value.session.id !== input.sessionId) return fail('take-not-found');
  const protocol = await protocolOf(world, known.value.session.protocol);
  if (!protocol.ok) return protocol;
  const { consent, steps } = protocol.value;
  if (input.textId !== consent.id || input.textVersion !== consent.version) {
    return fail('consent-text-changed', { textId: consent.id, textVersion: consent.version });
  }
  const step = steps.find((candidate) => candidate.role === 'consent');
  if (known.value.take.stepKey !== step?.key) return fail('take-not-found', { step: step?.key ?? '' });
  const unasked = input.purposes.filter((key) => !consent.purposes.some((purpose) => purpose.key === key));
  if (unasked.length > 0) return fail('invalid-input', { path: 'purposes', reason: 'not-asked' });
  const refused = consent.purposes.find(({ key, required }) => required && !input.purposes.includes(key));
  if (refused !== undefined) return fail('consent-required', { reason: 'purpose', purpose: refused.key });
  const stored = world.store.write((transaction): Result<null> => {
    const current = draftTakeOf(transaction, input.takeId);
    if (!current.ok) return current;
    const { take, session } = current.value;
    if (!isUsable(take)) return fail('consent-required', { reason: 'take-quality' });
    const at = world.clock.now();
    if (!take.isChosen) chooseTake(transaction, world, take, protocol.value);
    const { textId, textVersion, language, witness, takeId } = input;
    const purposes = [...new Set(input.purposes)];
    transaction.sessions.update({
      ...session,
      consent: { textId, textVersion, language, purposes, takeId, witness, at, by: account.id },
      skips: session.skips.filter((skip) => skip.stepKey !== take.stepKey),
      updatedAt: at,
    });
    recordDeed(transaction, {
      at,
      by: account.username,
      action: 'consent-accepted',
      sessionId: session.id,
      details: { textId, textVersion, language, purposes: purposes.join(', '), takeId },
      changed: [{ kind: 'session', subjectId: session.id }],
    });
    return ok(null);
  });
  if (!stored.ok) return stored;
  world.events.publish({ name: 'session.changed', payload: { sessionId: input.sessionId } });
  return readSession(world, input.sessionId);
}
