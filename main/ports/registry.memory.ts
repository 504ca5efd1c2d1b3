/** A registry without a network, a disk or people: what the real one does with what a workstation sends, and its bad days. */
import { canonicalJson, type Json } from '../../contract/canonical-json.ts';
import type { SessionId } from '../../contract/ids.ts';
import { keyFingerprint, makeEnrolmentCode, readCode } from '../../contract/registry/enrolment-code.ts';
import {
  hospitalIdSchema,
  registryIdSchema,
  workstationIdSchema,
  type NamedKey,
  type WorkstationId,
} from '../../contract/registry/ids.ts';
import {
  itemContentSchemas,
  itemSchema,
  successionText,
  type Change,
  type Item,
  type ItemAnswer,
  type ReceiptAnswer,
  type SignedReceipt,
  type UploadMetadata,
} from '../../contract/registry/sync.ts';
import { fail, ok, type Result } from '../../contract/result.ts';
import { sha256 } from '../../contract/sha256.ts';
import { uuidV7 } from '../../contract/uuid-v7.ts';
import { publicKeyBytes } from '../core/public-key.ts';
import type { Cancellation } from './cancellation.ts';
import type { Randomness } from './randomness.ts';
import type { Registry, RegistryPeers } from './registry.ts';
import type { Signing } from './signing.ts';

export type RegistryCall = keyof Registry;

/**
 * What a bad day does to one call: `cut-before` (it never arrives), `cut-after` (it is done, the answer is lost),
 * `portal` (something else answers), `busy`; `cutAfterBytes`: an upload or a package breaks off after so many bytes.
 */
export type RegistryFault =
  'cut-before' | 'cut-after' | 'portal' | 'busy' | { readonly cutAfterBytes: number };

export interface MemoryRegistry extends Registry {
  readonly registryId: ReturnType<typeof registryIdSchema.parse>;
  readonly answerKey: NamedKey;
  /** A one-time code for a workstation of its one hospital. */
  invite(): string;
  revoke(id: WorkstationId): void;
  /** Tells every workstation. */
  publish(kind: Change['kind'], content: Json): void;
  /** Somebody withdraws at the registry. */
  withdraw(sessionId: SessionId): void;
  /** Loses what it had of a session, as a registry that was set back does. */
  forget(sessionId: SessionId): void;
  /** Asked before each call; undefined: all is well. */
  setFaults(next: (call: RegistryCall) => RegistryFault | undefined): void;
  /** How far its clock is from this PC's, ms. */
  setClockOffset(ms: number): void;
  /** Changes a receipt before it is signed. */
  setReceiptFlaw(flaw: ((signed: SignedReceipt['receipt']) => SignedReceipt['receipt']) | undefined): void;
  readonly calls: readonly RegistryCall[];
  /** Accepted items by kind and id, with their content's hash. */
  readonly items: ReadonlyMap<string, Item>;
  /** WAVs that were checked and kept, by take. */
  readonly audio: ReadonlyMap<string, Uint8Array>;
  readonly receipts: readonly SignedReceipt[];
  /** Bytes of uploads that came, counted each time that they came. */
  readonly uploadedBytes: number;
  /** Gives these bytes to whoever asks for the package of this name. */
  putPackage(packageSha256: string, bytes: Uint8Array): void;
  /** Bytes of packages that went out. */
  readonly downloadedBytes: number;
}

interface Upload {
  readonly metadata: UploadMetadata;
  readonly bytes: Uint8Array;
  offset: number;
  state: 'open' | 'stored';
}

const toleranceMs = 300_000;

export function memoryRegistry({
  randomness,
  signing,
  now,
  unpack,
}: {
  readonly randomness: Randomness;
  /** Shared with the workstation: the twin's keys are known to itself alone. */
  readonly signing: Signing;
  /** Epoch ms. */
  readonly now: () => number;
  readonly unpack: (packed: Uint8Array) => Uint8Array | undefined;
}): MemoryRegistry {
  const keys = signing.makeKeyPair();
  const keyHash = sha256(publicKeyBytes(keys.publicKey) ?? new Uint8Array());
  const answerKey: NamedKey = { keyId: keyHash.slice(0, 16), publicKey: keys.publicKey };
  const newId = (): string => uuidV7(now(), randomness.bytes(10));
  const registryId = registryIdSchema.parse(newId());
  const hospital = { id: hospitalIdSchema.parse(newId()), name: 'Hospital do Registro' };
  let clockOffsetMs = 0;
  let faults: (call: RegistryCall) => RegistryFault | undefined = () => undefined;
  let receiptFlaw: ((receipt: SignedReceipt['receipt']) => SignedReceipt['receipt']) | undefined;
  let uploadedBytes = 0;
  const codes = new Map<string, WorkstationId | null>();
  const workstations = new Map<WorkstationId, { readonly publicKey: string; isRevoked: boolean }>();
  const calls: RegistryCall[] = [];
  const items = new Map<string, Item>();
  const owners = new Map<string, WorkstationId>();
  const audio = new Map<string, Uint8Array>();
  const uploads = new Map<string, Upload>();
  const tombstones = new Set<string>();
  const receipts: SignedReceipt[] = [];
  const packages = new Map<string, Uint8Array>();
  let downloadedBytes = 0;
  const changes: Change[] = [];

  const serverMs = (): number => now() + clockOffsetMs;
  const serverTime = (): string => new Date(serverMs()).toISOString();
  const itemKey = (kind: string, id: string, by: WorkstationId): string =>
    kind === 'audit' ? `audit ${by} ${id}` : `${kind} ${id}`;

  /** One call with whatever the day does to it. */
  async function happen<T>(
    name: RegistryCall,
    cancellation: Cancellation,
    work: (fault: RegistryFault | undefined) => Result<T> | Promise<Result<T>>,
  ): Promise<Result<T>> {
    calls.push(name);
    const fault = faults(name);
    await Promise.resolve();
    if (cancellation.isCancelled) return fail('registry-unreachable', { reason: 'cancelled' });
    if (fault === 'cut-before') return fail('registry-unreachable', { reason: 'cut' });
    if (fault === 'portal') return fail('registry-answer-invalid', { reason: 'signature' });
    if (fault === 'busy') return fail('registry-busy', { code: 'not-ready' });
    const done = await work(fault);
    return fault === 'cut-after' ? fail('registry-unreachable', { reason: 'cut' }) : done;
  }

  const refused = (code: string): Result<never> => fail('registry-item-refused', { code });

  function proven(peers: RegistryPeers): Result<WorkstationId> {
    if (peers.registryId !== registryId) return fail('registry-other', { reason: 'registry' });
    const known = workstations.get(peers.workstationId);
    const isOwnKey =
      known !== undefined &&
      signing.verify(known.publicKey, 'proof', signing.sign(peers.privateKey, 'proof'));
    if (!isOwnKey) return fail('registry-refused', { code: 'not-authenticated' });
    if (known.isRevoked) return fail('registry-refused', { code: 'workstation-revoked' });
    if (Math.abs(peers.registryNowMs() - serverMs()) > toleranceMs) {
      return fail('registry-clock', { serverTime: serverTime() });
    }
    return ok(peers.workstationId);
  }

  function bury(sessionId: string, kind: 'withdrawal' | 'deletion'): void {
    if (tombstones.has(sessionId)) return;
    drop(sessionId);
    tombstones.add(sessionId);
    publish('tombstone', { sessionId, kind, at: serverTime() });
  }

  function drop(sessionId: string): void {
    for (const [key, item] of items) {
      if (item.sessionId !== sessionId || item.kind === 'audit' || item.kind === 'withdrawal') continue;
      items.delete(key);
      audio.delete(item.id);
    }
    for (const [id, upload] of uploads) if (upload.metadata.sessionId === sessionId) uploads.delete(id);
    owners.delete(sessionId);
  }

  function publish(kind: Change['kind'], content: Json): void {
    // Parsed by whoever reads it.
    changes.push({ kind, sequence: changes.length + 1, at: serverTime(), content } as unknown as Change);
  }

  const isOwn = (by: WorkstationId, sessionId: string): boolean => (owners.get(sessionId) ?? by) === by;

  function takeItem(by: WorkstationId, index: number, raw: unknown): ItemAnswer {
    const parsed = itemSchema.safeParse(raw);
    if (!parsed.success) return { index, kind: null, id: null, outcome: 'invalid', reason: 'item' };
    const item = parsed.data;
    const { kind, id, sessionId } = item;
    const answer = (outcome: ItemAnswer['outcome'], reason: string | null = null): ItemAnswer => ({
      index,
      kind,
      id,
      outcome,
      reason,
    });
    const content = itemContentSchemas[kind].safeParse(item.content);
    if (!content.success) return answer('invalid', String(content.error.issues[0]?.path.join('.') ?? ''));
    if (sha256(canonicalJson(item.content as Json)) !== item.sha256) return answer('invalid', 'sha256');
    const isOfSession = kind !== 'audit' && kind !== 'withdrawal';
    if (isOfSession && sessionId !== null && tombstones.has(sessionId)) return answer('gone');
    const key = itemKey(kind, id, by);
    const known = items.get(key);
    if (isOfSession && sessionId !== null && !isOwn(by, sessionId)) {
      const isLeft = workstations.get(owners.get(sessionId) ?? by)?.isRevoked === true;
      if (kind !== 'session' || !isLeft || known?.sha256 !== item.sha256) {
        return answer('invalid', 'other-workstation');
      }
      owners.set(sessionId, by);
    }
    if (known !== undefined) return answer(known.sha256 === item.sha256 ? 'already' : 'conflict');
    if (isOfSession && kind !== 'session' && !items.has(`session ${String(sessionId)}`)) {
      return answer('not-yet');
    }
    items.set(key, item);
    if (kind === 'session') owners.set(id, by);
    if (kind === 'withdrawal' && sessionId !== null) bury(sessionId, 'withdrawal');
    return answer('stored');
  }

  function finish(upload: Upload): Result<{ readonly offsetBytes: number }> {
    const { metadata, bytes } = upload;
    const wav = metadata.encoding === 'wav' ? bytes : unpack(bytes);
    const take = items.get(`take ${metadata.takeId}`)?.content as { readonly sha256: string } | undefined;
    if (sha256(bytes) !== metadata.sha256 || wav === undefined || sha256(wav) !== take?.sha256) {
      for (const [id, other] of uploads) if (other === upload) uploads.delete(id);
      return refused('content-mismatch');
    }
    upload.state = 'stored';
    audio.set(metadata.takeId, wav);
    return ok({ offsetBytes: bytes.length });
  }

  return {
    registryId,
    answerKey,
    calls,
    items,
    audio,
    receipts,
    get uploadedBytes() {
      return uploadedBytes;
    },
    get downloadedBytes() {
      return downloadedBytes;
    },
    putPackage(packageSha256, bytes) {
      packages.set(packageSha256, bytes);
    },
    invite() {
      const code = makeEnrolmentCode(randomness.bytes(20), keyHash);
      codes.set(code, null);
      return code;
    },
    revoke(id) {
      const known = workstations.get(id);
      if (known !== undefined) known.isRevoked = true;
    },
    publish,
    withdraw: (sessionId) => bury(sessionId, 'withdrawal'),
    forget: drop,
    setFaults(next) {
      faults = next;
    },
    setClockOffset(ms) {
      clockOffsetMs = ms;
    },
    setReceiptFlaw(flaw) {
      receiptFlaw = flaw;
    },

    hello: (peers, cancellation) =>
      happen('hello', cancellation, () =>
        peers.registryId === registryId
          ? ok({ serverTime: serverTime() })
          : fail('registry-other', { reason: 'registry' }),
      ),
    enrol: (_address, request, cancellation) =>
      happen('enrol', cancellation, () => {
        const code = readCode(request.code);
        const used = code === undefined ? undefined : codes.get(code.code);
        if (code === undefined || used === undefined) return fail('registry-code-wrong');
        if (used !== null && workstations.get(used)?.publicKey !== request.publicKey) {
          return fail('registry-code-wrong');
        }
        const workstationId = used ?? workstationIdSchema.parse(newId());
        codes.set(code.code, workstationId);
        const { former } = request;
        const before = former && workstations.get(former.workstationId);
        if (former !== undefined && before !== undefined && used === null) {
          if (!signing.verify(before.publicKey, successionText(request), former.signature)) {
            return fail('registry-code-wrong');
          }
          before.isRevoked = true;
        }
        if (used === null) {
          workstations.set(workstationId, { publicKey: request.publicKey, isRevoked: false });
        }
        if (keyFingerprint(keyHash) !== code.fingerprint) return fail('registry-code-wrong');
        return ok({
          registryId,
          workstationId,
          hospital,
          answerKey,
          modelKeys: [],
          serverTime: serverTime(),
        });
      }),
    sendItems: (peers, request, cancellation) =>
      happen('sendItems', cancellation, () => {
        const by = proven(peers);
        if (!by.ok) return by;
        const answers = request.items.map((raw, index) => takeItem(by.value, index, raw));
        return ok({ serverTime: serverTime(), answers });
      }),
    createUpload: (peers, { metadata, sizeBytes }, cancellation) =>
      happen('createUpload', cancellation, () => {
        const by = proven(peers);
        if (!by.ok) return by;
        if (tombstones.has(metadata.sessionId)) return refused('gone');
        if (!items.has(`take ${metadata.takeId}`)) return refused('not-yet');
        for (const [id, upload] of uploads) {
          const isSame =
            upload.metadata.takeId === metadata.takeId && upload.metadata.sha256 === metadata.sha256;
          if (!isSame || upload.bytes.length !== sizeBytes) continue;
          if (upload.state === 'open' && upload.offset === sizeBytes) {
            const finished = finish(upload);
            if (!finished.ok) return finished;
          }
          return ok({ url: id, offsetBytes: upload.offset });
        }
        const id = `/sync/v1/uploads/${newId()}`;
        uploads.set(id, { metadata, bytes: new Uint8Array(sizeBytes), offset: 0, state: 'open' });
        return ok({ url: id, offsetBytes: 0 });
      }),
    uploadOffset: (peers, url, cancellation) =>
      happen('uploadOffset', cancellation, () => {
        const by = proven(peers);
        if (!by.ok) return by;
        const upload = uploads.get(url);
        return upload === undefined ? refused('not-found') : ok({ offsetBytes: upload.offset });
      }),
    upload: (peers, body, cancellation) =>
      happen('upload', cancellation, async (fault) => {
        const by = proven(peers);
        if (!by.ok) return by;
        const upload = uploads.get(body.url);
        if (upload === undefined) return refused('not-found');
        if (upload.offset !== body.offsetBytes) return refused('upload-offset');
        const limit = typeof fault === 'object' ? fault.cutAfterBytes : Number.POSITIVE_INFINITY;
        const pieceBytes = 16 * 1024;
        let sent = 0;
        for (let at = body.offsetBytes; at < body.bytes.length; at += pieceBytes) {
          const piece = body.bytes.subarray(at, at + pieceBytes).subarray(0, Math.max(0, limit - sent));
          await body.pace(piece.length);
          if (cancellation.isCancelled) return fail('registry-unreachable', { reason: 'cancelled' });
          upload.bytes.set(piece, at);
          upload.offset = at + piece.length;
          sent += piece.length;
          uploadedBytes += piece.length;
          body.onProgress(upload.offset);
          if (sent >= limit) return fail('registry-unreachable', { reason: 'cut' });
        }
        return finish(upload);
      }),
    askReceipt: (peers, sessionId, request, cancellation) =>
      happen<ReceiptAnswer>('askReceipt', cancellation, () => {
        const by = proven(peers);
        if (!by.ok) return by;
        if (tombstones.has(sessionId)) return refused('gone');
        const lacking: Extract<ReceiptAnswer, { status: 'incomplete' }>['lacking'] = [];
        for (const { kind, id, sha256: hash } of request.items) {
          const known = items.get(`${kind} ${id}`);
          if (known?.sha256 !== hash)
            lacking.push({ kind, id, why: known === undefined ? 'missing' : 'differs' });
        }
        const content = items.get(`session ${sessionId}`)?.content as
          { readonly takeIds: readonly string[] } | undefined;
        if (content === undefined && !lacking.some(({ kind }) => kind === 'session')) {
          lacking.push({ kind: 'session', id: sessionId, why: 'missing' });
        }
        const takes = (content?.takeIds ?? []).map((id) => {
          if (!audio.has(id)) lacking.push({ kind: 'audio', id, why: 'missing' });
          return items.get(`take ${id}`)?.content as SignedReceipt['receipt']['files'][number] & {
            readonly id: SignedReceipt['receipt']['files'][number]['takeId'];
          };
        });
        if (lacking.length > 0) return ok({ status: 'incomplete', lacking });
        const plain: SignedReceipt['receipt'] = {
          format: 'spira-receipt-1',
          registryId,
          workstationId: by.value,
          sessionId,
          sequence: receipts.length + 1,
          at: serverTime(),
          items: request.items,
          files: takes.map(({ id, sha256: hash, sizeBytes }) => ({ takeId: id, sha256: hash, sizeBytes })),
        };
        const receipt = receiptFlaw === undefined ? plain : receiptFlaw(plain);
        const signature = signing.sign(keys.privateKey, canonicalJson(receipt));
        const signed = { receipt, keyId: answerKey.keyId, signature };
        receipts.push(signed);
        return ok({ status: 'complete', signed });
      }),
    feed: (peers, after, cancellation) =>
      happen('feed', cancellation, () => {
        const by = proven(peers);
        if (!by.ok) return by;
        const page = changes.filter(({ sequence }) => sequence > after).slice(0, 200);
        const next = page.at(-1)?.sequence ?? after;
        return ok({ changes: page, next, hasMore: next < changes.length });
      }),
    modelPackage: (peers, { packageSha256, offsetBytes }, receive, cancellation) =>
      happen('modelPackage', cancellation, async (fault) => {
        const by = proven(peers);
        if (!by.ok) return by;
        const bytes = packages.get(packageSha256);
        if (bytes === undefined) return refused('not-found');
        const limit = typeof fault === 'object' ? fault.cutAfterBytes : Number.POSITIVE_INFINITY;
        const pieceBytes = 1024;
        for (let at = offsetBytes; at < bytes.length; at += pieceBytes) {
          if (at - offsetBytes >= limit) return fail('registry-unreachable', { reason: 'cut' });
          const piece = bytes.subarray(at, at + pieceBytes);
          downloadedBytes += piece.length;
          await receive(piece);
          if (cancellation.isCancelled) return fail('registry-unreachable', { reason: 'cancelled' });
        }
        return ok(null);
      }),
  };
}
