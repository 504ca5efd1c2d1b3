import { afterFailure, lockedOutForMs, noFailures, type SignInFailures } from '../../../contract/lockout.ts';
import { v1Details } from '../../../contract/registry/v1.ts';
import { originOfAddress, usernameKey } from '../../core/people.ts';
import { done, refuse, type Outcome } from '../../core/outcome.ts';
import type { Caller } from '../../core/may.ts';
import type { StoreReader } from '../../ports/store.ts';
import { recordDeed } from '../record-deed.ts';
import { nowOf, type Call } from '../world.ts';
import { findAccount, findAccountByName, type StoredAccount } from './accounts.ts';

interface PasswordCheck {
  readonly username: string;
  readonly password: string;
  /** What a refusal is called in the audit trail. */
  readonly action: 'sign-in' | 'password-change';
}

/** Counts of names that nobody has, and of people who gave up, are forgotten after this long. */
const forgottenAfterMs = 24 * 3_600_000;

/**
 * The failure is counted before the slow comparison and taken back after a right password, so that many tries at once
 * have no more chances than one after the other. Failures are counted per name and place: who guesses from one place
 * locks nobody out elsewhere. A name that nobody has costs and answers the same; it is never written down, people type
 * passwords there.
 */
export async function checkPassword(call: Call, check: PasswordCheck): Promise<Outcome<StoredAccount>> {
  const { world } = call;
  const nowMs = world.clock.now();
  const key = failureKey(call, check.username);
  const before = await world.store.write(async (transaction) => {
    await transaction.deleteWhere('signInFailures', {
      lastAt: { below: new Date(nowMs - forgottenAfterMs).toISOString() },
    });
    const account = await findAccountByName(transaction, check.username);
    const failures = await failuresOf(transaction, key);
    const waitMs = lockedOutForMs(failures, nowMs);
    if (waitMs > 0) {
      await recordDeed(world, transaction, refusedDeed(call, check, account, 'locked-out'));
      return { account, waitMs };
    }
    const counted = afterFailure(failures, nowMs);
    await transaction.put('signInFailures', {
      id: key,
      failures: counted.failures,
      lockedOutUntil:
        counted.lockedOutUntilMs === null ? null : new Date(counted.lockedOutUntilMs).toISOString(),
      lastAt: nowOf(world),
    });
    return { account, waitMs: 0 };
  });
  if (before.waitMs > 0) {
    return refuse('locked-out', 'Too many failed attempts: try again later', {
      facts: { retryAfterS: Math.ceil(before.waitMs / 1000) },
    });
  }
  const isRight = await world.passwords.verify(before.account?.passwordHash, check.password);
  return world.store.write(async (transaction): Promise<Outcome<StoredAccount>> => {
    const account = before.account && (await findAccount(transaction, before.account.id));
    // Changed while it was compared: what was compared counts no more.
    const isCurrent = account?.passwordHash === before.account?.passwordHash;
    const isGranted = isRight && isCurrent && account?.isDisabled === false;
    if (!isGranted || account === undefined) {
      const reason = isRight && account?.isDisabled ? 'account-disabled' : 'wrong-credentials';
      await recordDeed(world, transaction, refusedDeed(call, check, account, reason));
      return refuse('wrong-credentials', v1Details.wrongCredentials);
    }
    await transaction.delete('signInFailures', key);
    return done(account);
  });
}

function failureKey({ world, caller }: Call, username: string): string {
  return `${world.hashing.sha256(usernameKey(username))}@${originOf(caller)}`;
}

function originOf(caller: Caller): string {
  switch (caller.kind) {
    case 'public':
      return originOfAddress(caller.address);
    case 'workstation':
      return caller.workstationId;
    case 'account':
      return `account:${caller.accountId}`;
  }
}

async function failuresOf(reader: StoreReader, key: string): Promise<SignInFailures> {
  const row = await reader.get('signInFailures', key);
  if (row === undefined) return noFailures;
  return {
    failures: row.failures,
    lockedOutUntilMs: row.lockedOutUntil === null ? null : Date.parse(row.lockedOutUntil),
  };
}

function refusedDeed(
  { caller, requestId }: Call,
  { action }: PasswordCheck,
  account: StoredAccount | undefined,
  reason: string,
): Parameters<typeof recordDeed>[2] {
  return {
    by: caller,
    action,
    subjectId: account?.id ?? null,
    outcome: 'refused',
    details: {
      reason,
      isKnown: account !== undefined,
      requestId,
      ...(caller.kind === 'public' ? { origin: originOfAddress(caller.address) } : {}),
    },
  };
}
