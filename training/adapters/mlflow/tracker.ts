import { createHash } from 'node:crypto';
import { z } from 'zod';
import { canonicalJson, type Json } from '../../../contract/canonical-json.ts';
import { runFacts } from '../../../contract/training/run-facts.ts';
import { done, refuse, type Outcome } from '../../core/outcome.ts';
import type { TrackedRun, Tracker } from '../../ports/tracker.ts';
import { connectMlflow, type MlflowConnection, type MlflowSettings } from './connection.ts';

interface Metric {
  readonly key: string;
  readonly value: number;
  /** Epoch milliseconds. */
  readonly timestamp: number;
  readonly step: number;
}
interface Tag {
  readonly key: string;
  readonly value: string;
}

const runSchema = z.object({
  info: z.object({ run_id: z.string(), artifact_uri: z.string(), status: z.string().optional() }),
  data: z
    .object({
      metrics: z
        .array(
          z.object({
            key: z.string(),
            value: z.union([z.number(), z.string()]),
            step: z.coerce.number().default(0),
          }),
        )
        .default([]),
      params: z.array(z.object({ key: z.string() })).default([]),
      tags: z.array(z.object({ key: z.string(), value: z.string() })).default([]),
    })
    .prefault({}),
});
type MlflowRun = z.infer<typeof runSchema>;

const nothing = z.object({});
const experimentSchema = z.object({ experiment: z.object({ experiment_id: z.string() }).optional() });
const createdSchema = z.object({ experiment_id: z.string() });
const runAnswerSchema = z.object({ run: runSchema });
const runsSchema = z.object({ runs: z.array(runSchema).default([]) });
const versionsSchema = z.object({
  model_versions: z.array(z.object({ version: z.string(), run_id: z.string().optional() })).default([]),
});

/** Of MLflow: what one call may hold, and how long a value may be on every store. */
const mostMetrics = 500;
const mostParameters = 90;
const mostTags = 90;
const longestValue = 500;

const runTag = 'spira.run';
const configurationTag = 'spira.configuration';
const fitTag = 'spira.fit';
const supersededTag = 'spira.superseded';

export interface MlflowTrackerOptions extends MlflowSettings {
  readonly experiment: string;
}

/**
 * Keeps runs in MLflow: parameters, metrics with steps, tags, artefacts by the server's own proxy, the model as a version
 * of a registered model. What is there is asked of the server, so that nothing is noted here. Parameters of MLflow never
 * change and its metrics only grow: a run that is configured or fitted anew is another one there, and the earlier one
 * gets a tag. Artefacts that speak of single recordings stay away: MLflow has no rights per person.
 */
export function mlflowTracker({ experiment, ...settings }: MlflowTrackerOptions): Tracker {
  const connection = connectMlflow(settings);
  return {
    name: 'MLflow',
    async keep(run) {
      // A wrong address is no reason to train nothing.
      if (!connection.ok) return connection;
      const mlflow = connection.value;
      const place = await experimentOf(mlflow, experiment);
      if (!place.ok) return place;
      const found = await findOrCreate(mlflow, place.value, run);
      if (!found.ok) return found;
      const there = found.value;
      const steps = [logData, logArtefacts, logModel, updateStatus];
      for (const step of steps) {
        const kept = await step(mlflow, there, run);
        if (!kept.ok) return kept;
      }
      return done(null);
    },
  };
}

async function experimentOf(mlflow: MlflowConnection, name: string): Promise<Outcome<string>> {
  const find = () =>
    mlflow.call(
      {
        method: 'GET',
        path: 'experiments/get-by-name',
        content: { experiment_name: name },
        nothingOn: ['RESOURCE_DOES_NOT_EXIST'],
      },
      experimentSchema,
    );
  const found = await find();
  if (!found.ok) return found;
  if (found.value.experiment !== undefined) return done(found.value.experiment.experiment_id);
  const created = await mlflow.call(
    { method: 'POST', path: 'experiments/create', content: { name } },
    createdSchema,
  );
  if (created.ok) return done(created.value.experiment_id);
  // Another run may have been faster.
  const again = await find();
  return again.ok && again.value.experiment !== undefined
    ? done(again.value.experiment.experiment_id)
    : created;
}

async function runsOf(
  mlflow: MlflowConnection,
  experimentId: string,
  id: string,
): Promise<Outcome<readonly MlflowRun[]>> {
  const found = await mlflow.call(
    {
      method: 'POST',
      path: 'runs/search',
      content: {
        experiment_ids: [experimentId],
        // Names of runs hold no quotes.
        filter: `tags.\`${runTag}\` = '${id}'`,
        order_by: ['attributes.start_time DESC'],
        max_results: 100,
      },
    },
    runsSchema,
  );
  return found.ok ? done(found.value.runs) : found;
}

function tagOf({ data }: MlflowRun, key: string): string | undefined {
  return data.tags.find((tag) => tag.key === key)?.value;
}

/**
 * The run of this configuration and fit; the others of the same name are marked as superseded. A run without a fit yet
 * becomes that of the fit which begins.
 */
async function findOrCreate(
  mlflow: MlflowConnection,
  experimentId: string,
  { record, fit }: TrackedRun,
): Promise<Outcome<MlflowRun>> {
  const runs = await runsOf(mlflow, experimentId, record.id);
  if (!runs.ok) return runs;
  const configuration = createHash('sha256')
    .update(canonicalJson(record.configuration as unknown as Json))
    .digest('hex');
  const alike = runs.value.filter((run) => tagOf(run, configurationTag) === configuration);
  const own =
    fit === null
      ? (alike.find((run) => tagOf(run, supersededTag) === undefined) ?? alike[0])
      : (alike.find((run) => tagOf(run, fitTag) === fit) ??
        alike.find((run) => tagOf(run, fitTag) === undefined));
  for (const other of runs.value) {
    if (other === own || tagOf(other, supersededTag) !== undefined) continue;
    const marked = await logBatch(mlflow, other, { tags: [{ key: supersededTag, value: 'yes' }] });
    if (!marked.ok) return marked;
  }
  if (own !== undefined) {
    if (tagOf(own, supersededTag) === undefined) return done(own);
    // The configuration that it had once, and has again.
    const removed = await mlflow.call(
      {
        method: 'POST',
        path: 'runs/delete-tag',
        content: { run_id: own.info.run_id, key: supersededTag },
      },
      nothing,
    );
    return removed.ok ? done(own) : removed;
  }
  const parent = record.parent === null ? done([]) : await runsOf(mlflow, experimentId, record.parent);
  if (!parent.ok) return parent;
  const above = parent.value.find((one) => tagOf(one, supersededTag) === undefined);
  const created = await mlflow.call(
    {
      method: 'POST',
      path: 'runs/create',
      content: {
        experiment_id: experimentId,
        run_name: record.id,
        start_time: Date.parse(record.createdAt),
        tags: [
          { key: runTag, value: record.id },
          { key: configurationTag, value: configuration },
          { key: 'mlflow.source.name', value: 'spira' },
          ...(above === undefined ? [] : [{ key: 'mlflow.parentRunId', value: above.info.run_id }]),
        ],
      },
    },
    runAnswerSchema,
  );
  return created.ok ? done(created.value.run) : created;
}

async function logBatch(
  mlflow: MlflowConnection,
  { info }: MlflowRun,
  content: {
    readonly metrics?: readonly Metric[];
    readonly params?: readonly Tag[];
    readonly tags?: readonly Tag[];
  },
): Promise<Outcome<null>> {
  const logged = await mlflow.call(
    { method: 'POST', path: 'runs/log-batch', content: { run_id: info.run_id, ...content } },
    nothing,
  );
  return logged.ok ? done(null) : logged;
}

async function logData(mlflow: MlflowConnection, there: MlflowRun, run: TrackedRun): Promise<Outcome<null>> {
  const known = new Set(there.data.params.map(({ key }) => key));
  const parameters = flatten(run.record.configuration as unknown as Json).filter(
    ({ key }) => !known.has(key),
  );
  for (const params of chunks(parameters, mostParameters)) {
    const logged = await logBatch(mlflow, there, { params });
    if (!logged.ok) return logged;
  }
  // Before its curve: epochs whose fit nobody knows would be taken for those of the next one.
  for (const tags of chunks(tagsOf(run), mostTags)) {
    const logged = await logBatch(mlflow, there, { tags });
    if (!logged.ok) return logged;
  }
  for (const metrics of chunks(newMetrics(there, run), mostMetrics)) {
    const logged = await logBatch(mlflow, there, { metrics });
    if (!logged.ok) return logged;
  }
  return done(null);
}

/**
 * What MLflow has not got: figures that are not there or are others now, and epochs after the last one that is. MLflow
 * keeps every value that comes, and one once whose key, step, time and value are the same: so an epoch has the same time
 * whenever it is sent, and one that is sent again because an answer was lost is not there twice.
 */
function newMetrics(there: MlflowRun, { record, metrics, curve }: TrackedRun): readonly Metric[] {
  const latest = new Map(there.data.metrics.map((metric) => [metric.key, metric]));
  const { evaluate } = record.steps;
  const evaluatedAt = Date.parse(evaluate?.state === 'done' ? evaluate.finishedAt : record.createdAt);
  const figures = Object.entries(metrics).flatMap(([condition, ofCondition]) =>
    Object.entries(ofCondition).flatMap(([name, { value, low, high }]) => [
      [`${condition}.${name}`, value] as const,
      ...(low === null ? [] : [[`${condition}.${name}.low`, low] as const]),
      ...(high === null ? [] : [[`${condition}.${name}.high`, high] as const]),
    ]),
  );
  const ofSteps = Object.entries(record.steps).flatMap(([step, made]) =>
    made.state !== 'done'
      ? []
      : Object.entries(made.figures).flatMap(([name, value]) =>
          typeof value === 'number' ? [[`${step}.${name}`, value] as const] : [],
        ),
  );
  const scalars = [...figures, ...ofSteps]
    .map(([name, value]) => ({ key: keyOf(name), value, timestamp: evaluatedAt, step: 0 }))
    .filter(({ key, value }) => Number(latest.get(key)?.value ?? NaN) !== value);
  const ofCurve = curve.flatMap((point) =>
    Object.entries({
      'training loss': point.trainingLoss,
      'evaluation loss': point.evaluationLoss,
      'evaluation accuracy': point.evaluationAccuracy,
      'learning rate': point.learningRate,
    })
      .filter(([key]) => point.epoch > (latest.get(key)?.step ?? -1))
      .map(([key, value]) => ({ key, value, timestamp: Date.parse(record.createdAt), step: point.epoch })),
  );
  return [...scalars, ...ofCurve];
}

function tagsOf({ record, fit }: TrackedRun): readonly Tag[] {
  const { dataHash, splitHash, status, codeVersion } = runFacts(record);
  const failed = Object.entries(record.steps).find(([, { state }]) => state === 'failed');
  const tags: readonly (readonly [string, string | undefined | null])[] = [
    ['spira.status', status],
    ['spira.data', dataHash],
    ['spira.split', splitHash],
    ['spira.code', codeVersion],
    ['spira.codeSha256', record.codeSha256],
    [fitTag, fit],
    ['spira.failed', failed === undefined ? '' : failed[0]],
    ['spira.parent', record.parent],
    ...Object.entries(record.environment).map(
      ([name, value]) => [`spira.environment.${name}`, value] as const,
    ),
  ];
  return tags.flatMap(([key, value]) =>
    value == null ? [] : [{ key: keyOf(key), value: value.slice(0, longestValue) }],
  );
}

const proxied = /^mlflow-artifacts:(?:\/\/[^/]*)?\/(.+)$/u;
const hashTag = (name: string): string => keyOf(`sha256.${name}`);

async function logArtefacts(
  mlflow: MlflowConnection,
  there: MlflowRun,
  { artefacts, read }: TrackedRun,
): Promise<Outcome<null>> {
  const lacking = artefacts.filter(
    ({ name, sha256, isAboutPersons }) => !isAboutPersons && tagOf(there, hashTag(name)) !== sha256,
  );
  if (lacking.length === 0) return done(null);
  const root = proxied.exec(there.info.artifact_uri)?.[1];
  if (root === undefined) {
    return refuse(
      'the MLflow server does not take artefacts itself',
      'Start it with --serve-artifacts; parameters and metrics are kept.',
    );
  }
  for (const { name, sha256 } of lacking) {
    const bytes = await read(sha256);
    if (!bytes.ok) return bytes;
    const put = await mlflow.put(`${root}/${name}`, bytes.value);
    if (!put.ok) return put;
    const noted = await logBatch(mlflow, there, { tags: [{ key: hashTag(name), value: sha256 }] });
    if (!noted.ok) return noted;
  }
  return done(null);
}

/** The packaged model as a version of the registered model of its name: MLflow numbers versions by itself. */
async function logModel(
  mlflow: MlflowConnection,
  { info }: MlflowRun,
  { record }: TrackedRun,
): Promise<Outcome<null>> {
  const { model } = runFacts(record);
  if (model === null || model.manifestSha256 === null) return done(null);
  const { name, version, manifestSha256 } = model;
  const known = await mlflow.call(
    {
      method: 'GET',
      path: 'model-versions/search',
      content: { filter: `name='${name}'`, max_results: '1000' },
    },
    versionsSchema,
  );
  if (!known.ok) return known;
  if (known.value.model_versions.some(({ run_id: runId }) => runId === info.run_id)) return done(null);
  const registered = await mlflow.call(
    {
      method: 'POST',
      path: 'registered-models/create',
      content: { name },
      nothingOn: ['RESOURCE_ALREADY_EXISTS'],
    },
    nothing,
  );
  if (!registered.ok) return registered;
  const created = await mlflow.call(
    {
      method: 'POST',
      path: 'model-versions/create',
      content: {
        name,
        source: `${info.artifact_uri}/model`,
        run_id: info.run_id,
        tags: [
          { key: 'spira.version', value: version },
          { key: 'spira.manifest', value: manifestSha256 },
        ],
      },
    },
    nothing,
  );
  return created.ok ? done(null) : created;
}

const statuses = { open: 'RUNNING', failed: 'FAILED', complete: 'FINISHED' } as const;

async function updateStatus(
  mlflow: MlflowConnection,
  { info }: MlflowRun,
  { record }: TrackedRun,
): Promise<Outcome<null>> {
  const status = statuses[runFacts(record).status];
  if (info.status === status) return done(null);
  const ends = Object.values(record.steps).map(({ finishedAt }) => Date.parse(finishedAt));
  const updated = await mlflow.call(
    {
      method: 'POST',
      path: 'runs/update',
      content: {
        run_id: info.run_id,
        status,
        ...(status === 'RUNNING' ? {} : { end_time: Math.max(...ends) }),
      },
    },
    nothing,
  );
  return updated.ok ? done(null) : updated;
}

/** Letters, digits, and the marks that MLflow allows in names. */
function keyOf(name: string): string {
  return name.replace(/[^\w\-. :/]/gu, '_').slice(0, 250);
}

/** Every leaf of the configuration by its place, as in `fit.seed`. */
function flatten(value: Json, place = ''): readonly Tag[] {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    return [{ key: keyOf(place), value: text.slice(0, longestValue) }];
  }
  return Object.entries(value).flatMap(([key, member]) =>
    flatten(member as Json, place === '' ? key : `${place}.${key}`),
  );
}

function chunks<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}
