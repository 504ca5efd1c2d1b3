/** The features of a run by workers, in real processes: registry, coordinator, workers; one of them killed. */
import { spawn, type ChildProcess } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { encodeWav } from '../../native/audio/wav.ts';
import {
  natsMissing,
  postgresMissing,
  skipFor,
  startNats,
  startPostgres,
} from '../adapters/fixtures/services.ts';
import {
  firstAccount,
  killRegistries,
  password,
  setupCodeIn,
  startRegistry,
  type Started,
} from './fixtures/process.ts';
import { writeVoices } from './fixtures/voices.ts';

const cli = fileURLToPath(new URL('../../training/hosts/cli.ts', import.meta.url));
const patience = { timeout: 200_000, interval: 50 };

let folder: string;
/** Features of a run that nobody helped with. */
let expected: Buffer;
const programs = new Set<ChildProcess>();

interface Program {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly exited: Promise<number | string>;
}

function train(...args: string[]): Program {
  const child = spawn(process.execPath, [cli, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  programs.add(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const exited = new Promise<number | string>((resolve) => {
    child.once('close', (code, signal) => {
      programs.delete(child);
      resolve(code ?? signal ?? 'unknown');
    });
  });
  return { child, output: () => output, exited };
}

const untilSaid = (program: Pick<Program, 'output'>, what: RegExp): Promise<void> =>
  expect.poll(program.output, patience).toMatch(what);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spira-feature-workers-'));
  // Long enough that a portion can be left in the middle.
  const voices = await writeVoices(join(folder, 'data'), { epochs: 1, seconds: 20 });
  let state = 1;
  const clip = Float32Array.from({ length: 48_000 }, () => {
    state = (state * 48_271) % 2_147_483_647;
    return 0.2 * (state / 2_147_483_647 - 0.5);
  });
  await mkdir(join(folder, 'data', 'noise'));
  await writeFile(
    join(folder, 'data', 'noise', 'ward.wav'),
    encodeWav({ samples: clip, sampleRateHz: 16_000, bitDepth: 16 }),
  );
  await writeFile(join(folder, 'data', 'noises.txt'), 'noise/ward.wav');
  const { data } = voices as { readonly data: object };
  const config = join(folder, 'data', 'run.json');
  await writeFile(
    config,
    JSON.stringify({
      ...voices,
      data: { ...data, noises: { file: 'noises.txt' } },
      noise: { training: { negative: 1, positive: 1 } },
    }),
  );
  for (const step of ['snapshot', 'split']) {
    const done = train(step, '--run', 'a', '--config', config, ...storeOf('before'));
    expect([await done.exited, done.output()]).toEqual([0, expect.stringContaining(`${step}: done`)]);
  }
  await prepare('alone');
  const alone = features('alone');
  expect([await alone.exited, alone.output()]).toEqual([0, expect.stringContaining('features: done')]);
  expected = await readFeatures('alone');
}, 120_000);
afterEach(async () => {
  for (const child of programs) child.kill('SIGKILL');
  await killRegistries();
});
afterAll(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));

const storeOf = (name: string): string[] => ['--store', join(folder, name)];
const readFeatures = (name: string): Promise<Buffer> =>
  readFile(join(folder, name, 'runs', 'a', 'outputs', 'features.json'));

/** A store of its own with the steps before. */
const prepare = (name: string): Promise<void> =>
  cp(join(folder, 'before'), join(folder, name), { recursive: true });

function features(name: string, ...more: string[]): Program {
  return train('features', '--run', 'a', ...storeOf(name), ...more);
}

interface Serving {
  readonly registry: Started;
  /** Options that name it and somebody who may use it. */
  readonly access: readonly string[];
}

async function serve(name: string, environment: Record<string, string> = {}): Promise<Serving> {
  const data = join(folder, `registry-${name}`);
  const registry = startRegistry({ SPIRA_REGISTRY_DATA_FOLDER: data, ...environment });
  const { url } = await registry.address;
  await firstAccount(url, setupCodeIn(registry.output()) ?? '');
  const file = join(folder, 'password');
  await writeFile(file, password, { mode: 0o600 });
  return { registry, access: ['--registry', url, '--as', 'root', '--password-file', file] };
}

/** Every content that features.json names, by the names of files that are their hashes. */
async function contentsOf(name: string): Promise<readonly string[]> {
  const objects = join(folder, name, 'objects');
  return (await readdir(objects, { recursive: true })).filter((path) => /[0-9a-f]{64}$/u.test(path)).sort();
}

describe('features by workers', () => {
  it('are the same bytes as of one process, though a worker is killed in the middle of a portion', async () => {
    await prepare('killed');
    const { registry, access } = await serve('killed');
    const coordinator = features('killed', '--workers', 'registry', '--wait-for-workers', '600', ...access);
    const first = train('worker', ...storeOf('killed'), ...access);
    await untilSaid(first, /recordings \d+ to \d+: begun/u);
    first.child.kill('SIGKILL');
    expect(await first.exited).toBe('SIGKILL');
    const others = [1, 2].map(() => train('worker', ...storeOf('killed'), ...access));
    expect([await coordinator.exited, coordinator.output()]).toEqual([
      0,
      expect.stringMatching(/4 portions of 16 recordings are announced[^]*4 of 4 portions/u),
    ]);
    expect((await readFeatures('killed')).equals(expected)).toBe(true);
    expect(await contentsOf('killed')).toEqual(expect.arrayContaining([...(await contentsOf('alone'))]));
    expect(coordinator.output()).not.toContain('worked out here');
    expect(registry.output()).toContain('portion-worker-lost');
    for (const worker of others) worker.child.kill('SIGTERM');
    expect(await Promise.all(others.map(({ exited }) => exited))).toEqual([0, 0]);
    const done = others.map(({ output }) => Number(/(\d+) portions worked out/u.exec(output())?.[1]));
    expect(done.reduce((sum, count) => sum + count, 0)).toBe(4);
  }, 240_000);

  it('are worked out by the coordinator where no worker comes', async () => {
    await prepare('nobody');
    const { access } = await serve('nobody');
    const coordinator = features('nobody', '--workers', 'registry', '--wait-for-workers', '0.5', ...access);
    expect([await coordinator.exited, coordinator.output()]).toEqual([
      0,
      expect.stringMatching(/no worker for \d+ s: portions are worked out here[^]*4 of 4 portions/u),
    ]);
    expect((await readFeatures('nobody')).equals(expected)).toBe(true);
  }, 120_000);

  it('go on without the registry when it is gone', async () => {
    await prepare('gone');
    const { registry, access } = await serve('gone');
    const coordinator = features('gone', '--workers', 'registry', '--wait-for-workers', '2', ...access);
    await untilSaid(coordinator, /portions of 16 recordings are announced/u);
    registry.child.kill('SIGKILL');
    expect([await coordinator.exited, coordinator.output()]).toEqual([
      0,
      expect.stringContaining('features: done'),
    ]);
    expect((await readFeatures('gone')).equals(expected)).toBe(true);
  }, 120_000);

  it('are given back by a worker that is told to stop, and not begun by one with another store', async () => {
    await prepare('stopped');
    const { access } = await serve('stopped');
    const coordinator = features('stopped', '--workers', 'registry', '--wait-for-workers', '600', ...access);
    const lost = train('worker', ...storeOf('elsewhere'), ...access);
    expect([await lost.exited, lost.output()]).toEqual([
      1,
      expect.stringContaining('the store does not hold what is to be worked out'),
    ]);
    const first = train('worker', ...storeOf('stopped'), ...access);
    await untilSaid(first, /recordings \d+ to \d+: begun/u);
    first.child.kill('SIGTERM');
    expect([await first.exited, first.output()]).toEqual([0, expect.stringMatching(/: given back/u)]);
    const second = train('worker', '--until-idle', '1', ...storeOf('stopped'), ...access);
    expect(await coordinator.exited).toBe(0);
    expect([await second.exited, second.output()]).toEqual([
      0,
      expect.stringContaining('4 portions worked out'),
    ]);
    expect((await readFeatures('stopped')).equals(expected)).toBe(true);
  }, 120_000);
});

const missing = (await postgresMissing()) ?? (await natsMissing());
describe.skipIf(skipFor(missing))('features by workers over PostgreSQL and NATS', () => {
  it('are the same bytes, with two registries and two workers, one of each killed', async () => {
    const [postgres, nats] = await Promise.all([startPostgres(), startNats()]);
    try {
      await prepare('services');
      const services = {
        SPIRA_REGISTRY_DATABASE_URL: await postgres.newDatabase(),
        SPIRA_REGISTRY_NATS_URL: nats.url,
      };
      const one = await serve('one', services);
      const keys = join(folder, 'registry-one', 'keys');
      const two = startRegistry({
        ...services,
        SPIRA_REGISTRY_DATA_FOLDER: join(folder, 'registry-two'),
        SPIRA_REGISTRY_TOKEN_KEY_FILE: join(keys, 'token.pem'),
        SPIRA_REGISTRY_ANSWER_KEY_FILE: join(keys, 'answer.pem'),
      });
      const access = ['--registry', (await two.address).url, ...one.access.slice(2)];
      const coordinator = features(
        'services',
        '--workers',
        'registry',
        '--wait-for-workers',
        '600',
        ...access,
      );
      const first = train('worker', ...storeOf('services'), ...access);
      await untilSaid(first, /recordings \d+ to \d+: begun/u);
      first.child.kill('SIGKILL');
      // Whatever messages it holds, the queue gives to the other.
      one.registry.child.kill('SIGKILL');
      const second = train('worker', ...storeOf('services'), ...access);
      expect([await coordinator.exited, coordinator.output()]).toEqual([
        0,
        expect.stringContaining('4 of 4 portions'),
      ]);
      second.child.kill('SIGTERM');
      expect(await second.exited).toBe(0);
      expect((await readFeatures('services')).equals(expected)).toBe(true);
      expect(coordinator.output()).not.toContain('worked out here');
    } finally {
      await killRegistries();
      await Promise.all([postgres.stop(), nats.stop()]);
    }
  }, 300_000);
});
