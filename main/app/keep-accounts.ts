/** Accounts of this PC: the first one, further ones, changes and passwords. */
import { fail, ok, type Result } from '../../contract/result.ts';
import type { Account } from '../../contract/people.ts';
import { noFailures } from '../../contract/lockout.ts';
import { weaknessOf } from '../../contract/password-policy.ts';
import type { AccountRecord, StoreTransaction } from '../ports/store.ts';
import type { Caller, Input, Output, Visitor } from './caller.ts';
import { newId } from './new-id.ts';
import { recordDeed } from './record-deed.ts';
import { settingsOf } from './settings.ts';
import { checkPassword, endSitting, seat, toAccount } from './sign-in.ts';
import type { World } from './world.ts';

/** Only while there is no account at all; signs the desk in. */
export async function createFirstAccount(
  { world, desk }: Visitor,
  input: Input<'people.create-first'>,
): Promise<Output<'people.create-first'>> {
  const isFirst = (transaction: StoreTransaction): boolean => transaction.accounts.all().length === 0;
  if (!world.store.read(isFirst)) return fail('first-account-exists');
  const weakness = refuseWeak(input.password, input.username);
  if (!weakness.ok) return weakness;
  const record = await newRecord(world, { ...input, roles: ['it'] });
  const created = world.store.write((transaction): Result<Account> => {
    if (!isFirst(transaction)) return fail('first-account-exists');
    transaction.accounts.insert(record);
    transaction.settings.put({ ...settingsOf(transaction), language: input.language });
    transaction.facts.put('last-username', record.username);
    const deed = { at: record.createdAt, by: record.username };
    recordDeed(transaction, { ...deed, action: 'account-created', details: accountFacts(record) });
    recordDeed(transaction, { ...deed, action: 'signed-in' });
    return ok(toAccount(record));
  });
  if (!created.ok) return created;
  await endSitting(world, desk);
  seat(world, desk, created.value);
  return created;
}

export async function createAccount(
  { world, account }: Caller,
  input: Input<'people.create'>,
): Promise<Output<'people.create'>> {
  if (isTaken(world, input.username)) return fail('account-exists');
  const weakness = refuseWeak(input.password, input.username);
  if (!weakness.ok) return weakness;
  const record = await newRecord(world, input);
  return world.store.write((transaction): Result<Account> => {
    if (transaction.accounts.byUsername(record.username) !== undefined) return fail('account-exists');
    transaction.accounts.insert(record);
    recordDeed(transaction, {
      at: record.createdAt,
      by: account.username,
      action: 'account-created',
      details: accountFacts(record),
    });
    return ok(toAccount(record));
  });
}

export async function updateAccount(
  { world, desk, account }: Caller,
  input: Input<'people.update'>,
): Promise<Output<'people.update'>> {
  const target = world.store.read((transaction) => transaction.accounts.get(input.accountId));
  if (target === undefined) return fail('account-not-found');
  if (target.origin === 'registry') return fail('account-of-registry');
  let passwordHash: string | undefined;
  if (input.password !== undefined) {
    const weakness = refuseWeak(input.password, target.username);
    if (!weakness.ok) return weakness;
    passwordHash = await world.passwordHashing.hash(input.password);
  }
  const updated = world.store.write((transaction): Result<Account> => {
    const before = transaction.accounts.get(input.accountId);
    if (before === undefined) return fail('account-not-found');
    if (before.origin === 'registry') return fail('account-of-registry');
    const after: AccountRecord = {
      ...before,
      displayName: input.displayName ?? before.displayName,
      roles: input.roles === undefined ? before.roles : [...new Set(input.roles)],
      isDisabled: input.isDisabled ?? before.isDisabled,
      ...(passwordHash === undefined ? {} : { passwordHash, ...noFailures }),
    };
    if (
      keepsStore(before) &&
      !keepsStore(after) &&
      transaction.accounts.all().filter(keepsStore).length === 1
    ) {
      return fail('last-it-account');
    }
    transaction.accounts.update(after);
    const deed = { at: world.clock.now(), by: account.username, details: accountFacts(after) };
    recordDeed(transaction, { ...deed, action: 'account-changed' });
    if (passwordHash !== undefined) recordDeed(transaction, { ...deed, action: 'password-changed' });
    return ok(toAccount(after));
  });
  if (updated.ok && desk.account?.id === updated.value.id) desk.account = updated.value;
  return updated;
}

export async function changePassword(
  { world, account }: Caller,
  { current, next }: Input<'people.change-password'>,
): Promise<Output<'people.change-password'>> {
  if (account.origin === 'registry') return fail('account-of-registry');
  const checked = await checkPassword(world, {
    username: account.username,
    password: current,
    refusal: 'sign-in-refused',
  });
  if (!checked.ok) return checked;
  const weakness = refuseWeak(next, account.username);
  if (!weakness.ok) return weakness;
  const passwordHash = await world.passwordHashing.hash(next);
  world.store.write((transaction) => {
    const record = transaction.accounts.get(account.id) ?? checked.value;
    transaction.accounts.update({ ...record, passwordHash, ...noFailures });
    recordDeed(transaction, {
      at: world.clock.now(),
      by: account.username,
      action: 'password-changed',
      details: accountFacts(record),
    });
  });
  return ok({});
}

export function listAccounts({ world }: Caller): Output<'people.list'> {
  return ok(world.store.read((transaction) => transaction.accounts.all().map(toAccount)));
}

function refuseWeak(password: string, username: string): Result<null> {
  const reason = weaknessOf(password, username);
  return reason === undefined ? ok(null) : fail('weak-password', { reason });
}

function isTaken(world: World, username: string): boolean {
  return world.store.read((transaction) => transaction.accounts.byUsername(username)) !== undefined;
}

/** An account that can keep accounts: without one, nobody could ever make another. The registry may take its own back. */
function keepsStore({ roles, isDisabled, origin }: AccountRecord): boolean {
  return !isDisabled && origin === 'local' && roles.includes('it');
}

function accountFacts({ id, username, roles, isDisabled }: AccountRecord): Record<string, string | boolean> {
  return { accountId: id, username, roles: roles.join(', '), isDisabled };
}

async function newRecord(
  world: World,
  input: Pick<Account, 'username' | 'displayName' | 'roles' | 'language'> & { readonly password: string },
): Promise<AccountRecord> {
  return {
    id: newId.account(world),
    username: input.username,
    displayName: input.displayName,
    roles: [...new Set(input.roles)],
    language: input.language,
    isDisabled: false,
    origin: 'local',
    createdAt: world.clock.now(),
    passwordHash: await world.passwordHashing.hash(input.password),
    ...noFailures,
  };
}
