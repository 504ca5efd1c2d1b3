import { createHash, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { get } from 'node:https';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { routes } from '../../../contract/registry/routes.ts';
import { v1Routes } from '../../../contract/registry/v1.ts';
import { v2Routes } from '../../../contract/registry/v2.ts';
import { answerSigningText, askSignatureHeader } from '../../../contract/registry/sync.ts';
import { createAccount } from '../../app/people/manage-accounts.ts';
import { memoryWorld, type MemoryWorld } from '../../app/world.memory.ts';
import { StoreFailure } from '../../ports/store.ts';
import { createMetrics } from './metrics.ts';
import { createRegistryHttp, type HttpSettings, type RegistryHttp } from './server.ts';

const settings: HttpSettings = {
  requestsPerMinute: 10_000,
  signInsPerMinute: 10_000,
  trustProxy: false,
  metricsToken: 'a metrics token',
  tls: null,
  appVersion: '0.0.0',
};
const requestId = '7b1f1f9e-2f0a-4c8e-9b57-0c5f8a0d1e2f';
const password = 'cavalo bateria grampo';

let world: MemoryWorld;
let http: RegistryHttp;
let app: FastifyInstance;

async function open(
  change: Partial<HttpSettings> = {},
  worldChange: Partial<MemoryWorld> = {},
): Promise<void> {
  world = { ...memoryWorld(), ...worldChange };
  http = await createRegistryHttp({
    world,
    settings: { ...settings, ...change },
    metrics: createMetrics(world.queue),
  });
  ({ app } = http);
}

beforeEach(() => open());
afterEach(() => app.close());

async function makeAccount(): Promise<string> {
  const made = await createAccount(
    {
      world,
      requestId,
      caller: {
        kind: 'account',
        accountId: '019d0000-0000-7000-8000-000000000001' as never,
        username: 'root',
        roles: ['it'],
        hospitals: 'all',
      },
    },
    {
      username: 'Ana',
      displayName: 'Ana',
      email: null,
      roles: ['researcher'],
      hospitals: 'all',
      language: 'pt-BR',
      password,
    },
  );
  if (!made.ok) throw new Error(made.problem.detail);
  return made.value.id;
}

const form = (fields: Record<string, string>) => ({
  method: 'POST' as const,
  url: '/oauth/token',
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  payload: new URLSearchParams(fields).toString(),
});

describe('a refusal', () => {
  it('says what, by code, and which call', async () => {
    const answer = await app.inject({ url: '/api/account', headers: { 'x-request-id': requestId } });
    expect(answer.statusCode).toBe(401);
    expect(answer.json()).toEqual({
      detail: 'could not validate the credentials',
      code: 'not-authenticated',
      requestId,
    });
    expect(answer.headers['x-request-id']).toBe(requestId);
    expect(answer.headers['www-authenticate']).toBe('Bearer');
  });

  it('names a path that is nowhere, and a method that is not there', async () => {
    const nowhere = await app.inject({ url: '/api/nothing' });
    expect([nowhere.statusCode, nowhere.json<{ code: string }>().code]).toEqual([404, 'not-found']);
    const wrong = await app.inject({ method: 'DELETE', url: '/api/account?x=1' });
    expect([wrong.statusCode, wrong.json<{ code: string }>().code]).toEqual([405, 'method-not-allowed']);
    expect(wrong.headers.allow).toBe('GET');
  });

  it('names the field that is wrong and never quotes it', async () => {
    const answer = await app.inject({
      method: 'POST',
      url: '/api/first-account',
      payload: { setupCode: 'x', username: 'a secret typed here', displayName: 'Ana', password: 'short' },
    });
    expect(answer.statusCode).toBe(400);
    expect(answer.json<{ facts: unknown }>().facts).toEqual({
      field: 'body.username',
      rule: 'invalid_format',
    });
    expect(answer.body).not.toContain('secret');
  });

  it.each([
    ['JSON that ends early', 'application/json', '{"a":', 400, 'invalid-input'],
    [
      'a body that would change prototypes',
      'application/json',
      '{"__proto__":{"a":1}}',
      400,
      'invalid-input',
    ],
    ['a content type that nobody reads', 'text/xml', '<a/>', 415, 'unsupported-media'],
    ['more than is taken', 'application/json', `"${'x'.repeat(1_100_000)}"`, 413, 'too-large'],
  ])('meets %s', async (_, contentType, payload, status, code) => {
    const answer = await app.inject({
      method: 'POST',
      url: '/api/first-account',
      headers: { 'content-type': contentType },
      payload,
    });
    expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([status, code]);
  });

  it('asks who calls before it reads what is said', async () => {
    const answer = await app.inject({
      method: 'POST',
      url: '/api/accounts',
      headers: { 'content-type': 'application/json' },
      payload: '{"broken',
    });
    expect(answer.statusCode).toBe(401);
  });

  it('is internal for a bug, which the log tells and the answer does not', async () => {
    const broken = {
      ...memoryWorld(),
      tokens: { ...world.tokens, read: () => Promise.reject(new Error('the bug')) },
    };
    const other = await createRegistryHttp({ world: broken, settings, metrics: createMetrics(broken.queue) });
    const answer = await other.app.inject({ url: '/api/account', headers: { authorization: 'Bearer x' } });
    await other.app.close();
    expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([500, 'internal']);
    expect(answer.body).not.toContain('bug');
    expect(
      broken.log.entries.filter(({ level }) => level === 'error').map(({ cause }) => String(cause)),
    ).toEqual(['Error: the bug']);
  });

  it('tells to come again when the database does not answer', async () => {
    await app.close();
    const failing = {
      ...memoryWorld().store,
      read: () => Promise.reject(new StoreFailure('unavailable', 'gone')),
    };
    await open({}, { store: failing });
    const token = await world.tokens.issue('x', world.clock.now() / 1000, 60);
    const answer = await app.inject({ url: '/api/account', headers: { authorization: `Bearer ${token}` } });
    expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([503, 'storage-unavailable']);
    expect(answer.headers['retry-after']).toBe('5');
  });
});

describe('a request id', () => {
  it.each([undefined, '', 'not a uuid', `${requestId}\u0000`])('is made where %j is none', async (given) => {
    const answer = await app.inject({
      url: '/healthz',
      headers: given === undefined ? {} : { 'x-request-id': given },
    });
    expect(answer.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/u);
    expect(answer.headers['x-request-id']).not.toBe(requestId);
  });
});

describe('tokens over OAuth', () => {
  it('come for a password, and name the account', async () => {
    const id = await makeAccount();
    const answer = await app.inject(
      form({ grant_type: 'password', username: 'ANA', password, client_id: 'x' }),
    );
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['cache-control']).toBe('no-store');
    const token = answer.json<{ id: string; access_token: string; token_type: string; expires_in: number }>();
    expect(token).toMatchObject({ id, token_type: 'bearer', expires_in: 1800 });
    const own = await app.inject({
      url: '/api/account/',
      headers: { authorization: `bearer ${token.access_token}` },
    });
    expect(own.json()).toMatchObject({ id, username: 'Ana' });
  });

  it.each([
    [{ grant_type: 'password', username: 'Ana', password: 'wrong password' }, 401, 'invalid_grant'],
    [{ grant_type: 'refresh_token', refresh_token: 'x' }, 401, 'invalid_grant'],
    [{ grant_type: 'password', username: 'Ana' }, 400, 'invalid_request'],
    [{ grant_type: 'client_credentials' }, 400, 'unsupported_grant_type'],
    [{}, 400, 'unsupported_grant_type'],
  ])('are refused for %j in the words of OAuth', async (fields, status, error) => {
    await makeAccount();
    const answer = await app.inject(form(fields as Record<string, string>));
    expect([answer.statusCode, answer.json<{ error: string }>().error]).toEqual([status, error]);
    expect(answer.headers['www-authenticate']).toBeUndefined();
  });

  it('take no form where JSON is asked for', async () => {
    const answer = await app.inject({ ...form({ username: 'x' }), url: '/api/first-account' });
    expect(answer.statusCode).toBe(415);
  });
});

describe('answers to workstations', () => {
  const verify = (
    path: string,
    method: string,
    answer: { statusCode: number; rawPayload: Buffer; headers: object },
  ) => {
    const header = String((answer.headers as Record<string, unknown>)['spira-signature']);
    const [keyId, signature = ''] = header.split('.');
    const text = answerSigningText({
      requestId,
      method,
      path,
      status: answer.statusCode,
      bodySha256: createHash('sha256').update(answer.rawPayload).digest('hex'),
    });
    const { answerKey } = world.signing;
    return keyId === answerKey.keyId && world.signing.verify(answerKey.publicKey, text, signature);
  };

  it.each([
    ['GET', '/sync/v1/hello?x=1', 200],
    ['GET', '/sync/v1/feed', 401],
    ['POST', '/sync/v1/enrolment', 400],
    ['GET', '/sync/v1/nothing', 404],
    ['PUT', '/sync/v1/hello', 405],
  ])('%s %s are signed, whatever they say', async (method, path, status) => {
    const answer = await app.inject({
      method: method as 'GET',
      url: path,
      headers: { 'x-request-id': requestId },
    });
    expect(answer.statusCode).toBe(status);
    expect(verify(path, method, answer)).toBe(true);
    expect(verify('/sync/v1/other', method, answer)).toBe(false);
  });

  it('are signed elsewhere only for who asks for it', async () => {
    const answer = await app.inject({ url: '/api/account' });
    expect(answer.headers['spira-signature']).toBeUndefined();
    const asked = await app.inject({
      url: '/api/account',
      headers: { 'x-request-id': requestId, [askSignatureHeader]: '1' },
    });
    expect(asked.statusCode).toBe(401);
    expect(verify('/api/account', 'GET', asked)).toBe(true);
  });
});

describe('limits', () => {
  it('hold per address, and tell when to come again', async () => {
    await app.close();
    await open({ requestsPerMinute: 2 });
    const from = (remoteAddress: string) => app.inject({ url: '/healthz', remoteAddress });
    const states = [
      await from('10.0.0.1'),
      await from('10.0.0.1'),
      await from('10.0.0.1'),
      await from('10.0.0.2'),
    ];
    expect(states.map(({ statusCode }) => statusCode)).toEqual([200, 200, 429, 200]);
    expect(Number(states[2]?.headers['retry-after'])).toBeGreaterThan(0);
    expect(states[2]?.json()).toMatchObject({ code: 'too-many-requests' });
  });

  it('are lower where passwords and codes can be guessed', async () => {
    await app.close();
    await open({ signInsPerMinute: 1 });
    const tries = [
      await app.inject(form({})),
      await app.inject(form({})),
      await app.inject({ url: '/healthz' }),
    ];
    expect(tries.map(({ statusCode }) => statusCode)).toEqual([400, 429, 200]);
  });

  it('count the client behind a proxy only where the proxy is trusted', async () => {
    const two = async () => {
      const answers = [];
      for (const client of ['1.1.1.1', '2.2.2.2']) {
        answers.push(
          await app.inject({
            url: '/healthz',
            remoteAddress: '10.0.0.1',
            headers: { 'x-forwarded-for': client },
          }),
        );
      }
      return answers.map(({ statusCode }) => statusCode);
    };
    await app.close();
    await open({ requestsPerMinute: 1, trustProxy: ['10.0.0.0/8'] });
    expect(await two()).toEqual([200, 200]);
    await app.close();
    await open({ requestsPerMinute: 1 });
    expect(await two()).toEqual([200, 429]);
  });
});

describe('for operators', () => {
  it('is ready while its parts answer, and names the part that does not', async () => {
    expect((await app.inject({ url: '/readyz' })).json()).toEqual({
      status: 'ok',
      checks: { store: 'ok', blobs: 'ok', queue: 'ok' },
    });
    await world.store.close();
    const answer = await app.inject({ url: '/readyz' });
    expect(answer.statusCode).toBe(503);
    expect(answer.json()).toEqual({
      status: 'not-ready',
      checks: { store: 'failing', blobs: 'ok', queue: 'ok' },
    });
  });

  it.each([
    ['this machine', '127.0.0.1', {}, 200],
    ['this machine over IPv6', '::1', {}, 200],
    ['elsewhere', '10.0.0.1', {}, 403],
    ['elsewhere through a proxy on this machine', '127.0.0.1', { 'x-forwarded-for': '10.0.0.1' }, 403],
    ['elsewhere with the token', '10.0.0.1', { authorization: 'Bearer a metrics token' }, 200],
    ['elsewhere with another token', '10.0.0.1', { authorization: 'Bearer a guess' }, 403],
  ])('shows its metrics to %s or not', async (_, remoteAddress, headers, status) => {
    const answer = await app.inject({ url: '/metrics', remoteAddress, headers });
    expect(answer.statusCode).toBe(status);
  });

  it('counts requests by route, not by path', async () => {
    await app.inject({ url: '/api/sessions/019d0000-0000-7000-8000-000000000001' });
    const { body } = await app.inject({ url: '/metrics' });
    expect(body).toMatch(
      /spira_http_request_seconds_count\{method="GET",route="\/api\/sessions\/:sessionId",status="401"\} 1/u,
    );
    expect(body).not.toContain('019d0000');
  });

  it('logs each answer without its query', async () => {
    await app.inject({ url: '/api/sessions?after=a-secret', headers: { 'x-request-id': requestId } });
    const entry = world.log.entries.find(({ event }) => event === 'request');
    expect(entry?.facts).toMatchObject({ method: 'GET', route: '/api/sessions', status: 401, requestId });
    expect(JSON.stringify(world.log.entries)).not.toContain('a-secret');
  });

  it('describes in OpenAPI what it mounts of the contract', async () => {
    const document = (await app.inject({ url: '/openapi.json' })).json<{
      paths: Record<string, Record<string, { operationId?: string }>>;
    }>();
    const described = Object.values(document.paths).flatMap((methods) =>
      Object.values(methods).flatMap(({ operationId }) => operationId ?? []),
    );
    expect(described.sort()).toEqual(
      Object.entries(routes)
        .filter(([, { method, path }]) =>
          http.mounted.some((one) => one.method === method && one.url === path),
        )
        .map(([name]) => name)
        .sort(),
    );
  });

  it('describes of every route what comes of it when it succeeds', async () => {
    const { paths } = (await app.inject({ url: '/openapi.json' })).json<{
      paths: Record<string, Record<string, { responses: object }>>;
    }>();
    const silent = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods)
        .filter(([, { responses }]) => !Object.keys(responses).some((status) => status.startsWith('2')))
        .map(([method]) => `${method} ${path}`),
    );
    expect(silent).toEqual([]);
  });

  it('describes no pattern that only JavaScript reads', async () => {
    const { body } = await app.inject({ url: '/openapi.json' });
    expect(body).toContain('"pattern":"^[0-9a-f]{64}$"');
    expect(body).not.toMatch(/"pattern":"[^"]*\\p\{/u);
  });
});

it.each([...Object.values(v1Routes), ...Object.values(v2Routes)])(
  'describes $method $path with what it takes and gives',
  async ({ method, path }) => {
    const document = (await app.inject({ url: '/openapi.json' })).json<{
      paths: Record<string, Record<string, { requestBody?: object; responses: Record<string, object> }>>;
    }>();
    const described = document.paths[path.replace(/:([a-z_]+)/gu, '{$1}')]?.[method.toLowerCase()];
    expect(described?.responses['200']).toHaveProperty('content');
    if (method === 'POST') expect(described).toHaveProperty('requestBody.content');
  },
);

it('describes what each address for workstations gives, and how it refuses', async () => {
  const described = (await app.inject({ url: '/openapi.json' })).json<{
    paths: Record<string, Record<string, { responses: Record<string, object>; security?: object }>>;
  }>();
  const operations = Object.entries(described.paths).filter(([path]) => path.startsWith('/sync/v1/'));
  expect(operations.length).toBeGreaterThan(5);
  for (const [path, methods] of operations)
    for (const [method, { responses, security }] of Object.entries(methods)) {
      const isOpen = method === 'options' || /\/(?:hello|enrolment)$/u.test(path);
      const one = [path, method, Object.keys(responses).at(-1), security];
      expect(one).toEqual([path, method, '4XX', isOpen ? [] : [{ workstation: [] }]]);
    }
});

it('refuses to mount a route that names no action', async () => {
  await expect(
    createRegistryHttp({
      world,
      settings,
      metrics: createMetrics(world.queue),
      plugins: [(scope) => void scope.get('/open', () => ({}))],
    }),
  ).rejects.toThrow(/names no action/u);
});

it('takes every address with and without a slash at its end', async () => {
  const answers = await Promise.all(['/healthz', '/healthz/'].map((url) => app.inject({ url })));
  expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200]);
});

it('speaks TLS by itself with a certificate, and nothing older than 1.2', async () => {
  await app.close();
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const certificate = selfSigned(privateKey, publicKey);
  await open({ tls: { certificate, key: String(privateKey.export({ type: 'pkcs8', format: 'pem' })) } });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const options = {
    host: '127.0.0.1',
    port,
    path: '/healthz',
    ca: certificate,
    servername: 'localhost',
    agent: false,
  };
  const [answer] = (await once(get(options), 'response')) as [IncomingMessage];
  answer.resume();
  expect(answer.statusCode).toBe(200);
  expect(answer.headers['strict-transport-security']).toBeDefined();
  const old = get({ ...options, maxVersion: 'TLSv1.1', minVersion: 'TLSv1' });
  await expect(once(old, 'response')).rejects.toThrow();
});

/** The least certificate (X.509 version 1) that names localhost. */
function selfSigned(privateKey: KeyObject, publicKey: KeyObject): string {
  const der = (tag: number, ...parts: readonly Uint8Array[]): Buffer => {
    const content = Buffer.concat(parts);
    const { length } = content;
    const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
    return Buffer.concat([Buffer.from([tag, ...size]), content]);
  };
  const [sequence, text, time] = [0x30, 0x0c, 0x17];
  // ecdsa-with-SHA256 (RFC 5758); commonName (RFC 5280, appendix A).
  const algorithm = der(sequence, der(0x06, Buffer.from('2a8648ce3d040302', 'hex')));
  const name = der(
    sequence,
    der(0x31, der(sequence, der(0x06, Buffer.from('550403', 'hex')), der(text, Buffer.from('localhost')))),
  );
  const validity = der(
    sequence,
    ...['200101000000Z', '491231235959Z'].map((instant) => der(time, Buffer.from(instant))),
  );
  const content = der(
    sequence,
    der(0x02, Buffer.from([1])),
    algorithm,
    name,
    validity,
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
  );
  const signature = der(0x03, Buffer.from([0]), sign('sha256', content, privateKey));
  const base64 = der(sequence, content, algorithm, signature).toString('base64');
  return `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`;
}
