import type { TakeContinuity } from '../../contract/session.ts';
import type { Desk } from './desk.ts';
import { closeTake } from './record-take.ts';
import type { World } from './world.ts';

/**
 * Keeps what the desk was recording when its page cannot finish it itself: the page is gone, somebody else signs in,
 * the PC slept. A take that cannot be closed now stays open in the store and is finished at the next start.
 */
export async function finishOpenTakes(
  world: World,
  desk: Desk,
  interruption: Exclude<TakeContinuity['interruption'], 'none'>,
): Promise<void> {
  for (const takeId of [...desk.openTakes.keys()]) {
    const by = desk.account?.username ?? 'system';
    const closed = await closeTake(world, { takeId, elapsedMs: null, interruption, by });
    desk.openTakes.delete(takeId);
    world.memory.liveTakes.delete(takeId);
    if (closed.ok) desk.finishedTakes.add(takeId);
  }
}
