/** What people set and ask about sending. */
import { ok } from '../../../contract/result.ts';
import type { Caller, Input, Output } from '../caller.ts';
import { recordDeed } from '../record-deed.ts';
import { changeFacts } from './change-facts.ts';
import { syncStateOf } from './read-sync-state.ts';
import { tellSync } from './tell-sync.ts';

export function syncNow({ world, account }: Caller): Output<'sync.now'> {
  world.store.write((transaction) =>
    recordDeed(transaction, { at: world.clock.now(), by: account.username, action: 'sync-requested' }),
  );
  world.memory.sync.engine?.wake('asked');
  return ok({});
}

export function saveSyncSettings(
  { world, account }: Caller,
  settings: Input<'sync.save-settings'>,
): Output<'sync.save-settings'> {
  world.store.write((transaction) => {
    changeFacts(transaction, { settings });
    const { schedule, bandwidthBytesPerS, keepAudioDays, pausesOnMetered } = settings;
    recordDeed(transaction, {
      at: world.clock.now(),
      by: account.username,
      action: 'sync-settings-changed',
      details: {
        pausesOnMetered,
        schedule: schedule === null ? 'always' : `${schedule.from}-${schedule.to}`,
        bandwidthBytesPerS: bandwidthBytesPerS ?? 0,
        keepAudioDays: keepAudioDays ?? 'for ever',
      },
    });
  });
  world.memory.sync.engine?.wake('settings');
  tellSync(world);
  return ok(syncStateOf(world));
}
