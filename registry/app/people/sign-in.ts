/** Tokens for people: by password, by refresh token, and given back. */
import type { RouteAnswer } from '../../../contract/registry/routes.ts';
import { v1Details } from '../../../contract/registry/v1.ts';
import { accessTokenLifetimeS, refreshTokenLifetimeMs } from '../../core/people.ts';
import { done, refuse, type Outcome } from '../../core/outcome.ts';
import type { StoreTransaction } from '../../ports/store.ts';
import { recordDeed } from '../record-deed.ts';
import { nowOf, type Call, type World } from '../world.ts';
import { findAccount } from './accounts.ts';
import { checkPassword } from './check-password.ts';

export type TokenAnswer = RouteAnswer<'token.create'>;

const refreshTokenBytes = 32;

export async function signIn(
  call: Call,
  { username, password }: { readonly username: string; readonly password: string },
): Promise<Outcome<TokenAnswer>> {
  const { world } = call;
  const checked = await checkPassword(call, { username, password, action: 'sign-in' });
  if (!checked.ok) return checked;
  const { id } = checked.value;
  const token = newRefreshToken(world);
  const family = world.randomness.id(world.clock.now());
  await world.store.write(async (transaction) => {
    await transaction.deleteWhere('refreshTokens', { accountId: id, expiresAt: { below: nowOf(world) } });
    await keepRefreshToken(world, transaction, { token, accountId: id, family });
    await recordDeed(world, transaction, { by: call.caller, action: 'signed-in', subjectId: id });
  });
  return done(await tokenAnswer(world, id, token));
}

/**
 * Gives a new pair for a refresh token, once. A token that comes a second time was copied: its whole family ends, for
 * whoever holds the rest of it.
 */
export async function refreshTokens(call: Call, presented: string): Promise<Outcome<TokenAnswer>> {
  const { world } = call;
  const token = newRefreshToken(world);
  const renewed = await world.store.write(async (transaction): Promise<Outcome<string>> => {
    const row = await transaction.get('refreshTokens', world.hashing.sha256(presented));
    const account = row && (await findAccount(transaction, row.accountId));
    const reason =
      row === undefined
        ? 'unknown'
        : row.usedAt !== null
          ? 'reused'
          : row.revokedAt !== null
            ? 'revoked'
            : row.expiresAt <= nowOf(world)
              ? 'expired'
              : account === undefined || account.isDisabled
                ? 'account-disabled'
                : null;
    if (row === undefined || account === undefined || reason !== null) {
      if (row !== undefined && reason === 'reused') await endFamily(world, transaction, row.family);
      await recordDeed(world, transaction, {
        by: call.caller,
        action: 'token-refresh',
        subjectId: row?.accountId ?? null,
        outcome: 'refused',
        details: { reason: reason ?? 'unknown', requestId: call.requestId },
      });
      return refuse('wrong-credentials', v1Details.notAuthenticated);
    }
    await transaction.update('refreshTokens', row.id, { usedAt: nowOf(world) });
    await keepRefreshToken(world, transaction, { token, accountId: account.id, family: row.family });
    return done(account.id);
  });
  return renewed.ok ? done(await tokenAnswer(world, renewed.value, token)) : renewed;
}

/** RFC 7009: succeeds for a token that nobody knows, too. */
export async function revokeToken(call: Call, presented: string): Promise<Outcome<Record<string, never>>> {
  const { world } = call;
  await world.store.write(async (transaction) => {
    const row = await transaction.get('refreshTokens', world.hashing.sha256(presented));
    if (row === undefined) return;
    await endFamily(world, transaction, row.family);
    await recordDeed(world, transaction, { by: call.caller, action: 'signed-out', subjectId: row.accountId });
  });
  return done({});
}

/** After this, access tokens that were given before run out, and none follows them. */
export async function endAllTokens(transaction: StoreTransaction, accountId: string): Promise<void> {
  await transaction.deleteWhere('refreshTokens', { accountId });
}

async function endFamily(
  world: Pick<World, 'clock'>,
  transaction: StoreTransaction,
  family: string,
): Promise<void> {
  const rows = await transaction.find('refreshTokens', { where: { family, revokedAt: null } });
  for (const { id } of rows) await transaction.update('refreshTokens', id, { revokedAt: nowOf(world) });
}

async function keepRefreshToken(
  world: Pick<World, 'clock' | 'hashing'>,
  transaction: StoreTransaction,
  {
    token,
    accountId,
    family,
  }: { readonly token: string; readonly accountId: string; readonly family: string },
): Promise<void> {
  await transaction.insert('refreshTokens', {
    id: world.hashing.sha256(token),
    accountId,
    family,
    issuedAt: nowOf(world),
    expiresAt: new Date(world.clock.now() + refreshTokenLifetimeMs).toISOString(),
    usedAt: null,
    revokedAt: null,
  });
}

async function tokenAnswer(world: World, accountId: string, refreshToken: string): Promise<TokenAnswer> {
  const nowS = Math.floor(world.clock.now() / 1000);
  return {
    id: accountId,
    access_token: await world.tokens.issue(accountId, nowS, accessTokenLifetimeS),
    token_type: 'bearer',
    expires_in: accessTokenLifetimeS,
    refresh_token: refreshToken,
  };
}

/** 256 bits in hexadecimal. */
function newRefreshToken(world: Pick<World, 'randomness'>): string {
  return [...world.randomness.bytes(refreshTokenBytes)]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('');
}
