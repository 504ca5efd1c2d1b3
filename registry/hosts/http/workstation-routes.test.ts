import { createHmac, randomUUID } from 'node:crypto';
import type { InjectOptions } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readCode, keyFingerprint } from '../../../contract/registry/enrolment-code.ts';
import type { HospitalId } from '../../../contract/registry/ids.ts';
import { enrolAnswerSchema, helloAnswerSchema, syncPaths } from '../../../contract/registry/sync.ts';
import { makePrivateKey, namedKey } from '../../adapters/keys/keys.ts';
import { answerKeySha256 } from '../../app/workstations/workstations.ts';
import { publishModelKeys } from '../../app/workstations/publish-model-keys.ts';
import {
  encoded,
  openTwinRegistry,
  proven,
  type TwinRegistry,
  type TwinWorkstation,
} from './twin-registry.ts';

let registry: TwinRegistry;
let hospital: HospitalId;

beforeEach(async () => {
  registry = await openTwinRegistry({
    plugins: [
      ...(await import('./plugins.ts')).plugins,
      (app, tools) => {
        app.post('/sync/v1/echo', tools.allow('sync.send'), (request) => ({ body: request.body ?? null }));
        app.get('/sync/v1/echo', tools.allow('sync.feed'), (request) => ({
          caller: tools.call(request).caller,
        }));
      },
    ],
  });
  hospital = await registry.hospital('North');
});
afterEach(() => registry.close());

const newKey = () => namedKey(makePrivateKey()).publicKey;

async function invite(validHours = 24): Promise<string> {
  const it = await registry.person({ roles: ['it'], hospitals: [hospital] });
  const answer = await it.inject({
    method: 'POST',
    url: `/api/hospitals/${hospital}/enrolment-codes`,
    payload: { validHours },
  });
  expect(answer.statusCode).toBe(200);
  return answer.json<{ code: string }>().code;
}

function enrol(code: string, publicKey = newKey()) {
  return registry.app.inject({
    method: 'POST',
    url: syncPaths.enrol,
    payload: { code, name: 'Ward 3', publicKey, appVersion: '0.1.0' },
  });
}

it('says hello to anybody', async () => {
  const answer = await registry.app.inject({ url: syncPaths.hello });
  expect(helloAnswerSchema.parse(answer.json())).toEqual({
    registryId: registry.world.registryId,
    serverTime: new Date(registry.world.clock.now()).toISOString(),
    apiVersion: 1,
  });
});

describe('enrolment', () => {
  it('takes a workstation in by a code that fingerprints the registry', async () => {
    const code = await invite();
    expect(readCode(code)?.fingerprint).toBe(keyFingerprint(answerKeySha256(registry.world)));
    const answer = enrolAnswerSchema.parse((await enrol(code.toLowerCase())).json());
    expect(answer).toMatchObject({
      registryId: registry.world.registryId,
      hospital: { id: hospital, name: 'North' },
      answerKey: registry.world.signing.answerKey,
    });
  });

  it('uses a code once, even when fifty ask at the same moment', async () => {
    const code = await invite();
    const answers = await Promise.all(Array.from({ length: 50 }, () => enrol(code)));
    expect(answers.filter(({ statusCode }) => statusCode === 200)).toHaveLength(1);
    expect(await registry.world.store.read((reader) => reader.count('workstations', {}))).toBe(1);
  });

  it('answers a workstation that asks again, because its answer was lost, as before', async () => {
    const [code, key] = [await invite(), newKey()];
    const first = (await enrol(code, key)).json<{ workstationId: string }>();
    registry.world.clock.advance(60_000);
    const again = (await enrol(code, key)).json<{ workstationId: string }>();
    expect(again.workstationId).toBe(first.workstationId);
  });

  it.each([
    ['wrong', () => Promise.resolve('01234-56789-ABCDE-FGHJK')],
    [
      'too old',
      async () => {
        const code = await invite(1);
        registry.world.clock.advance(3_600_000);
        return code;
      },
    ],
    [
      'used by another',
      async () => {
        const code = await invite();
        await enrol(code);
        return code;
      },
    ],
  ])('is refused, and audited, with a code that is %s', async (_, code) => {
    const answer = await enrol(await code());
    expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([401, 'wrong-credentials']);
    const refusals = await registry.world.store.read((reader) =>
      reader.find('audit', { where: { outcome: 'refused' } }),
    );
    expect(refusals.map(({ action }) => action)).toEqual(['workstations.enrol']);
  });

  it('never gives a revoked workstation’s key a second life', async () => {
    const key = newKey();
    const { workstationId } = (await enrol(await invite(), key)).json<{ workstationId: string }>();
    const it = await registry.person({ roles: ['it'], hospitals: [hospital] });
    await it.inject({ method: 'POST', url: `/api/workstations/${workstationId}/revoke` });
    expect((await enrol(await invite(), key)).statusCode).toBe(401);
  });

  it('keeps no code in clear', async () => {
    const code = await invite();
    const rows = await registry.world.store.read(async (reader) => [
      await reader.find('codes', {}),
      await reader.find('audit', {}),
    ]);
    expect(JSON.stringify(rows)).not.toContain(code);
  });
});

describe('a proof', () => {
  let workstation: TwinWorkstation;
  beforeEach(async () => {
    workstation = await registry.workstation(hospital);
  });
  const post: InjectOptions = { method: 'POST', url: '/sync/v1/echo', payload: { a: 1 } };
  const call = (more: Partial<Parameters<typeof proven>[1]> = {}, change: Partial<InjectOptions> = {}) => {
    const { workstationId, key } = workstation;
    const request = proven(registry.world, { workstationId, key, request: post, ...more });
    return registry.app.inject({ ...request, ...change });
  };

  it('makes the caller that workstation, of its hospital', async () => {
    const answer = await workstation.inject({ url: '/sync/v1/echo' });
    expect(answer.json()).toEqual({
      caller: {
        kind: 'workstation',
        workstationId: workstation.workstationId,
        hospitalId: hospital,
        formerHospitals: [],
      },
    });
    expect((await call()).json()).toEqual({ body: { a: 1 } });
  });

  it.each<[string, Parameters<typeof call>]>([
    ['another method', [{ claims: { htm: 'PUT' } }]],
    ['another path', [{ claims: { htu: '/sync/v1/items' } }]],
    ['the path without its query', [{}, { url: '/sync/v1/echo?after=1' }]],
    ['another body', [{}, { payload: '{"a":2}' }]],
    ['no body', [{ claims: { bodySha256: undefined } }]],
    ['another registry', [{ claims: { aud: '019d0000-0000-7000-8000-00000000000a' } }]],
    ['another call', [{ claims: { jti: randomUUID() } }]],
    ['another workstation', [{ claims: { iss: '019d0000-0000-7000-8000-00000000000a' } }]],
    ['more than it should', [{ claims: { admin: true } }]],
    ['no algorithm', [{ header: { alg: 'none' }, sign: () => '' }]],
    ['another key', [{ key: makePrivateKey() }]],
    [
      'a secret that everybody knows',
      [
        {
          header: { alg: 'HS256' },
          sign: (text) => createHmac('sha256', 'public').update(text).digest('base64url'),
        },
      ],
    ],
  ])('is refused when it is for %s', async (_, arguments_) => {
    const answer = await call(...arguments_);
    expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([401, 'not-authenticated']);
    expect(answer.headers['spira-signature']).toBeDefined();
  });

  it('is refused when it is nonsense', async () => {
    const answer = await registry.app.inject({
      url: '/sync/v1/echo',
      headers: { authorization: `Workstation ${encoded({})}` },
    });
    expect(answer.statusCode).toBe(401);
  });

  it.each([
    [-301, 'clock-skew'],
    [-299, undefined],
    [299, undefined],
    [301, 'clock-skew'],
  ])('dated %i s off is met with %s and the registry’s time', async (seconds, code) => {
    const nowS = Math.floor(registry.world.clock.now() / 1000);
    const body = (await call({ claims: { iat: nowS + seconds } })).json<{
      code?: string;
      serverTime?: string;
    }>();
    expect(body.code).toBe(code);
    if (code !== undefined) expect(body.serverTime).toBe(new Date(registry.world.clock.now()).toISOString());
  });

  it('is worth nothing once the workstation is revoked, and says so', async () => {
    const it = await registry.person({ roles: ['it'], hospitals: [hospital] });
    const revoke = () =>
      it.inject({ method: 'POST', url: `/api/workstations/${workstation.workstationId}/revoke` });
    const { revokedAt } = (await revoke()).json<{ revokedAt: string }>();
    const answer = await call();
    expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([403, 'workstation-revoked']);
    registry.world.clock.advance(1000);
    expect((await revoke()).json<{ revokedAt: string }>().revokedAt).toBe(revokedAt);
    // Who does not hold the key learns nothing.
    expect((await call({ key: makePrivateKey() })).json<{ code: string }>().code).toBe('not-authenticated');
  });

  it('notes when the workstation was seen, once a minute at most', async () => {
    const seen = async () =>
      (await registry.world.store.read((reader) => reader.get('workstations', workstation.workstationId)))
        ?.lastSeenAt;
    const { clock } = registry.world;
    const start = new Date(clock.now()).toISOString();
    await call();
    expect(await seen()).toBe(start);
    clock.advance(59_000);
    await call();
    expect(await seen()).toBe(start);
    clock.advance(1000);
    await call();
    expect(await seen()).toBe(new Date(clock.now()).toISOString());
  });

  it('is not counted against the address that all of a hospital share', async () => {
    await registry.close();
    registry = await openTwinRegistry({
      settings: { requestsPerMinute: 1, signInsPerMinute: 2 },
      plugins: [(app, tools) => void app.get('/sync/v1/echo', tools.allow('sync.feed'), () => ({}))],
    });
    const other = await registry.workstation(await registry.hospital('North'));
    for (let calls = 0; calls < 5; calls += 1) {
      expect((await other.inject({ url: '/sync/v1/echo' })).statusCode).toBe(200);
    }
    const forged = {
      workstationId: other.workstationId,
      key: makePrivateKey(),
      request: { url: '/sync/v1/echo' },
    };
    const states = [];
    for (let calls = 0; calls < 3; calls += 1) {
      states.push((await registry.app.inject(proven(registry.world, forged))).statusCode);
    }
    expect(states).toEqual([401, 401, 429]);
    expect((await other.inject({ url: '/sync/v1/echo' })).statusCode).toBe(200);
  });
});

it('fills no audit trail for a client that hammers, and loses no count', async () => {
  for (let calls = 0; calls < 50; calls += 1) await registry.app.inject({ url: '/sync/v1/echo' });
  const refusals = () =>
    registry.world.store.read((reader) => reader.find('audit', { where: { outcome: 'refused' } }));
  expect(await refusals()).toHaveLength(1);
  await registry.app.close();
  const times = (await refusals()).map(({ details }) => (details as { times: number }).times);
  expect(times).toEqual([1, 49]);
});

it('tells workstations once who may sign models, and again when that changes', async () => {
  const { world } = registry;
  const told = () => world.store.read((reader) => reader.find('changes', { where: { kind: 'model-keys' } }));
  await publishModelKeys(world);
  await publishModelKeys(world);
  expect((await told()).map(({ content }) => content)).toEqual([{ keys: [] }]);
  const before = (await told())[0]?.sequence ?? 0;
  const key = namedKey(makePrivateKey());
  await publishModelKeys({ ...world, signing: { ...world.signing, modelKeys: [key] } });
  const [after] = await told();
  expect(after?.content).toEqual({ keys: [key] });
  expect(after?.sequence).toBeGreaterThan(before);
});
