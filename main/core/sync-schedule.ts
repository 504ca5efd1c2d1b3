import type { Moment } from '../../contract/localized.ts';
import type { SyncSettings } from '../../contract/sync-state.ts';
import { localTime } from './local-time.ts';

const minuteMs = 60_000;

/**
 * How long until sending is allowed, ms; 0: now. Goes by what the clock on the wall reads, minute by minute, so that an
 * hour that daylight saving leaves out or repeats is neither waited for nor missed.
 */
export function untilAllowedMs(schedule: SyncSettings['schedule'], now: Moment): number {
  if (schedule === null) return 0;
  const nowMs = Date.parse(now.at);
  // Two days: one of them has every minute of the window, whatever the clocks do in the other.
  for (let minutes = 0; minutes <= 2 * 24 * 60; minutes += 1) {
    const atMs = nowMs - (minutes === 0 ? 0 : nowMs % minuteMs) + minutes * minuteMs;
    if (isWithin(schedule, localTime({ at: new Date(atMs).toISOString(), zone: now.zone }))) {
      return atMs - nowMs;
    }
  }
  return 2 * 24 * 60 * minuteMs;
}

/** `HH:MM` compares as text; the end is not part of the window. */
function isWithin({ from, to }: { readonly from: string; readonly to: string }, time: string): boolean {
  return from < to ? time >= from && time < to : time >= from || time < to;
}
