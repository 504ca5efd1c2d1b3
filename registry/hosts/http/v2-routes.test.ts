/** Open Inference Protocol as its standard clients speak it, and batches of rows. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { finished } from 'node:stream/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  v2InferAnswerSchema,
  v2ModelMetadataSchema,
  v2ServerMetadataSchema,
} from '../../../contract/registry/v2.ts';
import { readWav } from '../../../native/audio/wav.ts';
import {
  fieldsModel,
  openServingRegistry,
  vowelModel,
  type ServingRegistry,
} from './fixtures/serving-registry.ts';
import type { TwinPerson } from './twin-registry.ts';

let registry: ServingRegistry;
let researcher: TwinPerson;
beforeAll(async () => {
  registry = await openServingRegistry();
  researcher = await registry.person({ roles: ['researcher'], hospitals: 'all' });
  await registry.upload(vowelModel);
  await registry.upload(fieldsModel);
  await registry.alias('vital-signs', 'production', '1.0.0');
});
afterAll(() => registry.close());

const get = (url: string) => researcher.inject({ url });
const infer = (url: string, payload: object | string) =>
  researcher.inject({
    method: 'POST',
    url: `/v2/models/${url}`,
    headers: { 'content-type': 'application/json' },
    payload,
  });
const vowel = 'sustained-vowel-demonstration/versions/1.0.0';
const fieldsTensor = (data: readonly unknown[], more: object = {}): object => ({
  name: 'fields',
  shape: [4],
  datatype: 'FP32',
  data,
  ...more,
});

function voice(): number[] {
  const wav = readWav(readFileSync(join(vowelModel, 'golden/trembling.wav')));
  if (!wav.ok) throw new Error(wav.problem.code);
  return Array.from(wav.value.channels[0] ?? []);
}

describe('health and metadata', () => {
  it('are told to everybody', async () => {
    const open = (url: string) => registry.app.inject({ url });
    expect((await open('/v2/health/live')).json()).toEqual({ live: true });
    expect((await open('/v2/health/ready')).json()).toEqual({ ready: true });
    expect(v2ServerMetadataSchema.parse((await open('/v2')).json())).toMatchObject({
      name: 'spira-registry',
    });
  });

  it('of a model come from its manifest', async () => {
    const metadata = v2ModelMetadataSchema.parse((await get(`/v2/models/${vowel}`)).json());
    expect(metadata).toMatchObject({
      name: 'sustained-vowel-demonstration',
      versions: ['1.0.0'],
      inputs: [{ name: 'sustentada', datatype: 'FP32', shape: [-1] }],
      outputs: [
        { name: 'scores', datatype: 'FP32', shape: [2] },
        { name: 'window_scores', datatype: 'FP32', shape: [-1, 2] },
      ],
    });
    expect((await get('/v2/models/vital-signs')).json()).toMatchObject({
      inputs: [{ name: 'fields', datatype: 'FP32', shape: [4] }],
    });
    expect((await get('/v2/models/vital-signs/ready')).json()).toEqual({ name: 'vital-signs', ready: true });
    expect((await get(`/v2/models/${vowel}/ready`)).statusCode).toBe(200);
  });

  it.each([
    '/v2/models/unknown',
    '/v2/models/vital-signs/versions/9.0.0',
    '/v2/models/sustained-vowel-demonstration',
  ])('of %s are not found', async (url) => {
    const answer = await get(url);
    expect([answer.statusCode, answer.json()]).toEqual([404, { error: 'model not found' }]);
  });
});

describe('a prediction', () => {
  it('gives the graph’s scores, and what they mean by the model’s own thresholds', async () => {
    const data = voice();
    const answer = await infer(`${vowel}/infer`, {
      id: 'a-request',
      inputs: [{ name: 'sustentada', shape: [data.length], datatype: 'FP32', data }],
    });
    const body = v2InferAnswerSchema.parse(answer.json());
    expect(body).toMatchObject({
      model_name: 'sustained-vowel-demonstration',
      model_version: '1.0.0',
      id: 'a-request',
      parameters: { decision: 'positive', demonstration: true, labels: 'healthy als' },
    });
    expect(String(body.parameters?.['notice'])).toContain('not for diagnosis');
    const [scores, windows] = body.outputs;
    expect(scores?.data?.[1]).toBeCloseTo(0.8057604432106018, 3);
    expect([windows?.name, windows?.shape, windows?.data?.length]).toEqual(['window_scores', [4, 2], 8]);
  });

  it('without a version is made by the one in production, on flat and on nested numbers', async () => {
    const outputs = [{ name: 'scores' }];
    const flat = await infer('vital-signs/infer', { inputs: [fieldsTensor([0, 0.8, 1, 0])], outputs });
    const nested = await infer('vital-signs/infer', {
      inputs: [fieldsTensor([[0, 0.8, 1, 0]], { shape: [1, 4] })],
      outputs,
    });
    expect(flat.json()).toMatchObject({ model_version: '1.0.0', outputs: [{ name: 'scores', shape: [2] }] });
    expect(nested.json()).toEqual(flat.json());
  });

  it.each<[string, object | string, RegExp]>([
    ['no JSON', '{', /malformed/u],
    ['a body that is no request', {}, /^inputs: /u],
    ['no input', { inputs: [] }, /^inputs: /u],
    [
      'an input that is not the model’s',
      { inputs: [fieldsTensor([1, 2, 3, 4], { name: 'x' })] },
      /no input "x"; the model takes fields/u,
    ],
    ['an input twice', { inputs: [fieldsTensor([1, 2, 3, 4]), fieldsTensor([1, 2, 3, 4])] }, /given twice/u],
    [
      'another datatype',
      { inputs: [fieldsTensor([1, 2, 3, 4], { datatype: 'INT64' })] },
      /datatype INT64; the model takes FP32/u,
    ],
    [
      'an unknown datatype',
      { inputs: [fieldsTensor([1, 2, 3, 4], { datatype: 'FP8' })] },
      /^inputs\.0\.datatype/u,
    ],
    [
      'another shape',
      { inputs: [fieldsTensor([1, 2, 3], { shape: [3] })] },
      /shape \[3\]; the model takes \[4\]/u,
    ],
    [
      'a shape that its values do not fill',
      { inputs: [fieldsTensor([1, 2, 3])] },
      /3 values, and its shape says 4/u,
    ],
    ['NaN, which JSON writes as null', { inputs: [fieldsTensor([1, null, 3, 4])] }, /no number at place 1/u],
    [
      'a number that no float32 holds',
      { inputs: [fieldsTensor([1, 2, 1e39, 4])] },
      /not a finite float32 at place 2/u,
    ],
    ['text', { inputs: [fieldsTensor([1, 2, 3, 'NaN'])] }, /no number at place 3/u],
    [
      'an output that is not the model’s',
      { inputs: [fieldsTensor([1, 2, 3, 4])], outputs: [{ name: 'y' }] },
      /no output "y"/u,
    ],
  ])('says what is wrong with %s', async (_what, payload, error) => {
    const answer = await infer('vital-signs/infer', payload);
    expect([answer.statusCode, answer.json()]).toEqual([
      400,
      { error: expect.stringMatching(error) as string },
    ]);
  });

  describe('with values as bytes behind the JSON', () => {
    const floats = (values: readonly number[]): Buffer => {
      const bytes = Buffer.alloc(4 * values.length);
      for (const [index, value] of values.entries()) bytes.writeFloatLE(value, 4 * index);
      return bytes;
    };
    const send = (request: object, bytes: Buffer, more: Readonly<Record<string, string>> = {}) => {
      const json = Buffer.from(JSON.stringify(request));
      return researcher.inject({
        method: 'POST',
        url: '/v2/models/vital-signs/infer',
        headers: { 'inference-header-content-length': String(json.length), ...more },
        payload: Buffer.concat([json, bytes]),
      });
    };
    const vitals = [0, 0.8, 1, 0];
    const tensor = (parameters: object) => ({ name: 'fields', shape: [4], datatype: 'FP32', parameters });
    const binary = tensor({ binary_data_size: 16 });

    it('is the same as with values in it, and so is its answer, whatever type the client gives it', async () => {
      const plain = v2InferAnswerSchema.parse(
        (await infer('vital-signs/infer', { inputs: [fieldsTensor(vitals)] })).json(),
      );
      const octets = { 'content-type': 'application/octet-stream' };
      for (const headers of [{}, octets, { 'content-type': 'application/json' }]) {
        const answer = await send({ inputs: [binary] }, floats(vitals), headers);
        expect(answer.json()).toEqual(plain);
      }
      const packed = await send(
        { inputs: [binary], parameters: { binary_data_output: true } },
        floats(vitals),
      );
      expect(packed.headers['content-type']).toBe('application/octet-stream');
      const jsonBytes = Number(packed.headers['inference-header-content-length']);
      const answer = v2InferAnswerSchema.parse(JSON.parse(packed.rawPayload.toString('utf8', 0, jsonBytes)));
      const values = packed.rawPayload.subarray(jsonBytes);
      const sizes = answer.outputs.map(({ parameters }) => Number(parameters?.['binary_data_size']));
      expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(values.length);
      const numbers = plain.outputs.flatMap(({ data = [] }) => data as number[]);
      expect(values).toEqual(floats(numbers));
      expect(answer.outputs.some(({ data }) => data !== undefined)).toBe(false);
    });

    it('gives as bytes only those outputs that were asked for so', async () => {
      const outputs = [{ name: 'scores', parameters: { binary_data: false } }];
      const parameters = { binary_data_output: true };
      const answer = await send({ inputs: [binary], outputs, parameters }, floats(vitals));
      expect(v2InferAnswerSchema.parse(answer.json()).outputs[0]?.data).toHaveLength(2);
    });

    it.each<[string, object, Buffer, RegExp]>([
      ['fewer bytes than said', { inputs: [binary] }, floats([1]), /says 16 bytes, and there are fewer/u],
      [
        'more bytes than said',
        { inputs: [binary] },
        floats([1, 2, 3, 4, 5]),
        /4 bytes .* belong to no input/u,
      ],
      ['bytes of nobody', { inputs: [fieldsTensor(vitals)] }, floats([1]), /belong to no input/u],
      ['half a value', { inputs: [tensor({ binary_data_size: 15 })] }, floats(vitals), /no number of whole/u],
      ['no number', { inputs: [tensor({ binary_data_size: '16' })] }, floats(vitals), /no number of whole/u],
      [
        'less than nothing',
        { inputs: [tensor({ binary_data_size: -4 })] },
        floats([]),
        /no number of whole/u,
      ],
      [
        'values twice',
        { inputs: [fieldsTensor(vitals, { parameters: { binary_data_size: 16 } })] },
        floats(vitals),
        /both in the JSON and behind it/u,
      ],
      ['no values', { inputs: [tensor({})] }, floats([]), /input "fields" has no data/u],
      ['too few values', { inputs: [tensor({ binary_data_size: 4 })] }, floats([1]), /1 values, .* says 4/u],
      ['NaN', { inputs: [binary] }, floats([1, NaN, 3, 4]), /not a finite float32 at place 1/u],
    ])('says what is wrong with %s', async (_what, request, bytes, error) => {
      const answer = await send(request, bytes);
      expect([answer.statusCode, answer.json()]).toEqual([
        400,
        { error: expect.stringMatching(error) as string },
      ]);
    });

    it.each(['-1', 'x', '1.5', '999999'])('refuses %j as the length of the JSON', async (length) => {
      const headers = { 'inference-header-content-length': length };
      const answer = await send({ inputs: [binary] }, floats(vitals), headers);
      expect([answer.statusCode, answer.json()]).toEqual([
        400,
        { error: 'inference-header-content-length: is not a length within the body' },
      ]);
    });
  });

  it('names a recording that is too short', async () => {
    const inputs = [{ name: 'sustentada', shape: [100], datatype: 'FP32', data: Array(100).fill(0) }];
    const answer = await infer(`${vowel}/infer`, { inputs });
    expect([answer.statusCode, answer.json()]).toEqual([
      400,
      { error: 'input sustentada lasts 0.006 s; the model needs 1 s' },
    ]);
  });

  it('refuses a body that is too large before it is read', async () => {
    const answer = await infer('vital-signs/infer', `{"inputs":[${' '.repeat(41 * 1024 * 1024)}]}`);
    expect([answer.statusCode, answer.json()]).toEqual([413, { error: 'The body is too large' }]);
  });

  it('is made by many at once, also while engines are killed', async () => {
    const ask = async () =>
      (await infer('vital-signs/infer', { inputs: [fieldsTensor([0, 0.8, 1, 0])] })).statusCode;
    const first = Array.from({ length: 100 }, ask);
    await expect.poll(ask).toBe(200);
    for (const pid of registry.enginePids) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It has ended before.
      }
    }
    const statuses = await Promise.all([...first, ...Array.from({ length: 100 }, ask)]);
    expect(statuses.filter((status) => status !== 200 && status !== 503)).toEqual([]);
    expect(await ask()).toBe(200);
  });
});

describe('a batch', () => {
  const batch = (payload: string, model = 'vital-signs/versions/1.0.0') =>
    researcher.inject({
      method: 'POST',
      url: `/v2/models/${model}/batch`,
      headers: { 'content-type': 'text/csv' },
      payload,
    });

  it('gives a row for a row, in their order, and goes on after a bad one', async () => {
    const answer = await batch(
      'id,age,spo2,sex\r\na,70,85,FEMALE\r\nb,old,98,MALE\r\nc,,98,MALE\r\nd,30\r\ne,30,,\r\nf,12,99,female\r\n"=1+1",40,97,OTHER\r\n',
    );
    expect([answer.statusCode, answer.headers['content-type']]).toEqual([200, 'text/csv; charset=utf-8']);
    const lines = answer.body
      .trimEnd()
      .split('\r\n')
      .map((line) => line.split(','));
    expect(lines[0]).toEqual([
      'row',
      'id',
      'decision',
      'score_healthy',
      'score_insufficient',
      'reasons',
      'error',
    ]);
    expect(lines.slice(1).map((cells) => [cells[0], cells[1], cells[2], cells.slice(6).join(',')])).toEqual([
      ['1', 'a', 'positive', ''],
      ['2', 'b', '', 'age: is not a number'],
      ['3', 'c', '', 'age: is required'],
      ['4', 'd', '', 'has 2 cells for 4 columns'],
      ['5', 'e', 'negative', ''],
      ['6', 'f', 'inconclusive', ''],
      ['7', "'=1+1", '', '"sex: is none of MALE, FEMALE"'],
    ]);
    expect(lines[6]?.[5]).toBe('outside-population');
  });

  it('scores a row as a single prediction does', async () => {
    const answer = await batch('age,spo2,sex\n50,99,MALE\n');
    const cells = answer.body.split('\r\n')[1]?.split(',') ?? [];
    // (50 − 50) / 20 = 0, (99 − 95) / 5 = 0.8, MALE = 1, 0: the golden case.
    const single = await infer('vital-signs/infer', { inputs: [fieldsTensor([0, 0.8, 1, 0])] });
    const scores = single.json<{ outputs: { data: number[] }[] }>().outputs[0]?.data ?? [];
    expect([Number(cells[3]), Number(cells[4])]).toEqual(scores);
  });

  it.each([
    ['no header', '', /no header/u],
    [
      'a column that is not the model’s',
      'age,height\n1,2\n',
      /no column "height"; the model takes age, spo2, sex/u,
    ],
    [
      'the outcome of interest',
      'age,respiratoryInsufficiency\n1,YES\n',
      /no column "respiratoryInsufficiency"/u,
    ],
    ['a required column missing', 'spo2\n99\n', /column age is missing/u],
    ['a column twice', 'age,age\n1,2\n', /stands twice/u],
  ])('with %s is refused before a row is read', async (_what, text, error) => {
    const answer = await batch(text);
    expect([answer.statusCode, answer.json()]).toEqual([
      400,
      { error: expect.stringMatching(error) as string },
    ]);
  });

  it('is for models of fields', async () => {
    const answer = await batch('age\n1\n', vowel);
    expect([answer.statusCode, answer.json()]).toEqual([
      400,
      { error: 'sustained-vowel-demonstration hears recordings, which no table holds' },
    ]);
  });

  it('says where a table cannot be read further, after all that stood before', async () => {
    const answer = await batch(`age\n30\n31\n"${'x'.repeat(100_000)}`);
    const lines = answer.body.trimEnd().split('\r\n');
    expect(lines.slice(1).map((line) => line.split(',')[0])).toEqual(['1', '2', '']);
    expect(lines.at(-1)).toContain('cannot be read further');
  });

  describe('over a real line', () => {
    beforeAll(() => registry.app.listen({ host: '127.0.0.1', port: 0 }));

    function open(
      what: 'batch' | 'infer' = 'batch',
      headers: Readonly<Record<string, string>> = { 'content-type': 'text/csv' },
    ): {
      readonly request: ReturnType<typeof httpRequest>;
      readonly answer: Promise<IncomingMessage>;
    } {
      const request = httpRequest({
        port: (registry.app.server.address() as AddressInfo).port,
        host: '127.0.0.1',
        method: 'POST',
        path: `/v2/models/vital-signs/versions/1.0.0/${what}`,
        headers: { authorization: `Bearer ${researcher.token}`, ...headers },
      });
      const answer = once(request, 'response').then(([message]) => message as IncomingMessage);
      return { request, answer };
    }

    it(
      'streams in and out: memory does not follow the length of the table',
      { timeout: 180_000 },
      async () => {
        const { request, answer } = open();
        const rows = 30_000;
        // 1 KiB a row: held as a whole, the table and its answers would be above 60 MiB.
        const padding = 'x'.repeat(1000);
        let highest = 0;
        const send = async (): Promise<void> => {
          request.write('id,age,spo2,sex\n');
          for (let row = 0; row < rows; row += 100) {
            const text = Array.from(
              { length: 100 },
              (_, index) => `${padding}${row + index},${30 + (row % 60)},97,MALE\n`,
            );
            if (!request.write(text.join(''))) await once(request, 'drain');
          }
          request.end();
        };
        const sending = send();
        let seen = 0;
        let start = 0;
        for await (const line of createInterface({ input: await answer })) {
          seen += 1;
          expect(line.length).toBeGreaterThan(10);
          if (seen % 5000 !== 0) continue;
          globalThis.gc?.();
          const { heapUsed, external } = process.memoryUsage();
          if (start === 0) start = heapUsed + external;
          highest = Math.max(highest, heapUsed + external);
        }
        await sending;
        expect(seen).toBe(rows + 1);
        expect(highest - start).toBeLessThan(64 * 1024 * 1024);
      },
    );

    it('takes a table for as long as it keeps coming, and cuts a call that is not whole in time', async () => {
      const table = open();
      const rows = `${'x'.repeat(200)},30\n`.repeat(500);
      table.request.write(`id,age\n${rows}`);
      const answer = await table.answer;
      answer.resume();
      const call = open('infer', { 'content-type': 'application/json', expect: '100-continue' });
      const cut = once(call.request, 'error');
      call.answer.catch(() => undefined);
      await once(call.request, 'continue');
      call.request.write('{"inputs":');
      for (let minute = 0; minute < 20; minute += 1) {
        registry.world.clock.advance(50_000);
        const more = once(answer, 'data');
        table.request.write(rows);
        await more;
      }
      await cut;
      table.request.end();
      await finished(answer);
      expect(answer.complete).toBe(true);
    });

    it('ends when the client goes, and lets the next one in', async () => {
      for (let time = 0; time < 6; time += 1) {
        const { request, answer } = open();
        request.on('error', () => undefined);
        request.write(`age\n${'30\n'.repeat(20_000)}`);
        const message = await answer;
        expect(message.statusCode).toBe(200);
        message.on('error', () => undefined);
        message.resume();
        message.destroy();
        await finished(message).catch(() => undefined);
      }
      await expect.poll(async () => (await batch('age\n30\n')).statusCode).toBe(200);
    });
  });
});
