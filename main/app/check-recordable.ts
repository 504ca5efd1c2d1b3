import { fail, ok, type Result } from '../../contract/result.ts';
import type { SessionId } from '../../contract/ids.ts';
import type { ProtocolStep } from '../../contract/protocol.ts';
import { protocolOf } from './definitions.ts';
import { draftOf, stepOf } from './session-access.ts';
import type { World } from './world.ts';

/** Whether audio may come into a step now: an open session, a known step, and no voice before the consent. */
export async function checkRecordable(
  world: World,
  { sessionId, stepKey }: { readonly sessionId: SessionId; readonly stepKey: string },
): Promise<Result<ProtocolStep>> {
  const session = world.store.read((transaction) => draftOf(transaction, sessionId));
  if (!session.ok) return session;
  const protocol = await protocolOf(world, session.value.protocol);
  if (!protocol.ok) return protocol;
  const step = stepOf(protocol.value, stepKey);
  if (!step.ok) return step;
  return step.value.role === 'voice' && session.value.consent === null
    ? fail('consent-required', { step: stepKey })
    : ok(step.value);
}
