/** What every way to a registry does. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { canonicalJson, type Json } from '../../contract/canonical-json.ts';
import type { Item, UploadMetadata } from '../../contract/registry/sync.ts';
import type { Result } from '../../contract/result.ts';
import { sha256 } from '../../contract/sha256.ts';
import { createCanceller } from './cancellation.ts';
import type { RegistryFault } from './registry.memory.ts';
import type { Registry, RegistryPeers } from './registry.ts';
import type { Signing } from './signing.ts';
import { exampleContent, exampleSession, exampleTake, moment } from './store-examples.contract.ts';

export interface RegistryUnderTest {
  readonly registry: Registry;
  readonly signing: Signing;
  readonly url: string;
  invite(): string;
  revoke(peers: RegistryPeers): void;
  /** The registry's epoch ms. */
  now(): number;
  /** Packs as the registry unpacks. */
  pack(wav: Uint8Array): Uint8Array;
  setFaults(next: () => RegistryFault | undefined): void;
  close(): Promise<void>;
}

export function describeRegistry(name: string, make: () => Promise<RegistryUnderTest>): void {
  describe(`${name} is a registry that`, () => {
    let test: RegistryUnderTest;
    beforeEach(async () => {
      test = await make();
    });
    afterEach(() => test.close());

    const never = createCanceller();
    const valueOf = <T>(result: Result<T>): T => {
      if (result.ok) return result.value;
      throw new Error(`${result.problem.code} ${JSON.stringify(result.problem.details ?? {})}`);
    };
    const codeOf = (result: Result<unknown>): string =>
      result.ok ? 'ok' : `${result.problem.code} ${String(result.problem.details?.['code'] ?? '')}`.trim();

    async function enrolled(code = test.invite()): Promise<RegistryPeers> {
      const keys = test.signing.makeKeyPair();
      const address = { url: test.url, allowsPlainHttp: false };
      const request = { code, name: 'Ward', publicKey: keys.publicKey, appVersion: '1.0.0' };
      const { registryId, workstationId, answerKey } = valueOf(
        await test.registry.enrol(address, request, never),
      );
      return {
        ...address,
        registryId,
        workstationId,
        answerKey,
        privateKey: keys.privateKey,
        registryNowMs: test.now,
      };
    }

    const wav = Uint8Array.from({ length: 50_000 }, (_, index) => (index * 31) & 0xff);
    const item = (kind: Item['kind'], id: string, sessionId: Item['sessionId'], content: object): Item => ({
      kind,
      id,
      sessionId,
      counter: 1,
      sha256: sha256(canonicalJson(content as Json)),
      content,
    });

    function session() {
      const { id } = exampleSession();
      const take = exampleTake({ sessionId: id, sha256: sha256(wav), sizeBytes: wav.length });
      const content = { ...exampleContent(id), takeIds: [take.id] };
      return { id, take, items: [item('session', id, id, content), item('take', take.id, id, take)] };
    }
    const send = (peers: RegistryPeers, items: readonly Item[]) =>
      test.registry.sendItems(peers, { clock: moment(), appVersion: '1.0.0', items }, never);

    async function announced(peers: RegistryPeers) {
      const made = session();
      valueOf(await send(peers, made.items));
      const bytes = test.pack(wav);
      const metadata: UploadMetadata = {
        takeId: made.take.id,
        sessionId: made.id,
        encoding: 'flac',
        sha256: sha256(bytes),
      };
      return { ...made, bytes, offer: { metadata, sizeBytes: bytes.length } };
    }
    const body = (url: string, offsetBytes: number, bytes: Uint8Array) => ({
      url,
      offsetBytes,
      bytes,
      pace: () => Promise.resolve(),
      onProgress: () => undefined,
    });

    it('says which one it is and what time it has, to whoever expects this one', async () => {
      const peers = await enrolled();
      const { serverTime } = valueOf(await test.registry.hello(peers, never));
      expect(Math.abs(Date.parse(serverTime) - test.now())).toBeLessThan(60_000);
      const { publicKey } = test.signing.makeKeyPair();
      const other = await test.registry.hello({ ...peers, registryId: session().id as never }, never);
      expect(codeOf(other)).toBe('registry-other');
      expect(publicKey).toHaveLength(43);
    });

    it('takes a code once, and the same workstation with it again', async () => {
      const keys = test.signing.makeKeyPair();
      const request = { code: test.invite(), name: 'Ward', publicKey: keys.publicKey, appVersion: '1' };
      const address = { url: test.url, allowsPlainHttp: false };
      const first = valueOf(await test.registry.enrol(address, request, never));
      const again = valueOf(await test.registry.enrol(address, request, never));
      expect(again.workstationId).toBe(first.workstationId);
      const other = { ...request, publicKey: test.signing.makeKeyPair().publicKey };
      expect(codeOf(await test.registry.enrol(address, other, never))).toBe('registry-code-wrong');
    });

    it('lets nobody speak without the right key, after being revoked, or at the wrong time', async () => {
      const peers = await enrolled();
      const forged = { ...peers, privateKey: test.signing.makeKeyPair().privateKey };
      const late = { ...peers, registryNowMs: () => test.now() - 3_600_000 };
      expect([
        codeOf(await test.registry.feed(forged, 0, never)),
        codeOf(await test.registry.feed(late, 0, never)),
      ]).toEqual(['registry-refused not-authenticated', 'registry-clock']);
      test.revoke(peers);
      expect(codeOf(await test.registry.feed(peers, 0, never))).toBe('registry-refused workstation-revoked');
    });

    it('judges items one by one, and the same ones the same way again', async () => {
      const peers = await enrolled();
      const { items } = session();
      const [first] = items;
      if (first === undefined) throw new Error('no item');
      const stray = session().items[1];
      const outcomes = async (sent: readonly (Item | undefined)[]) =>
        valueOf(
          await send(
            peers,
            sent.flatMap((one) => one ?? []),
          ),
        ).answers.map(({ outcome }) => outcome);
      expect(await outcomes([...items, stray])).toEqual(['stored', 'stored', 'not-yet']);
      expect(await outcomes([...items, { ...first, sha256: 'ab'.repeat(32) }])).toEqual([
        'already',
        'already',
        'invalid',
      ]);
    });

    it('takes a recording by byte, over any number of breaks, and then gives a receipt', async () => {
      const peers = await enrolled();
      const { id, take, items, bytes, offer } = await announced(peers);
      const request = {
        items: items.map(({ kind, id: itemId, sha256: hash }) => ({
          kind: kind as 'session' | 'take',
          id: itemId,
          sha256: hash,
        })),
      };
      const early = valueOf(await test.registry.askReceipt(peers, id, request, never));
      const { url, offsetBytes } = valueOf(await test.registry.createUpload(peers, offer, never));
      expect(offsetBytes).toBe(0);
      test.setFaults(() => ({ cutAfterBytes: 20_000 }));
      let offset = 0;
      for (let tries = 0; tries < 10 && offset < bytes.length; tries += 1) {
        const sent = await test.registry.upload(peers, body(url, offset, bytes), never);
        if (sent.ok) offset = sent.value.offsetBytes;
        else {
          expect(codeOf(sent)).toBe('registry-unreachable');
          const before = offset;
          test.setFaults(() => undefined);
          offset = valueOf(await test.registry.uploadOffset(peers, url, never)).offsetBytes;
          expect(offset).toBeGreaterThan(before);
          test.setFaults(() => ({ cutAfterBytes: 20_000 }));
        }
      }
      test.setFaults(() => undefined);
      expect(offset).toBe(bytes.length);
      const again = valueOf(await test.registry.createUpload(peers, offer, never));
      expect(again).toEqual({ url, offsetBytes: bytes.length });
      const late = valueOf(await test.registry.askReceipt(peers, id, request, never));
      expect([early.status, late.status]).toEqual(['incomplete', 'complete']);
      if (late.status !== 'complete') return;
      const { receipt, signature } = late.signed;
      expect(receipt.files).toEqual([{ takeId: take.id, sha256: take.sha256, sizeBytes: take.sizeBytes }]);
      expect(test.signing.verify(peers.answerKey.publicKey, canonicalJson(receipt), signature)).toBe(true);
    });

    it('says where an upload stands to whoever is wrong about it', async () => {
      const peers = await enrolled();
      const { bytes, offer } = await announced(peers);
      const { url } = valueOf(await test.registry.createUpload(peers, offer, never));
      expect(codeOf(await test.registry.upload(peers, body(url, 7, bytes), never))).toBe(
        'registry-item-refused upload-offset',
      );
      const nowhere = `${url.slice(0, -4)}ffff`;
      expect(codeOf(await test.registry.uploadOffset(peers, nowhere, never))).toBe(
        'registry-item-refused not-found',
      );
    });

    it('refuses a recording that is not the one that was announced', async () => {
      const peers = await enrolled();
      const made = await announced(peers);
      const other = test.pack(wav.map((byte) => byte ^ 1));
      const metadata = { ...made.offer.metadata, sha256: sha256(other) };
      const offer = { metadata, sizeBytes: other.length };
      const { url } = valueOf(await test.registry.createUpload(peers, offer, never));
      expect(codeOf(await test.registry.upload(peers, body(url, 0, other), never))).toBe(
        'registry-item-refused content-mismatch',
      );
    });

    it('refuses what belongs to a session that was withdrawn', async () => {
      const peers = await enrolled();
      const { id, items, offer } = await announced(peers);
      const entryId = exampleSession().id;
      const content = { id: entryId, sessionId: id, kind: 'withdrawal', at: moment(), by: 'ana' };
      valueOf(await send(peers, [item('withdrawal', entryId, id, content)]));
      expect(valueOf(await send(peers, items)).answers.map(({ outcome }) => outcome)).toEqual([
        'gone',
        'gone',
      ]);
      expect(codeOf(await test.registry.createUpload(peers, offer, never))).toBe(
        'registry-item-refused gone',
      );
      const { changes, next } = valueOf(await test.registry.feed(peers, 0, never));
      expect(changes).toContainEqual(expect.objectContaining({ kind: 'tombstone' }));
      expect(valueOf(await test.registry.feed(peers, next, never)).changes).toEqual([]);
    });

    it.each(['cut-before', 'cut-after', 'portal', 'busy'] as const)(
      'is never taken at its word on a bad day: %s',
      async (fault) => {
        const peers = await enrolled();
        const made = await announced(peers);
        test.setFaults(() => fault);
        const code = {
          'cut-before': 'unreachable',
          'cut-after': 'unreachable',
          portal: 'answer-invalid',
          busy: 'busy',
        };
        const answers = [
          await test.registry.hello(peers, never),
          await send(peers, made.items),
          await test.registry.createUpload(peers, made.offer, never),
          await test.registry.feed(peers, 0, never),
        ];
        for (const answer of answers) {
          expect(answer).toMatchObject({ ok: false, problem: { code: `registry-${code[fault]}` } });
        }
      },
    );

    it('leaves a call that nobody wants any more', async () => {
      const peers = await enrolled();
      const cancelled = createCanceller();
      cancelled.cancel();
      expect(codeOf(await test.registry.feed(peers, 0, cancelled))).toBe('registry-unreachable');
    });
  });
}
