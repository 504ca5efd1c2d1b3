const firstMs = 1_000;
const longestMs = 5 * 60_000;

/**
 * How long to wait before try `attempt` (0: the first after something worked): anything between nothing and twice as
 * much as the last time, so that a fleet that lost its line together does not come back together. `random` in [0, 1).
 */
export function backoffMs(attempt: number, random: number): number {
  return Math.round(Math.min(longestMs, firstMs * 2 ** Math.min(attempt, 20)) * random);
}
