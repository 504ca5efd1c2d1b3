import type { Settings } from '../../contract/app-api.ts';
import { ok } from '../../contract/result.ts';
import type { StoreTransaction } from '../ports/store.ts';
import type { Caller, Input, Output, Visitor } from './caller.ts';
import { recordDeed } from './record-deed.ts';

const firstSettings: Settings = {
  language: 'pt-BR',
  theme: 'system',
  idleLockMinutes: 5,
  preferredMicrophone: null,
  hospitals: [],
  defaultModels: [],
};

export function settingsOf(transaction: StoreTransaction): Settings {
  return transaction.settings.get() ?? firstSettings;
}

export function saveSettings(
  { world, account }: Caller,
  input: Input<'settings.save'>,
): Output<'settings.save'> {
  const settings = { ...input, hospitals: [...new Set(input.hospitals)] };
  world.store.write((transaction) => {
    const before = settingsOf(transaction);
    transaction.settings.put(settings);
    recordDeed(transaction, {
      at: world.clock.now(),
      by: account.username,
      action: 'settings-changed',
      details: { changed: changedKeys(before, settings).join(', ') },
    });
  });
  world.events.publish({ name: 'settings.changed', payload: {} });
  return ok(settings);
}

/** The language becomes the signed-in account's, and the one that the next sign-in page speaks. */
export function saveAppearance(
  { world, desk, account }: Visitor,
  { language, theme }: Input<'settings.appearance'>,
): Output<'settings.appearance'> {
  const settings = world.store.write((transaction) => {
    const before = settingsOf(transaction);
    const next = { ...before, language: language ?? before.language, theme: theme ?? before.theme };
    transaction.settings.put(next);
    const record = account === null ? undefined : transaction.accounts.get(account.id);
    if (record !== undefined && language !== undefined) transaction.accounts.update({ ...record, language });
    return next;
  });
  if (desk.account !== null && language !== undefined) desk.account = { ...desk.account, language };
  world.events.publish({ name: 'settings.changed', payload: {} });
  return ok(settings);
}

export function saveMicrophone(
  { world, account }: Caller,
  { preferredMicrophone }: Input<'settings.microphone'>,
): Output<'settings.microphone'> {
  const settings = world.store.write((transaction) => {
    const next = { ...settingsOf(transaction), preferredMicrophone };
    transaction.settings.put(next);
    recordDeed(transaction, {
      at: world.clock.now(),
      by: account.username,
      action: 'settings-changed',
      details: { changed: 'preferredMicrophone' },
    });
    return next;
  });
  world.events.publish({ name: 'settings.changed', payload: {} });
  return ok(settings);
}

function changedKeys(before: Settings, after: Settings): readonly string[] {
  return (Object.keys(after) as (keyof Settings)[]).filter(
    (key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]),
  );
}
