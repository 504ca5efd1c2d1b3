/** Training by itself in real processes: what becomes of a run when the registry, or its trainer, is killed. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { trainingJobDetailSchema, type TrainingJobState } from '../../contract/registry/training-jobs.ts';
import {
  postgresMissing,
  skipFor,
  startPostgres,
  type PostgresService,
} from '../adapters/fixtures/services.ts';
import {
  firstAccount,
  killRegistries,
  password,
  setupCodeIn,
  startRegistry,
  stopRegistry,
  type Started,
} from './fixtures/process.ts';
import { writeVoices } from './fixtures/voices.ts';

const program = fileURLToPath(new URL('./trainer.ts', import.meta.url));
const limits = { attempts: 5, firstDelayS: 1 };
const patience = { timeout: 240_000, interval: 200 };

let folder: string;
let environment: Record<string, string>;
let url: string;
let headers: Record<string, string>;
const trainers = new Set<ChildProcess>();

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spira-trainer-'));
  environment = { SPIRA_REGISTRY_DATA_FOLDER: join(folder, 'data') };
});
afterEach(async () => {
  for (const child of trainers) child.kill('SIGKILL');
  trainers.clear();
  await killRegistries();
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

async function start(more: Record<string, string> = {}): Promise<Started> {
  const registry = startRegistry({ ...environment, ...more });
  ({ url } = await registry.address);
  const setupCode = setupCodeIn(registry.output());
  if (setupCode !== undefined) await firstAccount(url, setupCode);
  const body = new URLSearchParams({ grant_type: 'password', username: 'root', password });
  const token = (await (await fetch(`${url}/oauth/token`, { method: 'POST', body })).json()) as {
    readonly access_token: string;
  };
  headers = { authorization: `Bearer ${token.access_token}`, 'content-type': 'application/json' };
  return registry;
}

type Job = ReturnType<typeof trainingJobDetailSchema.parse>;

async function call(method: string, path: string, body: object = {}): Promise<Job> {
  const sent = method === 'GET' ? {} : { body: JSON.stringify(body) };
  const answer = await fetch(`${url}/api/training/${path}`, { method, headers, ...sent });
  if (answer.status !== 200) throw new Error(`${String(answer.status)} ${await answer.text()}`);
  return trainingJobDetailSchema.parse(await answer.json());
}
const read = ({ id }: Job): Promise<Job> => call('GET', `jobs/${id}`);
const stateOf = async (job: Job): Promise<TrainingJobState> => (await read(job)).state;

/** A job that fits for so many epochs. */
async function train(trainingFolder: string, epochs: number): Promise<Job> {
  const configuration = await writeVoices(join(trainingFolder, 'data'), { epochs });
  return call('POST', 'jobs', { kind: 'breath', configuration, limits });
}

/** Waits until the fit is in its epochs. */
async function untilFitting(job: Job): Promise<void> {
  await expect.poll(async () => (await read(job)).progress?.epoch ?? 0, patience).toBeGreaterThan(1);
}

async function eventsOf(trainingFolder: string, { runId }: Job): Promise<string> {
  return readFile(join(trainingFolder, 'store', 'runs', runId, 'events.jsonl'), 'utf8');
}

/** Processes that work on the run, by what their command lines say. */
async function processesOf({ runId }: Job): Promise<number> {
  const found = await Promise.all(
    (await readdir('/proc')).map(async (pid) => {
      const line = await readFile(join('/proc', pid, 'cmdline'), 'utf8').catch(() => '');
      return line.includes(runId) && line.includes('cli.ts');
    }),
  );
  return found.filter(Boolean).length;
}
const hasProc = process.platform === 'linux';

it(
  'a registry that is killed in the middle of a run goes on with it from its last checkpoint',
  { timeout: 480_000 },
  async () => {
    const trainingFolder = join(folder, 'data', 'training');
    const first = await start();
    const job = await train(trainingFolder, 40);
    await untilFitting(job);
    first.child.kill('SIGKILL');
    await first.exited;
    // The child that nobody attends to any more ends by itself.
    if (hasProc) await expect.poll(() => processesOf(job), patience).toBe(0);
    const second = await start();
    await expect.poll(() => stateOf(job), patience).toBe('succeeded');
    expect(await read(job)).toMatchObject({ attempts: 2, problem: null, runId: job.runId });
    expect(await eventsOf(trainingFolder, job)).toContain('goes on at epoch');
    expect(await readdir(join(trainingFolder, 'store', 'runs'))).toEqual([job.runId]);

    const another = await train(trainingFolder, 1000);
    await untilFitting(another);
    await call('POST', `jobs/${another.id}/cancellation`);
    await expect.poll(() => stateOf(another), patience).toBe('cancelled');
    if (hasProc) expect(await processesOf(another)).toBe(0);
    expect(await stopRegistry(second)).toBe(0);
  },
);

it('a trainer says that it needs the database that the registry’s own process shares', async () => {
  const { output, exited } = startTrainer();
  expect(await exited).toBe(2);
  expect(output()).toContain('SPIRA_REGISTRY_DATABASE_URL');
});

function startTrainer(): {
  readonly child: ChildProcess;
  readonly exited: Promise<number | null>;
  output(): string;
} {
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, [program], {
    env: { PATH, HOME, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  trainers.add(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const exited = new Promise<number | null>((resolve) =>
    child.once('close', (code) => {
      trainers.delete(child);
      resolve(code);
    }),
  );
  return { child, exited, output: () => output };
}

describe.skipIf(skipFor(await postgresMissing()))('with PostgreSQL,', { timeout: 480_000 }, () => {
  let postgres: PostgresService;
  beforeAll(async () => {
    postgres = await startPostgres();
  }, 120_000);
  afterAll(() => postgres.stop());

  it('another trainer takes over from one that is killed, and never do two work on a run', async () => {
    const trainingFolder = join(folder, 'training');
    environment = {
      ...environment,
      SPIRA_REGISTRY_DATABASE_URL: await postgres.newDatabase(),
      SPIRA_REGISTRY_TRAINING_FOLDER: trainingFolder,
    };
    const registry = await start({ SPIRA_REGISTRY_TRAINERS: '0' });
    const job = await train(trainingFolder, 40);
    const first = startTrainer();
    await untilFitting(job);
    const second = startTrainer();
    let most = 0;
    const watch = async (): Promise<TrainingJobState> => {
      if (hasProc) most = Math.max(most, await processesOf(job));
      return stateOf(job);
    };
    first.child.kill('SIGKILL');
    await first.exited;
    await expect.poll(watch, patience).toBe('succeeded');
    expect(await read(job)).toMatchObject({ attempts: 2 });
    expect(most).toBeLessThanOrEqual(1);
    expect(await eventsOf(trainingFolder, job)).toContain('goes on at epoch');

    // One that is told to end gives its run back, without a try lost.
    const another = await train(trainingFolder, 1000);
    await untilFitting(another);
    second.child.kill('SIGTERM');
    expect(await second.exited).toBe(0);
    expect(await read(another)).toMatchObject({ state: 'queued', attempts: 0 });
    const third = startTrainer();
    await expect.poll(() => stateOf(another), patience).toBe('running');
    await call('POST', `jobs/${another.id}/cancellation`);
    await expect.poll(() => stateOf(another), patience).toBe('cancelled');
    third.child.kill('SIGTERM');
    expect([await third.exited, await stopRegistry(registry)]).toEqual([0, 0]);
  });
});
