import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runRecord } from '../../../contract/training/fixtures/run-records.ts';
import { refuse } from '../../core/outcome.ts';
import { describeTracker } from '../../ports/tracker.contract.ts';
import { connectMlflow } from './connection.ts';
import { openLosingLine } from './fixtures/losing-line.ts';
import { mlflowMissing, mlflowProgram, startMlflow, type MlflowServer } from './fixtures/mlflow-server.ts';
import { mlflowTracker } from './tracker.ts';

const title = mlflowProgram === undefined ? `MLflow (${mlflowMissing})` : 'MLflow';

// A call of a server in Python takes a second where the machine is busy, and a test makes dozens.
describe.skipIf(mlflowProgram === undefined)(title, { timeout: 180_000 }, () => {
  let server: MlflowServer;
  beforeAll(async () => {
    server = await startMlflow(mlflowProgram!);
  }, 180_000);
  afterAll(() => server.stop());

  const call = async (path: string, content: Record<string, unknown>) => {
    const answer = await fetch(`${server.url}/api/2.0/mlflow/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(content),
    });
    return (await answer.json()) as Record<string, unknown>;
  };
  const get = async (path: string): Promise<Record<string, unknown>> =>
    (await (await fetch(`${server.url}${path}`)).json()) as Record<string, unknown>;

  interface Found {
    readonly info: { readonly run_id: string; readonly status: string; readonly artifact_uri: string };
    readonly data: {
      readonly metrics?: readonly { readonly key: string; readonly value: number }[];
      readonly params?: readonly { readonly key: string; readonly value: string }[];
      readonly tags: readonly { readonly key: string; readonly value: string }[];
    };
  }
  const runsOf = async (id: string): Promise<readonly Found[]> => {
    const { experiment } = (await get('/api/2.0/mlflow/experiments/get-by-name?experiment_name=spira')) as {
      experiment?: { experiment_id: string };
    };
    if (experiment === undefined) return [];
    const { runs = [] } = (await call('runs/search', {
      experiment_ids: [experiment.experiment_id],
      filter: `attributes.run_name = '${id}'`,
    })) as { runs?: readonly Found[] };
    return runs;
  };
  const tagOf = ({ data }: Found, key: string) => data.tags.find((tag) => tag.key === key)?.value;
  const currentOf = async (id: string) =>
    (await runsOf(id)).find((run) => tagOf(run, 'spira.superseded') === undefined);
  const filesOf = async (runId: string, path = ''): Promise<readonly string[]> => {
    const { files = [] } = (await get(
      `/api/2.0/mlflow/artifacts/list?run_id=${runId}&path=${encodeURIComponent(path)}`,
    )) as { files?: readonly { readonly path: string; readonly is_dir: boolean }[] };
    const all = await Promise.all(
      files.map(async (file) => (file.is_dir ? filesOf(runId, file.path) : [file.path])),
    );
    return all.flat();
  };
  const historyOf = async (runId: string, key: string) => {
    const { metrics = [] } = (await get(
      `/api/2.0/mlflow/metrics/get-history?run_id=${runId}&metric_key=${encodeURIComponent(key)}`,
    )) as { metrics?: readonly { readonly step: number; readonly value: number }[] };
    return metrics.map(({ step, value }) => [Number(step), value] as const).sort(([a], [b]) => a - b);
  };
  const tracker = () => mlflowTracker({ uri: server.url, experiment: 'spira' });

  describeTracker('MLflow', async () => ({
    tracker: tracker(),
    keepsPersons: false,
    discard: () => Promise.resolve(),
    async find(id) {
      const run = await currentOf(id);
      if (run === undefined) return undefined;
      const { run_id: runId, status } = run.info;
      const { metrics = [] } = run.data;
      const parentId = tagOf(run, 'mlflow.parentRunId');
      const parent =
        parentId === undefined ? undefined : await get(`/api/2.0/mlflow/runs/get?run_id=${parentId}`);
      const root = run.info.artifact_uri.replace('mlflow-artifacts:/', '');
      const artefacts: Record<string, string> = {};
      for (const path of await filesOf(runId)) {
        const file = await fetch(`${server.url}/api/2.0/mlflow-artifacts/artifacts/${root}/${path}`);
        artefacts[path] = await file.text();
      }
      return {
        status: ({ RUNNING: 'open', FAILED: 'failed', FINISHED: 'complete' } as const)[
          status as 'RUNNING' | 'FAILED' | 'FINISHED'
        ],
        auc: metrics.find(({ key }) => key === 'clean.auc')?.value,
        trainingLoss: await historyOf(runId, 'training loss'),
        parent: (parent as { run?: { info: { run_name: string } } } | undefined)?.run?.info.run_name,
        artefacts,
      };
    },
  }));

  it('has each epoch once though the answer to a batch is lost, and takes one that comes twice as one', async () => {
    const line = await openLosingLine(
      server.url,
      (path, body) => path.endsWith('runs/log-batch') && body.includes('"metrics"'),
    );
    const [first, second] = [0, 1].map((epoch) => ({
      epoch,
      trainingLoss: 0.5 - epoch / 8,
      evaluationLoss: 0.5,
      evaluationAccuracy: 0.75,
      learningRate: 0.001,
    }));
    const run = (...curve: (typeof first)[]) => ({
      record: runRecord('lost-answers'),
      metrics: {},
      curve: curve.map((one) => one!),
      fit: 'f'.repeat(64),
      artefacts: [],
      read: async () => refuse('not there', 'Make it.'),
    });
    const over = mlflowTracker({ uri: line.url, experiment: 'spira' });
    line.toLose = 1;
    expect(await over.keep(run(first))).toMatchObject({ ok: false });
    expect(await over.keep(run(first, second))).toEqual({ ok: true, value: null });
    await line.stop();
    const { run_id: runId } = (await currentOf('lost-answers'))!.info;
    const expected = [
      [0, 0.5],
      [1, 0.375],
    ];
    expect(await historyOf(runId, 'training loss')).toEqual(expected);
    // The same batch, as where the server was still at it when it was asked what it has.
    const timestamp = Date.parse(runRecord('lost-answers').createdAt);
    const metrics = expected.map(([step, value]) => ({ key: 'training loss', step, value, timestamp }));
    await call('runs/log-batch', { run_id: runId, metrics });
    expect(await historyOf(runId, 'training loss')).toEqual(expected);
  });

  it('has parameters, intervals, and what the data, the split and the code were', async () => {
    const run = (await currentOf('one-2'))!;
    const { params = [], metrics = [] } = run.data;
    expect(params).toContainEqual({ key: 'fit.learningRate', value: '0.001' });
    expect(params).toContainEqual({ key: 'model.name', value: 'voices' });
    expect(metrics.map(({ key }) => key)).toEqual(
      expect.arrayContaining(['clean.auc.low', 'evaluate.accuracy']),
    );
    expect([tagOf(run, 'spira.data'), tagOf(run, 'spira.environment.threads')]).toEqual([
      'd'.repeat(64),
      '2',
    ]);
  });

  it('has one version of the registered model for the run, with the manifest’s hash', async () => {
    const run = (await currentOf('one-2'))!;
    const { model_versions: versions } = (await get(
      `/api/2.0/mlflow/model-versions/search?filter=${encodeURIComponent("name='voices'")}`,
    )) as { model_versions: readonly { readonly run_id: string; readonly tags: readonly object[] }[] };
    const own = versions.filter(({ run_id: runId }) => runId === run.info.run_id);
    expect(own).toHaveLength(1);
    expect(own[0]!.tags).toContainEqual({ key: 'spira.version', value: '1.2.3' });
  });

  it('keeps a fit that was done anew apart from the one before, which is marked', async () => {
    const runs = await runsOf('one-4');
    expect(runs.map((run) => tagOf(run, 'spira.superseded') ?? 'no').sort()).toEqual(['no', 'yes']);
  });
});

describe('a connection to MLflow', () => {
  it.each<[string, Parameters<typeof connectMlflow>[0]]>([
    ['a file', { uri: 'file:///tmp/mlruns' }],
    ['a word', { uri: 'databricks' }],
    ['credentials in the address', { uri: 'https://ana:secret@mlflow.example' }],
    ['a token in the open', { uri: 'http://mlflow.example', token: 'secret' }],
    ['a password in the open', { uri: 'http://mlflow.example', username: 'ana', password: 'secret' }],
  ])('is refused for %s, without a word of the secret', async (_name, settings) => {
    const connection = connectMlflow(settings);
    expect(connection.ok).toBe(false);
    expect(JSON.stringify(connection)).not.toContain('secret');
    const kept = await mlflowTracker({ ...settings, experiment: 'spira' }).keep({} as never);
    expect(kept.ok).toBe(false);
  });

  it('says that nothing answers', async () => {
    const connection = connectMlflow({ uri: 'http://127.0.0.1:9' });
    if (!connection.ok) throw new Error(connection.refusal.what);
    expect(await connection.value.put('0/a', new Uint8Array())).toMatchObject({
      refusal: { what: expect.stringContaining('does not answer') },
    });
  });
});
