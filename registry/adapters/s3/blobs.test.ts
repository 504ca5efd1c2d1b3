import { createServer, request as ask } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bytesOf, describeBlobs, inChunks } from '../../ports/blobs.contract.ts';
import { createS3Blobs, type S3Blobs } from './blobs.ts';
import { startS3rver, type S3rver } from './fixtures/s3rver.ts';

function connect(
  { endpoint, bucket, credentials }: Pick<S3rver, 'endpoint' | 'bucket' | 'credentials'>,
  more: { bucket?: string; prefix?: string } = {},
): S3Blobs {
  return createS3Blobs({ bucket, region: 'us-east-1', endpoint, credentials, forcePathStyle: true, ...more });
}

/** Passes everything on and remembers what was asked. */
async function listenBefore(endpoint: string) {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const { method, url, headers } = request;
    requests.push(`${String(method)} ${String(url)}`);
    const onwards = ask(`${endpoint}${String(url)}`, { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    request.pipe(onwards);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    requests,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function keysOf(blobs: S3Blobs): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of blobs.list('')) keys.push(key);
  return keys.sort();
}

describeBlobs(
  's3rver, through the S3 adapter,',
  async () => {
    const store = await startS3rver();
    const blobs = connect(store);
    return {
      blobs,
      leftovers: () => keysOf(blobs),
      // It writes each stream straight into the object's file.
      mixesOverwrites: true,
      async discard() {
        blobs.close();
        await store.stop();
      },
    };
  },
  17 * 1024 * 1024,
);

let store: S3rver;
beforeAll(async () => {
  store = await startS3rver();
});
afterAll(() => store.stop());

it('gives the parts of a broken stream back to the store', async () => {
  const wire = await listenBefore(store.endpoint);
  const blobs = connect({ ...store, endpoint: wire.endpoint });
  const broken = async function* () {
    yield* inChunks(bytesOf(17 * 1024 * 1024), 1024 * 1024);
    throw new Error('the line is down');
  };
  await expect(blobs.put('a', broken())).rejects.toThrow('the line is down');
  const [made] = wire.requests.filter((line) => line.startsWith('POST /registry/a?uploads'));
  const given = wire.requests.filter((line) => /^DELETE \/registry\/a\?.*uploadId=/u.test(line));
  expect([made === undefined, given.length > 0]).toEqual([false, true]);
  blobs.close();
  await wire.stop();
});

it('lists more blobs than the store tells at once', async () => {
  const blobs = connect(store, { prefix: 'many/' });
  const names = Array.from({ length: 1005 }, (_, index) => `n/${String(index).padStart(4, '0')}`);
  for (let from = 0; from < names.length; from += 50) {
    await Promise.all(names.slice(from, from + 50).map((name) => blobs.put(name, inChunks(bytesOf(1)))));
  }
  expect(await keysOf(blobs)).toEqual(names);
  blobs.close();
}, 60_000);

it('shares a bucket by prefix', async () => {
  const [one, two] = ['one/', 'two/'].map((prefix) => connect(store, { prefix }));
  await one!.put('a', inChunks(bytesOf(1)));
  await two!.put('a', inChunks(bytesOf(2)));
  await two!.put('b', inChunks(bytesOf(3)));
  expect([await keysOf(one!), await keysOf(two!), await one!.info('a')]).toEqual([
    ['a'],
    ['a', 'b'],
    { key: 'a', sizeBytes: 1 },
  ]);
  one!.close();
  two!.close();
});

it('calls a store that is not there unavailable, and a missing bucket too', async () => {
  const gone = await startS3rver();
  await gone.stop();
  const nowhere = connect(gone);
  const noBucket = connect(store, { bucket: 'another' });
  for (const blobs of [nowhere, noBucket]) {
    const unavailable = { name: 'BlobFailure', kind: 'unavailable' };
    await expect(blobs.check()).rejects.toMatchObject(unavailable);
    await expect(blobs.put('a', inChunks(bytesOf(1)))).rejects.toMatchObject(unavailable);
    blobs.close();
  }
});
