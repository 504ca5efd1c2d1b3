/** What becomes of an inference when things go wrong, over twins: mishaps, poison, lost messages, late answers. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, it } from 'vitest';
import { modelManifestSchema } from '../../../contract/model-manifest.ts';
import { fail, ok, type Result } from '../../../contract/result.ts';
import { memoryModelPackages } from '../../ports/model-packages.memory.ts';
import { memoryPrediction } from '../../ports/prediction.memory.ts';
import type { PredictionInputs, PredictionScores } from '../../ports/prediction.ts';
import type { ConsumeOptions } from '../../ports/work-queue.ts';
import { endInference } from '../inferences/end-inference.ts';
import { receiveInference, type RequestPart } from '../inferences/receive-inference.ts';
import { memoryWorld, type MemoryWorld } from '../world.memory.ts';
import { maximumDeliveries, predictInference } from './predict-inference.ts';
import { startPredictions } from './run-predictions.ts';
import { sweepInferences, tidyInferenceFiles } from './sweep-inferences.ts';
import { createTurns } from './take-turns.ts';
import { inferenceFileKey } from '../../core/inferences.ts';
import { done } from '../../core/outcome.ts';

const folder = fileURLToPath(new URL('../../adapters/onnx-engine/fixtures/vital-signs', import.meta.url));
const manifestBytes = readFileSync(join(folder, 'manifest.json'));
const manifest = modelManifestSchema.parse(JSON.parse(manifestBytes.toString('utf8')));
const packed = {
  manifest,
  manifestBytes,
  sha256: 'a'.repeat(64),
  card: '',
  graphPath: '',
  package: Buffer.from('package'),
  read: () => Promise.resolve(fail('model-damaged')),
};
const userId = '019d0000-0000-7000-8000-000000000001';
const channelId = '019d0000-0000-7000-8000-000000000002';
const topic = 'inference.spira.vital-signs';

let world: MemoryWorld;
let answer: (inputs: PredictionInputs) => Promise<Result<PredictionScores>> | Result<PredictionScores>;
const scores = (): Result<PredictionScores> =>
  ok({ scores: [0.1, 0.9], windowScores: [], resampleMs: 0, inferenceMs: 1 });

beforeEach(async () => {
  answer = scores;
  world = memoryWorld({
    packages: memoryModelPackages([packed]),
    prediction: memoryPrediction({ score: (_model, inputs) => answer(inputs) }),
  });
  const blobKey = 'models/a.tar';
  await world.blobs.put(blobKey, chunks('package'));
  const at = new Date(world.clock.now()).toISOString();
  await world.store.write(async (transaction) => {
    await transaction.insert('models', {
      id: 'model',
      name: manifest.name,
      version: manifest.version,
      sha256: packed.sha256,
      packageSha256: packed.sha256,
      packageBytes: 7,
      blobKey,
      keyId: '',
      signature: '',
      manifest: manifest as never,
      card: '',
      uploadedAt: at,
      uploadedBy: 'root',
    });
    const { name } = manifest;
    await transaction.insert('aliases', {
      id: `${name}@production`,
      name,
      alias: 'production',
      modelId: 'model',
      at,
    });
    await transaction.insert('channels', {
      id: channelId,
      name,
      publishingChannel: `spira.${name}`,
      modelName: name,
      alias: 'production',
      createdAt: at,
    });
  });
});

async function* chunks(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

async function request(queue = world.queue): Promise<string> {
  const parts = async function* (): AsyncGenerator<RequestPart> {
    for (const [name, value] of Object.entries({ model_id: channelId, rgh: '1', age: '40' }))
      yield { kind: 'field', name, value, isCut: false };
  };
  const caller = {
    kind: 'account',
    accountId: userId as never,
    username: 'ana',
    roles: ['clinician'],
    hospitals: 'all',
  } as const;
  const made = await receiveInference(
    { world: { ...world, queue }, caller, requestId: 'r' },
    userId,
    parts(),
    {
      deadlineMs: 3_600_000,
    },
  );
  if (!made.ok) throw new Error(made.problem.detail);
  return made.value[0] ?? '';
}

async function keysOf(blobs: AsyncIterable<{ readonly key: string }>): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of blobs) keys.push(key);
  return keys;
}

const delivery = (id: string, attempt = 1) => ({
  payload: { inference_id: id, model_id: channelId, files: {} },
  attempt,
});
const told = async (id: string) =>
  world.store.read(async (reader) => {
    const [inference, result] = [
      await reader.get('inferences', id),
      await reader.get('inferenceResults', id),
    ];
    return { status: inference?.status, diagnosis: result?.diagnosis, errorCode: result?.errorCode };
  });
const completed = { status: 'completed', diagnosis: 'positive', errorCode: null };

describe('a worker', () => {
  it('is given the answers and nothing that points at a person', async () => {
    const seen: PredictionInputs[] = [];
    answer = (inputs) => {
      seen.push(inputs);
      return scores();
    };
    expect(await predictInference(world, delivery(await request()))).toEqual({ kind: 'done' });
    expect(seen).toEqual([{ recordings: [], fields: [-0.5, 0, 0, 0] }]);
  });

  it('may be given the same again, and changes nothing', async () => {
    const id = await request();
    await predictInference(world, delivery(id));
    answer = () => fail('engine-run-failed');
    expect(await predictInference(world, delivery(id, 2))).toEqual({ kind: 'done' });
    expect(await told(id)).toEqual(completed);
  });

  it('that comes second with another end changes nothing', async () => {
    const id = await request();
    answer = async () => {
      await endInference(world, id, { status: 'error', code: 'first', reason: '' });
      return scores();
    };
    await predictInference(world, delivery(id));
    expect(await told(id)).toMatchObject({ status: 'error', errorCode: 'first', diagnosis: 'not available' });
  });

  it('tries a crash of the engine again, and says in the end that the model keeps failing', async () => {
    const id = await request();
    answer = () => fail('engine-crashed');
    expect(await predictInference(world, delivery(id, 1))).toMatchObject({ kind: 'retry' });
    expect(await predictInference(world, delivery(id, 2))).toMatchObject({ kind: 'retry' });
    expect(await told(id)).toMatchObject({ status: 'processing' });
    expect(await predictInference(world, delivery(id, 3))).toEqual({ kind: 'done' });
    expect(await told(id)).toMatchObject({ status: 'error', errorCode: 'engine-crashed' });
  });

  it('says at once what would go wrong every time', async () => {
    const id = await request();
    answer = () => fail('engine-output-invalid', { output: 'scores' });
    expect(await predictInference(world, delivery(id))).toEqual({ kind: 'done' });
    expect(await told(id)).toMatchObject({ status: 'error', errorCode: 'engine-output-invalid' });
  });

  it('that fails for no known reason is tried for long, and ends in error', async () => {
    const id = await request();
    answer = () => Promise.reject(new Error('a bug'));
    expect(await predictInference(world, delivery(id, maximumDeliveries - 1))).toMatchObject({
      kind: 'retry',
    });
    expect(await predictInference(world, delivery(id, maximumDeliveries))).toEqual({ kind: 'done' });
    expect(await told(id)).toMatchObject({ status: 'error', errorCode: 'internal' });
  });

  it('calls what names no inference dead', async () => {
    const unknown = delivery('019d0000-0000-7000-8000-0000000000ff');
    for (const payload of [unknown.payload, null, { inference_id: 7 }, 'x', { ...unknown.payload, rgh: '1' }])
      expect(await predictInference(world, { payload, attempt: 1 })).toMatchObject({ kind: 'dead' });
  });
});

describe('the service', () => {
  it('shows that a long prediction is alive, so that nobody else begins it', async () => {
    let runs = 0;
    const finish = Promise.withResolvers<void>();
    answer = async () => {
      runs += 1;
      await finish.promise;
      return scores();
    };
    const service = await startPredictions(world, { acknowledgeWithinMs: 30_000 });
    const id = await request();
    await expect.poll(() => runs).toBe(1);
    for (let second = 0; second < 120; second += 1) {
      world.clock.advance(1000);
      await Promise.resolve();
    }
    finish.resolve();
    await expect.poll(() => told(id)).toEqual(completed);
    expect(runs).toBe(1);
    await service.stop();
  });

  it('ends in error at once what its queue lays aside', async () => {
    let onDead: ConsumeOptions['onDead'];
    const consume: typeof world.queue.consume = (of, options, handle) => {
      if (of === topic) onDead = options.onDead;
      return world.queue.consume(of, options, handle);
    };
    answer = () => new Promise(() => undefined);
    await startPredictions({ ...world, queue: { ...world.queue, consume } });
    const id = await request();
    await onDead?.({ messageId: id, payload: { inference_id: id }, reason: 'delivered too often' });
    expect(await told(id)).toMatchObject({ status: 'error', errorCode: 'not-managed' });
  });

  it('finds channels that are made while it runs', async () => {
    const channel = await world.store.read((reader) => reader.get('channels', channelId));
    await world.store.write((transaction) => transaction.delete('channels', channelId).then(() => undefined));
    const service = await startPredictions(world);
    await world.store.write((transaction) => transaction.insert('channels', channel as never));
    const id = await request();
    world.clock.advance(5000);
    await expect.poll(() => told(id)).toEqual(completed);
    await service.stop();
  });
});

describe('the sweeper', () => {
  it('brings to the queue what was stored and never got there', async () => {
    const away = { ...world.queue, publish: () => Promise.reject(new Error('the queue is away')) };
    const id = await request(away);
    expect(await sweepInferences(world)).toEqual({ queued: 0, failed: 0 });
    world.clock.advance(11_000);
    expect(await sweepInferences(world)).toEqual({ queued: 1, failed: 0 });
    expect(await world.queue.depth(topic)).toBe(1);
    const service = await startPredictions(world);
    await expect.poll(() => told(id)).toEqual(completed);
    await service.stop();
  });

  it('says why nobody managed what went to the dead letters', async () => {
    const id = await request();
    const consumer = await world.queue.consume(
      topic,
      { concurrency: 1, acknowledgeWithinMs: 1e9, maximumDeliveries: 1 },
      () => Promise.resolve({ kind: 'dead', reason: 'it ended every worker' }),
    );
    await expect.poll(() => world.queue.depth(topic)).toBe(0);
    await consumer.stop();
    world.clock.advance(301_000);
    expect(await sweepInferences(world)).toEqual({ queued: 0, failed: 1 });
    expect(await told(id)).toMatchObject({ status: 'error', errorCode: 'not-managed' });
  });

  it('drops files of requests that were never stored, and no others', async () => {
    const id = await request();
    const places = [
      (of: string) => inferenceFileKey(of, 'sustentada'),
      // As earlier versions named them.
      (of: string) => `inferences/${of}/sustentada`,
    ];
    const putAll = async (of: string, text: string) => {
      for (const place of places) await world.blobs.put(place(of), chunks(text));
    };
    await putAll(id, 'kept');
    await putAll(world.randomness.id(world.clock.now()), 'dropped');
    await world.blobs.put('inferences/of/something-else', chunks('nobody knows whose'));
    expect(await tidyInferenceFiles(world)).toBe(0);
    world.clock.advance(3_700_000);
    const arriving = world.randomness.id(world.clock.now());
    await putAll(arriving, 'arriving');
    expect(await tidyInferenceFiles(world)).toBe(2);
    const keys = await keysOf(world.blobs.list('inferences/'));
    expect(keys.sort()).toEqual(
      [
        'inferences/of/something-else',
        ...[id, arriving].flatMap((of) => places.map((place) => place(of))),
      ].sort(),
    );
  });
});

it('lets so many work, so many wait, and no more', async () => {
  const turns = createTurns({ atOnce: 1, waiting: 1 });
  const gate = Promise.withResolvers<void>();
  const first = turns.take(async () => {
    await gate.promise;
    return done('first');
  });
  const second = turns.take(() => Promise.resolve(done('second')));
  expect(await turns.take(() => Promise.resolve(done('third')))).toMatchObject({
    ok: false,
    problem: { code: 'too-many-requests' },
  });
  gate.resolve();
  expect(await Promise.all([first, second])).toEqual([done('first'), done('second')]);
  expect(await turns.take(() => Promise.resolve(done('fourth')))).toEqual(done('fourth'));
});
