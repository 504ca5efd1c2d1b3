import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { registryIdSchema, workstationIdSchema } from '../../../contract/registry/ids.ts';
import { createCanceller } from '../../ports/cancellation.ts';
import type { RegistryPeers } from '../../ports/registry.ts';
import { systemSigning } from '../system/signing.ts';
import { systemClock } from '../system/system.ts';
import { registryHttp, type RegistryHttp } from './registry-http.ts';

const sha256 = 'a'.repeat(64);
const packageSha256 = 'b'.repeat(64);
const whole = Buffer.from(Array.from({ length: 10_000 }, (_, index) => index % 251));

describe('a model package', () => {
  let server: Server;
  let registry: RegistryHttp;
  let peers: RegistryPeers;
  let asked: IncomingMessage[];
  let answer: (request: IncomingMessage, response: ServerResponse) => void;

  beforeEach(async () => {
    asked = [];
    server = createServer((request, response) => {
      asked.push(request);
      answer(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const signing = systemSigning();
    registry = registryHttp({ signing, clock: systemClock() });
    const keys = signing.makeKeyPair();
    peers = {
      url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
      allowsPlainHttp: false,
      registryId: registryIdSchema.parse('019aa0f0-0000-7000-8000-000000000001'),
      workstationId: workstationIdSchema.parse('019aa0f0-0000-7000-8000-000000000002'),
      answerKey: { keyId: '0123456789abcdef', publicKey: keys.publicKey },
      privateKey: keys.privateKey,
      registryNowMs: () => 1_700_000_000_000,
    };
  });
  afterEach(async () => {
    registry.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  async function fetchFrom(offsetBytes: number): Promise<{ readonly bytes: Buffer; readonly end: string }> {
    const pieces: Uint8Array[] = [];
    const fetched = await registry.modelPackage(
      peers,
      { sha256, packageSha256, packageBytes: whole.length, offsetBytes },
      (piece) => {
        pieces.push(Uint8Array.from(piece));
        return Promise.resolve();
      },
      createCanceller(),
    );
    const end = fetched.ok
      ? 'whole'
      : `${fetched.problem.code} ${String(fetched.problem.details?.['reason'])}`;
    return { bytes: Buffer.concat(pieces), end };
  }
  const give = (status: number, bytes: Buffer, headers: Record<string, string> = {}): void => {
    answer = (_request, response) => {
      response.writeHead(status, headers);
      response.end(bytes);
    };
  };

  it('is asked for by its model and comes whole', async () => {
    give(200, whole);
    const { bytes, end } = await fetchFrom(0);
    expect([bytes.equals(whole), end]).toEqual([true, 'whole']);
    expect([asked[0]?.url, asked[0]?.headers.range]).toEqual([
      `/sync/v1/models/${sha256}/package`,
      undefined,
    ]);
  });

  it('goes on at a byte, of this very package only', async () => {
    give(206, whole.subarray(4000), { 'content-range': `bytes 4000-9999/10000` });
    const { bytes, end } = await fetchFrom(4000);
    expect([bytes.equals(whole.subarray(4000)), end]).toEqual([true, 'whole']);
    expect([asked[0]?.headers.range, asked[0]?.headers['if-range']]).toEqual([
      'bytes=4000-',
      `"${packageSha256}"`,
    ]);
  });

  it('that is sent whole all the same is taken from that byte on', async () => {
    give(200, whole);
    const { bytes, end } = await fetchFrom(4001);
    expect([bytes.equals(whole.subarray(4001)), end]).toEqual([true, 'whole']);
  });

  it.each([
    ['later than asked for', 'bytes 5000-9999/10000'],
    ['at no byte at all', 'pieces 1-2/3'],
  ])('that begins %s is not believed', async (_what, contentRange) => {
    give(206, whole.subarray(5000), { 'content-range': contentRange });
    expect(await fetchFrom(4000)).toEqual({ bytes: Buffer.alloc(0), end: 'registry-answer-invalid range' });
  });

  it('that is longer than announced is broken off', async () => {
    give(200, Buffer.concat([whole, whole]));
    const { bytes, end } = await fetchFrom(0);
    expect([bytes.length <= whole.length, end]).toEqual([true, 'registry-answer-invalid too-long']);
  });

  it('that ends early may be gone on with', async () => {
    give(206, whole.subarray(4000, 6000), { 'content-range': 'bytes 4000-5999/10000' });
    const { bytes, end } = await fetchFrom(4000);
    expect([bytes.length, end]).toEqual([2000, 'registry-unreachable cut']);
  });

  it('is no page of a portal', async () => {
    give(302, Buffer.from('Welcome'), { location: 'http://portal.example/' });
    expect((await fetchFrom(0)).end).toBe('registry-answer-invalid signature');
  });
});
