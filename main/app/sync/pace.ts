import { letThrough } from '../../core/bandwidth.ts';
import { pause, type Pass } from './pass.ts';

/** Waits until the limit that IT set lets these bytes through. */
export async function pace(pass: Pass, bytes: number): Promise<void> {
  const { world } = pass;
  const { sync } = world.memory;
  const limit = world.store.read((transaction) => transaction.sync.facts().settings.bandwidthBytesPerS);
  const { waitMs, line } = letThrough(sync.line, bytes, limit, world.clock.monotonicMs());
  sync.line = line;
  if (waitMs > 0) await pause(pass, waitMs);
}
