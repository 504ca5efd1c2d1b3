/** A line that lets so many bytes through per second, seen from outside: how long each piece has to wait. */
export interface LineUse {
  /** When the bytes that were let through so far will have gone, ms by a clock that only grows. */
  readonly busyUntilMs: number;
}

export const idleLine: LineUse = { busyUntilMs: Number.NEGATIVE_INFINITY };

/** May be sent at once, so that small pieces do not each wait for their own few milliseconds. */
const burstMs = 50;

/** How long `bytes` have to wait, and the line with them on it. `bytesPerS` null: no limit. */
export function letThrough(
  line: LineUse,
  bytes: number,
  bytesPerS: number | null,
  nowMs: number,
): { readonly waitMs: number; readonly line: LineUse } {
  if (bytesPerS === null) return { waitMs: 0, line: idleLine };
  const startMs = Math.max(line.busyUntilMs, nowMs);
  const wait = startMs - nowMs;
  return {
    waitMs: wait <= burstMs ? 0 : Math.ceil(wait),
    line: { busyUntilMs: startMs + (bytes / bytesPerS) * 1000 },
  };
}
