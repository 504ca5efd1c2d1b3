import type { Desk } from './desk.ts';
import { settingsOf } from './settings.ts';
import { lockDesk } from './sign-in.ts';
import type { World } from './world.ts';

/** How late a lock may come; also how soon a changed setting counts. */
const checkEveryMs = 5_000;

/** Locks every desk where nobody has done anything for as long as the settings say. */
export function watchIdle(world: World, desks: () => Iterable<Desk>): { readonly cancel: () => void } {
  let isCancelled = false;
  let timer = world.clock.after(checkEveryMs, check);
  function check(): void {
    if (isCancelled) return;
    lockIdle(world, desks());
    timer = world.clock.after(checkEveryMs, check);
  }
  return {
    cancel() {
      isCancelled = true;
      timer.cancel();
    },
  };
}

function lockIdle(world: World, desks: Iterable<Desk>): void {
  const open = [...desks].filter((desk) => desk.account !== null && !desk.isLocked);
  if (open.length === 0) return;
  const { idleLockMinutes } = world.store.read(settingsOf);
  const nowMs = world.clock.monotonicMs();
  for (const desk of open) {
    if (nowMs - desk.lastActiveMs >= idleLockMinutes * 60_000) lockDesk(world, desk, 'idle');
  }
}
