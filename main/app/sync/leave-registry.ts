import type { Moment } from '../../../contract/localized.ts';
import { fail, ok, type Result } from '../../../contract/result.ts';
import type { StoreTransaction } from '../../ports/store.ts';
import type { SyncFacts } from '../../ports/store-sync.ts';
import type { Caller, Output } from '../caller.ts';
import { recordDeed } from '../record-deed.ts';
import type { World } from '../world.ts';
import { noteAccount } from './apply-feed.ts';
import { changeFacts } from './change-facts.ts';
import { syncStateOf } from './read-sync-state.ts';
import { tellSync } from './tell-sync.ts';

/**
 * Ends that this PC belongs to a registry. What is stored here stays, receipts included; accounts of the registry cannot
 * sign in any more, because nobody could take them back. The key stays: with it this PC may come back as itself.
 */
export function leaveRegistry({ world, account }: Caller): Output<'sync.leave'> {
  const left = world.store.write((transaction): Result<null> => {
    const facts = transaction.sync.facts();
    const { enrolment } = facts;
    if (enrolment === null) return fail('not-enrolled');
    const { workstationId, keys } = enrolment;
    changeFacts(transaction, {
      enrolment: null,
      former: { workstationId, keys },
      formerRegistries: withFormer(facts, world.clock.now()),
      refusal: null,
      pendingEnrolment: null,
    });
    transaction.sync.markAll('waiting', 'local-only');
    recordDeed(transaction, {
      at: world.clock.now(),
      by: account.username,
      action: 'registry-left',
      details: { registryId: enrolment.registryId, workstationId },
    });
    shutOutRegistryPeople(world, transaction);
    return ok(null);
  });
  if (!left.ok) return left;
  world.memory.sync.engine?.interrupt();
  world.memory.sync.engine?.wake('settings');
  tellSync(world);
  return ok(syncStateOf(world));
}

/** The registries that this PC has left once it has left the present one, too. */
export function withFormer(
  { enrolment, formerRegistries }: SyncFacts,
  leftAt: Moment,
): SyncFacts['formerRegistries'] {
  if (enrolment === null) return formerRegistries;
  const { registryId, registryUrl, workstationId, keys } = enrolment;
  const others = formerRegistries.filter((former) => former.registryId !== registryId);
  return [...others, { registryId, registryUrl, leftAt, as: { workstationId, keys } }];
}

/** Until a registry says again who may sign in here. */
export function shutOutRegistryPeople(world: Pick<World, 'clock'>, transaction: StoreTransaction): void {
  for (const record of transaction.accounts.all()) {
    if (record.origin !== 'registry' || record.isDisabled) continue;
    const disabled = { ...record, isDisabled: true };
    transaction.accounts.update(disabled);
    noteAccount(world, transaction, disabled);
  }
}
