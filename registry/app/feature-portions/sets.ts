import {
  portionProblemSchema,
  type PortionSet,
  type PortionSetId,
} from '../../../contract/registry/feature-portions.ts';
import type { RouteAnswer, RouteInput } from '../../../contract/registry/routes.ts';
import { may, type Caller } from '../../core/may.ts';
import { done, refuse, type Outcome } from '../../core/outcome.ts';
import type { Row, StoreReader, StoreTransaction } from '../../ports/store.ts';
import { recordDeed } from '../record-deed.ts';
import { nowOf, type Call, type World } from '../world.ts';
import { noteDemand, portionTopicOf, type PortionRow } from './rows.ts';

/** Results in one answer. */
const mostResults = 500;
/** A coordinator that died leaves its set behind; what was worked out stays in the store all the same. */
const keptMs = 48 * 3_600_000;

export const noSuchSet = refuse('not-found', 'There is no such set of portions of yours');

/** Writes the rows, then hands their ids to the queue. */
export async function announceSet(
  { world, caller }: Call,
  { body: { orderSha256, codeSha256, portions } }: RouteInput<'portion-sets.announce'>,
): Promise<Outcome<RouteAnswer<'portion-sets.announce'>>> {
  if (caller.kind !== 'account') return refuse('forbidden', 'Only an account announces portions');
  const freshId = (): string => world.randomness.id(world.clock.now());
  const setId = freshId();
  const { queue } = world;
  const topic = portionTopicOf(codeSha256);
  const { ids, announce } = await world.store.write(async (transaction) => {
    await transaction.insert('portionSets', {
      id: setId,
      accountId: caller.accountId,
      state: 'open',
      problem: null,
      portions: portions.length,
      createdAt: nowOf(world),
    });
    const added: string[] = [];
    let tell: (() => void) | undefined;
    for (const { first, count } of portions) {
      const id = freshId();
      added.push(id);
      await transaction.insert('portions', {
        id,
        setId,
        orderSha256,
        codeSha256,
        first,
        count,
        state: 'queued',
        attempts: 0,
        lease: null,
        worker: null,
        aliveAt: null,
        resultSha256: null,
        donePlace: 0,
        sequence: await transaction.next('portions'),
      });
      tell = await queue.publishWithin?.(transaction, topic, id, { portionId: id });
    }
    const details = { portions: portions.length, orderSha256 };
    await recordDeed(world, transaction, {
      by: caller,
      action: 'portions-announced',
      subjectId: setId,
      details,
    });
    return { ids: added, announce: tell };
  });
  announce?.();
  if (queue.publishWithin === undefined)
    for (const id of ids) await queue.publish(topic, id, { portionId: id });
  return done({ id: setId as PortionSetId });
}

export async function readSet(
  { world, caller }: Call,
  { params: { setId }, query: { after } }: RouteInput<'portion-sets.read'>,
): Promise<Outcome<RouteAnswer<'portion-sets.read'>>> {
  return world.store.read(async (reader) => {
    const set = await ownSet(reader, caller, setId);
    if (set === undefined) return noSuchSet;
    const leased = await reader.find('portions', { where: { setId, state: 'leased' } });
    const results = await reader.find('portions', {
      where: { setId, donePlace: { above: after } },
      order: [['donePlace', 'ascending']],
      limit: mostResults,
    });
    const count = await reader.count('portions', { setId, state: 'done' });
    return done({
      id: setId,
      state: set.state === 'open' && count === set.portions ? ('done' as const) : set.state,
      problem: set.problem === null ? null : portionProblemSchema.parse(set.problem),
      portions: set.portions,
      done: count,
      workers: [...new Set(leased.flatMap(({ worker }) => worker ?? []))],
      results: results.map(resultOf),
    });
  });
}

function resultOf({
  donePlace,
  first,
  count,
  worker,
  resultSha256,
}: PortionRow): PortionSet['results'][number] {
  return {
    place: donePlace,
    range: { first, count },
    worker: worker ?? '',
    resultSha256: (resultSha256 ?? '') as PortionSet['results'][number]['resultSha256'],
  };
}

export async function removeSet(
  { world, caller }: Call,
  { params: { setId } }: RouteInput<'portion-sets.remove'>,
): Promise<Outcome<RouteAnswer<'portion-sets.remove'>>> {
  return world.store.write(async (transaction) => {
    if ((await ownSet(transaction, caller, setId)) === undefined) return noSuchSet;
    await dropSet(world, transaction, setId);
    await recordDeed(world, transaction, { by: caller, action: 'portions-removed', subjectId: setId });
    return done({});
  });
}

/** Undefined also for somebody else's: who asks does not learn that it is there. */
export async function ownSet(
  reader: StoreReader,
  caller: Caller,
  setId: string,
): Promise<Row<'portionSets'> | undefined> {
  const set = await reader.get('portionSets', setId);
  if (set === undefined) return undefined;
  const accountId = set.accountId as Extract<Caller, { kind: 'account' }>['accountId'];
  return may(caller, 'portion-sets.use', { accountId }) ? set : undefined;
}

/** What coordinators left behind. Returns how many sets went. */
export async function dropOldSets(world: Pick<World, 'store' | 'clock'>): Promise<number> {
  const longAgo = { below: new Date(world.clock.now() - keptMs).toISOString() };
  return world.store.write(async (transaction) => {
    await transaction.deleteWhere('portionDemand', { askedAt: longAgo });
    const old = await transaction.find('portionSets', { where: { createdAt: longAgo } });
    for (const { id } of old) await dropSet(world, transaction, id);
    return old.length;
  });
}

async function dropSet(
  world: Pick<World, 'clock'>,
  transaction: StoreTransaction,
  setId: string,
): Promise<void> {
  const [portion] = await transaction.find('portions', { where: { setId }, limit: 1 });
  // Whoever then listens finds the messages to be over: none is left in the queue.
  if (portion !== undefined) await noteDemand(world, transaction, portion.codeSha256);
  await transaction.deleteWhere('portions', { setId });
  await transaction.delete('portionSets', setId);
}
