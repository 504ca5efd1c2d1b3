/** What people see of the models that the registry offers, and what IT decides about them. */
import type { ModelOffer } from '../../contract/model-rollout.ts';
import { fail, ok, type Result } from '../../contract/result.ts';
import { followedAlias } from '../core/model-offer.ts';
import type { OfferRecord } from '../ports/store-sync.ts';
import type { Caller, Input, Output } from './caller.ts';
import { recordDeed } from './record-deed.ts';
import { offerOf } from './sync/note-offer.ts';
import { offerKey } from './sync/rollout-memory.ts';
import type { World } from './world.ts';

export function listOffers({ world }: Pick<Caller, 'world'>): Output<'models.offers'> {
  return ok(offersOf(world));
}

/** What the alias points at now is tried, whatever became of it before. The model in service stays until then. */
export function followAlias(
  { world, account }: Caller,
  { name, alias }: Input<'models.follow'>,
): Output<'models.follow'> {
  world.store.write((transaction) => {
    if (followedAlias(transaction.sync.followed(), name) === alias) return;
    transaction.sync.follow(name, alias);
    const record = offerOf(transaction, { name, alias });
    if (record !== undefined) transaction.sync.putOffer(reopened(record));
    recordDeed(transaction, {
      at: world.clock.now(),
      by: account.username,
      action: 'model-alias-followed',
      details: { model: name, alias },
    });
  });
  return woken(world);
}

/** `not-found` where there is no such offer that failed. */
export function retryOffer(
  { world, account }: Caller,
  { name, alias }: Input<'models.retry-offer'>,
): Output<'models.retry-offer'> {
  const reopening = world.store.write((transaction): Result<null> => {
    const record = offerOf(transaction, { name, alias });
    if (record?.state !== 'failed') return fail('not-found', { what: 'offer' });
    transaction.sync.putOffer(reopened(record));
    recordDeed(transaction, {
      at: world.clock.now(),
      by: account.username,
      action: 'model-offer-retried',
      details: { model: `${name} ${record.offer.version}`, alias },
    });
    return ok(null);
  });
  return reopening.ok ? woken(world) : reopening;
}

function reopened(record: OfferRecord): OfferRecord {
  return { ...record, state: 'open', problem: null, settledAt: null };
}

function woken(world: World): Result<ModelOffer[]> {
  world.memory.sync.engine?.wake('settings');
  world.events.publish({ name: 'models.changed', payload: {} });
  return ok(offersOf(world));
}

function offersOf({ store, memory }: World): ModelOffer[] {
  const { offers, followed } = store.read(({ sync }) => ({
    offers: sync.offers(),
    followed: sync.followed(),
  }));
  return offers.map((record) => {
    const { name, version, alias, packageBytes } = record.offer;
    const followedNow = followedAlias(followed, name);
    const progress = memory.rollout.progress.get(offerKey(record.offer));
    return {
      name,
      version,
      alias,
      followedAlias: followedNow,
      state: followedNow === alias ? stateOf(record, progress?.stage) : 'other-alias',
      receivedBytes: progress?.receivedBytes ?? 0,
      packageBytes,
      settledAt: record.settledAt,
      problem: record.problem === null ? null : { ...record.problem, details: { ...record.problem.details } },
    };
  });
}

function stateOf(
  { state }: OfferRecord,
  stage: 'fetching' | 'checking' | 'between-sessions' | undefined,
): ModelOffer['state'] {
  return state === 'open' ? (stage ?? 'waiting') : state;
}
