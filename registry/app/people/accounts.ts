/** Accounts as rows and as what the rules speak of. */
import type { AccountId } from '../../../contract/ids.ts';
import type { Language } from '../../../contract/localized.ts';
import type { Role } from '../../../contract/people.ts';
import type { HospitalId } from '../../../contract/registry/ids.ts';
import type { Json } from '../../../contract/canonical-json.ts';
import type { RouteAnswer } from '../../../contract/registry/routes.ts';
import { feedAccount, feedsOf, isRegistryWideIt, usernameKey, type AccountFacts } from '../../core/people.ts';
import type { Row, StoreReader, StoreTransaction } from '../../ports/store.ts';
import { appendChange } from '../append-change.ts';
import type { World } from '../world.ts';

export interface StoredAccount extends AccountFacts {
  readonly passwordHash: string;
}

export async function findAccount(reader: StoreReader, id: string): Promise<StoredAccount | undefined> {
  const row = await reader.get('accounts', id);
  return row === undefined ? undefined : accountOf(row, await membershipsOf(reader, row));
}

export async function findAccountByName(
  reader: StoreReader,
  username: string,
): Promise<StoredAccount | undefined> {
  const [row] = await reader.find('accounts', { where: { usernameKey: usernameKey(username) }, limit: 1 });
  return row === undefined ? undefined : accountOf(row, await membershipsOf(reader, row));
}

/** By username. */
export async function allAccounts(reader: StoreReader): Promise<readonly StoredAccount[]> {
  const rows = await reader.find('accounts', { order: [['usernameKey', 'ascending']] });
  const memberships = Map.groupBy(await reader.find('memberships', {}), ({ accountId }) => accountId);
  return rows.map((row) =>
    accountOf(
      row,
      (memberships.get(row.id) ?? []).map(({ hospitalId }) => hospitalId),
    ),
  );
}

/** Writes the account and tells its workstations; those that it has left learn that it may not sign in there. */
export async function saveAccount(
  world: Pick<World, 'clock'>,
  transaction: StoreTransaction,
  account: StoredAccount,
  before?: StoredAccount,
): Promise<void> {
  const { hospitals, passwordHash, roles, ...rest } = account;
  await transaction.put('accounts', {
    ...rest,
    usernameKey: usernameKey(account.username),
    passwordHash,
    roles: roles as Json,
    isForAllHospitals: hospitals === 'all',
  });
  await transaction.deleteWhere('memberships', { accountId: account.id });
  for (const hospitalId of hospitals === 'all' ? [] : hospitals) {
    await transaction.insert('memberships', {
      id: `${account.id}:${hospitalId}`,
      accountId: account.id,
      hospitalId,
    });
  }
  const feeds = feedsOf(hospitals);
  const left = before === undefined ? [] : feedsOf(before.hospitals).filter((feed) => !feeds.includes(feed));
  // What was left goes first: on a workstation that reads both, the later one counts.
  for (const hospitalId of left) await publish(world, transaction, account, null, hospitalId);
  for (const hospitalId of feeds) await publish(world, transaction, account, passwordHash, hospitalId);
}

/** Somebody must stay who can look after everything. */
export async function hasRegistryWideIt(reader: StoreReader): Promise<boolean> {
  const rows = await reader.find('accounts', { where: { isForAllHospitals: true, isDisabled: false } });
  return rows.some((row) => isRegistryWideIt(accountOf(row, [])));
}

/** What the API tells of an account. */
export function shownAccount(account: AccountFacts): RouteAnswer<'account.read-own'> {
  const { id, username, displayName, email, roles, hospitals, language, isDisabled, createdAt } = account;
  return {
    id,
    username,
    displayName,
    email,
    roles: [...roles],
    hospitals: hospitals === 'all' ? 'all' : [...hospitals],
    language,
    isDisabled,
    createdAt,
  };
}

async function publish(
  world: Pick<World, 'clock'>,
  transaction: StoreTransaction,
  account: StoredAccount,
  passwordHash: string | null,
  hospitalId: HospitalId | null,
): Promise<void> {
  await appendChange(world, transaction, {
    hospitalId,
    kind: 'account',
    subjectId: account.id,
    content: feedAccount(account, passwordHash) as unknown as Json,
  });
}

async function membershipsOf(
  reader: StoreReader,
  { id, isForAllHospitals }: Row<'accounts'>,
): Promise<readonly string[]> {
  if (isForAllHospitals) return [];
  const rows = await reader.find('memberships', { where: { accountId: id } });
  return rows.map(({ hospitalId }) => hospitalId);
}

/** Rows were parsed when they were written; the ids' brands come back here. */
function accountOf(row: Row<'accounts'>, hospitalIds: readonly string[]): StoredAccount {
  return {
    id: row.id as AccountId,
    username: row.username,
    displayName: row.displayName,
    email: row.email,
    roles: row.roles as readonly Role[],
    hospitals: row.isForAllHospitals ? 'all' : ([...hospitalIds].sort() as HospitalId[]),
    language: row.language as Language,
    isDisabled: row.isDisabled,
    createdAt: row.createdAt,
    passwordHash: row.passwordHash,
  };
}
