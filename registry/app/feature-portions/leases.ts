import type { LeasedPortion } from '../../../contract/registry/feature-portions.ts';
import type { RouteAnswer, RouteInput } from '../../../contract/registry/routes.ts';
import { judgeLease, workerSilentAfterMs } from '../../core/feature-portions.ts';
import { done, refuse, type Outcome } from '../../core/outcome.ts';
import type { Query, StoreReader, StoreTransaction } from '../../ports/store.ts';
import { nowOf, type Call } from '../world.ts';
import { endLease, noteDemand, standingOf, type PortionRow } from './rows.ts';
import { noSuchSet, ownSet } from './sets.ts';

/** Gives what the queue has handed out, in order of announcement; to its coordinator anything that nobody is at. */
export async function leasePortion(
  { world, caller }: Call,
  { body: { worker, codeSha256, setId } }: RouteInput<'portions.lease'>,
): Promise<Outcome<RouteAnswer<'portions.lease'>>> {
  return world.store.write(async (transaction) => {
    if (setId !== undefined && (await ownSet(transaction, caller, setId)) === undefined) return noSuchSet;
    const unleased = { in: ['queued', 'offered'] };
    const where: Query<'portions'>['where'] =
      setId === undefined ? { state: 'offered' } : { setId, state: unleased };
    const isWanted =
      setId === undefined &&
      (await transaction.find('portions', { where: { state: unleased, codeSha256 }, limit: 1 })).length > 0;
    if (isWanted) await noteDemand(world, transaction, codeSha256);
    const [found] = await transaction.find('portions', {
      where: { ...where, codeSha256 },
      order: [['sequence', 'ascending']],
      limit: 1,
    });
    if (found === undefined) {
      const isAnyWanted =
        (await transaction.find('portions', { where: { state: unleased }, limit: 1 })).length > 0;
      return done({ portion: null, isOtherCodeWanted: isAnyWanted && !isWanted });
    }
    const lease = world.randomness.id(world.clock.now());
    const attempts = found.attempts + 1;
    const aliveAt = nowOf(world);
    await transaction.update('portions', found.id, { state: 'leased', lease, worker, attempts, aliveAt });
    return done({ portion: leasedOf(found, lease), isOtherCodeWanted: false });
  });
}

function leasedOf({ id, orderSha256, codeSha256, first, count }: PortionRow, lease: string): LeasedPortion {
  return {
    id: id as LeasedPortion['id'],
    lease,
    orderSha256: orderSha256 as LeasedPortion['orderSha256'],
    codeSha256: codeSha256 as LeasedPortion['codeSha256'],
    range: { first, count },
    silentAfterMs: workerSilentAfterMs,
  };
}

export const beatPortion = (
  call: Call,
  { params, body }: RouteInput<'portions.beat'>,
): Promise<Outcome<RouteAnswer<'portions.beat'>>> =>
  asHolder(call, params.portionId, body.lease, (transaction, { id }) =>
    transaction.update('portions', id, { aliveAt: nowOf(call.world) }),
  );

export const finishPortion = (
  call: Call,
  { params, body }: RouteInput<'portions.finish'>,
): Promise<Outcome<RouteAnswer<'portions.finish'>>> =>
  asHolder(call, params.portionId, body.lease, async (transaction, { id, setId }) => {
    const donePlace = 1 + (await transaction.count('portions', { setId, state: 'done' }));
    const { resultSha256 } = body;
    await transaction.update('portions', id, { state: 'done', resultSha256, donePlace, aliveAt: null });
  });

export const failPortion = (
  call: Call,
  { params, body }: RouteInput<'portions.fail'>,
): Promise<Outcome<RouteAnswer<'portions.fail'>>> =>
  asHolder(call, params.portionId, body.lease, (transaction, portion) => {
    call.world.log.warn('portion-failed', { portionId: portion.id, code: body.code });
    return endLease(transaction, portion, body.code);
  });

export const releasePortion = (
  call: Call,
  { params, body }: RouteInput<'portions.release'>,
): Promise<Outcome<RouteAnswer<'portions.release'>>> =>
  asHolder(call, params.portionId, body.lease, (transaction, portion) =>
    endLease(transaction, portion, 'released'),
  );

/** Only whoever shows the lease under which the portion stands. What is sent twice is done once. */
async function asHolder(
  { world }: Call,
  portionId: string,
  lease: string,
  act: (transaction: StoreTransaction, portion: PortionRow) => Promise<unknown>,
): Promise<Outcome<Record<string, never>>> {
  return world.store.write(async (transaction) => {
    const portion = await (transaction as StoreReader).get('portions', portionId);
    if (portion === undefined) return refuse('not-found', 'There is no such portion any more');
    const verdict = judgeLease(standingOf(portion), lease);
    if (verdict === 'lost') return refuse('conflict', 'The portion is not held by this lease any more');
    if (verdict === 'holds') await act(transaction, portion);
    return done({});
  });
}
