/**
 * Confidence intervals by resampling participants with replacement, within each class. Source: B. Efron, R. J.
 * Tibshirani, An Introduction to the Bootstrap, 1993, ch. 13 (percentile interval).
 */
import { measure, metricNames, type MetricName, type ScoredRecording } from './metrics.ts';
import { seededRandom } from './random.ts';

export interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

export interface BootstrapOptions {
  readonly replicates: number;
  /** Coverage, for example 0.95. */
  readonly level: number;
  readonly seed: number;
}

/**
 * Every metric of the recordings with its interval. Both classes must be there (throws RangeError); a replicate
 * that has only one class, possible where participants have recordings of both, is drawn again.
 */
export function bootstrapMetrics(
  recordings: readonly ScoredRecording[],
  options: BootstrapOptions,
): Readonly<Record<MetricName, Interval>> {
  const values = measure(recordings);
  if (values === undefined) throw new RangeError('both classes are needed');
  const random = seededRandom(options.seed);
  const strata = participantStrata(recordings);
  const samples = Object.fromEntries(metricNames.map((name) => [name, new Float64Array(options.replicates)]));
  for (let replicate = 0; replicate < options.replicates;) {
    const drawn = strata.flatMap((participants) =>
      participants.flatMap(() => participants[random.below(participants.length)]!),
    );
    const measured = measure(drawn);
    if (measured === undefined) continue;
    for (const name of metricNames) samples[name]![replicate] = measured[name];
    replicate++;
  }
  const tail = (1 - options.level) / 2;
  const interval = (name: MetricName): Interval => {
    const sorted = samples[name]!.sort();
    return { value: values[name], low: quantile(sorted, tail), high: quantile(sorted, 1 - tail) };
  };
  return Object.fromEntries(metricNames.map((name) => [name, interval(name)])) as Record<
    MetricName,
    Interval
  >;
}

/** Recordings by participant, participants by the classes that they have. */
function participantStrata(recordings: readonly ScoredRecording[]): ScoredRecording[][][] {
  const bySubject = Map.groupBy(recordings, ({ subject }) => subject);
  const participants = [...bySubject.keys()].sort().map((subject) => bySubject.get(subject)!);
  const kind = (group: readonly ScoredRecording[]): string =>
    [...new Set(group.map(({ isPositive }) => String(isPositive)))].sort().join();
  const strata = Map.groupBy(participants, kind);
  return [...strata.keys()].sort().map((key) => strata.get(key)!);
}

/** Of sorted values, with linear interpolation between neighbours (type 7 of Hyndman and Fan, 1996). */
function quantile(sorted: ArrayLike<number>, share: number): number {
  const position = share * (sorted.length - 1);
  const below = Math.floor(position);
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return low + (high - low) * (position - below);
}
