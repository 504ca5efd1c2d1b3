import type { Action } from '../../../contract/registry/access.ts';
import type { HospitalId } from '../../../contract/registry/ids.ts';
import { may } from '../../core/may.ts';
import { done, refuse, type Outcome } from '../../core/outcome.ts';
import type { Row } from '../../ports/store.ts';
import { recordRefusal } from '../record-refusal.ts';
import type { Call } from '../world.ts';

export type Found =
  | { readonly state: 'here'; readonly session: Row<'sessions'> }
  | { readonly state: 'gone'; readonly tombstone: Row<'tombstones'> };

/**
 * The session, or the tombstone in its place, where the caller may do this with it. Another hospital's session is
 * answered exactly as one that was never there; the attempt stands in the audit trail.
 */
export async function sessionOfCaller(
  call: Call,
  action: Action,
  sessionId: string,
): Promise<Outcome<Found>> {
  const { session, tombstone } = await call.world.store.read(async (reader) => ({
    session: await reader.get('sessions', sessionId),
    tombstone: await reader.get('tombstones', sessionId),
  }));
  const row = tombstone ?? session;
  if (row === undefined) return notFound();
  if (!may(call.caller, action, { hospitalId: row.hospitalId as HospitalId })) {
    const { hospitalId } = row;
    await recordRefusal(call, { action, code: 'not-found', subjectId: sessionId, hospitalId });
    return notFound();
  }
  if (tombstone !== undefined) return done({ state: 'gone', tombstone });
  return session === undefined ? notFound() : done({ state: 'here', session });
}

export function notFound(): ReturnType<typeof refuse> {
  return refuse('not-found', 'session not found');
}

export function gone(): ReturnType<typeof refuse> {
  return refuse('gone', 'the session was withdrawn or deleted');
}
