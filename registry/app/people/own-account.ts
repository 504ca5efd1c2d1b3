import { weaknessOf } from '../../../contract/password-policy.ts';
import type { RouteAnswer, RouteInput } from '../../../contract/registry/routes.ts';
import { v1Details } from '../../../contract/registry/v1.ts';
import { done, refuse, type Outcome } from '../../core/outcome.ts';
import { recordDeed } from '../record-deed.ts';
import type { Call } from '../world.ts';
import { findAccount, saveAccount, shownAccount } from './accounts.ts';
import { checkPassword } from './check-password.ts';
import { endAllTokens } from './sign-in.ts';

export async function readOwnAccount({
  world,
  caller,
}: Call): Promise<Outcome<RouteAnswer<'account.read-own'>>> {
  const account =
    caller.kind === 'account'
      ? await world.store.read((reader) => findAccount(reader, caller.accountId))
      : undefined;
  if (account === undefined) return refuse('not-authenticated', v1Details.notAuthenticated);
  return done(shownAccount(account));
}

export async function changeOwnPassword(
  call: Call,
  { current, next }: RouteInput<'account.change-own'>['body'],
): Promise<Outcome<RouteAnswer<'account.change-own'>>> {
  const { world, caller } = call;
  if (caller.kind !== 'account') return refuse('not-authenticated', v1Details.notAuthenticated);
  const weakness = weaknessOf(next, caller.username);
  if (weakness !== undefined) {
    return refuse('invalid-input', 'The password is too easy to guess', {
      facts: { field: 'next', reason: weakness },
    });
  }
  const checked = await checkPassword(call, {
    username: caller.username,
    password: current,
    action: 'password-change',
  });
  if (!checked.ok) return checked;
  const passwordHash = await world.passwords.hash(next);
  return world.store.write(async (transaction) => {
    const account = await findAccount(transaction, caller.accountId);
    if (account === undefined || account.passwordHash !== checked.value.passwordHash) {
      return refuse('conflict', 'The account was changed meanwhile');
    }
    await saveAccount(world, transaction, { ...account, passwordHash }, account);
    await endAllTokens(transaction, account.id);
    await recordDeed(world, transaction, { by: caller, action: 'password-changed', subjectId: account.id });
    return done({});
  });
}
