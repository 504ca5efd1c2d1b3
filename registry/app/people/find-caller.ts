import { v1Details } from '../../../contract/registry/v1.ts';
import type { Caller } from '../../core/may.ts';
import { done, refuse, type Outcome } from '../../core/outcome.ts';
import type { World } from '../world.ts';
import { findAccount } from './accounts.ts';

/** Whose access token it is; roles and hospitals are those of this moment, not of when it was issued. */
export async function callerOfToken(
  world: Pick<World, 'clock' | 'store' | 'tokens'>,
  token: string,
): Promise<Outcome<Caller>> {
  const read = await world.tokens.read(token, Math.floor(world.clock.now() / 1000));
  if ('refused' in read) {
    return refuse(
      read.refused === 'expired' ? 'token-expired' : 'not-authenticated',
      v1Details.notAuthenticated,
    );
  }
  const account = await world.store.read((reader) => findAccount(reader, read.subject));
  if (account === undefined || account.isDisabled) {
    return refuse('not-authenticated', v1Details.notAuthenticated);
  }
  const { id, username, roles, hospitals } = account;
  return done({ kind: 'account', accountId: id, username, roles, hospitals });
}
