/** The published API as its clients speak it, and the defects that it had: each by its number in the list of old ones. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LightMyRequestResponse } from 'fastify';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { inferenceReplyTopic } from '../../../contract/registry/v1.ts';
import { startPredictions, type PredictionService } from '../../app/predictions/run-predictions.ts';
import { sweepInferences } from '../../app/predictions/sweep-inferences.ts';
import { inferenceFileKey } from '../../core/inferences.ts';
import type { Delivery } from '../../ports/work-queue.ts';
import {
  fieldsModel,
  openServingRegistry,
  vowelModel,
  type ServingRegistry,
} from './fixtures/serving-registry.ts';
import type { TwinPerson } from './twin-registry.ts';

const trembling = readFileSync(join(vowelModel, 'golden/trembling.wav'));
const unknownId = '019d0000-0000-7000-8000-00000000ffff';

let registry: ServingRegistry;
let clinician: TwinPerson;
let vowelId: string;
let fieldsId: string;
let service: PredictionService | undefined;

beforeAll(async () => {
  registry = await openServingRegistry();
  clinician = await registry.person({
    roles: ['clinician'],
    hospitals: [await registry.hospital('Hospital')],
  });
  await registry.upload(vowelModel);
  await registry.upload(fieldsModel);
  await registry.alias('sustained-vowel-demonstration', 'production', '1.0.0');
  await registry.alias('vital-signs', 'production', '1.0.0');
  const models = (await clinician.inject({ url: '/v1/models/' })).json<{
    models: { id: string; name: string }[];
  }>().models;
  vowelId = models.find(({ name }) => name === 'sustained-vowel-demonstration')?.id ?? '';
  fieldsId = models.find(({ name }) => name === 'vital-signs')?.id ?? '';
});
afterEach(async () => {
  await service?.stop();
  service = undefined;
});
afterAll(() => registry.close());

interface Form {
  readonly fields?: Readonly<Record<string, string | readonly string[]>>;
  readonly files?: Readonly<Record<string, Buffer>>;
}

const boundary = 'a-boundary';
const threeFiles = { aceite: trembling, sustentada: trembling, parlenda: trembling };
const someFields = {
  rgh: '14259401E',
  mask_type: 'THICK',
  covid_status: 'TRUE',
  gender: 'Feminino',
  local: 'Hospital das Clínicas',
  age: '42',
  spo2: '91',
};

function multipart({ fields = someFields, files = threeFiles }: Form): Buffer {
  const parts: (string | Buffer)[] = [];
  for (const [name, file] of Object.entries(files)) {
    // Clients put the record number into the file's name.
    parts.push(
      `--${boundary}\r\ncontent-disposition: form-data; name="${name}"; filename="14259401E_${name}.wav"\r\ncontent-type: audio/wav\r\n\r\n`,
      file,
      '\r\n',
    );
  }
  for (const [name, values] of Object.entries(fields)) {
    for (const value of [values].flat())
      parts.push(`--${boundary}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`);
  }
  parts.push(`--${boundary}--\r\n`);
  return Buffer.concat(parts.map((part) => Buffer.from(part)));
}

function post(form: Form, person = clinician, userId: string = person.accountId) {
  return person.inject({
    method: 'POST',
    url: `/v1/users/${userId}/inferences`,
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
    payload: multipart(form),
  });
}

async function created(form: Form): Promise<string> {
  const answer = await post(form);
  expect([answer.statusCode, answer.json()]).toEqual([200, { inference_id: expect.any(String) as string }]);
  return answer.json<{ inference_id: string }>().inference_id;
}

interface Told {
  readonly inference: Readonly<Record<string, unknown>> & { readonly status: string };
  readonly result: Readonly<Record<string, unknown>> & { readonly output: readonly number[] };
}

async function resultOf(id: string): Promise<Told> {
  const answer = await clinician.inject({ url: `/v1/users/${clinician.accountId}/inferences/${id}/result` });
  expect(answer.statusCode).toBe(200);
  return answer.json();
}

async function ended(id: string): Promise<Told> {
  return expect
    .poll(() => resultOf(id), { timeout: 60_000 })
    .not.toMatchObject({
      inference: { status: 'processing' },
    })
    .then(() => resultOf(id));
}

async function blobKeys(): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of registry.world.blobs.list('')) keys.push(key);
  return keys;
}

const told = (answer: LightMyRequestResponse): unknown => [answer.statusCode, answer.json()];

/** What waits for the inference on its channel. */
async function waiting(channel: string): Promise<Delivery[]> {
  const seen: Delivery[] = [];
  const consumer = await registry.world.queue.consume(
    `inference.${channel}`,
    { concurrency: 100, acknowledgeWithinMs: 1e9, maximumDeliveries: 10 },
    async (delivery) => {
      seen.push(delivery);
      return { kind: 'done' };
    },
  );
  await expect.poll(() => registry.world.queue.depth(`inference.${channel}`)).toBe(0);
  await consumer.stop();
  return seen;
}

describe('an inference', () => {
  it('goes from the request to the result with its model’s name, version and limits', async () => {
    service = await startPredictions(registry.world);
    const id = await created({ fields: { ...someFields, model_id: vowelId } });
    const { inference, result } = await ended(id);
    expect(inference).toEqual({
      id,
      user_id: clinician.accountId,
      model_id: vowelId,
      status: 'completed',
      created_in: expect.any(String) as string,
      rgh: '14259401E',
      mask_type: 'THICK',
      covid_status: 'TRUE',
      gender: 'Feminino',
      local: 'Hospital das Clínicas',
      age: 42,
      cid: null,
      bpm: null,
      respiratory_frequency: null,
      respiratory_insufficiency_status: null,
      location: null,
      last_positive_diagnose_date: null,
      hospitalized: null,
      hospitalization_start: null,
      hospitalization_end: null,
      spo2: '91',
    });
    expect(result).toMatchObject({
      inference_id: id,
      diagnosis: 'positive',
      model: { name: 'sustained-vowel-demonstration', version: '1.0.0' },
      error: null,
    });
    expect(result.output[1]).toBeCloseTo(0.8057604432106018, 3);
    expect(JSON.stringify(result)).toContain('não serve para diagnóstico');
  });

  it('of fields alone needs no recording', async () => {
    service = await startPredictions(registry.world);
    const id = await created({
      fields: { rgh: '1', model_id: fieldsId, age: '70', spo2: '85', gender: 'Feminino' },
      files: {},
    });
    const { result } = await ended(id);
    // Softmax of the model's own weights at age 70, saturation 85, female.
    const logit = (sign: number): number => sign * (0.2 - 0.5 * 1 + 1.5 * -2 - 0.1);
    const share = Math.exp(logit(-1)) / (Math.exp(logit(1)) + Math.exp(logit(-1)));
    expect(result.output[1]).toBeCloseTo(Math.min(share, 0.99), 3);
    expect(result).toMatchObject({ diagnosis: 'positive' });
  });

  it('may be asked of several models, and each has its own answer', async () => {
    service = await startPredictions(registry.world);
    const answer = await post({ fields: { ...someFields, model_id: [vowelId, fieldsId] } });
    const { inference_id, inference_ids } = answer.json<{ inference_id: string; inference_ids: string[] }>();
    expect(inference_ids).toHaveLength(2);
    expect(inference_ids[0]).toBe(inference_id);
    const results = await Promise.all(inference_ids.map(ended));
    expect(results.map(({ inference }) => [inference['model_id'], inference.status])).toEqual([
      [vowelId, 'completed'],
      [fieldsId, 'completed'],
    ]);
    const byComma = await post({ fields: { ...someFields, model_id: `${vowelId},${fieldsId}` } });
    expect(byComma.json<{ inference_ids: string[] }>().inference_ids).toHaveLength(2);
  });

  it('before its answer has the output [-1] and no diagnosis', async () => {
    const id = await created({ fields: { ...someFields, model_id: vowelId } });
    const { inference, result } = await resultOf(id);
    expect(inference.status).toBe('processing');
    expect(result).toMatchObject({ output: [-1], diagnosis: 'not available', error: null });
  });

  it('keeps the version that it was made for when the alias moves', async () => {
    const id = await created({ fields: { ...someFields, model_id: fieldsId } });
    await registry.upload(fieldsModel, { manifest: (manifest) => ({ ...manifest, version: '1.0.1' }) });
    await registry.alias('vital-signs', 'production', '1.0.1');
    service = await startPredictions(registry.world);
    expect((await ended(id)).result).toMatchObject({ model: { version: '1.0.0' } });
    await registry.alias('vital-signs', 'production', '1.0.0');
  });
});

describe('a request that cannot be taken', () => {
  const detail = async (form: Form): Promise<unknown> => told(await post(form));
  const withModel = { ...someFields, model_id: '' };

  it.each<[string, () => Form, number, string]>([
    [
      'model id is no id',
      () => ({ fields: { ...withModel, model_id: 'invalid' } }),
      422,
      'model id is not valid',
    ],
    ['model is not there', () => ({ fields: { ...withModel, model_id: unknownId } }), 404, 'model not found'],
    ['model is not named', () => ({ fields: someFields }), 422, 'model id is not valid'],
    [
      'file is missing',
      () => ({
        fields: { ...withModel, model_id: vowelId },
        files: { aceite: trembling, sustentada: trembling },
      }),
      400,
      'parlenda is required',
    ],
    [
      'file is no audio',
      () => ({
        fields: { ...withModel, model_id: vowelId },
        files: { ...threeFiles, sustentada: Buffer.from('\x1aE\xdf\xa3 webm', 'latin1') },
      }),
      400,
      'sustentada is no recording that can be read (audio-not-recognised)',
    ],
    [
      'age is no number',
      () => ({ fields: { ...withModel, model_id: vowelId, age: 'old' } }),
      400,
      'age is not a number of years',
    ],
    ['record number is missing', () => ({ fields: { model_id: vowelId } }), 400, 'rgh is required'],
  ])('says that the %s, and leaves no file behind', async (_what, form, status, text) => {
    const keys = async (): Promise<number> => (await blobKeys()).length;
    const before = await keys();
    expect(await detail(form())).toEqual([status, { detail: text }]);
    expect(await keys()).toBe(before);
  });

  it('because it is no form, or one that ends early, is the sender’s fault', async () => {
    const url = `/v1/users/${clinician.accountId}/inferences`;
    const json = await clinician.inject({ method: 'POST', url, payload: {} });
    expect(json.statusCode).toBe(400);
    const whole = multipart({ fields: { ...someFields, model_id: vowelId } });
    for (const length of [10, 500, whole.length - 200]) {
      const cut = await clinician.inject({
        method: 'POST',
        url,
        headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
        payload: whole.subarray(0, length),
      });
      expect(cut.statusCode).toBe(400);
    }
  });
});

describe('the routes around it', () => {
  it('sign people in by form, with and without the slash at the end', async () => {
    const { world } = registry;
    const id = clinician.accountId;
    const passwordHash = await world.passwords.hash('cavalo bateria');
    await world.store.write(async (transaction) => {
      await transaction.update('accounts', id, { passwordHash, username: 'ana', usernameKey: 'ana' });
    });
    const signIn = (url: string, password: string) =>
      registry.app.inject({
        method: 'POST',
        url,
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        payload: new URLSearchParams({ username: 'ana', password }).toString(),
      });
    for (const url of ['/v1/users/auth', '/v1/users/auth/']) {
      expect(told(await signIn(url, 'cavalo bateria'))).toEqual([
        200,
        { id, access_token: expect.any(String) as string, token_type: 'bearer' },
      ]);
    }
    expect(told(await signIn('/v1/users/auth', 'wrong'))).toEqual([
      401,
      { detail: 'Incorrect username or password' },
    ]);
  });

  it('answer in the published shapes, with and without the slash at the end', async () => {
    for (const slash of ['', '/']) {
      const models = await clinician.inject({ url: `/v1/models${slash}` });
      expect(models.json<{ models: unknown[] }>().models).toContainEqual({
        id: vowelId,
        name: 'sustained-vowel-demonstration',
        publishing_channel: 'spira.sustained-vowel-demonstration',
      });
      expect((await clinician.inject({ url: `/v1/models/${vowelId}${slash}` })).json()).toMatchObject({
        id: vowelId,
      });
      expect((await clinician.inject({ url: `/v1/hospitals${slash}` })).json()).toEqual({
        hospitals: [{ id: expect.any(String) as string, name: 'Hospital' }],
      });
      const user = await clinician.inject({ url: `/v1/users/${clinician.accountId}${slash}` });
      expect(user.json()).toEqual({ id: clinician.accountId, username: 'ana', email: '' });
      const list = await clinician.inject({ url: `/v1/users/${clinician.accountId}/inferences${slash}` });
      expect(list.statusCode).toBe(200);
    }
  });

  it('refuse in the published words', async () => {
    const own = `/v1/users/${clinician.accountId}`;
    const get = async (url: string): Promise<unknown> => told(await clinician.inject({ url }));
    expect(told(await registry.app.inject({ url: '/v1/models/' }))).toEqual([
      401,
      { detail: 'could not validate the credentials' },
    ]);
    expect(await get('/v1/users/nobody')).toEqual([422, { detail: 'user id is not valid' }]);
    expect(await get(`${own}/inferences/nothing`)).toEqual([422, { detail: 'inference id is not valid' }]);
    expect(await get(`${own}/inferences/${unknownId}`)).toEqual([404, { detail: 'inference not found' }]);
    expect(await get(`${own}/inferences/${unknownId}/result`)).toEqual([
      404,
      { detail: 'inference not found' },
    ]);
    expect(await get('/v1/models/nothing')).toEqual([422, { detail: 'model id is not valid' }]);
    expect(await get(`/v1/models/${unknownId}`)).toEqual([404, { detail: 'model not found' }]);
  });

  it('let IT make users and models', async () => {
    const user = {
      username: 'bruno',
      email: 'bruno@example.org',
      password: 'cavalo bateria grampo',
      password_confirmation: 'cavalo bateria grampo',
    };
    const make = (url: string, payload: object) => registry.it.inject({ method: 'POST', url, payload });
    expect(told(await make('/v1/users/', user))).toEqual([200, { message: 'user registered!' }]);
    expect((await make('/v1/users/', user)).statusCode).toBe(400);
    const differs = await make('/v1/users', { ...user, username: 'carla', password_confirmation: 'x' });
    expect(differs.statusCode).toBe(400);
    const model = { name: 'Foreign', publishing_channel: 'Foreign_Channel' };
    expect(told(await make('/v1/models/', model))).toEqual([200, { message: 'model registered!' }]);
    expect((await make('/v1/models/', { ...model, name: 'Other' })).statusCode).toBe(409);
    const taken = { name: 'Mine', publishing_channel: 'spira.vital-signs' };
    expect((await make('/v1/models/', taken)).statusCode).toBe(400);
    expect((await make('/v1/models/', { name: 'Odd', publishing_channel: 'a b' })).statusCode).toBe(400);
  });
});

describe('a model of somebody else', () => {
  const foreignRequest = async (): Promise<string> => {
    const list = await clinician.inject({ url: '/v1/models' });
    const models = list.json<{ models: { id: string; name: string }[] }>().models;
    const model_id = models.find(({ name }) => name === 'Foreign')?.id ?? '';
    return created({
      fields: { ...someFields, model_id, respiratory_insufficiency_status: 'true', cid: 'J96' },
    });
  };

  it('defect 10 and 12: hears of ids, files by reference and open answers, and of nobody', async () => {
    const id = await foreignRequest();
    const [message] = await waiting('foreign_channel');
    expect(message?.payload).toEqual({
      inference_id: id,
      model_id: expect.any(String) as string,
      files: { sustentada: inferenceFileKey(id, 'sustentada'), parlenda: inferenceFileKey(id, 'parlenda') },
      fields: { age: 42, spo2: 91, sex: 'FEMALE', maskType: 'THICK', covidStatus: 'TRUE' },
    });
  });

  it('answers by a message, or says why it cannot', async () => {
    const [completed, failed] = [await foreignRequest(), await foreignRequest()];
    service = await startPredictions(registry.world);
    const { queue } = registry.world;
    await queue.publish(inferenceReplyTopic, 'r1', {
      inference_id: completed,
      output: [0.3, 0.7],
      diagnosis: 'positive',
      model_version: '7',
      timing: { totalMs: 3 },
    });
    await queue.publish(inferenceReplyTopic, 'r2', { inference_id: failed, error_code: 'out-of-memory' });
    expect((await ended(completed)).result).toMatchObject({
      output: [0.3, 0.7],
      diagnosis: 'positive',
      model: { name: 'Foreign', version: '7' },
    });
    expect(await ended(failed)).toMatchObject({
      inference: { status: 'error' },
      result: { output: [-1], diagnosis: 'not available', error: { code: 'out-of-memory' } },
    });
  });

  it('speaks for its own inferences only, once', async () => {
    const own = await created({ fields: { ...someFields, model_id: vowelId } });
    const { queue } = registry.world;
    service = await startPredictions(registry.world);
    await queue.publish(inferenceReplyTopic, 'r3', { inference_id: own, output: [9], diagnosis: 'forged' });
    await queue.publish(inferenceReplyTopic, 'r4', { nonsense: true });
    await expect.poll(() => queue.depth(inferenceReplyTopic)).toBe(0);
    expect((await ended(own)).result).toMatchObject({ diagnosis: 'positive' });
    expect((await queue.deadLetters(inferenceReplyTopic)).map(({ messageId }) => messageId)).toEqual([
      'r3',
      'r4',
    ]);
  });
});

describe('the defects of the earlier systems', () => {
  it('defect 4: a file belongs to the inference that it came with, whatever it was called', async () => {
    const [one, other] = [
      await created({ fields: { ...someFields, rgh: '1', model_id: vowelId } }),
      await created({ fields: { ...someFields, rgh: '2', model_id: vowelId } }),
    ];
    const rows = await registry.world.store.read((reader) =>
      reader.find('inferences', { where: { id: { in: [one, other] } } }),
    );
    for (const row of rows) {
      expect(row.files).toEqual({
        aceite: inferenceFileKey(row.id, 'aceite'),
        sustentada: inferenceFileKey(row.id, 'sustentada'),
        parlenda: inferenceFileKey(row.id, 'parlenda'),
      });
    }
    const keys = await blobKeys();
    expect(keys.filter((key) => key.includes('14259401E'))).toEqual([]);
  });

  it.each(['', 'undefined', 'null', undefined])(
    'defect 5: an optional value that is sent as %j is absent, and the file too',
    async (empty) => {
      const { rgh } = someFields;
      const optional = [
        'age',
        'bpm',
        'spo2',
        'cid',
        'gender',
        'respiratory_frequency',
        'hospitalization_end',
      ];
      const fields = {
        rgh,
        model_id: vowelId,
        ...(empty === undefined ? {} : Object.fromEntries(optional.map((name) => [name, empty]))),
      };
      const id = await created({ fields, files: { ...threeFiles, frase: Buffer.alloc(0) } });
      const { inference } = await resultOf(id);
      expect(Object.fromEntries(optional.map((name) => [name, inference[name]]))).toEqual(
        Object.fromEntries(optional.map((name) => [name, null])),
      );
      const row = await registry.world.store.read((reader) => reader.get('inferences', id));
      expect(Object.keys(row?.files as object)).not.toContain('frase');
    },
  );

  it('defect 8: one damaged or failed inference spoils no list, and times are instants in UTC', async () => {
    registry.world.clock.advance(1000);
    const id = await created({ fields: { ...someFields, model_id: vowelId } });
    registry.world.clock.advance(1000);
    const damaged = await created({ fields: { ...someFields, model_id: vowelId } });
    await registry.world.store.write(async (transaction) => {
      await transaction.update('inferences', damaged, { fields: ['not', 'fields'], status: 'error' });
      await transaction.update('inferenceResults', damaged, {
        output: { not: 'a list' },
        model: 7,
        errorCode: 'x',
      });
    });
    const answer = await clinician.inject({ url: `/v1/users/${clinician.accountId}/inferences/` });
    const list = answer.json<{ inferences: { id: string; created_in: string; status: string }[] }>()
      .inferences;
    expect(list.map((one) => one.id).slice(0, 2)).toEqual([damaged, id]);
    expect(list[0]).toMatchObject({ status: 'error', rgh: '', age: null });
    for (const { created_in } of list) expect(new Date(created_in).toISOString()).toBe(created_in);
    expect((await resultOf(damaged)).result).toMatchObject({ output: [-1], diagnosis: 'not available' });
  });

  it('defect 9: the result row is there before anything is on the queue', async () => {
    const { world } = registry;
    const seen: unknown[] = [];
    const consumer = await world.queue.consume(
      'inference.spira.vital-signs',
      { concurrency: 1, acknowledgeWithinMs: 1e9, maximumDeliveries: 1 },
      async ({ payload }) => {
        const { inference_id } = payload as { inference_id: string };
        seen.push(await world.store.read((reader) => reader.get('inferenceResults', inference_id)));
        return { kind: 'done' };
      },
    );
    await created({ fields: { ...someFields, model_id: fieldsId } });
    await expect.poll(() => seen.length).toBe(1);
    expect(seen[0]).toMatchObject({ output: [-1], diagnosis: 'not available' });
    await consumer.stop();
  });

  it('defect 9: a request that never reached the queue is brought there, and one that nobody answers is in error', async () => {
    const { world } = registry;
    const id = await created({ fields: { ...someFields, model_id: fieldsId } });
    await waiting('spira.vital-signs');
    await world.store.write(async (transaction) => {
      await transaction.update('inferences', id, { queuedAt: null });
    });
    world.clock.advance(15 * 60_000);
    await sweepInferences(world);
    const again = await waiting('spira.vital-signs');
    expect(again.map(({ payload }) => (payload as { inference_id: string }).inference_id)).toContain(id);
    world.clock.advance(3_600_000);
    await sweepInferences(world);
    expect(await resultOf(id)).toMatchObject({
      inference: { status: 'error' },
      result: { error: { code: 'not-answered' } },
    });
  });

  it('defect 9: a recording that no model can use sets the error with its reason', async () => {
    service = await startPredictions(registry.world);
    const short = Buffer.from(trembling.subarray(0, 44 + 16_000));
    short.writeUInt32LE(short.length - 8, 4);
    short.writeUInt32LE(16_000, 40);
    const id = await created({
      fields: { ...someFields, model_id: vowelId },
      files: { ...threeFiles, sustentada: short },
    });
    expect(await ended(id)).toMatchObject({
      inference: { status: 'error' },
      result: {
        output: [-1],
        diagnosis: 'not available',
        error: { code: 'audio-too-short', reason: expect.stringContaining('sustentada') as string },
      },
    });
  });

  it('defect 10: nobody reads or writes for somebody else, nor makes users and models without the right', async () => {
    const other = await registry.person({ roles: ['clinician'], hospitals: 'all' });
    const id = await created({ fields: { ...someFields, model_id: vowelId } });
    const forbidden = [403, { detail: 'Forbidden operation' }];
    const user = `/v1/users/${clinician.accountId}`;
    for (const url of [
      user,
      `${user}/inferences`,
      `${user}/inferences/${id}`,
      `${user}/inferences/${id}/result`,
    ])
      expect(told(await other.inject({ url }))).toEqual(forbidden);
    const blobs = async (): Promise<number> => (await blobKeys()).length;
    const before = await blobs();
    expect(
      told(await post({ fields: { ...someFields, model_id: vowelId } }, other, clinician.accountId)),
    ).toEqual(forbidden);
    expect(await blobs()).toBe(before);
    const asOwn = await other.inject({ url: `/v1/users/${other.accountId}/inferences/${id}` });
    expect(told(asOwn)).toEqual([404, { detail: 'inference not found' }]);
    for (const url of ['/v1/users/', '/v1/models/'])
      expect(told(await other.inject({ method: 'POST', url, payload: {} }))).toEqual(forbidden);
  });

  it('defect 10: no record number leaves the store', async () => {
    const { world } = registry;
    await waiting('spira.sustained-vowel-demonstration');
    const id = await created({ fields: { ...someFields, rgh: 'SECRET-9', model_id: vowelId } });
    const messages = await waiting('spira.sustained-vowel-demonstration');
    expect(messages.map(({ payload }) => payload)).toEqual([
      {
        inference_id: id,
        model_id: vowelId,
        files: { sustentada: inferenceFileKey(id, 'sustentada'), parlenda: inferenceFileKey(id, 'parlenda') },
      },
    ]);
    const keys = await blobKeys();
    expect(JSON.stringify([keys, world.log.entries])).not.toContain('SECRET-9');
  });

  it('defect 12: the outcome of interest is kept and never scored', async () => {
    service = await startPredictions(registry.world);
    const outputs = [];
    for (const status of ['true', 'false', '']) {
      const id = await created({
        fields: { ...someFields, model_id: fieldsId, respiratory_insufficiency_status: status },
        files: {},
      });
      const { inference, result } = await ended(id);
      expect(inference['respiratory_insufficiency_status']).toBe(status === '' ? null : status);
      outputs.push(result.output);
    }
    expect(new Set(outputs.map((output) => JSON.stringify(output))).size).toBe(1);
  });
});
