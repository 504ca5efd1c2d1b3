/** The commands as programs of their own, beside a registry that is one, too. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { trainingConfigurationSchema } from '../../contract/training/configuration.ts';
import type { RunRecord, StepRecord } from '../../contract/training/run.ts';
import { diskContents } from '../adapters/disk/contents.ts';
import { diskRuns } from '../adapters/disk/runs.ts';
import { startRealRegistry, type RealRegistry } from '../adapters/registry-http/fixtures/real-registry.ts';

const cli = fileURLToPath(new URL('cli.ts', import.meta.url));
let registry: RealRegistry;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spira-runs-'));
  registry = await startRealRegistry();
  await writeFile(join(folder, 'password'), registry.password, { mode: 0o600 });
}, 120_000);
afterAll(async () => {
  await registry.stop();
  await rm(folder, { recursive: true, force: true });
});

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function train(args: readonly string[], environment: Record<string, string> = {}): Promise<Ended> {
  const { PATH = '', HOME = '' } = process.env;
  return new Promise((resolve) => {
    const env = { PATH, HOME, ...environment };
    execFile(process.execPath, [cli, ...args], { env }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}
const withRegistry = (): readonly string[] => [
  ...['--registry', registry.url, '--as', 'ana'],
  ...['--password-file', join(folder, 'password')],
];

async function makeRun(store: string, id: string, scores: readonly number[]): Promise<void> {
  const at = '2026-11-21T12:00:00.000Z';
  const content = {
    format: 1,
    scores: scores.map((score, index) => ({
      recording: index,
      audioSha256: String(index).repeat(64),
      subject: String(index),
      side: 'test',
      condition: 'clean',
      isPositive: index % 2 === 0,
      score,
      windowScores: [score],
    })),
    permuted: [],
  };
  const stored = await diskContents(store).put(new TextEncoder().encode(JSON.stringify(content)));
  if (!stored.ok) throw new Error(stored.refusal.what);
  const evaluate: StepRecord = {
    state: 'done',
    key: 'b'.repeat(64),
    configurationSha256: 'c'.repeat(64),
    inputs: {},
    outputs: { 'scores.json': stored.value },
    figures: { auc: 0.75 },
    startedAt: at,
    finishedAt: at,
    codeVersion: 'spira 1',
    isReused: false,
  };
  const record: RunRecord = {
    format: 1,
    id,
    parent: null,
    createdAt: at,
    folder: store,
    configuration: trainingConfigurationSchema.parse({
      data: { kind: 'csv', file: 'list.csv' },
      model: { name: 'm', version: '1.0.0', recording: 'sustentada' },
    }),
    codeVersion: 'spira 1',
    codeSha256: 'a'.repeat(64),
    environment: {},
    steps: { evaluate },
  };
  const created = await diskRuns(join(store, 'runs')).create(record);
  if (!created.ok) throw new Error(created.refusal.what);
}

describe('runs on disk and at the registry', () => {
  it('are brought there, listed with where they are, and compared wherever they are', async () => {
    const [here, there] = [join(folder, 'here'), join(folder, 'there')];
    await makeRun(there, 'elsewhere', [0.9, 0.1, 0.8, 0.2]);
    const synced = await train(['runs', '--sync', '--store', there, ...withRegistry()]);
    expect([synced.code, synced.stdout]).toEqual([0, `1 runs are kept by the registry at ${registry.url}\n`]);
    await makeRun(here, 'mine', [0.1, 0.9, 0.8, 0.2]);
    const listed = await train(['runs', '--json', '--store', here, ...withRegistry()]);
    const runs = JSON.parse(listed.stdout) as { id: string; kept: string; by: string | null }[];
    expect(runs.map(({ id, kept, by }) => [id, kept, by])).toEqual([
      ['elsewhere', 'registry', 'ana'],
      ['mine', 'disk', null],
    ]);
    const compared = await train(['compare', 'mine', 'elsewhere', '--store', here, ...withRegistry()]);
    expect([compared.code, compared.stderr]).toEqual([0, '']);
    expect(compared.stdout).toContain(
      'On 4 test recordings of both: only mine right 0, only elsewhere right 2',
    );
  }, 60_000);

  it('are listed from the disk where the registry is away, which is said', async () => {
    const store = join(folder, 'alone');
    await makeRun(store, 'alone', [0.5]);
    const away = [
      '--registry',
      'http://127.0.0.1:9',
      '--as',
      'ana',
      '--password-file',
      join(folder, 'password'),
    ];
    const listed = await train(['runs', '--store', store, ...away]);
    expect(listed.stdout).toContain('alone');
    expect([listed.code, listed.stderr]).toEqual([1, expect.stringContaining('does not answer')]);
  }, 60_000);

  it('that could not be brought are named, place by place', async () => {
    const store = join(folder, 'half');
    await makeRun(store, 'half', [0.5]);
    const synced = await train(['runs', '--sync', '--store', store, ...withRegistry()], {
      MLFLOW_TRACKING_URI: 'http://127.0.0.1:9',
      MLFLOW_TRACKING_TOKEN: 'secret',
    });
    expect(synced.code).toBe(1);
    expect(synced.stderr).toContain('half, MLflow: MLflow at http://127.0.0.1:9 does not answer');
    expect(synced.stderr).not.toMatch(/half, the registry|secret/u);
  }, 60_000);

  it('are brought nowhere where nothing is named', async () => {
    const synced = await train(['runs', '--sync', '--store', join(folder, 'none')]);
    expect([synced.code, synced.stderr]).toEqual([
      1,
      expect.stringContaining('neither a registry nor MLflow'),
    ]);
  }, 60_000);
});
