/** How failed sign-ins slow down the next ones, per user. */

const freeFailures = 5;
const firstDelayMs = 60_000;
const longestDelayMs = 30 * 60_000;

export interface SignInFailures {
  /** In a row, since the last success. */
  readonly failures: number;
  /** Epoch ms until which sign-in is refused. */
  readonly lockedOutUntilMs: number | null;
}

export const noFailures: SignInFailures = { failures: 0, lockedOutUntilMs: null };

/**
 * Milliseconds until the next try is allowed, 0 when it is. An end further away than the longest delay was not set by
 * this rule but by a clock that has since been put back: it does not count.
 */
export function lockedOutForMs({ lockedOutUntilMs }: SignInFailures, nowMs: number): number {
  if (lockedOutUntilMs === null) return 0;
  const leftMs = lockedOutUntilMs - nowMs;
  return leftMs > 0 && leftMs <= longestDelayMs ? leftMs : 0;
}

/** The fifth failure in a row locks out for a minute; each further one doubles that, up to half an hour. */
export function afterFailure({ failures }: SignInFailures, nowMs: number): SignInFailures {
  const next = failures + 1;
  if (next < freeFailures) return { failures: next, lockedOutUntilMs: null };
  const delayMs = Math.min(longestDelayMs, firstDelayMs * 2 ** Math.min(20, next - freeFailures));
  return { failures: next, lockedOutUntilMs: nowMs + delayMs };
}
