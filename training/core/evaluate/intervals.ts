/**
 * Confidence intervals of any statistic by resampling participants with replacement, within each class. Source: B.
 * Efron, R. J. Tibshirani, An Introduction to the Bootstrap, 1993, ch. 13 (percentile interval).
 */
import { seededRandom } from '../fit/random.ts';

export interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

export interface IntervalOptions {
  readonly replicates: number;
  /** Coverage, for example 0.95. */
  readonly level: number;
  readonly seed: number;
}

interface Sampled {
  readonly subject: string;
  readonly isPositive: boolean;
}

/**
 * Each named figure of the recordings with its interval. A figure may be NaN where it is not defined (a class or a
 * range without recordings): such replicates do not count for it, and one that is not defined at all is left out.
 */
export function intervalsOf<R extends Sampled>(
  recordings: readonly R[],
  statistic: (recordings: readonly R[]) => Readonly<Record<string, number>>,
  { replicates, level, seed }: IntervalOptions,
): Readonly<Record<string, Interval>> {
  const values = statistic(recordings);
  const names = Object.keys(values).filter((name) => Number.isFinite(values[name]));
  const samples = new Map(names.map((name) => [name, [] as number[]]));
  const random = seededRandom(seed);
  const strata = participantStrata(recordings);
  for (let replicate = 0; replicate < replicates; replicate++) {
    const drawn = strata.flatMap((participants) =>
      participants.flatMap(() => participants[random.below(participants.length)]!),
    );
    const found = statistic(drawn);
    for (const name of names) {
      const value = found[name];
      if (value !== undefined && Number.isFinite(value)) samples.get(name)!.push(value);
    }
  }
  const tail = (1 - level) / 2;
  return Object.fromEntries(
    names.map((name) => {
      const sorted = samples.get(name)!.sort((a, b) => a - b);
      const value = values[name]!;
      if (sorted.length === 0) return [name, { value, low: value, high: value }];
      return [name, { value, low: quantile(sorted, tail), high: quantile(sorted, 1 - tail) }];
    }),
  );
}

/** Recordings by participant, participants by the classes that they have. */
function participantStrata<R extends Sampled>(recordings: readonly R[]): R[][][] {
  const bySubject = Map.groupBy(recordings, ({ subject }) => subject);
  const participants = [...bySubject.keys()].sort().map((subject) => bySubject.get(subject)!);
  const kind = (group: readonly R[]): string =>
    [...new Set(group.map(({ isPositive }) => String(isPositive)))].sort().join();
  const strata = Map.groupBy(participants, kind);
  return [...strata.keys()].sort().map((key) => strata.get(key)!);
}

/** Of sorted values, with linear interpolation between neighbours (type 7 of Hyndman and Fan, 1996). */
function quantile(sorted: readonly number[], share: number): number {
  const position = share * (sorted.length - 1);
  const below = Math.floor(position);
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return low + (high - low) * (position - below);
}
