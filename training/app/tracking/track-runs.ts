/** Runs that are kept on disk first, and wherever else they are to be kept besides. */
import {
  maximumCurveLength,
  reportedMetricsSchema,
  type RunMetrics,
} from '../../../contract/registry/training-runs.ts';
import { artefactsOf } from '../../../contract/training/run-facts.ts';
import {
  fitResultSchema,
  type FitCurve,
  type RunRecord,
  type TrainingEvent,
} from '../../../contract/training/run.ts';
import { done, refuse, type Outcome } from '../../core/outcome.ts';
import { followFit, type UnfinishedFit } from '../../core/tracking/unfinished-fit.ts';
import type { Contents } from '../../ports/contents.ts';
import type { Runs } from '../../ports/runs.ts';
import type { Surroundings } from '../../ports/surroundings.ts';
import type { TrackedRun, Tracker } from '../../ports/tracker.ts';
import { parseJson } from '../steps/step.ts';

export interface TrackingPorts {
  readonly contents: Pick<Contents, 'get'>;
  readonly surroundings: Pick<Surroundings, 'now' | 'toText' | 'progress'>;
  readonly trackers: readonly Tracker[];
}

/** Between two sendings of a curve that grows, ms. */
const betweenSendingsMs = 5000;
/** A tracker that is slow is asked the less: sending takes at most this share of the time. */
const sendingShare = 0.1;

/**
 * The same runs; what is created or saved is given to every tracker as well, and so are the epochs of a fit while it
 * goes on, beside it: the fit waits for nobody. A tracker that fails is warned of and gets all that it lacks the next
 * time: it never makes a run fail.
 */
export function trackRuns(runs: Runs, ports: TrackingPorts): Runs {
  const { progress } = ports.surroundings;
  const followed = new Map<string, Followed>();
  const lines = ports.trackers.map((tracker) => openLine(tracker, ports));

  const tell = async (record: RunRecord): Promise<void> => {
    const before = followed.get(record.id);
    const fit = before === undefined ? await unfinishedFit(record.id, runs) : before.fit;
    const run = await trackedRun(record, fit, ports);
    followed.set(record.id, { run, fit });
    for (const line of lines) {
      const kept = await line.keep(run);
      if (kept.ok) continue;
      progress(`warning: not kept by ${line.name} yet: ${kept.refusal.what}. "runs --sync" does it later`);
    }
  };
  const andTell = async (record: RunRecord, kept: Outcome<null>): Promise<Outcome<null>> => {
    if (kept.ok && lines.length > 0) await tell(record);
    return kept;
  };
  const follow = (event: TrainingEvent): void => {
    const before = followed.get(event.run);
    if (before === undefined) return;
    const fit = followFit(before.fit, event);
    followed.set(event.run, { ...before, fit });
    if (fit === undefined) return;
    const grown = fit === before.fit ? undefined : growingRun(before.run, fit);
    // Any event is an occasion to send what had to wait.
    for (const line of lines) line.offer(grown);
  };
  return {
    ...runs,
    create: async (record) => andTell(record, await runs.create(record)),
    save: async (record) => andTell(record, await runs.save(record)),
    append: async (event) => {
      const appended = await runs.append(event);
      if (appended.ok) follow(event);
      return appended;
    },
  };
}

interface Followed {
  /** As it was saved last. */
  readonly run: TrackedRun;
  readonly fit: UnfinishedFit | undefined;
}

interface Line {
  readonly name: string;
  /** Waits for what is on its way, so that nothing older comes after. */
  keep(run: TrackedRun): Promise<Outcome<null>>;
  /** Sends in the background, or with a later offer, if it is too early; the newest counts. */
  offer(run: TrackedRun | undefined): void;
}

/** To one tracker: one sending at a time. */
function openLine(tracker: Tracker, { surroundings }: TrackingPorts): Line {
  const nowMs = (): number => surroundings.now().getTime();
  let waiting: TrackedRun | undefined;
  let onItsWay: Promise<void> | undefined;
  let nextMs = -Infinity;
  let hasWarned = false;
  const send = async (run: TrackedRun): Promise<void> => {
    const startedMs = nowMs();
    const kept = await keepBy(tracker, run);
    const endedMs = nowMs();
    nextMs = Math.max(startedMs + betweenSendingsMs, endedMs + (endedMs - startedMs) / sendingShare);
    if (!kept.ok && !hasWarned) {
      surroundings.progress(
        `warning: the curve does not reach ${tracker.name}: ${kept.refusal.what}. It is sent again`,
      );
    }
    hasWarned = !kept.ok;
    onItsWay = undefined;
  };
  return {
    name: tracker.name,
    async keep(run) {
      waiting = undefined;
      await onItsWay;
      return keepBy(tracker, run);
    },
    offer(run) {
      waiting = run ?? waiting;
      if (waiting === undefined || onItsWay !== undefined || nowMs() < nextMs) return;
      onItsWay = send(waiting);
      waiting = undefined;
    },
  };
}

/** Whatever happens in a tracker, the run goes on. */
async function keepBy(tracker: Tracker, run: TrackedRun): Promise<Outcome<null>> {
  try {
    return await tracker.keep(run);
  } catch (cause) {
    return refuse(`it failed (${cause instanceof Error ? cause.name : 'unknown'})`, 'Try again later.');
  }
}

/** What the events of a run tell of a fit that was stopped; nothing where they cannot be read. */
async function unfinishedFit(id: string, runs: Pick<Runs, 'events'>): Promise<UnfinishedFit | undefined> {
  const events = await runs.events(id);
  if (!events.ok) return undefined;
  return events.value.reduce<UnfinishedFit | undefined>((fit, event) => followFit(fit, event), undefined);
}

/** A run with what its outputs tell; an output that cannot be read tells nothing. */
async function trackedRun(
  record: RunRecord,
  unfinished: UnfinishedFit | undefined,
  ports: TrackingPorts,
): Promise<TrackedRun> {
  const { contents } = ports;
  const { fit } = record.steps;
  return {
    record: withShortLists(record),
    metrics: await metricsOf(record, ports),
    curve: thinned(unfinished?.curve ?? (await curveOf(record, ports))),
    fit: unfinished?.key ?? (fit?.state === 'done' ? fit.key : null),
    artefacts: artefactsOf(record),
    read: (sha256) => contents.get(sha256),
  };
}

/** The run with a fit at work: a failure of that step, if there was one, is being made good. */
function growingRun(run: TrackedRun, { key, curve }: UnfinishedFit): TrackedRun {
  const { fit, ...others } = run.record.steps;
  const steps = fit?.state === 'done' ? { ...others, fit } : others;
  return { ...run, record: { ...run.record, steps }, curve: thinned(curve), fit: key, artefacts: [] };
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

async function curveOf({ steps }: RunRecord, ports: TrackingPorts): Promise<FitCurve> {
  const { fit } = steps;
  const stored = fit?.state === 'done' ? fit.outputs['fit.json'] : undefined;
  const parsed = fitResultSchema.safeParse(stored && (await readJson(stored.sha256, ports)));
  return parsed.success ? parsed.data.curve : [];
}

function thinned(curve: FitCurve): FitCurve {
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
export async function syncRuns(
  runs: Pick<Runs, 'list' | 'events'>,
  ports: TrackingPorts,
): Promise<Outcome<Synced>> {
  const records = await runs.list();
  if (!records.ok) return records;
  const failed: string[] = [];
  for (const record of records.value) {
    const run = await trackedRun(record, await unfinishedFit(record.id, runs), ports);
    for (const tracker of ports.trackers) {
      const kept = await keepBy(tracker, run);
      if (!kept.ok) failed.push(`${record.id}, ${tracker.name}: ${kept.refusal.what}`);
    }
  }
  return done({ runs: records.value.length, failed });
}
