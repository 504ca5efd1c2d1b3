import type { ProblemCode } from '../../contract/result.ts';
import type { World } from './world.ts';

/** Something that the user should see about this PC, once per start: on the pages that are open and on those to come. */
export function noteProblem(world: Pick<World, 'notices' | 'clock' | 'events'>, code: ProblemCode): void {
  if (world.notices.some((notice) => notice.code === code)) return;
  world.notices.push({ code, at: world.clock.now() });
  world.events.publish({ name: 'notice', payload: { code } });
}
