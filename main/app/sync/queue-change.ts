import type { SessionId } from '../../../contract/ids.ts';
import { sessionContentOf } from '../../core/sync-items.ts';
import { completeStatuses } from '../../core/session-keys.ts';
import type { OutboxEntry, SessionRecord, StoreTransaction } from '../../ports/store.ts';
import type { Moment } from '../../../contract/localized.ts';

/** Something to be sent, one day, in the transaction of the change itself. What is new makes its session wait again. */
export function queueChange(transaction: StoreTransaction, entry: OutboxEntry): void {
  const isNew = transaction.outbox.append(entry);
  if (!isNew || entry.sessionId === null) return;
  const session = transaction.sessions.get(entry.sessionId);
  if (session === undefined || !completeStatuses.includes(session.status)) return;
  makeWait(transaction, session.id);
}

/**
 * Something of the session is left to do. Without a registry it goes on being only here; what belongs to a session that
 * is safe at a former registry goes nowhere but back there.
 */
export function makeWait(transaction: StoreTransaction, id: SessionId): void {
  if (transaction.sessions.summary(id)?.syncReason === 'former-registry') return;
  transaction.sync.setOpen(id, true);
  const state = transaction.sync.facts().enrolment === null ? 'local-only' : 'waiting';
  transaction.sessions.mark(id, { state, progress: null, reason: null });
}

/** Keeps a complete session in the words in which it is sent, with all that belongs to it so far. */
export function freezeSession(
  transaction: StoreTransaction,
  session: SessionRecord,
  completedAt: Moment,
): void {
  const { id: sessionId } = session;
  const takes = transaction.takes.ofSession(sessionId);
  const username = transaction.accounts.get(session.createdBy)?.username;
  transaction.sync.keepContent(sessionContentOf(session, { completedAt, username, takes }));
  const append = (kind: OutboxEntry['kind'], subjectId: string): void => {
    transaction.outbox.append({ kind, sessionId, subjectId, at: completedAt });
  };
  append('session', sessionId);
  for (const { id } of takes) append('take', id);
  for (const { id } of transaction.screenings.ofSession(sessionId)) append('result', id);
  for (const { id } of transaction.notes.ofSession(sessionId)) append('note', id);
  makeWait(transaction, sessionId);
}

/** When the trail says that the session was completed; its last change where the trail does not say. */
export function completionOf(transaction: StoreTransaction, session: SessionRecord): Moment {
  const entry = transaction.audit.ofSession(session.id).find(({ action }) => action === 'session-completed');
  return entry?.at ?? session.updatedAt;
}
