/** Portions and their sets as rows, and what every change of them has in common. */
import type { PortionProblem } from '../../../contract/registry/feature-portions.ts';
import { afterLease, type PortionStanding } from '../../core/feature-portions.ts';
import type { Row, StoreTransaction } from '../../ports/store.ts';

export type PortionRow = Row<'portions'>;

export function standingOf({ state, attempts, lease, aliveAt }: PortionRow): PortionStanding {
  return { state, attempts, lease, aliveMs: aliveAt === null ? null : Date.parse(aliveAt) };
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
