/** The store itself: how it stands, the words that open it elsewhere, and its audit trail. */
import { fail, ok } from '../../contract/result.ts';
import type { Caller, Input, Output } from './caller.ts';
import { recordDeed } from './record-deed.ts';
import { checkPassword } from './sign-in.ts';

export async function readStorage({ world }: Caller): Promise<Output<'storage.state'>> {
  const state = world.store.state();
  if (!state.ok) return state;
  const space = await world.recordings.space();
  if (!space.ok) return space;
  const shownAt = world.store.read((transaction) => transaction.facts.get('recovery-key-shown-at'));
  return ok({
    folder: world.dataFolder,
    ...state.value,
    recordingsBytes: space.value.usedBytes,
    freeBytes: space.value.freeBytes,
    keyProtection: world.keyProtection,
    recoveryKeyShownAt: shownAt ?? null,
  });
}

/** Only to somebody who gives the password again; in the audit trail before it is shown. */
export async function showRecoveryKey(
  { world, account }: Caller,
  { password }: Input<'storage.recovery-key'>,
): Promise<Output<'storage.recovery-key'>> {
  const checked = await checkPassword(world, {
    username: account.username,
    password,
    refusal: 'sign-in-refused',
  });
  if (!checked.ok) return checked;
  if (checked.value.id !== account.id) return fail('wrong-credentials');
  const recoveryKey = world.recoveryKey();
  world.store.write((transaction) => {
    const at = world.clock.now();
    transaction.facts.put('recovery-key-shown-at', at.at);
    recordDeed(transaction, { at, by: account.username, action: 'recovery-key-shown' });
  });
  return ok({ recoveryKey });
}

export function listAudit({ world }: Caller, page: Input<'audit.list'>): Output<'audit.list'> {
  const entries = world.store.read((transaction) => transaction.audit.list(page));
  return ok(
    entries.map(({ sequence, at, by, action, details }) => ({
      sequence,
      at,
      by,
      action,
      details: { ...details },
    })),
  );
}

export function verifyAudit({ world }: Caller): Output<'audit.verify'> {
  const { entries, findings } = world.store.read((transaction) => transaction.audit.verify());
  return ok({ entries, findings: findings.map(({ sequence, kind }) => ({ sequence, kind })) });
}
