/** What the registry says to this hospital: taken one change at a time, each with the position that it moves. */
import { changeSchema, type Change, type FeedAccount } from '../../../contract/registry/sync.ts';
import { fail, ok, type Result } from '../../../contract/result.ts';
import { noFailures } from '../../../contract/lockout.ts';
import type { AccountRecord, StoreTransaction } from '../../ports/store.ts';
import { noteProblem } from '../note-problem.ts';
import { recordDeed } from '../record-deed.ts';
import type { World } from '../world.ts';
import { changeFacts } from './change-facts.ts';
import { noteModelKeys, noteModelWithdrawn, noteOffer } from './note-offer.ts';
import { ask, type Pass } from './pass.ts';
import { buryTombstoned } from './remove-session.ts';

/** Takes all changes there are. One that this version does not know is passed over. */
export async function pullFeed(pass: Pass): Promise<Result<{ readonly changes: number }>> {
  const { world, peers, cancellation } = pass;
  let changes = 0;
  for (;;) {
    const after = world.store.read((transaction) => transaction.sync.facts().feedPosition);
    const answer = await ask(pass, () => world.registry.feed(peers, after, cancellation));
    if (!answer.ok) return answer;
    for (const raw of answer.value.changes) {
      if (cancellation.isCancelled) return fail('registry-unreachable', { reason: 'cancelled' });
      const parsed = changeSchema.safeParse(raw);
      if (!parsed.success) continue;
      await applyChange(world, parsed.data);
      changes += 1;
    }
    await buryTombstoned(world);
    const { next, hasMore } = answer.value;
    if (next > after) {
      world.store.write((transaction) => changeFacts(transaction, { feedPosition: next }));
    }
    // A feed that does not move would be asked for ever.
    if (!hasMore || next <= after) return ok({ changes });
  }
}

/** May be done again: after a crash between two changes they come once more. */
async function applyChange(world: World, change: Change): Promise<void> {
  switch (change.kind) {
    case 'hospital':
      return world.store.write((transaction) => {
        const { enrolment } = transaction.sync.facts();
        const { id, name, isOwn } = change.content;
        transaction.sync.putHospital(change.content);
        if (isOwn && enrolment !== null) {
          changeFacts(transaction, { enrolment: { ...enrolment, hospital: { id, name } } });
        }
      });
    case 'form':
      return keepDefinition(world, { form: change.content });
    case 'protocol':
      return keepDefinition(world, { protocol: change.content });
    case 'account':
      return applyAccount(world, change.content);
    case 'model-offer':
      return noteOffer(world, change.content, change.sequence);
    case 'model-withdrawn':
      return noteModelWithdrawn(world, change.content);
    case 'tombstone':
      return world.store.write((transaction) => {
        const { sessionId, kind, at } = change.content;
        transaction.sync.putTombstone({ sessionId, kind, at: { at, zone: 'UTC' }, by: null, entryId: null });
      });
    case 'model-keys':
      return noteModelKeys(world, change.content.keys);
  }
}

/** Versions never change: one that this PC has with other content stays as it is, and somebody should know. */
async function keepDefinition(
  world: World,
  definition: Parameters<World['definitions']['keep']>[0],
): Promise<void> {
  const kept = await world.definitions.keep(definition);
  if (!kept.ok) return noteProblem(world, 'definition-invalid');
  const [{ id, version } = { id: '', version: '' }] = [definition.form ?? definition.protocol];
  world.store.write((transaction) =>
    recordDeed(transaction, {
      at: world.clock.now(),
      by: 'system',
      action: 'definition-received',
      details: { definition: `${id} ${version}` },
    }),
  );
}

/**
 * People of the hospital sign in here, with or without a line. A name that this PC's own account has stays its own; one
 * that somebody of a former registry had, who cannot sign in here any more, goes over.
 */
function applyAccount(world: World, account: FeedAccount): void {
  const isShadowed = world.store.write((transaction): boolean => {
    const known = transaction.accounts.get(account.id);
    const sameName = transaction.accounts.byUsername(account.username);
    if (known?.origin === 'local') return true;
    const isAnother = sameName !== undefined && sameName.id !== account.id;
    const isNameTaken = isAnother && !(sameName.origin === 'registry' && sameName.isDisabled);
    if (known === undefined && (isNameTaken || account.passwordHash === null || account.roles.length === 0)) {
      return isNameTaken;
    }
    const next: AccountRecord = {
      id: account.id,
      username: isNameTaken ? (known?.username ?? account.username) : account.username,
      displayName: account.displayName,
      roles: account.roles.length === 0 ? (known?.roles ?? []) : account.roles,
      language: known?.language ?? account.language,
      isDisabled: account.isDisabled || account.passwordHash === null || account.roles.length === 0,
      createdAt: known?.createdAt ?? world.clock.now(),
      passwordHash: account.passwordHash ?? known?.passwordHash ?? '',
      origin: 'registry',
      ...(known === undefined || known.passwordHash !== account.passwordHash
        ? noFailures
        : { failures: known.failures, lockedOutUntilMs: known.lockedOutUntilMs }),
    };
    if (JSON.stringify(next) === JSON.stringify(known)) return isNameTaken;
    if (isAnother && !isNameTaken) {
      const former = { ...sameName, username: `${sameName.username.slice(0, 50)}.${sameName.id.slice(-8)}` };
      transaction.accounts.update(former);
      noteAccount(world, transaction, former);
    }
    if (known === undefined) transaction.accounts.insert(next);
    else transaction.accounts.update(next);
    noteAccount(world, transaction, next);
    return isNameTaken;
  });
  if (isShadowed) noteProblem(world, 'registry-account-shadowed');
}

export function noteAccount(
  world: Pick<World, 'clock'>,
  transaction: StoreTransaction,
  { id, username, roles, isDisabled }: AccountRecord,
): void {
  recordDeed(transaction, {
    at: world.clock.now(),
    by: 'system',
    action: 'account-received',
    details: { accountId: id, username, roles: roles.join(', '), isDisabled },
  });
}
