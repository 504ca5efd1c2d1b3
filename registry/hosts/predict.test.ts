/** Prediction workers as processes: what they were told at the start, and what becomes of the work of one that is killed. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { encodeWav, readWav } from '../../native/audio/wav.ts';
import {
  postgresMissing,
  skipFor,
  startPostgres,
  type PostgresService,
} from '../adapters/fixtures/services.ts';
import { makePrivateKey, namedKey } from '../adapters/keys/keys.ts';
import { signWith } from '../adapters/keys/signing.ts';
import { packFolder } from '../adapters/model-packages/fixtures/pack-folder.ts';
import { receiveInference, type RequestPart } from '../app/inferences/receive-inference.ts';
import { setAlias } from '../app/models/models.ts';
import { uploadModel } from '../app/models/upload-model.ts';
import type { Call } from '../app/world.ts';
import { memoryLog } from '../ports/surroundings.memory.ts';
import { composeWorld, type ComposedWorld } from './compose.ts';
import { readSettings } from './settings.ts';

const program = fileURLToPath(new URL('./predict.ts', import.meta.url));
const vowelModel = fileURLToPath(
  new URL('../../resources/models/sustained-vowel-demonstration', import.meta.url),
);
/** The demonstration's own trembling vowel over and over, so that scoring it takes a while. */
const trembling = lengthened(readFileSync(join(vowelModel, 'golden/trembling.wav')), 20);

function lengthened(bytes: Uint8Array, times: number): Uint8Array {
  const wav = readWav(bytes);
  const [channel] = wav.ok ? wav.value.channels : [];
  if (!wav.ok || channel === undefined) throw new Error('no WAV');
  const samples = new Float32Array(channel.length * times);
  for (let time = 0; time < times; time += 1) samples.set(channel, time * channel.length);
  return encodeWav({ samples, sampleRateHz: wav.value.header.sampleRateHz, bitDepth: 16 });
}

const running = new Set<ChildProcess>();
afterEach(async () => {
  for (const child of running) {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
});

interface Worker {
  readonly child: ChildProcess;
  /** Resolves when it takes work; rejects with what it said when it ends before. */
  readonly atTheQueue: Promise<void>;
  readonly exited: Promise<{ readonly code: number | null; readonly output: string }>;
}

function start(environment: Readonly<Record<string, string>>): Worker {
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, [program], {
    env: { PATH, HOME, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  let output = '';
  const exited = new Promise<{ code: number | null; output: string }>((resolve) =>
    child.once('close', (code) => {
      running.delete(child);
      resolve({ code, output });
    }),
  );
  const atTheQueue = new Promise<void>((resolve, reject) => {
    const read = (chunk: Buffer): void => {
      output += chunk.toString();
      if (output.includes('at the queue')) resolve();
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    void exited.then(() => reject(new Error(output)));
  });
  atTheQueue.catch(() => undefined);
  return { child, atTheQueue, exited };
}

it('says that it needs the database that the registry’s own process shares', async () => {
  const { code, output } = await start({}).exited;
  expect(code).toBe(2);
  expect(output).toContain('SPIRA_REGISTRY_DATABASE_URL');
});

describe.skipIf(skipFor(await postgresMissing()))('with PostgreSQL,', { timeout: 240_000 }, () => {
  let postgres: PostgresService;
  let folder: string;
  let environment: Readonly<Record<string, string>>;
  let composed: ComposedWorld;
  let channelId: string;
  const userId = '019d0000-0000-7000-8000-000000000001';

  beforeAll(async () => {
    postgres = await startPostgres();
    folder = await mkdtemp(join(tmpdir(), 'spira-predict-'));
    const signer = makePrivateKey();
    const keyFile = join(folder, 'signer.pub');
    writeFileSync(keyFile, namedKey(signer).publicKey);
    environment = {
      SPIRA_REGISTRY_DATA_FOLDER: join(folder, 'data'),
      SPIRA_REGISTRY_DATABASE_URL: await postgres.newDatabase(),
      SPIRA_REGISTRY_MODEL_KEY_FILES: keyFile,
    };
    composed = await composeWorld(readSettings(environment), memoryLog());
    const manifest = readFileSync(join(vowelModel, 'manifest.json'));
    const uploaded = await uploadModel(call(), {
      chunks: (async function* () {
        yield await packFolder(vowelModel);
      })(),
      keyId: namedKey(signer).keyId,
      signature: signWith(signer, manifest),
    });
    expect(uploaded).toMatchObject({ ok: true });
    await setAlias(call(), {
      params: { name: 'sustained-vowel-demonstration', alias: 'production' },
      body: { version: '1.0.0', why: 'for a test' },
    });
    const [channel] = await composed.world.store.read((reader) => reader.find('channels', {}));
    channelId = channel?.id ?? '';
  }, 120_000);
  afterAll(async () => {
    await composed.close();
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  });

  function call(): Call {
    return {
      world: composed.world,
      requestId: 'a-request',
      caller: {
        kind: 'account',
        accountId: userId as never,
        username: 'root',
        roles: ['it', 'clinician'],
        hospitals: 'all',
      },
    };
  }

  async function request(): Promise<string> {
    const parts = async function* (): AsyncGenerator<RequestPart> {
      for (const [name, value] of Object.entries({ model_id: channelId, rgh: '1' }))
        yield { kind: 'field', name, value, isCut: false };
      for (const name of ['aceite', 'sustentada', 'parlenda']) {
        yield {
          kind: 'file',
          name,
          isCut: () => false,
          chunks: (async function* () {
            yield trembling;
          })(),
        };
      }
    };
    const made = await receiveInference(call(), userId, parts(), { deadlineMs: 3_600_000 });
    if (!made.ok) throw new Error(made.problem.detail);
    return made.value[0] ?? '';
  }

  const count = (table: 'jobs' | 'inferences', where: object): Promise<number> =>
    composed.world.store.read((reader) => reader.count(table, where));

  it('a worker that is killed in the middle costs a redelivery and no result', async () => {
    const ids = [];
    for (let index = 0; index < 12; index += 1) ids.push(await request());
    // Killed again until it was in the middle of one: leased to it, and without an answer.
    const lost = async (): Promise<number> =>
      composed.world.store.read(async (reader) => {
        const leased = await reader.find('jobs', { where: { state: 'leased' } });
        const ends = await Promise.all(
          leased.map(({ payload }) =>
            reader.get('inferences', (payload as { inference_id: string }).inference_id),
          ),
        );
        return ends.filter((inference) => inference?.status === 'processing').length;
      });
    let left = 0;
    while (left === 0) {
      const first = start(environment);
      await first.atTheQueue;
      await expect
        .poll(() => count('jobs', { state: 'leased' }), { timeout: 60_000, interval: 20 })
        .toBeGreaterThan(0);
      first.child.kill('SIGKILL');
      await first.exited;
      left = await lost();
    }

    const second = start(environment);
    const third = start(environment);
    await Promise.all([second.atTheQueue, third.atTheQueue]);
    await expect
      .poll(() => count('inferences', { status: 'completed' }), { timeout: 120_000, interval: 250 })
      .toBe(ids.length);
    const results = await composed.world.store.read((reader) => reader.find('inferenceResults', {}));
    expect(results.map(({ id, diagnosis, errorCode }) => ({ id, diagnosis, errorCode }))).toEqual(
      ids.toSorted().map((id) => ({ id, diagnosis: 'positive', errorCode: null })),
    );
    const redelivered = await composed.world.store.read((reader) =>
      reader.find('jobs', { where: { attempts: { above: 1 } } }),
    );
    expect(redelivered.length).toBeGreaterThanOrEqual(left);
    second.child.kill('SIGTERM');
    third.child.kill('SIGTERM');
    expect([(await second.exited).code, (await third.exited).code]).toEqual([0, 0]);
  });
});
