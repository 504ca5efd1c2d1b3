/** Portions and their sets as rows, and what every change of them has in common. */
import type { PortionProblem } from '../../../contract/registry/feature-portions.ts';
import { afterLease, type PortionStanding } from '../../core/feature-portions.ts';
import type { Row, StoreTransaction } from '../../ports/store.ts';
import { nowOf, type World } from '../world.ts';

export type PortionRow = Row<'portions'>;

export function standingOf({ state, attempts, lease, aliveAt }: PortionRow): PortionStanding {
  return { state, attempts, lease, aliveMs: aliveAt === null ? null : Date.parse(aliveAt) };
}

/** Codes that were asked for within so long are listened to. */
export const wantedWithinMs = 60_000;
const noteEveryMs = 5000;

/** Which topic of the queue carries the portions of a code. */
export function portionTopicOf(codeSha256: string): string {
  return `training.portions.${codeSha256.slice(0, 16)}`;
}

/** Has every process of the registry listen to the portions of a code for a while. */
export async function noteDemand(
  world: Pick<World, 'clock'>,
  transaction: StoreTransaction,
  codeSha256: string,
): Promise<void> {
  const before = await transaction.get('portionDemand', codeSha256);
  if (before !== undefined && world.clock.now() - Date.parse(before.askedAt) < noteEveryMs) return;
  await transaction.put('portionDemand', { id: codeSha256, askedAt: nowOf(world) });
}

/** Offers the portion anew after a lease that came to nothing, or ends its set. */
export async function endLease(
  transaction: StoreTransaction,
  portion: PortionRow,
  end: PortionProblem | 'released',
): Promise<void> {
  const after = afterLease(portion, end);
  if (after.state === 'offered') {
    const { state, attempts } = after;
    await transaction.update('portions', portion.id, { state, attempts, lease: null, aliveAt: null });
    return;
  }
  const { setId } = portion;
  await transaction.update('portionSets', setId, { state: 'failed', problem: after.problem });
  const unfinished = { setId, state: { in: ['queued', 'offered', 'leased'] } };
  for (const { id } of await transaction.find('portions', { where: unfinished }))
    await transaction.update('portions', id, { state: 'over', lease: null, aliveAt: null });
}
