import { fail, ok, type Result } from '../../contract/result.ts';
import { identityOf, type FormDefinition } from '../../contract/form.ts';
import { changedFields } from '../core/answers.ts';
import type { SessionRecord, StoreTransaction } from '../ports/store.ts';
import type { Caller, Input, Output } from './caller.ts';
import type { Desk } from './desk.ts';
import { formOf } from './definitions.ts';
import { recordDeed } from './record-deed.ts';
import { draftOf } from './session-access.ts';

/**
 * Keeps the draft as typed. While the desk is locked, only a draft of the account that sits there, or the one that its
 * page has open, is still taken in. The audit trail names each field that was edited once per opening.
 */
export async function saveDraft(
  { world, desk, account }: Caller,
  input: Input<'sessions.save-draft'>,
): Promise<Output<'sessions.save-draft'>> {
  const known = world.store.read((transaction) => draftOf(transaction, input.sessionId));
  if (!known.ok) return known;
  if (desk.isLocked && !isOwn(known.value, desk, account.id)) return fail('locked');
  const form = await formOf(world, known.value.form);
  const saved = world.store.write((transaction): Result<boolean> => {
    const session = draftOf(transaction, input.sessionId);
    if (!session.ok) return session;
    const before = session.value;
    const fields = changedFields(before.answers, input.answers);
    const isSame =
      fields.length === 0 &&
      before.currentStep === input.currentStep &&
      JSON.stringify(before.confirmedWarnings) === JSON.stringify(input.confirmedWarnings);
    if (isSame) return ok(false);
    const at = world.clock.now();
    const { hospital, recordNumber } = form.ok ? identity(form.value, input.answers) : before;
    transaction.sessions.update({
      ...before,
      answers: input.answers,
      confirmedWarnings: input.confirmedWarnings,
      currentStep: input.currentStep,
      hospital,
      recordNumber,
      updatedAt: at,
    });
    auditEdit(transaction, { desk, by: account.username, at, session: before, fields });
    return ok(true);
  });
  if (!saved.ok) return saved;
  // Typing is being there; a page that saves again what it has is not.
  if (saved.value && !desk.isLocked) desk.lastActiveMs = world.clock.monotonicMs();
  if (saved.value) world.events.publish({ name: 'session.changed', payload: { sessionId: input.sessionId } });
  return ok({});
}

function isOwn(session: SessionRecord, desk: Desk, accountId: string): boolean {
  return session.createdBy === accountId || desk.viewedSession === session.id;
}

interface Edit {
  readonly desk: Desk;
  readonly by: string;
  readonly at: SessionRecord['updatedAt'];
  readonly session: SessionRecord;
  readonly fields: readonly string[];
}

function auditEdit(transaction: StoreTransaction, { desk, by, at, session, fields }: Edit): void {
  if (desk.viewedSession !== session.id) {
    desk.viewedSession = session.id;
    desk.editedFields.clear();
  }
  const fresh = fields.filter((field) => !desk.editedFields.has(field));
  for (const field of fresh) desk.editedFields.add(field);
  if (fresh.length > 0) {
    recordDeed(transaction, {
      at,
      by,
      action: 'session-edited',
      sessionId: session.id,
      details: { fields: fresh.join(', ') },
      changed: [{ kind: 'session', subjectId: session.id }],
    });
  }
}

/** Whichever of the two is answered already: a draft is found by its record number before its hospital is typed. */
function identity(
  form: FormDefinition,
  answers: Input<'sessions.save-draft'>['answers'],
): Pick<SessionRecord, 'hospital' | 'recordNumber'> {
  const whole = identityOf(form, answers);
  if (whole !== undefined) return whole;
  const answerOf = (role: 'hospital' | 'record-number'): string | null => {
    const key = form.fields.find((field) => field.role === role)?.key;
    const answer = key === undefined ? undefined : answers[key];
    return typeof answer === 'string' && answer.trim() !== '' ? answer.trim() : null;
  };
  return { hospital: answerOf('hospital'), recordNumber: answerOf('record-number') };
}
