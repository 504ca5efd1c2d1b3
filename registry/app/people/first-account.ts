/** The first IT account is made with a code that only who sees the server's own output has. */
import type { AccountId } from '../../../contract/ids.ts';
import { weaknessOf } from '../../../contract/password-policy.ts';
import { codeRandomBytes, makeOneTimeCode, readCode } from '../../../contract/registry/enrolment-code.ts';
import type { RouteAnswer, RouteInput } from '../../../contract/registry/routes.ts';
import { done, refuse, type Outcome } from '../../core/outcome.ts';
import type { StoreReader } from '../../ports/store.ts';
import { recordDeed } from '../record-deed.ts';
import { nowOf, type Call, type World } from '../world.ts';
import { saveAccount, shownAccount, type StoredAccount } from './accounts.ts';

const setupCodeLifetimeMs = 24 * 3_600_000;

/**
 * A new set-up code, good for a day, while there is no account; undefined once there is one. Codes that other processes
 * of the same registry printed stay good beside it.
 */
export async function offerSetupCode(
  world: Pick<World, 'store' | 'clock' | 'randomness' | 'hashing'>,
): Promise<string | undefined> {
  const code = makeOneTimeCode(world.randomness.bytes(codeRandomBytes));
  const createdAt = nowOf(world);
  return world.store.write(async (transaction) => {
    await transaction.deleteWhere('codes', { purpose: 'first-account', expiresAt: { atMost: createdAt } });
    if ((await transaction.count('accounts', {})) > 0) return undefined;
    await transaction.insert('codes', {
      id: world.hashing.sha256(code),
      purpose: 'first-account',
      hospitalId: null,
      createdBy: null,
      createdAt,
      expiresAt: new Date(world.clock.now() + setupCodeLifetimeMs).toISOString(),
      usedAt: null,
    });
    return code;
  });
}

export async function makeFirstAccount(
  call: Call,
  input: RouteInput<'first-account.create'>['body'],
): Promise<Outcome<RouteAnswer<'first-account.create'>>> {
  const { world } = call;
  const weakness = weaknessOf(input.password, input.username);
  if (weakness !== undefined) {
    return refuse('invalid-input', 'The password is too easy to guess', {
      facts: { field: 'password', reason: weakness },
    });
  }
  const code = readCode(input.setupCode)?.code;
  const isGood = async (reader: StoreReader): Promise<boolean> => {
    const row = code === undefined ? undefined : await reader.get('codes', world.hashing.sha256(code));
    return (
      row?.purpose === 'first-account' &&
      (row.expiresAt ?? '') > nowOf(world) &&
      (await reader.count('accounts', {})) === 0
    );
  };
  // Before the costly hash: a guess must not cost the server more than the guesser.
  if (!(await world.store.read(isGood))) return refuseCode(call);
  const passwordHash = await world.passwords.hash(input.password);
  const account: StoredAccount = {
    id: world.randomness.id(world.clock.now()) as AccountId,
    username: input.username,
    displayName: input.displayName,
    email: null,
    roles: ['it'],
    hospitals: 'all',
    language: input.language,
    isDisabled: false,
    createdAt: nowOf(world),
    passwordHash,
  };
  const made = await world.store.write(async (transaction) => {
    if (!(await isGood(transaction))) return false;
    await transaction.deleteWhere('codes', { purpose: 'first-account' });
    await saveAccount(world, transaction, account);
    await recordDeed(world, transaction, {
      by: call.caller,
      action: 'first-account-created',
      subjectId: account.id,
    });
    return true;
  });
  return made ? done(shownAccount(account)) : refuseCode(call);
}

async function refuseCode({ world, caller, requestId }: Call): Promise<ReturnType<typeof refuse>> {
  await world.store.write((transaction) =>
    recordDeed(world, transaction, {
      by: caller,
      action: 'first-account.create',
      outcome: 'refused',
      details: { requestId },
    }),
  );
  return refuse('wrong-credentials', 'The set-up code is not valid, or there is an account already');
}
