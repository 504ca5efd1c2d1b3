import { labelQuestions } from '../../../contract/registry/labels.ts';
import type { SessionId } from '../../../contract/ids.ts';
import type { RouteAnswer } from '../../../contract/registry/routes.ts';
import { consolidate } from '../../core/labels/labels.ts';
import { done, type Outcome } from '../../core/outcome.ts';
import { gone, sessionOfCaller } from '../sessions/session-of-caller.ts';
import type { Call } from '../world.ts';
import { isBlinded, noteShown } from './blindness.ts';
import { labelsOf, shownLabels } from './label-rows.ts';

/** Labels with their history; whoever has a blind reading of the session open sees their own. */
export async function readLabels(
  call: Call,
  sessionId: SessionId,
): Promise<Outcome<RouteAnswer<'labels.of-session'>>> {
  const { world, caller } = call;
  const found = await sessionOfCaller(call, 'labels.read', sessionId);
  if (!found.ok) return found;
  if (found.value.state === 'gone') return gone();
  return world.store.write(async (transaction) => {
    // It may have been withdrawn meanwhile.
    if ((await transaction.get('sessions', sessionId)) === undefined) return gone();
    const hidden = await isBlinded(world, transaction, caller, sessionId);
    const all = await labelsOf(transaction, [sessionId]);
    const own = all.filter(({ readerId }) => caller.kind === 'account' && readerId === caller.accountId);
    if (!hidden) await noteShown(world, transaction, caller, sessionId);
    return done({
      sessionId,
      isBlinded: hidden,
      labels: shownLabels(hidden ? own : all),
      questions: labelQuestions.map(({ id }) => ({
        question: id,
        consolidated: hidden ? null : consolidate(id, all, 'strongest-source'),
      })),
    });
  });
}
