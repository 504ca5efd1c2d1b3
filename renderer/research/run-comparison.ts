/** Runs put beside each other: which metrics there are, and what went into them all. */
import type { RegistryRun, RunMetric, RunMetrics } from '../../contract/registry/training-runs.ts';
import { conditions } from '../../contract/training/run.ts';
import { metricOrder } from './training-words.ts';

export interface MetricRow {
  readonly condition: string;
  readonly metric: string;
  /** In the order of the runs; null where a run has none. */
  readonly values: readonly (RunMetric | null)[];
}

/** Every metric that any run has, known ones first and in the order in which they are read. */
export function metricRows(runs: readonly RunMetrics[]): readonly MetricRow[] {
  const names = (of: readonly string[], order: readonly string[]): readonly string[] => [
    ...order.filter((name) => of.includes(name)),
    ...[...new Set(of)].filter((name) => !order.includes(name)).sort(),
  ];
  return names(
    runs.flatMap((run) => Object.keys(run)),
    conditions,
  ).flatMap((condition) =>
    names(
      runs.flatMap((run) => Object.keys(run[condition] ?? {})),
      metricOrder,
    ).map((metric) => ({
      condition,
      metric,
      values: runs.map((run) => run[condition]?.[metric] ?? null),
    })),
  );
}

export interface ComparedFact {
  readonly name: 'data' | 'split' | 'code' | 'network' | 'seed';
  readonly is: 'same' | 'different' | 'unknown';
}

export function sameOrNot<Run>(
  name: ComparedFact['name'],
  runs: readonly Run[],
  of: (run: Run) => string | null,
): ComparedFact {
  const values = new Set(runs.map(of));
  return { name, is: values.has(null) ? 'unknown' : values.size === 1 ? 'same' : 'different' };
}

export function figureOf({ figures }: Pick<RegistryRun, 'figures'>, name: string): number | null {
  const value = figures[name];
  return typeof value === 'number' ? value : null;
}
