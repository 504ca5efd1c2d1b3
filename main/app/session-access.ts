import { fail, ok, type Result } from '../../contract/result.ts';
import type { SessionId, TakeId } from '../../contract/ids.ts';
import type { ProtocolDefinition, ProtocolStep } from '../../contract/protocol.ts';
import type { Take } from '../../contract/session.ts';
import type { SessionRecord, StoreTransaction } from '../ports/store.ts';

/** A session that may still be changed. */
export function draftOf(transaction: StoreTransaction, id: SessionId): Result<SessionRecord> {
  const session = transaction.sessions.get(id);
  if (session === undefined) return fail('session-not-found');
  return session.status === 'draft' ? ok(session) : fail('session-closed', { status: session.status });
}

/** A take of a session that may still be changed. */
export function draftTakeOf(
  transaction: StoreTransaction,
  id: TakeId,
): Result<{ readonly take: Take; readonly session: SessionRecord }> {
  const take = transaction.takes.get(id);
  if (take === undefined) return fail('take-not-found');
  const session = draftOf(transaction, take.sessionId);
  return session.ok ? ok({ take, session: session.value }) : session;
}

export function stepOf(protocol: ProtocolDefinition, key: string): Result<ProtocolStep> {
  const step = protocol.steps.find((candidate) => candidate.key === key);
  return step === undefined ? fail('step-not-found', { step: key }) : ok(step);
}

export function hasOpenTake(transaction: StoreTransaction, id: SessionId): boolean {
  return transaction.takes.allOpen().some((take) => take.sessionId === id);
}
