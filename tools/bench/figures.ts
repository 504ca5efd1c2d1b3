/** Numbers and words that several benchmarks print. */
import { cpus, totalmem } from 'node:os';
import process from 'node:process';

/** The value below which this share of them lies (nearest rank); NaN of none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((left, right) => left - right);
  const rank = Math.max(1, Math.ceil(sorted.length * share));
  return sorted[rank - 1] ?? Number.NaN;
}

/** Three digits at least, and no more places than they need: 0.0123, 1.23, 12.3, 123. */
export function shown(value: number): string {
  if (!Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  if (size >= 100) return Math.round(value).toLocaleString('en');
  return value.toFixed(size >= 10 ? 1 : size >= 1 ? 2 : 3);
}

export function inMiB(bytes: number | undefined): string {
  return bytes === undefined ? '–' : Math.round(bytes / 2 ** 20).toLocaleString('en');
}

/** Processor, memory, system and Node, as every section begins. */
export function thisMachine(): string {
  const processor = cpus()[0]?.model ?? 'unknown processor';
  const memoryGiB = Math.round(totalmem() / 2 ** 30);
  return `${processor} × ${cpus().length}, ${memoryGiB} GiB, ${process.platform}, Node ${process.version}`;
}
