import { fail, ok, type Result } from '../../contract/result.ts';
import { checkAnswers, identityOf, type Answers, type FormDefinition } from '../../contract/form.ts';
import type { ProtocolDefinition } from '../../contract/protocol.ts';
import { settledAnswers } from '../core/answers.ts';
import { localDate } from '../core/local-time.ts';
import { checkSteps } from '../core/session-rules.ts';
import type { SessionRecord, StoreTransaction } from '../ports/store.ts';
import type { Caller, Input, Output } from './caller.ts';
import { formOf, protocolOf } from './definitions.ts';
import { retryScreening } from './hold-screening.ts';
import { recordDeed } from './record-deed.ts';
import { hasOpenTake } from './session-access.ts';
import { readSession } from './session-detail.ts';
import { screenModels } from './screen-session.ts';
import { freezeSession } from './sync/queue-change.ts';

/**
 * Closes form and recordings, if nothing is missing. In inference mode the chosen models are run; the session is
 * `processing` in the store before the first one starts, so that no answer can come to a session that is not there.
 * Completing again answers what has become of it, and first tries to store a result that is held.
 */
export async function completeSession(
  { world, account }: Caller,
  { sessionId }: Input<'sessions.complete'>,
): Promise<Output<'sessions.complete'>> {
  const known = world.store.read((transaction) => transaction.sessions.get(sessionId));
  if (known === undefined) return fail('session-not-found');
  if (known.status === 'discarded') return fail('session-closed', { status: known.status });
  if (known.status === 'processing') await retryScreening(world, sessionId);
  if (known.status !== 'draft') return readSession(world, sessionId);
  const form = await formOf(world, known.form);
  if (!form.ok) return form;
  const protocol = await protocolOf(world, known.protocol);
  if (!protocol.ok) return protocol;
  const at = world.clock.now();
  const rules = { form: form.value, protocol: protocol.value, today: localDate(at) };
  const closed = world.store.write((transaction): Result<SessionRecord | null> => {
    const session = transaction.sessions.get(sessionId);
    if (session?.status !== 'draft') return ok(null);
    const answers = settledAnswers(form.value, session.answers);
    const complete = checkComplete(transaction, session, answers, rules);
    if (!complete.ok) return complete;
    const identity = identityOf(form.value, answers);
    const next: SessionRecord = {
      ...session,
      answers,
      hospital: identity?.hospital ?? session.hospital,
      recordNumber: identity?.recordNumber ?? session.recordNumber,
      status: session.mode === 'inference' ? 'processing' : 'recorded',
      currentStep: 'result',
      updatedAt: at,
    };
    transaction.sessions.update(next);
    freezeSession(transaction, next, at);
    recordDeed(transaction, {
      at,
      by: account.username,
      action: 'session-completed',
      sessionId,
      details: { mode: session.mode, kind: session.kind },
      changed: [{ kind: 'session', subjectId: sessionId }],
    });
    return ok(next);
  });
  if (!closed.ok) return closed;
  world.events.publish({ name: 'session.changed', payload: { sessionId } });
  if (closed.value?.status === 'processing') {
    await screenModels(world, sessionId, closed.value.models, { id: account.id, name: account.username });
  }
  return readSession(world, sessionId);
}

interface Rules {
  readonly form: FormDefinition;
  readonly protocol: ProtocolDefinition;
  readonly today: string;
}

function checkComplete(
  transaction: StoreTransaction,
  session: SessionRecord,
  answers: Answers,
  { form, protocol, today }: Rules,
): Result<null> {
  if (hasOpenTake(transaction, session.id)) return fail('recording-in-progress');
  const verdict = checkForm(form, answers, today, session.confirmedWarnings);
  if (!verdict.ok) return verdict;
  const { consent } = session;
  if (consent === null) return fail('consent-required');
  if (consent.textId !== protocol.consent.id || consent.textVersion !== protocol.consent.version) {
    return fail('consent-text-changed', {
      textId: protocol.consent.id,
      textVersion: protocol.consent.version,
    });
  }
  return checkSteps(protocol, transaction.takes.ofSession(session.id), session.skips);
}

function checkForm(
  form: FormDefinition,
  answers: Answers,
  today: string,
  confirmed: readonly string[],
): Result<null> {
  const { faults, warnings } = checkAnswers(form, answers, today);
  const missing = faults.filter((fault) => fault.kind === 'missing').map((fault) => fault.field);
  const wrong = faults.find((fault) => fault.kind !== 'missing');
  if (wrong !== undefined) return fail('form-invalid-answer', { field: wrong.field, fault: wrong.kind });
  if (missing.length > 0) return fail('form-incomplete', { fields: missing.join(', ') });
  const open = warnings.find((warning) => !confirmed.includes(warning.field));
  return open === undefined
    ? ok(null)
    : fail('form-invalid-answer', { field: open.field, warning: open.kind });
}
