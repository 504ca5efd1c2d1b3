import { createHash, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { request as ask, type IncomingHttpHeaders } from 'node:http';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { Upload, type UploadOptions } from 'tus-js-client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { maximumUploadBytes, receiptAnswerSchema, syncPaths } from '../../../contract/registry/sync.ts';
import { encodeFlac } from '../../../native/audio/flac-encode.ts';
import {
  announce,
  makeSender,
  offerOf,
  uploadWorld,
  type Announced,
  type Sender,
} from '../../app/uploads/fixtures/upload-bench.ts';
import type { MemoryWorld } from '../../app/world.memory.ts';
import type { World } from '../../app/world.ts';
import { createAudioCheck } from '../../adapters/audio/audio-check.ts';
import { openDiskBlobs } from '../../adapters/disk/blobs.ts';
import { exampleWav } from '../../ports/audio-check.contract.ts';
import { packForTwin } from '../../ports/audio-check.memory.ts';
import { collect } from '../../ports/blobs.contract.ts';
import type { MemoryKey } from '../../ports/signing.memory.ts';
import { createMetrics } from './metrics.ts';
import { createRegistryHttp, type HttpSettings, type RegistryHttp } from './server.ts';
import { mountUploads } from './upload-routes.ts';

const settings: HttpSettings = {
  requestsPerMinute: 100_000,
  signInsPerMinute: 100,
  trustProxy: false,
  metricsToken: null,
  tls: null,
  appVersion: '0.0.0',
};
const hashing = {
  sha256: (data: string | Uint8Array) => createHash('sha256').update(data).digest('hex'),
  startSha256() {
    const hash = createHash('sha256');
    return { update: (data: Uint8Array) => void hash.update(data), end: () => hash.digest('hex') };
  },
};

let world: MemoryWorld;
let sender: Sender;
let key: MemoryKey;
let http: RegistryHttp;
let endpoint: string;
let port: number;

async function open(change: Partial<World> = {}): Promise<void> {
  world = { ...uploadWorld(hashing), ...(change as Partial<MemoryWorld>) };
  sender = makeSender(world);
  key = world.keys.makeKey();
  const { workstationId, hospitalId } = sender.caller;
  await world.store.write((transaction) =>
    transaction.insert('workstations', {
      id: workstationId,
      hospitalId,
      name: 'PC',
      publicKey: key.named.publicKey,
      enrolledAt: '2026-01-01T00:00:00.000Z',
      revokedAt: null,
      lastSeenAt: null,
      clockSkewMs: null,
      appVersion: null,
      formerHospitals: [],
    }),
  );
  const metrics = createMetrics(world.queue);
  http = await createRegistryHttp({ world, settings, metrics, handlers: {}, plugins: [mountUploads] });
  await http.app.listen({ host: '127.0.0.1', port: 0 });
  ({ port } = http.app.server.address() as AddressInfo);
  endpoint = `http://127.0.0.1:${String(port)}${syncPaths.uploads}`;
}

beforeEach(() => open());
afterEach(async () => {
  http.app.server.closeAllConnections();
  await http.app.close();
});

/** What a workstation puts before each of its calls. */
function proof(method: string, path: string, body?: string): Record<string, string> {
  const requestId = randomUUID();
  const claims = {
    iss: sender.caller.workstationId,
    aud: world.registryId,
    iat: Math.floor(world.clock.now() / 1000),
    jti: requestId,
    htm: method,
    htu: path,
    ...(body === undefined ? {} : { bodySha256: hashing.sha256(body) }),
  };
  return { authorization: `Workstation ${key.prove(claims)}`, 'x-request-id': requestId };
}

function metadataOf(announced: Announced, file: Uint8Array, take = 0): Record<string, string> {
  return { ...offerOf(world, announced, file, 'flac', take).metadata };
}

function encoded(metadata: Readonly<Record<string, string>>): string {
  return Object.entries(metadata)
    .map(([name, value]) => `${name} ${Buffer.from(value).toString('base64')}`)
    .join(',');
}

type Method = 'OPTIONS' | 'POST' | 'HEAD' | 'PATCH' | 'DELETE';

/** One call by the workstation; `headers` overrides what tus wants, undefined leaves it out. */
async function call(
  method: Method,
  url: string,
  headers: Readonly<Record<string, string | undefined>> = {},
  payload?: Uint8Array,
) {
  const all = { 'tus-resumable': '1.0.0', ...proof(method, url), ...headers };
  const given = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
  return http.app.inject({
    method,
    url,
    headers: given as Record<string, string>,
    ...(payload === undefined ? {} : { payload: Buffer.from(payload) }),
  });
}

const part = (offset: number) => ({
  'content-type': 'application/offset+octet-stream',
  'upload-offset': String(offset),
});

async function create(announced: Announced, file: Uint8Array): Promise<string> {
  const answer = await call('POST', syncPaths.uploads, {
    'upload-length': String(file.length),
    'upload-metadata': encoded(metadataOf(announced, file)),
  });
  expect([200, 201]).toContain(answer.statusCode);
  return String(answer.headers.location);
}

async function offsetAt(url: string): Promise<number> {
  const answer = await call('HEAD', url);
  expect(answer.statusCode).toBe(200);
  return Number(answer.headers['upload-offset']);
}

async function kept(announced: Announced): Promise<Uint8Array | undefined> {
  const row = await world.store.read((reader) => reader.get('takes', announced.takeIds[0]!));
  if (row?.state !== 'stored') return undefined;
  return collect((await world.blobs.get(row.blobKey!))!.chunks);
}

/** Sends the file by a client that nobody here wrote. */
function sendByTusClient(
  announced: Announced,
  file: Uint8Array,
  options: Partial<UploadOptions> = {},
): Promise<{ readonly requests: readonly string[] }> {
  const requests: string[] = [];
  return new Promise((resolve, reject) => {
    const upload = new Upload(Buffer.from(file), {
      endpoint,
      metadata: metadataOf(announced, file),
      retryDelays: Array.from({ length: 200 }, () => 0),
      storeFingerprintForResuming: false,
      onBeforeRequest(request) {
        const method = request.getMethod();
        requests.push(method);
        const headers = proof(method, new URL(request.getURL()).pathname);
        for (const [name, value] of Object.entries(headers)) request.setHeader(name, value);
      },
      onSuccess: () => resolve({ requests }),
      onError: reject,
      ...options,
    });
    upload.start();
  });
}

describe('a tus client of other people', () => {
  const wav = exampleWav(300_000);
  const file = packForTwin(wav);

  it('sends a recording', async () => {
    const announced = await announce(world, sender, [wav]);
    const { requests } = await sendByTusClient(announced, file);
    expect([requests, await kept(announced)]).toEqual([['POST', 'PATCH'], file]);
    const figures = await http.app.inject({ url: '/metrics' });
    expect(figures.body).toContain(`spira_uploaded_bytes_total ${String(file.length)}`);
    expect(figures.body).toContain('spira_uploads_total{outcome="stored"} 1');
  });

  it('sends it in pieces', async () => {
    const announced = await announce(world, sender, [wav]);
    const { requests } = await sendByTusClient(announced, file, { chunkSize: 100_000 });
    expect(requests).toEqual([
      'POST',
      ...Array.from({ length: Math.ceil(file.length / 100_000) }, () => 'PATCH'),
    ]);
    expect(await kept(announced)).toEqual(file);
  });

  it('sends it with its creation', async () => {
    const announced = await announce(world, sender, [wav]);
    const { requests } = await sendByTusClient(announced, file, { uploadDataDuringCreation: true });
    expect([requests, await kept(announced)]).toEqual([['POST'], file]);
  });

  it('goes on, without knowing of it, with what another program began', async () => {
    const announced = await announce(world, sender, [wav]);
    const url = await create(announced, file);
    await call('PATCH', url, part(0), file.subarray(0, 200_000));
    const { requests } = await sendByTusClient(announced, file);
    expect([requests, await kept(announced)]).toEqual([['POST', 'PATCH', 'HEAD', 'PATCH'], file]);
  });

  it('finds that nothing is left to send', async () => {
    const announced = await announce(world, sender, [wav]);
    await sendByTusClient(announced, file);
    const url = await create(announced, file);
    const { requests } = await sendByTusClient(announced, file, { uploadUrl: new URL(url, endpoint).href });
    expect(requests).toEqual(['HEAD']);
  });

  it('gives an upload up', async () => {
    const announced = await announce(world, sender, [wav]);
    const url = await create(announced, file);
    await Upload.terminate(new URL(url, endpoint).href, {
      onBeforeRequest(request) {
        for (const [name, value] of Object.entries(proof('DELETE', url))) request.setHeader(name, value);
      },
    });
    expect((await call('HEAD', url)).statusCode).toBe(404);
  });

  it('sends it over a line that is cut all the time, and no byte much more than once', async () => {
    const announced = await announce(world, sender, [wav]);
    const line = await cutLine(70_000);
    const { requests } = await sendByTusClient(announced, file, {
      endpoint: `http://127.0.0.1:${String(line.port)}${syncPaths.uploads}`,
    });
    const sent = line.passedBytes();
    await line.stop();
    expect(await kept(announced)).toEqual(file);
    expect(requests.filter((method) => method === 'PATCH').length).toBeGreaterThan(5);
    // Headers of every request count too.
    expect(sent).toBeLessThan(file.length + requests.length * 2000);
  }, 60_000);
});

/** A line between client and registry that breaks after so many bytes, each time. */
async function cutLine(everyBytes: number) {
  let passed = 0;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const registry = connect(port, '127.0.0.1');
    let left = everyBytes;
    for (const socket of [client, registry]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
    }
    client.on('data', (chunk: Buffer) => {
      const through = chunk.subarray(0, left);
      left -= through.length;
      passed += through.length;
      if (left > 0) registry.write(through);
      else {
        registry.end(through);
        client.destroy();
      }
    });
    registry.on('data', (chunk) => client.write(chunk));
    client.on('close', () => registry.end());
    registry.on('close', () => client.end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    passedBytes: () => passed,
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A PATCH over a socket of its own, of which only some bytes are written. */
async function halfSent(
  url: string,
  offset: number,
  lengthBytes: number,
  bytes: Uint8Array,
): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  const headers = {
    host: 'registry',
    'tus-resumable': '1.0.0',
    'content-length': String(lengthBytes),
    ...part(offset),
    ...proof('PATCH', url),
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  await new Promise<void>((resolve) => {
    socket.write(`PATCH ${url} HTTP/1.1\r\n${lines.join('')}\r\n`);
    socket.write(bytes, () => resolve());
  });
  return socket;
}

/** Resolves when the registry has taken so many bytes from its sockets. */
async function untilArrived(bytes: number): Promise<void> {
  const arrived = async (): Promise<number> => {
    const { body } = await http.app.inject({ url: '/metrics' });
    return Number(/^spira_uploaded_bytes_total (\d+)$/mu.exec(body)?.[1]);
  };
  await expect.poll(arrived, { timeout: 15_000, interval: 5 }).toBe(bytes);
}

describe('a line that breaks', () => {
  const wav = exampleWav(200_000);
  const file = packForTwin(wav);

  it('costs no byte that arrived', async () => {
    const announced = await announce(world, sender, [wav]);
    const url = await create(announced, file);
    let offset = 0;
    for (const bytes of [1, 999, 65_536, 65_537, 1, 262_144]) {
      const take = file.subarray(offset, offset + bytes);
      const socket = await halfSent(url, offset, file.length - offset, take);
      offset += take.length;
      await untilArrived(offset);
      socket.destroy();
      expect(await offsetAt(url)).toBe(offset);
    }
    const answer = await call('PATCH', url, part(offset), file.subarray(offset));
    expect([answer.statusCode, await kept(announced)]).toEqual([204, file]);
  }, 60_000);

  it('is not waited for when its sender asks on another', async () => {
    const announced = await announce(world, sender, [wav]);
    const url = await create(announced, file);
    const socket = await halfSent(url, 0, file.length, file.subarray(0, 70_000));
    await untilArrived(70_000);
    expect(await offsetAt(url)).toBe(70_000);
    socket.destroy();
  });

  it('is taken for broken when nothing comes for a minute', async () => {
    const announced = await announce(world, sender, [wav]);
    const url = await create(announced, file);
    const socket = await halfSent(url, 0, file.length, file.subarray(0, 1000));
    await untilArrived(1000);
    const closed = new Promise((resolve) => socket.on('close', resolve));
    socket.resume();
    world.clock.advance(61_000);
    await closed;
    expect(await offsetAt(url)).toBe(1000);
  });
});

describe('the protocol', () => {
  const wav = exampleWav(3000);
  const file = packForTwin(wav);

  it('is described to whoever asks', async () => {
    for (const url of [syncPaths.uploads, syncPaths.upload('anything')]) {
      const { statusCode, headers } = await call('OPTIONS', url, {
        'tus-resumable': undefined,
        authorization: undefined,
      });
      expect([
        statusCode,
        headers['tus-version'],
        headers['tus-resumable'],
        headers['tus-extension'],
        headers['tus-max-size'],
      ]).toEqual([
        204,
        '1.0.0',
        '1.0.0',
        'creation,creation-with-upload,termination',
        String(maximumUploadBytes),
      ]);
    }
  });

  it.each(['POST', 'HEAD', 'PATCH', 'DELETE'] as const)(
    'of another version is refused to %s',
    async (method) => {
      const url = method === 'POST' ? syncPaths.uploads : syncPaths.upload(sender.caller.workstationId);
      for (const version of [undefined, '0.2.2', '2.0.0']) {
        const { statusCode, headers } = await call(method, url, { 'tus-resumable': version });
        expect([statusCode, headers['tus-version'], headers['tus-resumable']]).toEqual([
          412,
          '1.0.0',
          '1.0.0',
        ]);
      }
    },
  );

  it('answers a creation with its place, and the same one again', async () => {
    const announced = await announce(world, sender, [wav]);
    const headers = {
      'upload-length': String(file.length),
      'upload-metadata': encoded(metadataOf(announced, file)),
    };
    const first = await call('POST', syncPaths.uploads, headers);
    await call('PATCH', String(first.headers.location), part(0), file.subarray(0, 100));
    const again = await call('POST', syncPaths.uploads, headers);
    expect([first.statusCode, first.headers['upload-offset']]).toEqual([201, '0']);
    expect([again.statusCode, again.headers['upload-offset'], again.headers.location]).toEqual([
      200,
      '100',
      first.headers.location,
    ]);
    expect(typeof again.headers['spira-signature']).toBe('string');
  });

  it('tells a HEAD how long and how far, never from a cache', async () => {
    const announced = await announce(world, sender, [wav]);
    const url = await create(announced, file);
    const { headers } = await call('HEAD', url);
    expect([headers['upload-offset'], headers['upload-length'], headers['cache-control']]).toEqual([
      '0',
      String(file.length),
      'no-store',
    ]);
  });

  it('refuses what is wrong, with the status that says why', async () => {
    const announced = await announce(world, sender, [wav]);
    const metadata = metadataOf(announced, file);
    const url = await create(announced, file);
    const post = async (headers: Record<string, string | undefined>, payload?: Uint8Array) => {
      const length = { 'upload-length': String(file.length), 'upload-metadata': encoded(metadata) };
      const answer = await call('POST', syncPaths.uploads, { ...length, ...headers }, payload);
      return [answer.statusCode, answer.json<{ code: string }>().code];
    };
    const patch = async (headers: Record<string, string | undefined>, payload = file) => {
      const answer = await call('PATCH', url, { ...part(0), ...headers }, payload);
      return [answer.statusCode, answer.json<{ code: string }>().code];
    };
    const unknown = world.randomness.id(world.clock.now());
    expect({
      noLength: await post({ 'upload-length': undefined }),
      deferred: await post({ 'upload-length': undefined, 'upload-defer-length': '1' }),
      negative: await post({ 'upload-length': '-1' }),
      tooLong: await post({ 'upload-length': String(maximumUploadBytes + 1) }),
      noMetadata: await post({ 'upload-metadata': undefined }),
      otherMetadata: await post({ 'upload-metadata': encoded({ ...metadata, filename: 'a' }) }),
      notAnnounced: await post({ 'upload-metadata': encoded({ ...metadata, takeId: unknown }) }),
      otherBody: await post({ 'content-type': 'text/html' }, file),
      otherType: await patch({ 'content-type': 'application/octet-stream' }),
      json: await patch({ 'content-type': 'application/json' }, Buffer.from('{}')),
      noOffset: await patch({ 'upload-offset': undefined }),
      oddOffset: await patch({ 'upload-offset': '1e3' }),
      wrongOffset: await patch({ 'upload-offset': '7' }),
      tooMuch: await patch({}, new Uint8Array(file.length + 1)),
    }).toEqual({
      noLength: [400, 'invalid-input'],
      deferred: [400, 'invalid-input'],
      negative: [400, 'invalid-input'],
      tooLong: [413, 'too-large'],
      noMetadata: [400, 'invalid-input'],
      otherMetadata: [400, 'invalid-input'],
      notAnnounced: [409, 'not-yet'],
      otherBody: [415, 'unsupported-media'],
      otherType: [415, 'unsupported-media'],
      json: [415, 'unsupported-media'],
      noOffset: [400, 'invalid-input'],
      oddOffset: [400, 'invalid-input'],
      wrongOffset: [409, 'upload-offset'],
      tooMuch: [413, 'too-large'],
    });
    expect(await offsetAt(url)).toBe(0);
    const nowhere = await call('HEAD', syncPaths.upload('..%2f..%2fetc'));
    expect(nowhere.statusCode).toBe(404);
  });

  it('says of a recording that is not the announced one why, then and later', async () => {
    const announced = await announce(world, sender, [wav]);
    const wrong = file.subarray(0, 3000);
    const url = await create(announced, wrong);
    const sent = await call('PATCH', url, part(0), wrong);
    const later = await call('HEAD', url);
    expect([sent.statusCode, sent.json<{ facts: unknown }>().facts, later.statusCode]).toEqual([
      422,
      { reason: 'damaged' },
      422,
    ]);
  });

  it('is closed to everybody but workstations', async () => {
    const announced = await announce(world, sender, [wav]);
    const url = await create(announced, file);
    for (const [method, at] of [
      ['POST', syncPaths.uploads],
      ['HEAD', url],
      ['PATCH', url],
      ['DELETE', url],
    ] as const) {
      const answer = await call(method, at, { authorization: undefined });
      expect([method, answer.statusCode]).toEqual([method, 401]);
    }
    expect(await offsetAt(url)).toBe(0);
  });

  it('answers any header and body with a refusal, never with a failure', async () => {
    const announced = await announce(world, sender, [wav]);
    const url = await create(announced, file);
    const text = fc.string({ maxLength: 60 }).map((value) => value.replace(/[^\x20-\x7e]/gu, '?'));
    const header = fc.option(
      fc.oneof(text, fc.constantFrom('0', '-1', '1e9', '99999999999999999999', 'application/json')),
      { nil: undefined },
    );
    const headers = fc.record({
      'upload-offset': header,
      'upload-length': header,
      'upload-metadata': fc.oneof(header, fc.constant(encoded(metadataOf(announced, file)))),
      'content-type': fc.oneof(header, fc.constant('application/offset+octet-stream')),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('POST', 'HEAD', 'PATCH', 'DELETE', 'OPTIONS'),
        fc.oneof(
          fc.constantFrom(syncPaths.uploads, url),
          fc.webPath().map((path) => `${syncPaths.uploads}${path}`),
        ),
        headers,
        fc.uint8Array({ maxLength: 300 }),
        async (method, at, given, payload) => {
          const answer = await call(method as Method, at, given, method === 'HEAD' ? undefined : payload);
          expect(answer.statusCode).toBeLessThan(500);
        },
      ),
      { numRuns: 300 },
    );
  }, 60_000);
});

describe('a receipt', () => {
  const wav = exampleWav(3000);
  const file = packForTwin(wav);
  const post = (path: string, body: unknown) => {
    const payload = JSON.stringify(body);
    const headers = { 'content-type': 'application/json', ...proof('POST', path, payload) };
    return http.app.inject({ method: 'POST', url: path, headers, payload });
  };

  it('is given when all is here', async () => {
    const announced = await announce(world, sender, [wav]);
    const path = syncPaths.receipt(announced.sessionId);
    const before = receiptAnswerSchema.parse((await post(path, announced.request)).json());
    await sendByTusClient(announced, file);
    const after = receiptAnswerSchema.parse((await post(path, announced.request)).json());
    expect([before.status, after.status]).toEqual(['incomplete', 'complete']);
  });

  it.each([
    ['no list', {}],
    ['an empty list', { items: [] }],
    ['a list of something else', { items: [{ kind: 'audit', id: '1', sha256: 'a'.repeat(64) }] }],
    ['text', 'everything'],
  ])('is not given for %s', async (_, body) => {
    const announced = await announce(world, sender, [wav]);
    expect((await post(syncPaths.receipt(announced.sessionId), body)).statusCode).toBe(400);
    expect((await post(syncPaths.receipt('not-an-id'), announced.request)).statusCode).toBe(404);
  });
});

describe('on a real disk, with real FLAC', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'spira-uploads-'));
    http.app.server.closeAllConnections();
    await http.app.close();
    const blobs = await openDiskBlobs({ folder });
    await open({ blobs: blobs as MemoryWorld['blobs'], audio: createAudioCheck() });
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('keeps a recording that gives back the very WAV', async () => {
    const wav = exampleWav(48_000 * 4, 24, 48_000);
    const packed = await encodeFlac(wav);
    if (!packed.ok) throw new Error(packed.problem.code);
    const announced = await announce(world, sender, [wav]);
    const line = await cutLine(50_000);
    await sendByTusClient(announced, packed.value, {
      endpoint: `http://127.0.0.1:${String(line.port)}${syncPaths.uploads}`,
    });
    await line.stop();
    const row = await world.store.read((reader) => reader.get('takes', announced.takeIds[0]!));
    const stored = await world.blobs.get(row!.blobKey!);
    const back = await collect(world.audio.toWav('flac', stored!.chunks));
    expect(Buffer.compare(back, wav)).toBe(0);
    const left: string[] = [];
    for await (const { key: name } of world.blobs.list('')) left.push(name);
    expect(left).toEqual([row!.blobKey]);
  }, 60_000);

  it('refuses truncated FLAC, and one that is a sample longer', async () => {
    const wav = exampleWav(20_000, 16);
    const flac = async (frames: number) => {
      const packed = await encodeFlac(exampleWav(frames, 16));
      if (!packed.ok) throw new Error(packed.problem.code);
      return packed.value;
    };
    const announced = await announce(world, sender, [wav]);
    const reasons: unknown[] = [];
    for (const wrong of [(await flac(20_000)).subarray(0, 5000), await flac(20_001)]) {
      const url = await create(announced, wrong);
      reasons.push((await call('PATCH', url, part(0), wrong)).json<{ facts: unknown }>().facts);
    }
    expect(reasons).toEqual([{ reason: 'damaged' }, { reason: 'other-audio' }]);
  });
});

it('closes the line on a sender that goes on sending what was refused', async () => {
  const wav = exampleWav(3000);
  const announced = await announce(world, sender, [wav]);
  const url = await create(announced, packForTwin(wav));
  const answered = Promise.withResolvers<IncomingHttpHeaders>();
  const request = ask(
    new URL(url, endpoint),
    {
      method: 'PATCH',
      headers: {
        'tus-resumable': '1.0.0',
        'content-length': '5000000',
        ...part(5),
        ...proof('PATCH', url),
      },
    },
    (response) => answered.resolve({ ...response.headers, ':status': String(response.statusCode) }),
  );
  request.on('error', () => undefined);
  request.write(Buffer.alloc(1000));
  const headers = await answered.promise;
  request.destroy();
  expect([headers[':status'], headers.connection]).toEqual(['409', 'close']);
});
