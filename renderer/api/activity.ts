/** Tells `main` that somebody is there, at most this often: the idle clock runs in minutes. */
const quietMs = 15_000;

/** True when activity at `nowMs` should be told; both on the page's monotonic clock. */
export function isWorthTelling(lastToldMs: number | null, nowMs: number): boolean {
  return lastToldMs === null || nowMs - lastToldMs >= quietMs;
}

export function followActivity(tell: () => void): () => void {
  let lastToldMs: number | null = null;
  const noticed = (event: Event): void => {
    if (!isWorthTelling(lastToldMs, event.timeStamp)) return;
    lastToldMs = event.timeStamp;
    tell();
  };
  const kinds = ['pointerdown', 'pointermove', 'keydown', 'wheel'] as const;
  for (const kind of kinds) window.addEventListener(kind, noticed, { passive: true, capture: true });
  return () => {
    for (const kind of kinds) window.removeEventListener(kind, noticed, { capture: true });
  };
}
