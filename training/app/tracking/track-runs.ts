/** Runs that are kept on disk first, and wherever else they are to be kept besides. */
import {
  maximumCurveLength,
  reportedMetricsSchema,
  type RunMetrics,
  type RunUpload,
} from '../../../contract/registry/training-runs.ts';
import { artefactsOf } from '../../../contract/training/run-facts.ts';
import { fitResultSchema, type RunRecord } from '../../../contract/training/run.ts';
import { done, type Outcome, type Refusal } from '../../core/outcome.ts';
import type { Contents } from '../../ports/contents.ts';
import type { Runs } from '../../ports/runs.ts';
import type { Surroundings } from '../../ports/surroundings.ts';
import type { TrackedRun, Tracker } from '../../ports/tracker.ts';
import { parseJson } from '../steps/step.ts';

export interface TrackingPorts {
  readonly contents: Pick<Contents, 'get'>;
  readonly surroundings: Pick<Surroundings, 'toText' | 'progress'>;
  readonly trackers: readonly Tracker[];
}

/**
 * The same runs; what is created or saved is given to every tracker as well. A tracker that fails is warned of and gets
 * all that it lacks the next time: it never makes a run fail.
 */
export function trackRuns(runs: Runs, ports: TrackingPorts): Runs {
  const tell = async (record: RunRecord): Promise<void> => {
    for (const { tracker, refusal } of await keepEverywhere(record, ports)) {
      ports.surroundings.progress(
        `warning: not kept by ${tracker.name} yet: ${refusal.what}. "runs --sync" does it later`,
      );
    }
  };
  const andTell = async (record: RunRecord, kept: Outcome<null>): Promise<Outcome<null>> => {
    if (kept.ok) await tell(record);
    return kept;
  };
  return {
    ...runs,
    create: async (record) => andTell(record, await runs.create(record)),
    save: async (record) => andTell(record, await runs.save(record)),
  };
}

export interface NotKept {
  readonly tracker: Tracker;
  readonly refusal: Refusal;
}

/** Gives the run as it stands to every tracker; answers which of them failed. */
export async function keepEverywhere(record: RunRecord, ports: TrackingPorts): Promise<readonly NotKept[]> {
  if (ports.trackers.length === 0) return [];
  const run = await trackedRun(record, ports);
  const failed: NotKept[] = [];
  for (const tracker of ports.trackers) {
    const kept = await tracker.keep(run);
    if (!kept.ok) failed.push({ tracker, refusal: kept.refusal });
  }
  return failed;
}

/** A run with what its outputs tell; an output that cannot be read tells nothing. */
async function trackedRun(record: RunRecord, ports: TrackingPorts): Promise<TrackedRun> {
  const { contents } = ports;
  return {
    record: withShortLists(record),
    metrics: await metricsOf(record, ports),
    curve: await curveOf(record, ports),
    artefacts: artefactsOf(record),
    read: (sha256) => contents.get(sha256),
  };
}

async function metricsOf({ steps }: RunRecord, ports: TrackingPorts): Promise<RunMetrics> {
  const { evaluate } = steps;
  const stored = evaluate?.state === 'done' ? evaluate.outputs['report.json'] : undefined;
  const parsed = reportedMetricsSchema.safeParse(stored && (await readJson(stored.sha256, ports)));
  if (!parsed.success) return {};
  return Object.fromEntries(
    Object.entries(parsed.data.conditions).map(([condition, figures]) => [
      condition,
      Object.fromEntries(
        Object.entries(figures).flatMap(([name, { value, low, high }]) =>
          value === null ? [] : [[name, { value, low, high }]],
        ),
      ),
    ]),
  );
}

async function curveOf({ steps }: RunRecord, ports: TrackingPorts): Promise<RunUpload['curve']> {
  const { fit } = steps;
  const stored = fit?.state === 'done' ? fit.outputs['fit.json'] : undefined;
  const parsed = fitResultSchema.safeParse(stored && (await readJson(stored.sha256, ports)));
  if (!parsed.success) return [];
  const { curve } = parsed.data;
  const every = Math.ceil(curve.length / maximumCurveLength);
  return curve.filter((_, index) => index % every === 0);
}

async function readJson(sha256: string, { contents, surroundings }: TrackingPorts): Promise<unknown> {
  const bytes = await contents.get(sha256);
  return bytes.ok ? parseJson(surroundings.toText(bytes.value)) : undefined;
}

const mostItems = 200;

/** The names of ten thousand files are no news to who looks at a list of runs; the record on disk has them. */
function withShortLists(record: RunRecord): RunRecord {
  const steps = Object.fromEntries(
    Object.entries(record.steps).map(([name, step]) => {
      if (step.state !== 'failed' || step.items.length <= mostItems) return [name, step];
      const more = `… and ${String(step.items.length - mostItems)} more`;
      return [name, { ...step, items: [...step.items.slice(0, mostItems), more] }];
    }),
  );
  return { ...record, steps };
}

export interface Synced {
  readonly runs: number;
  /** By run and tracker, with the reason. */
  readonly failed: readonly string[];
}

/** Gives every run of the store to every tracker, parents first. */
export async function syncRuns(runs: Pick<Runs, 'list'>, ports: TrackingPorts): Promise<Outcome<Synced>> {
  const records = await runs.list();
  if (!records.ok) return records;
  const failed: string[] = [];
  for (const record of records.value) {
    for (const { tracker, refusal } of await keepEverywhere(record, ports)) {
      failed.push(`${record.id}, ${tracker.name}: ${refusal.what}`);
    }
  }
  return done({ runs: records.value.length, failed });
}
