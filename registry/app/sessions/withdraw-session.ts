import type { RouteAnswer } from '../../../contract/registry/routes.ts';
import type { WithdrawalKind } from '../../core/withdrawal.ts';
import { done, type Outcome } from '../../core/outcome.ts';
import type { Call } from '../world.ts';
import { burySession } from './bury-session.ts';
import { sessionOfCaller } from './session-of-caller.ts';
import { removeAudio } from './sweep-tombstones.ts';

/**
 * A person takes a consent back, or deletes a session: content and audio go here and on the hospital's workstations, a
 * tombstone stays. Again, it is answered as the first time.
 */
export async function withdrawSession(
  call: Call,
  sessionId: string,
  kind: WithdrawalKind,
): Promise<Outcome<RouteAnswer<'sessions.withdraw'>>> {
  const found = await sessionOfCaller(call, 'sessions.withdraw', sessionId);
  if (!found.ok) return found;
  const { hospitalId } = found.value.state === 'here' ? found.value.session : found.value.tombstone;
  const { world, caller } = call;
  const tombstone = await world.store.write((transaction) =>
    burySession(world, transaction, { sessionId, kind, hospitalId, by: caller }),
  );
  await removeAudio(world, tombstone);
  return done({ sessionId, at: tombstone.at });
}
