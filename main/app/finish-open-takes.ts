import type { TakeContinuity } from '../../contract/session.ts';
import { StoreFailure } from '../ports/store-failure.ts';
import type { Desk } from './desk.ts';
import { closeTake, type TakeToClose } from './record-take.ts';
import type { World } from './world.ts';

/**
 * Keeps what the desk was recording when its page cannot finish it itself: the page is gone, somebody else signs in,
 * the PC slept. A take that cannot be closed now, because the disk is full for example, stays open in the store: the next
 * take of its session, or the next start, tries again.
 */
export async function finishOpenTakes(
  world: World,
  desk: Desk,
  interruption: Exclude<TakeContinuity['interruption'], 'none'>,
): Promise<void> {
  for (const takeId of [...desk.openTakes.keys()]) {
    const by = desk.account?.username ?? 'system';
    const isClosed = await closesTake(world, { takeId, elapsedMs: null, interruption, by });
    desk.openTakes.delete(takeId);
    world.memory.liveTakes.delete(takeId);
    if (isClosed) desk.finishedTakes.add(takeId);
  }
}

async function closesTake(world: World, take: TakeToClose): Promise<boolean> {
  try {
    return (await closeTake(world, take)).ok;
  } catch (error) {
    if (error instanceof StoreFailure) return false;
    throw error;
  }
}
