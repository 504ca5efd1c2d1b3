/** Bytes that went out in the last seconds. */
export interface SpeedWindow {
  readonly samples: readonly { readonly atMs: number; readonly bytes: number }[];
}

export const noSpeed: SpeedWindow = { samples: [] };
const windowMs = 5_000;

export function withBytes(window: SpeedWindow, bytes: number, atMs: number): SpeedWindow {
  const last = window.samples.at(-1);
  // Many pieces of one moment are one sample, so that the window stays small.
  const samples =
    last !== undefined && atMs - last.atMs < 100
      ? [...window.samples.slice(0, -1), { atMs: last.atMs, bytes: last.bytes + bytes }]
      : [...window.samples, { atMs, bytes }];
  return { samples: samples.filter((sample) => atMs - sample.atMs <= windowMs) };
}

export function bytesPerS(window: SpeedWindow, nowMs: number): number {
  const recent = window.samples.filter((sample) => nowMs - sample.atMs <= windowMs);
  const first = recent[0];
  if (first === undefined) return 0;
  const elapsedMs = Math.max(1_000, nowMs - first.atMs);
  return Math.round(recent.reduce((total, sample) => total + sample.bytes, 0) / (elapsedMs / 1000));
}
