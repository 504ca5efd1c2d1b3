/** Who must not see what was said of a session, and who has seen it. */
import type { Caller } from '../../core/may.ts';
import type { StoreReader, StoreTransaction } from '../../ports/store.ts';
import { nowOf, type World } from '../world.ts';

/** How long a session that a reader took from the queue is theirs. */
export const keptForMs = 30 * 60_000;

/**
 * Whether the caller has a blind reading of the session before them. One that they took from the queue lapses after half
 * an hour; one that was assigned stays until the label is given.
 */
export async function isBlinded(
  { clock }: Pick<World, 'clock'>,
  reader: StoreReader,
  caller: Caller,
  sessionId: string,
): Promise<boolean> {
  if (caller.kind !== 'account') return false;
  const open = await reader.find('labelReadings', {
    where: { sessionId, readerId: caller.accountId, state: 'open', isBlind: true },
  });
  return open.some(
    ({ assignedBy, openedAt }) => assignedBy !== null || Date.parse(openedAt) > clock.now() - keptForMs,
  );
}

/** Remembers that a person was shown what was said of a session: no later label of theirs is called blind. */
export async function noteShown(
  world: Pick<World, 'clock'>,
  transaction: StoreTransaction,
  caller: Caller,
  sessionId: string,
): Promise<void> {
  if (caller.kind !== 'account') return;
  const id = viewId(caller.accountId, sessionId);
  if ((await transaction.get('labelViews', id)) !== undefined) return;
  await transaction.insert('labelViews', { id, accountId: caller.accountId, sessionId, at: nowOf(world) });
}

export async function wasShown(reader: StoreReader, accountId: string, sessionId: string): Promise<boolean> {
  return (await reader.get('labelViews', viewId(accountId, sessionId))) !== undefined;
}

function viewId(accountId: string, sessionId: string): string {
  return `${accountId}:${sessionId}`;
}
