import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { LightMyRequestResponse } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HospitalId } from '../../../contract/registry/ids.ts';
import {
  fieldsModel,
  openServingRegistry,
  vowelModel,
  type ServingRegistry,
} from './fixtures/serving-registry.ts';
import type { TwinWorkstation } from './twin-registry.ts';

const graphOf = (name: string): Buffer =>
  readFileSync(fileURLToPath(new URL(`../../../native/onnx/fixtures/${name}.onnx`, import.meta.url)));

let registry: ServingRegistry;
let workstation: TwinWorkstation;
let hospitalId: HospitalId;
beforeAll(async () => {
  registry = await openServingRegistry();
  hospitalId = await registry.hospital('Hospital');
  workstation = await registry.workstation(hospitalId);
});
afterAll(() => registry.close());

const refusal = (answer: LightMyRequestResponse): unknown => {
  const { code, facts } = answer.json<{ code?: string; facts?: object }>();
  return { status: answer.statusCode, code, ...facts };
};
type Manifest = Record<string, unknown> & { files: { path: string; sha256: string; sizeBytes: number }[] };
/** The manifest under another version, with another graph. */
const withGraph =
  (version: string, bytes: Uint8Array) =>
  (original: Record<string, unknown>): object => ({
    ...original,
    version,
    files: (original as Manifest).files.map((file) =>
      file.path === 'model.onnx'
        ? { ...file, sha256: createHash('sha256').update(bytes).digest('hex'), sizeBytes: bytes.length }
        : file,
    ),
  });

describe('a model that is uploaded', () => {
  it('is kept when it is signed, whole, and gives its golden scores here', async () => {
    const answer = await registry.upload(vowelModel);
    expect(answer.statusCode).toBe(200);
    const model = answer.json<Record<string, unknown>>();
    const manifest = readFileSync(join(vowelModel, 'manifest.json'));
    expect(model).toMatchObject({
      name: 'sustained-vowel-demonstration',
      version: '1.0.0',
      sha256: createHash('sha256').update(manifest).digest('hex'),
      aliases: [],
    });
    const list = await registry.it.inject({ url: '/api/models' });
    expect(list.json()).toEqual({ models: [model] });
    const again = await registry.upload(vowelModel);
    expect([again.statusCode, again.json()]).toEqual([200, model]);
  });

  it('never changes under its name and version', async () => {
    const answer = await registry.upload(vowelModel, {
      manifest: (manifest) => ({ ...manifest, codeVersion: 'another' }),
    });
    expect(refusal(answer)).toMatchObject({ status: 409, code: 'conflict', version: '1.0.0' });
  });

  it.each<[string, Parameters<ServingRegistry['upload']>[1], object]>([
    ['its signature is of another manifest', { signature: 'A'.repeat(86) }, { reason: 'signature' }],
    ['its key is not one of the registry’s', { keyId: '0123456789abcdef' }, { reason: 'unknown-key' }],
    [
      'a file is not what the manifest lists',
      { files: { 'card.md': 'x' } },
      { problem: 'model-damaged', file: 'card.md' },
    ],
    [
      'its golden scores are not reproduced',
      {
        manifest: (manifest) => ({
          ...manifest,
          version: '2.0.0',
          golden: (manifest as unknown as { golden: object[] }).golden.map((golden) => ({
            ...golden,
            scores: [0.5, 0.502],
          })),
        }),
      },
      { problem: 'model-golden-mismatch', golden: 'steady' },
    ],
    [
      'its weights lie outside the folder',
      {
        manifest: withGraph('2.0.1', graphOf('external-nested')),
        files: { 'model.onnx': graphOf('external-nested') },
      },
      { problem: 'engine-load-failed' },
    ],
    [
      'it asks for an operator that the runtime has not',
      {
        manifest: withGraph('2.0.2', graphOf('unknown-operator')),
        files: { 'model.onnx': graphOf('unknown-operator') },
      },
      { problem: 'engine-load-failed' },
    ],
    [
      'its graph takes other inputs than it says',
      { manifest: withGraph('2.0.3', graphOf('root')), files: { 'model.onnx': graphOf('root') } },
      { problem: 'engine-run-failed' },
    ],
  ])('is refused when %s', async (_what, changes, facts) => {
    expect(refusal(await registry.upload(fieldsModel, changes))).toMatchObject({
      status: 422,
      code: 'model-refused',
      ...facts,
    });
  });

  it.each<[string, object]>([
    ['respiratoryInsufficiency', { reason: 'asks-for-label', key: 'respiratoryInsufficiency' }],
    ['rgh', { reason: 'asks-for-record-number', key: 'rgh' }],
  ])('defect 12: is refused when it asks for %s', async (key, facts) => {
    const answer = await registry.upload(fieldsModel, {
      manifest: (manifest) => ({
        ...manifest,
        version: '3.0.0',
        input: {
          ...(manifest['input'] as object),
          fields: (manifest['input'] as { fields: { key: string }[] }).fields.map((field, index) =>
            index === 0 ? { ...field, key } : field,
          ),
        },
      }),
    });
    expect(refusal(answer)).toMatchObject({ code: 'model-refused', ...facts });
  });

  it('defect 12: is refused when it would hear the spoken consent', async () => {
    const answer = await registry.upload(vowelModel, {
      manifest: (manifest) => {
        const text = JSON.stringify({ ...manifest, version: '3.0.0' }).replaceAll('"sustentada"', '"aceite"');
        return JSON.parse(text) as object;
      },
    });
    expect(refusal(answer)).toMatchObject({ code: 'model-refused', reason: 'asks-for-consent' });
  });

  it('is refused when it is larger than the registry takes', async () => {
    const large = Buffer.alloc(9 * 1024 * 1024);
    expect(refusal(await registry.upload(fieldsModel, { files: { 'card.md': large } }))).toMatchObject({
      status: 413,
      code: 'too-large',
    });
  });
});

describe('a model package', () => {
  const url = '/api/models/sustained-vowel-demonstration/versions/1.0.0/package';

  it('is given to researchers as it is stored, and to nobody who only reads lists', async () => {
    await registry.upload(vowelModel);
    const { models } = (await registry.it.inject({ url: '/api/models' })).json<{
      models: { name: string; packageSha256: string; packageBytes: number }[];
    }>();
    const model = models.find(({ name }) => name === 'sustained-vowel-demonstration')!;
    const researcher = await registry.person({ roles: ['researcher'], hospitals: [hospitalId] });
    const answer = await researcher.inject({ url });
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['content-type']).toBe('application/x-tar');
    expect(answer.rawPayload).toHaveLength(model.packageBytes);
    expect(createHash('sha256').update(answer.rawPayload).digest('hex')).toBe(model.packageSha256);
    const part = await researcher.inject({ url, headers: { range: 'bytes=512-1023' } });
    expect(part.statusCode).toBe(206);
    expect(part.rawPayload).toEqual(answer.rawPayload.subarray(512, 1024));
    const clinician = await registry.person({ roles: ['clinician'], hospitals: [hospitalId] });
    expect((await clinician.inject({ url })).statusCode).toBe(403);
    expect((await researcher.inject({ url: url.replace('1.0.0', '9.9.9') })).statusCode).toBe(404);
  });
});

describe('an alias', () => {
  const history = async (at?: string): Promise<Record<string, unknown>[]> => {
    const query = at === undefined ? '' : `?at=${encodeURIComponent(at)}`;
    const answer = await registry.it.inject({
      url: `/api/models/vital-signs/aliases/production/history${query}`,
    });
    return answer.json<{ history: Record<string, unknown>[] }>().history;
  };

  it('says who pointed it where, when and why, and what was in force at any instant', async () => {
    await registry.upload(fieldsModel);
    await registry.upload(fieldsModel, { manifest: (manifest) => ({ ...manifest, version: '1.1.0' }) });
    const clock = registry.world.clock;
    const times: string[] = [];
    for (const version of ['1.0.0', '1.1.0', null, '1.0.0']) {
      clock.advance(60_000);
      times.push(new Date(clock.now()).toISOString());
      expect((await registry.alias('vital-signs', 'production', version)).statusCode).toBe(200);
    }
    const whole = await history();
    expect(whole.map(({ version, at, why }) => ({ version, at, why }))).toEqual(
      ['1.0.0', null, '1.1.0', '1.0.0'].map((version, index) => ({
        version,
        at: times[3 - index],
        why: 'for a test',
      })),
    );
    const between = new Date(Date.parse(times[1] ?? '') + 30_000).toISOString();
    expect((await history(between)).map(({ version }) => version)).toEqual(['1.1.0']);
    expect(await history(new Date(Date.parse(times[0] ?? '') - 1).toISOString())).toEqual([]);
    const list = await registry.it.inject({ url: '/api/models' });
    const models = list.json<{ models: { version: string; aliases: string[] }[] }>().models;
    expect(models.map(({ version, aliases }) => [version, aliases])).toContainEqual([
      '1.0.0',
      ['production'],
    ]);
  });

  it('keeps its order when the clock is set back', async () => {
    registry.world.clock.setWallClock(registry.world.clock.now() - 3_600_000);
    await registry.alias('vital-signs', 'production', '1.1.0');
    const [latest, before] = await history();
    expect(latest).toMatchObject({ version: '1.1.0', at: before?.['at'] });
    expect((await history(String(latest?.['at']))).map(({ version }) => version)).toEqual(['1.1.0']);
    registry.world.clock.setWallClock(registry.world.clock.now() + 3_600_000);
  });

  it('points at versions that there are, and changes nothing when it is set again', async () => {
    expect((await registry.alias('vital-signs', 'production', '9.9.9')).statusCode).toBe(404);
    const before = await history();
    expect((await registry.alias('vital-signs', 'production', '1.1.0')).statusCode).toBe(200);
    expect(await history()).toEqual(before);
  });

  it('is told to every workstation, and so is its end', async () => {
    const changes = async (): Promise<{ kind: string; content: Record<string, unknown> }[]> =>
      (await workstation.inject({ url: '/sync/v1/feed?after=0' })).json<{ changes: never[] }>().changes;
    await registry.alias('sustained-vowel-demonstration', 'staging', '1.0.0');
    expect((await changes()).at(-1)).toMatchObject({
      kind: 'model-offer',
      content: { alias: 'staging', name: 'sustained-vowel-demonstration', version: '1.0.0' },
    });
    await registry.alias('sustained-vowel-demonstration', 'staging', null);
    expect((await changes()).at(-1)).toMatchObject({
      kind: 'model-withdrawn',
      content: { alias: 'staging', name: 'sustained-vowel-demonstration' },
    });
  });
});

describe('the package of a model', () => {
  const fetchPackage = async (range?: string, ifRange?: string) => {
    const list = await registry.it.inject({ url: '/api/models' });
    const [model] = list
      .json<{ models: { name: string; sha256: string; packageSha256: string; packageBytes: number }[] }>()
      .models.filter(({ name }) => name === 'sustained-vowel-demonstration');
    const answer = await workstation.inject({
      url: `/sync/v1/models/${model?.sha256 ?? ''}/package`,
      headers: {
        ...(range === undefined ? {} : { range }),
        ...(ifRange === undefined ? {} : { 'if-range': ifRange }),
      },
    });
    return { model, answer };
  };

  it('is given whole, and in ranges that fit together', async () => {
    const { model, answer } = await fetchPackage();
    const whole = answer.rawPayload;
    expect([answer.statusCode, whole.length]).toEqual([200, model?.packageBytes]);
    expect(createHash('sha256').update(whole).digest('hex')).toBe(model?.packageSha256);
    const etag = String(answer.headers['etag']);
    const parts = [await fetchPackage('bytes=0-999'), await fetchPackage('bytes=1000-', etag)];
    expect(parts.map((part) => part.answer.statusCode)).toEqual([206, 206]);
    expect(parts[0]?.answer.headers['content-range']).toBe(`bytes 0-999/${String(whole.length)}`);
    expect(Buffer.concat(parts.map((part) => part.answer.rawPayload)).equals(whole)).toBe(true);
    expect((await fetchPackage('bytes=-10')).answer.rawPayload.equals(whole.subarray(-10))).toBe(true);
  });

  it('is given whole where the range is of another package, and not at all beyond its end', async () => {
    expect((await fetchPackage('bytes=5-', '"another"')).answer.statusCode).toBe(200);
    expect((await fetchPackage('bytes=99999999-')).answer.statusCode).toBe(416);
    expect((await fetchPackage('lines=1-2')).answer.statusCode).toBe(200);
    const unknown = await workstation.inject({ url: `/sync/v1/models/${'a'.repeat(64)}/package` });
    expect(unknown.statusCode).toBe(404);
  });
});
