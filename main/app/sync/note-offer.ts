/** News about models from the registry: what it offers, what it takes back, who may sign. */
import type { NamedKey } from '../../../contract/registry/ids.ts';
import type { OfferedModel } from '../../../contract/registry/sync.ts';
import { followedAlias, isSameOffer } from '../../core/model-offer.ts';
import type { StoreTransaction } from '../../ports/store.ts';
import { recordDeed } from '../record-deed.ts';
import { settingsOf } from '../settings.ts';
import type { World } from '../world.ts';
import { changeFacts } from './change-facts.ts';

/** A newer offer is tried whatever became of the one before; the same one that comes again changes nothing. */
export function noteOffer(world: World, offer: OfferedModel, sequence: number): void {
  world.store.write((transaction) => {
    const known = offerOf(transaction, offer);
    if (isSameOffer(known, { offer, sequence })) return;
    transaction.sync.putOffer({ offer, sequence, state: 'open', problem: null, settledAt: null });
    recordDeed(transaction, {
      at: world.clock.now(),
      by: 'system',
      action: 'model-offered',
      details: {
        model: `${offer.name} ${offer.version}`,
        alias: offer.alias,
        sha256: offer.sha256,
      },
    });
  });
  world.events.publish({ name: 'models.changed', payload: {} });
}

/**
 * What came by an alias that points nowhere any more serves no new session; it is kept for replay. An alias that this PC
 * does not follow is nobody's affair here.
 */
export function noteModelWithdrawn(
  world: World,
  { alias, name }: Pick<OfferedModel, 'alias' | 'name'>,
): void {
  world.store.write((transaction) => {
    transaction.sync.removeOffer({ alias, name });
    if (followedAlias(transaction.sync.followed(), name) !== alias) return;
    for (const standing of transaction.sync.standings()) {
      const { version, sha256, service } = standing;
      if (standing.name !== name || standing.alias !== alias) continue;
      if (service !== 'in-service' && service !== 'waiting') continue;
      transaction.sync.putStanding({ ...standing, service: 'withdrawn' });
      const settings = settingsOf(transaction);
      const defaultModels = settings.defaultModels.filter(
        (model) => model.name !== name || model.version !== version,
      );
      if (defaultModels.length < settings.defaultModels.length) {
        transaction.settings.put({ ...settings, defaultModels });
      }
      recordDeed(transaction, {
        at: world.clock.now(),
        by: 'system',
        action: 'model-withdrawn',
        details: { model: `${name} ${version}`, alias, sha256 },
      });
    }
  });
  world.events.publish({ name: 'models.changed', payload: {} });
  world.events.publish({ name: 'settings.changed', payload: {} });
}

/** Offers that failed for want of the right key are tried with the new ones. */
export function noteModelKeys(world: World, keys: readonly NamedKey[]): void {
  world.store.write((transaction) => {
    const { enrolment } = transaction.sync.facts();
    if (enrolment === null || JSON.stringify(enrolment.modelKeys) === JSON.stringify(keys)) return;
    changeFacts(transaction, { enrolment: { ...enrolment, modelKeys: keys } });
    for (const record of transaction.sync.offers()) {
      const code = record.problem?.code;
      if (code !== 'model-key-unknown' && code !== 'model-signature-invalid') continue;
      transaction.sync.putOffer({ ...record, state: 'open', problem: null, settledAt: null });
    }
    recordDeed(transaction, {
      at: world.clock.now(),
      by: 'system',
      action: 'model-keys-received',
      details: { keys: keys.map(({ keyId }) => keyId).join(', ') },
    });
  });
}

export function offerOf(
  transaction: StoreTransaction,
  { alias, name }: Pick<OfferedModel, 'alias' | 'name'>,
): ReturnType<StoreTransaction['sync']['offers']>[number] | undefined {
  return transaction.sync.offers().find(({ offer }) => offer.alias === alias && offer.name === name);
}
