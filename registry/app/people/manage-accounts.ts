/** IT staff make and change accounts, of their own hospitals only and with no more than they have themselves. */
import type { AccountId } from '../../../contract/ids.ts';
import { weaknessOf } from '../../../contract/password-policy.ts';
import type { RouteAnswer, RouteInput } from '../../../contract/registry/routes.ts';
import { v1Details } from '../../../contract/registry/v1.ts';
import { hospitalsOf } from '../../core/may.ts';
import { done, refuse, type Outcome } from '../../core/outcome.ts';
import { covers, overlaps, type Hospitals } from '../../core/people.ts';
import type { StoreReader } from '../../ports/store.ts';
import { recordDeed } from '../record-deed.ts';
import { recordRefusal } from '../record-refusal.ts';
import { nowOf, type Call } from '../world.ts';
import {
  allAccounts,
  findAccount,
  findAccountByName,
  hasRegistryWideIt,
  saveAccount,
  shownAccount,
  type StoredAccount,
} from './accounts.ts';
import { endAllTokens } from './sign-in.ts';

export async function listAccounts({ world, caller }: Call): Promise<Outcome<RouteAnswer<'accounts.list'>>> {
  const reach = hospitalsOf(caller);
  const accounts = await world.store.read(allAccounts);
  return done({
    accounts: accounts.filter(({ hospitals }) => isSeenFrom(reach, hospitals)).map(shownAccount),
  });
}

export async function createAccount(
  call: Call,
  { password, ...input }: RouteInput<'accounts.create'>['body'],
): Promise<Outcome<RouteAnswer<'accounts.create'>>> {
  const { world, caller } = call;
  const hospitals = withoutRepeats(input.hospitals);
  if (!isGrantable(hospitalsOf(caller), hospitals)) return refuseReach(call, 'accounts.write', null);
  const weak = refuseWeak(password, input.username);
  if (weak !== undefined) return weak;
  const account: StoredAccount = {
    ...input,
    id: world.randomness.id(world.clock.now()) as AccountId,
    roles: [...new Set(input.roles)],
    hospitals,
    isDisabled: false,
    createdAt: nowOf(world),
    passwordHash: await world.passwords.hash(password),
  };
  return world.store.write(async (transaction) => {
    if ((await findAccountByName(transaction, account.username)) !== undefined) {
      return refuse('conflict', 'This username is taken', { facts: { field: 'username' } });
    }
    if (!(await areKnown(transaction, hospitals))) return refuseUnknownHospital();
    await saveAccount(world, transaction, account);
    await recordDeed(world, transaction, {
      by: caller,
      action: 'account-created',
      subjectId: account.id,
      details: rightsOf(account),
    });
    return done(shownAccount(account));
  });
}

export async function updateAccount(
  call: Call,
  { params, body }: Pick<RouteInput<'accounts.update'>, 'params' | 'body'>,
): Promise<Outcome<RouteAnswer<'accounts.update'>>> {
  const { world, caller } = call;
  const { password, ...change } = body;
  const reach = hospitalsOf(caller);
  const seen = await world.store.read((reader) => findAccount(reader, params.accountId));
  if (seen === undefined || !isSeenFrom(reach, seen.hospitals)) {
    await recordRefusal(call, { action: 'accounts.write', code: 'not-found', subjectId: params.accountId });
    return refuse('not-found', v1Details.userNotFound);
  }
  const weak = password === undefined ? undefined : refuseWeak(password, seen.username);
  if (weak !== undefined) return weak;
  const passwordHash = password === undefined ? undefined : await world.passwords.hash(password);
  const outcome = await world.store
    .write(async (transaction) => {
      const before = await findAccount(transaction, params.accountId);
      if (before === undefined) return refuse('not-found', v1Details.userNotFound);
      const account = changed(before, change, passwordHash);
      // Someone else's responsibility too: who could set that password could act in other hospitals.
      const isReached = covers(reach, before.hospitals) && isGrantable(reach, account.hospitals);
      if (!isReached) return refuse('forbidden', v1Details.forbidden);
      if (!(await areKnown(transaction, account.hospitals))) return refuseUnknownHospital();
      await saveAccount(world, transaction, account, before);
      if (!(await hasRegistryWideIt(transaction))) throw new LastOne();
      if (passwordHash !== undefined || account.isDisabled) await endAllTokens(transaction, account.id);
      await recordDeed(world, transaction, {
        by: caller,
        action: 'account-changed',
        subjectId: account.id,
        details: { ...rightsOf(account), fields: Object.keys(body).sort().join(' ') },
      });
      return done(shownAccount(account));
    })
    .catch((cause: unknown) => {
      if (cause instanceof LastOne) {
        return refuse('conflict', 'The last IT account that is responsible for all hospitals must stay');
      }
      throw cause;
    });
  if (!outcome.ok && outcome.problem.code === 'forbidden') {
    return refuseReach(call, 'accounts.write', params.accountId);
  }
  return outcome;
}

/** Thrown to roll the change back. */
class LastOne extends Error {}

function changed(
  before: StoredAccount,
  change: Omit<RouteInput<'accounts.update'>['body'], 'password'>,
  passwordHash: string | undefined,
): StoredAccount {
  return {
    ...before,
    displayName: change.displayName ?? before.displayName,
    email: change.email === undefined ? before.email : change.email,
    roles: change.roles === undefined ? before.roles : [...new Set(change.roles)],
    hospitals: change.hospitals === undefined ? before.hospitals : withoutRepeats(change.hospitals),
    language: change.language ?? before.language,
    isDisabled: change.isDisabled ?? before.isDisabled,
    passwordHash: passwordHash ?? before.passwordHash,
  };
}

function isSeenFrom(reach: Hospitals, hospitals: Hospitals): boolean {
  return reach === 'all' || overlaps(reach, hospitals);
}

/** An account of no hospital is seen by registry-wide IT alone: nobody else makes one. */
function isGrantable(reach: Hospitals, hospitals: Hospitals): boolean {
  return covers(reach, hospitals) && (reach === 'all' || hospitals.length > 0);
}

function withoutRepeats(hospitals: Hospitals): Hospitals {
  return hospitals === 'all' ? 'all' : [...new Set(hospitals)].sort();
}

async function areKnown(reader: StoreReader, hospitals: Hospitals): Promise<boolean> {
  if (hospitals === 'all') return true;
  for (const id of hospitals) if ((await reader.get('hospitals', id)) === undefined) return false;
  return true;
}

function rightsOf({ roles, hospitals, isDisabled }: StoredAccount): Record<string, string | boolean> {
  return { roles: roles.join(' '), hospitals: hospitals === 'all' ? 'all' : hospitals.join(' '), isDisabled };
}

function refuseWeak(password: string, username: string): ReturnType<typeof refuse> | undefined {
  const weakness = weaknessOf(password, username);
  if (weakness === undefined) return undefined;
  return refuse('invalid-input', 'The password is too easy to guess', {
    facts: { field: 'password', reason: weakness },
  });
}

function refuseUnknownHospital(): ReturnType<typeof refuse> {
  return refuse('invalid-input', 'A hospital is not known', { facts: { field: 'hospitals' } });
}

async function refuseReach(
  call: Call,
  action: 'accounts.write',
  subjectId: string | null,
): Promise<ReturnType<typeof refuse>> {
  await recordRefusal(call, { action, code: 'forbidden', subjectId });
  return refuse('forbidden', v1Details.forbidden);
}
