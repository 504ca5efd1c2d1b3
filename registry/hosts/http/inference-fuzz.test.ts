/** Whatever is sent to the inference routes: an answer that says whose fault it is, never 500. */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fieldsModel, openServingRegistry, type ServingRegistry } from './fixtures/serving-registry.ts';
import type { TwinPerson } from './twin-registry.ts';

let registry: ServingRegistry;
let person: TwinPerson;
let modelId: string;
beforeAll(async () => {
  registry = await openServingRegistry();
  person = await registry.person({ roles: ['clinician'], hospitals: 'all' });
  await registry.upload(fieldsModel);
  await registry.alias('vital-signs', 'production', '1.0.0');
  modelId =
    (await person.inject({ url: '/v1/models' })).json<{ models: { id: string }[] }>().models[0]?.id ?? '';
});
afterAll(() => registry.close());

const bytes = fc.uint8Array({ maxLength: 400 }).map((one) => Buffer.from(one));
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.constantFrom('', 'undefined', '-1', '1e999'),
);
const runs = { numRuns: 150 };

async function status(url: string, contentType: string, payload: Buffer | string): Promise<number> {
  const answer = await person.inject({
    method: 'POST',
    url,
    headers: { 'content-type': contentType },
    payload,
  });
  return answer.statusCode;
}

const refusals = [400, 404, 413, 415, 422];

it('takes any body of a prediction', async () => {
  const tensor = fc.record(
    {
      name: fc.oneof(fc.constant('fields'), text),
      shape: fc.oneof(fc.constant([4]), fc.array(fc.integer(), { maxLength: 5 }), fc.anything()),
      datatype: fc.oneof(fc.constant('FP32'), text),
      data: fc.oneof(fc.array(fc.double(), { maxLength: 6 }), fc.array(fc.anything()), fc.anything()),
    },
    { requiredKeys: [] },
  );
  const body = fc.oneof(
    bytes,
    fc.json(),
    fc.record({ inputs: fc.array(tensor, { maxLength: 3 }), id: fc.anything() }).map((one) => {
      try {
        return JSON.stringify(one) ?? '';
      } catch {
        return '';
      }
    }),
  );
  await fc.assert(
    fc.asyncProperty(body, async (payload) => {
      expect([200, ...refusals]).toContain(
        await status('/v2/models/vital-signs/infer', 'application/json', payload),
      );
    }),
    runs,
  );
});

it('takes any table, and answers it to its end', async () => {
  const table = fc.oneof(
    bytes,
    fc
      .array(fc.array(text, { maxLength: 4 }), { maxLength: 6 })
      .map((rows) => `age,spo2\n${rows.map((row) => row.join(',')).join('\n')}`),
  );
  await fc.assert(
    fc.asyncProperty(table, async (payload) => {
      expect([200, ...refusals]).toContain(
        await status('/v2/models/vital-signs/versions/1.0.0/batch', 'text/csv', payload),
      );
    }),
    runs,
  );
});

it('takes any form', async () => {
  const names = ['model_id', 'rgh', 'age', 'aceite', 'sustentada', 'frase', '__proto__', 'other'];
  const part = fc.record({ name: fc.constantFrom(...names), value: text, isFile: fc.boolean() });
  const form = fc
    .record({ parts: fc.array(part, { maxLength: 6 }), cut: fc.nat(80), isCut: fc.boolean() })
    .map(({ parts, cut, isCut }) => {
      const all = [{ name: 'model_id', value: modelId, isFile: false }, ...parts].map(
        ({ name, value, isFile }) =>
          `--x\r\ncontent-disposition: form-data; name="${name}"${isFile ? '; filename="f"' : ''}\r\n\r\n${value}\r\n`,
      );
      const whole = `${all.join('')}--x--\r\n`;
      return isCut ? whole.slice(0, -cut - 1) : whole;
    });
  await fc.assert(
    fc.asyncProperty(fc.oneof(form, bytes), async (payload) => {
      const url = `/v1/users/${person.accountId}/inferences`;
      expect([200, ...refusals]).toContain(await status(url, 'multipart/form-data; boundary=x', payload));
    }),
    runs,
  );
});

it('takes any package', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 3000 }), async (payload) => {
      const url = `/api/models?keyId=${registry.world.signing.modelKeys[0]?.keyId ?? ''}&signature=${'A'.repeat(86)}`;
      const answer = await registry.it.inject({
        method: 'POST',
        url,
        headers: { 'content-type': 'application/x-tar' },
        payload: Buffer.from(payload),
      });
      expect(refusals).toContain(answer.statusCode);
    }),
    runs,
  );
});
