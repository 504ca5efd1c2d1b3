/** Who sits at the desk: signing in and out, locking and unlocking. */
import { fail, ok, type Result } from '../../contract/result.ts';
import type { Account } from '../../contract/people.ts';
import type { AuditAction } from '../../contract/app-api.ts';
import { afterFailure, lockedOutForMs, noFailures } from '../../contract/lockout.ts';
import type { AccountRecord } from '../ports/store.ts';
import type { Caller, Input, Output, Visitor } from './caller.ts';
import type { Desk } from './desk.ts';
import { finishOpenTakes } from './finish-open-takes.ts';
import { recordDeed } from './record-deed.ts';
import { leaveRegistrySitting, openQuietly } from './research/sitting.ts';
import type { World } from './world.ts';

const mostUnknownNames = 1000;

export async function signIn(
  { world, desk }: Visitor,
  { username, password }: Input<'people.sign-in'>,
): Promise<Output<'people.sign-in'>> {
  const checked = await checkPassword(world, { username, password, refusal: 'sign-in-refused' });
  if (!checked.ok) return checked;
  if (desk.account !== null) await endSitting(world, desk);
  const account = toAccount(checked.value);
  seat(world, desk, account);
  world.store.write((transaction) => {
    transaction.facts.put('last-username', account.username);
    recordDeed(transaction, { at: world.clock.now(), by: account.username, action: 'signed-in' });
  });
  openQuietly({ world, desk, account }, password);
  return ok(account);
}

/** Puts the account at the desk, with nothing left of whoever sat there before. */
export function seat(world: World, desk: Desk, account: Account | null): void {
  desk.account = account;
  desk.isLocked = false;
  desk.lastActiveMs = world.clock.monotonicMs();
  desk.openTakes.clear();
  desk.finishedTakes.clear();
  desk.imports.clear();
  desk.viewedSession = null;
  desk.editedFields.clear();
  desk.playedTake = null;
  desk.auditedRefusals.clear();
  leaveRegistrySitting(world, desk);
  desk.registryTakes.clear();
}

/** Open takes are kept first; drafts are stored already. */
export async function signOut({ world, desk }: Caller): Promise<Output<'people.sign-out'>> {
  await endSitting(world, desk);
  return ok({});
}

export async function endSitting(world: World, desk: Desk): Promise<void> {
  const { account } = desk;
  if (account === null) return;
  await finishOpenTakes(world, desk, 'app-ended');
  seat(world, desk, null);
  world.store.write((transaction) => {
    recordDeed(transaction, { at: world.clock.now(), by: account.username, action: 'signed-out' });
  });
}

export function lock({ world, desk }: Caller): Output<'people.lock'> {
  lockDesk(world, desk, 'asked');
  return ok({});
}

/** A recording in progress goes on: `recording.append` and `recording.finish` pass while locked. */
export function lockDesk(world: World, desk: Desk, reason: 'asked' | 'idle'): void {
  const { account } = desk;
  if (account === null || desk.isLocked) return;
  desk.isLocked = true;
  leaveRegistrySitting(world, desk);
  // Before the trail: on a full disk the screen locks all the same.
  world.events.publish({ name: 'lock.changed', payload: { isLocked: true } });
  world.store.write((transaction) => {
    recordDeed(transaction, {
      at: world.clock.now(),
      by: account.username,
      action: 'locked',
      details: { reason, recording: desk.openTakes.size > 0 },
    });
  });
}

export async function unlock(
  { world, desk, account }: Caller,
  { password }: Input<'people.unlock'>,
): Promise<Output<'people.unlock'>> {
  const checked = await checkPassword(world, {
    username: account.username,
    password,
    refusal: 'unlock-refused',
  });
  if (!checked.ok) return checked;
  const fresh = toAccount(checked.value);
  desk.account = fresh;
  desk.isLocked = false;
  desk.lastActiveMs = world.clock.monotonicMs();
  desk.auditedRefusals.clear();
  world.store.write((transaction) => {
    recordDeed(transaction, { at: world.clock.now(), by: fresh.username, action: 'unlocked' });
  });
  world.events.publish({ name: 'lock.changed', payload: { isLocked: false } });
  openQuietly({ world, desk, account: fresh }, password);
  return ok(fresh);
}

export function toAccount(record: AccountRecord): Account {
  const { id, username, displayName, roles, language, isDisabled, createdAt, origin } = record;
  return { id, username, displayName, roles: [...roles], language, isDisabled, createdAt, origin };
}

interface PasswordCheck {
  readonly username: string;
  readonly password: string;
  readonly refusal: Extract<AuditAction, 'sign-in-refused' | 'unlock-refused'>;
}

/**
 * The failure is counted before the slow comparison and taken back after a right password, so that many tries at
 * once have no more chances than one after the other. A name that nobody has costs and answers the same.
 */
export async function checkPassword(world: World, check: PasswordCheck): Promise<Result<AccountRecord>> {
  const nowMs = Date.parse(world.clock.now().at);
  const before = world.store.write((transaction) => {
    const record = transaction.accounts.byUsername(check.username);
    const failures = record ?? unknownFailures(world, check.username);
    const waitMs = lockedOutForMs(failures, nowMs);
    if (waitMs > 0) return { record, waitMs };
    const counted = afterFailure(failures, nowMs);
    if (record === undefined) rememberUnknown(world, check.username, counted);
    else transaction.accounts.update({ ...record, ...counted });
    return { record, waitMs: 0, counted };
  });
  if (before.waitMs > 0) {
    recordRefusal(world, check, before.record, 'locked-out');
    return fail('locked-out', { seconds: Math.ceil(before.waitMs / 1000) });
  }
  const isRight = await world.passwordHashing.verify(before.record?.passwordHash ?? '', check.password);
  const record = before.record === undefined ? undefined : currentRecord(world, before.record);
  if (!isRight || record === undefined) {
    const untilMs = before.counted?.lockedOutUntilMs ?? null;
    recordRefusal(world, check, record, 'wrong-credentials', untilMs !== null);
    return fail('wrong-credentials');
  }
  world.store.write((transaction) => transaction.accounts.update({ ...record, ...noFailures }));
  if (record.isDisabled) {
    recordRefusal(world, check, record, 'account-disabled');
    return fail('account-disabled');
  }
  return ok({ ...record, ...noFailures });
}

function currentRecord(world: World, { id }: AccountRecord): AccountRecord | undefined {
  return world.store.read((transaction) => transaction.accounts.get(id));
}

/** A name that nobody has is not written down: people type passwords there. */
function recordRefusal(
  world: World,
  { refusal }: PasswordCheck,
  record: AccountRecord | undefined,
  reason: string,
  isLockedOutNow = false,
): void {
  const by = record?.username ?? 'system';
  const details = { reason, known: record !== undefined };
  world.store.write((transaction) => {
    const at = world.clock.now();
    recordDeed(transaction, { at, by, action: refusal, details });
    if (isLockedOutNow) recordDeed(transaction, { at, by, action: 'locked-out', details });
  });
}

function unknownFailures(world: World, username: string): typeof noFailures {
  return world.memory.unknownNames.get(nameKey(username)) ?? noFailures;
}

function rememberUnknown(world: World, username: string, failures: typeof noFailures): void {
  const { unknownNames } = world.memory;
  unknownNames.delete(nameKey(username));
  unknownNames.set(nameKey(username), failures);
  const [oldest] = unknownNames.keys();
  if (unknownNames.size > mostUnknownNames && oldest !== undefined) unknownNames.delete(oldest);
}

function nameKey(username: string): string {
  return username.trim().normalize('NFC').toLowerCase();
}
