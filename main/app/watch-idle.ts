import { StoreFailure } from '../ports/store-failure.ts';
import type { Desk } from './desk.ts';
import { settingsOf } from './settings.ts';
import { lockDesk } from './sign-in.ts';
import type { World } from './world.ts';

/** How late a lock may come; also how soon a changed setting counts. */
const checkEveryMs = 5_000;

/** Locks every desk where nobody has done anything for as long as the settings say. */
export function watchIdle(world: World, desks: () => Iterable<Desk>): { readonly cancel: () => void } {
  let isCancelled = false;
  let limitMinutes = 5;
  let timer = world.clock.after(checkEveryMs, check);
  function check(): void {
    if (isCancelled) return;
    timer = world.clock.after(checkEveryMs, check);
    unlessStoreFails(() => {
      limitMinutes = world.store.read(settingsOf).idleLockMinutes;
    });
    const nowMs = world.clock.monotonicMs();
    for (const desk of desks()) {
      if (desk.account === null || desk.isLocked) continue;
      if (nowMs - desk.lastActiveMs < limitMinutes * 60_000) continue;
      unlessStoreFails(() => lockDesk(world, desk, 'idle'));
    }
  }
  return {
    cancel() {
      isCancelled = true;
      timer.cancel();
    },
  };
}

/** A store that cannot be read or written bars no lock: the last limit holds, and the trail lacks this entry. */
function unlessStoreFails(act: () => void): void {
  try {
    act();
  } catch (error) {
    if (!(error instanceof StoreFailure)) throw error;
  }
}
