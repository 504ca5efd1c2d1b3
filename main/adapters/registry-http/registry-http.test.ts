import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCanceller } from '../../ports/cancellation.ts';
import { memoryClock } from '../../ports/clock.memory.ts';
import { describeRegistry } from '../../ports/registry.contract.ts';
import type { RegistryPeers } from '../../ports/registry.ts';
import { systemClock } from '../system/system.ts';
import { systemSigning } from '../system/signing.ts';
import { readAddress } from './address.ts';
import { serveRegistry } from './fixtures/serve-registry.ts';
import { registryHttp, type RegistryHttp } from './registry-http.ts';

const never = createCanceller();

describeRegistry('the registry over HTTP', async () => {
  const served = await serveRegistry();
  const registry = registryHttp({ signing: served.signing, clock: systemClock() });
  return {
    registry,
    signing: served.signing,
    url: served.url,
    invite: () => served.twin.invite(),
    revoke: (peers) => served.twin.revoke(peers.workstationId),
    now: served.now,
    pack: (wav) => Uint8Array.of(0x66, ...wav),
    setFaults: (next) => served.setFaults(next),
    async close() {
      registry.close();
      await served.close();
    },
  };
});

describe('what answers in the place of a registry', () => {
  let served: Awaited<ReturnType<typeof serveRegistry>>;
  let registry: RegistryHttp;
  let peers: RegistryPeers;
  beforeEach(async () => {
    served = await serveRegistry();
    registry = registryHttp({ signing: served.signing, clock: systemClock() });
    const keys = served.signing.makeKeyPair();
    const address = { url: served.url, allowsPlainHttp: false };
    const request = { code: served.twin.invite(), name: 'Ward', publicKey: keys.publicKey, appVersion: '1' };
    const enrolled = await registry.enrol(address, request, never);
    if (!enrolled.ok) throw new Error(enrolled.problem.code);
    const { registryId, workstationId, answerKey } = enrolled.value;
    const privateKey = keys.privateKey;
    peers = { ...address, registryId, workstationId, answerKey, privateKey, registryNowMs: served.now };
  });
  afterEach(async () => {
    registry.close();
    await served.close();
  });

  const hello = '{"apiVersion":1}';
  it.each<[string, number, Record<string, string>, string]>([
    ['a portal’s page', 200, { 'content-type': 'text/html' }, '<html></html>'],
    ['a portal’s JSON', 200, { 'content-type': 'application/json' }, hello],
    ['nothing', 204, {}, ''],
    ['a redirect', 302, { location: 'https://portal.example/' }, ''],
    ['a proxy that asks who we are', 407, { 'proxy-authenticate': 'Basic' }, ''],
    ['a proxy that refuses', 403, { 'content-type': 'text/html' }, 'forbidden'],
    ['a proxy’s bad gateway', 502, { 'content-type': 'text/html' }, 'bad gateway'],
    [
      'a signature that is none',
      200,
      { 'content-type': 'application/json', 'spira-signature': `0123456789abcdef.${'A'.repeat(86)}` },
      hello,
    ],
  ])('%s is not believed, by no call', async (_what, status, headers, text) => {
    served.meddle((request, response) => {
      request.resume();
      response.writeHead(status, headers).end(text);
      return true;
    });
    const items = { clock: { at: '2026-03-09T12:00:00.000Z', zone: 'UTC' }, appVersion: '1', items: [] };
    const url = '/sync/v1/uploads/019cd277-ea00-72f2-a7ab-3e71eba69c06';
    const body = {
      url,
      offsetBytes: 0,
      bytes: new Uint8Array(100),
      pace: () => Promise.resolve(),
      onProgress: () => undefined,
    };
    const answers = [
      await registry.hello(peers, never),
      await registry.sendItems(peers, items, never),
      await registry.feed(peers, 0, never),
      await registry.upload(peers, body, never),
      await registry.askReceipt(peers, peers.workstationId as never, { items: [] }, never),
    ];
    for (const answer of answers) {
      expect(answer).toMatchObject({ ok: false, problem: { code: 'registry-answer-invalid' } });
    }
    if (status === 200) {
      const offset = await registry.uploadOffset(peers, url, never);
      expect(offset).toMatchObject({ problem: { code: 'registry-answer-invalid' } });
    }
  });

  it('by an answer that was given to another call, or that another registry signed', async () => {
    let old: { readonly signature: string; readonly body: string } | undefined;
    const key = systemSigning().makeKeyPair();
    const first = await registry.feed(peers, 0, never);
    expect(first.ok).toBe(true);
    served.meddle((request, response) => {
      old ??= { signature: `${peers.answerKey.keyId}.${'B'.repeat(86)}`, body: hello };
      response.writeHead(200, { 'content-type': 'application/json', 'spira-signature': old.signature });
      response.end(old.body);
      return request.url !== '';
    });
    const replayed = await registry.feed(peers, 0, never);
    expect(replayed).toMatchObject({ problem: { code: 'registry-answer-invalid' } });
    served.meddle(undefined);
    const stranger = { ...peers, answerKey: { ...peers.answerKey, publicKey: key.publicKey } };
    expect(await registry.feed(stranger, 0, never)).toMatchObject({
      problem: { code: 'registry-answer-invalid' },
    });
  });

  it.each<[string, string]>([
    ['is no JSON', 'not json'],
    ['is of another shape', '{"changes":"many"}'],
  ])('a signed answer that %s is not believed either', async (_what, body) => {
    served.change((answer) => ({ ...answer, body }));
    const feed = await registry.feed(peers, 0, never);
    expect(feed).toMatchObject({ problem: { code: 'registry-answer-invalid' } });
  });

  it('an answer longer than any registry’s is not read to its end', async () => {
    served.change((answer) => ({ ...answer, body: `"${'x'.repeat(17 * 1024 * 1024)}"` }));
    expect(await registry.feed(peers, 0, never)).toMatchObject({
      problem: { code: 'registry-answer-invalid' },
    });
  });

  it('says how long to wait where it was told', async () => {
    served.change(() => ({
      status: 429,
      body: JSON.stringify({ detail: 'slowly', code: 'too-many-requests' }),
      headers: { 'retry-after': '7' },
    }));
    expect(await registry.feed(peers, 0, never)).toMatchObject({
      problem: { code: 'registry-busy', details: { code: 'too-many-requests', retryAfterMs: 7000 } },
    });
  });

  it('silence ends the call when its time is up, and a wish ends it at once', async () => {
    const clock = memoryClock();
    const patient = registryHttp({ signing: served.signing, clock, timeoutMs: 5000 });
    const asked = Promise.withResolvers<undefined>();
    served.meddle(() => {
      asked.resolve(undefined);
      return true;
    });
    const silent = patient.feed(peers, 0, never);
    await asked.promise;
    clock.advance(5000);
    expect(await silent).toMatchObject({
      problem: { code: 'registry-unreachable', details: { reason: 'time-limit' } },
    });
    const wish = createCanceller();
    const unwanted = patient.feed(peers, 0, wish);
    wish.cancel();
    expect(await unwanted).toMatchObject({ problem: { details: { reason: 'cancelled' } } });
    patient.close();
  });

  it('no registry at all is unreachable', async () => {
    await served.close();
    expect(await registry.hello(peers, never)).toMatchObject({
      problem: { code: 'registry-unreachable' },
    });
    served = await serveRegistry();
  });
});

describe('an address', () => {
  it.each<[string, boolean, string]>([
    ['https://registry.example', false, 'ok'],
    ['https://registry.example:8443/spira', false, 'ok'],
    ['http://127.0.0.1:3000', false, 'ok'],
    ['http://localhost', false, 'ok'],
    ['http://[::1]:3000', false, 'ok'],
    ['http://registry.example', false, 'plain-http'],
    ['http://registry.example', true, 'ok'],
    ['http://127.0.0.1.evil.example', false, 'plain-http'],
    ['ftp://registry.example', true, 'protocol'],
    ['file:///etc/passwd', true, 'protocol'],
    ['https://user:secret@registry.example', false, 'form'],
    ['https://registry.example/?a=1', false, 'form'],
    ['registry.example', false, 'form'],
    ['', true, 'form'],
  ])('%s (plain HTTP allowed: %s): %s', (url, allowsPlainHttp, expected) => {
    const read = readAddress({ url, allowsPlainHttp });
    expect(read.ok ? 'ok' : read.problem.details?.['reason']).toBe(expected);
  });
});
