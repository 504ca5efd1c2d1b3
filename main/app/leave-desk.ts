import type { Desk } from './desk.ts';
import { endSitting } from './sign-in.ts';
import type { World } from './world.ts';

/** The window is closed for good: what it was recording is kept, and nobody sits there any more. */
export async function leaveDesk(world: World, desk: Desk): Promise<void> {
  await endSitting(world, desk);
}
