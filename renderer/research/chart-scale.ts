/** Axes of a line chart: round ticks that cover the values, and where a value lies between them. */

export interface Series {
  readonly name: string;
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

export interface Axis {
  readonly low: number;
  readonly high: number;
  /** Rising, the first and the last at the ends of the axis. */
  readonly ticks: readonly number[];
  /** Decimals that tell neighbouring ticks apart. */
  readonly decimals: number;
}

/** About `wanted` steps of 1, 2 or 5 times a power of ten. Values that are no numbers are passed over. */
export function axisOf(values: readonly number[], wanted = 5): Axis {
  const finite = values.filter(Number.isFinite);
  const least = finite.length === 0 ? 0 : Math.min(...finite);
  const most = finite.length === 0 ? 1 : Math.max(...finite);
  const span = most === least ? Math.abs(most) || 1 : most - least;
  const step = roundStep(span / wanted);
  const first = Math.floor(least / step + 1e-9);
  const last = Math.max(first + 1, Math.ceil(most / step - 1e-9));
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const ticks = Array.from({ length: last - first + 1 }, (_, index) =>
    round((first + index) * step, decimals),
  );
  return { low: ticks[0] ?? 0, high: ticks.at(-1) ?? 1, ticks, decimals };
}

/** 0 at the axis's low end, 1 at its high end. */
export function placeOn({ low, high }: Axis, value: number): number {
  return (value - low) / (high - low);
}

function roundStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  const share = rough / power;
  return power * (share <= 1 ? 1 : share <= 2 ? 2 : share <= 5 ? 5 : 10);
}

function round(value: number, decimals: number): number {
  return Number(value.toFixed(Math.min(12, decimals)));
}
