import type { World } from '../world.ts';

const leastMs = 300;

/** Pages hear that `sync.state` answers something else now: at once, then a few times a second at most. */
export function tellSync(world: Pick<World, 'events' | 'clock' | 'memory'>): void {
  const { sync } = world.memory;
  if (sync.isTellingLater) return;
  const waitMs = sync.toldAtMs + leastMs - world.clock.monotonicMs();
  const tell = (): void => {
    sync.isTellingLater = false;
    sync.toldAtMs = world.clock.monotonicMs();
    world.events.publish({ name: 'sync.changed', payload: {} });
  };
  if (waitMs <= 0) return tell();
  sync.isTellingLater = true;
  world.clock.after(waitMs, tell);
}
