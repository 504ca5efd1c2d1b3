/**
 * The registry's routes for workstations without HTTP: who calls is proven, what is sent is parsed, what is answered is
 * signed, as `registry/hosts/http` does it around the very same use cases.
 */
import { createHash } from 'node:crypto';
import { sessionIdSchema } from '../../contract/ids.ts';
import { uploadIdSchema } from '../../contract/registry/ids.ts';
import { registryProblems, type Refusal } from '../../contract/registry/problems.ts';
import {
  answerSignatureHeader,
  answerSigningText,
  enrolSchema,
  receiptRequestSchema,
  sendItemsSchema,
  syncPaths,
} from '../../contract/registry/sync.ts';
import { giveReceipt } from '../../registry/app/receipts/give-receipt.ts';
import { readPackage } from '../../registry/app/models/read-package.ts';
import { readFeed } from '../../registry/app/sync/read-feed.ts';
import { receiveItems } from '../../registry/app/sync/receive-items.ts';
import { appendToUpload } from '../../registry/app/uploads/append-to-upload.ts';
import { createUpload } from '../../registry/app/uploads/create-upload.ts';
import { findUpload } from '../../registry/app/uploads/find-upload.ts';
import type { UploadTraffic } from '../../registry/app/uploads/traffic.ts';
import { enrol, hello } from '../../registry/app/workstations/enrol.ts';
import { callerOfProof } from '../../registry/app/workstations/prove-caller.ts';
import { nowOf, type Call, type World } from '../../registry/app/world.ts';
import type { Caller } from '../../registry/core/may.ts';
import { done, refuse, type Outcome, type RegistryProblem } from '../../registry/core/outcome.ts';
import { readUploadMetadata } from '../../registry/core/uploads.ts';
import { BlobFailure } from '../../registry/ports/blobs.ts';
import { StoreFailure } from '../../registry/ports/store.ts';
import { noBody, type WireAnswer, type WireRequest } from './wire.ts';

/** What happened that no registry may do. */
export type OnBug = (what: string, cause: unknown) => void;

interface Door {
  readonly world: World;
  readonly traffic: UploadTraffic;
  readonly onBug: OnBug;
}

type Body = AsyncIterable<Uint8Array>;
interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  /** A stream: not signed, its hash is in the feed. */
  readonly bytes?: Uint8Array;
}

export async function answer(door: Door, request: WireRequest, body: Body): Promise<WireAnswer> {
  const { world } = door;
  let reply: Reply;
  try {
    const outcome = await route(door, request, body);
    reply = outcome.ok ? outcome.value : refusalReply(world, request, outcome.problem);
  } catch (cause) {
    const isAway =
      (cause instanceof StoreFailure || cause instanceof BlobFailure) &&
      (cause.kind === 'unavailable' || cause.kind === 'full');
    if (!isAway) door.onBug(`${request.method} ${request.path.slice(0, 24)} answers 500`, cause);
    const code = isAway ? 'storage-unavailable' : 'internal';
    reply = refusalReply(world, request, { code, detail: code });
  }
  return signed(world, request, reply);
}

/** An answer as the registry signs it. */
export function signed(world: World, { requestId, method, path }: WireRequest, reply: Reply): WireAnswer {
  const { status, headers = {}, json, bytes } = reply;
  if (bytes !== undefined) return { status, headers, body: bytes };
  const isEmpty = json === undefined;
  const body = isEmpty || method === 'HEAD' ? noBody : Buffer.from(JSON.stringify(json), 'utf8');
  const signedBody = isEmpty ? noBody : Buffer.from(JSON.stringify(json), 'utf8');
  const bodySha256 = createHash('sha256').update(signedBody).digest('hex');
  const text = answerSigningText({ requestId, method, path, status, bodySha256 });
  return {
    status,
    headers: {
      ...headers,
      ...(isEmpty ? {} : { 'content-type': 'application/json; charset=utf-8' }),
      [answerSignatureHeader]: `${world.signing.answerKey.keyId}.${world.signing.sign(text)}`,
    },
    body,
  };
}

function refusalReply(
  world: World,
  { requestId }: WireRequest,
  { code, detail, facts }: RegistryProblem,
): Reply {
  const json: Refusal = {
    detail,
    code,
    requestId,
    ...(code === 'clock-skew' ? { serverTime: nowOf(world) } : {}),
    ...(facts === undefined ? {} : { facts }),
  };
  const wait = facts?.['retryAfterS'];
  const headers = typeof wait === 'number' ? { 'retry-after': String(wait) } : {};
  return { status: registryProblems[code], headers, json };
}

async function route(door: Door, request: WireRequest, body: Body): Promise<Outcome<Reply>> {
  const { world } = door;
  const { method, path, requestId } = request;
  const asPublic: Call = { world, caller: { kind: 'public', address: '10.0.0.1' }, requestId };
  if (path === syncPaths.hello) return asJson(hello(asPublic));
  if (path === syncPaths.enrol) {
    const input = enrolSchema.safeParse(await jsonOf(body));
    return input.success ? asJson(await enrol(asPublic, input.data)) : malformed;
  }

  const proof = await callerOfProof(world, {
    jws: request.headers['authorization']?.replace(/^Workstation /u, '') ?? '',
    requestId,
    method,
    path,
  });
  if (!proof.ok) return proof;
  const { caller, bodySha256 } = proof.value;
  const call: Call = { world, caller, requestId };
  if (method === 'PATCH') return append(door, call, request, body);
  const bytes = await bytesOf(body);
  if (bodySha256 !== undefined && bodySha256 !== createHash('sha256').update(bytes).digest('hex')) {
    return refuse('not-authenticated', 'the proof is of another body');
  }
  return answerProven(door, { ...call, caller }, request, bytes);
}

async function answerProven(
  { traffic }: Door,
  call: Call & { readonly caller: Caller },
  { method, path, headers }: WireRequest,
  bytes: Uint8Array,
): Promise<Outcome<Reply>> {
  const feedPath = /^\/sync\/v1\/feed\?after=(\d+)$/u.exec(path);
  if (feedPath !== null) return asJson(await readFeed(call, Number(feedPath[1])));
  const modelPath = /^\/sync\/v1\/models\/([0-9a-f]{64})\/package$/u.exec(path);
  if (modelPath !== null) return givePackage(call, modelPath[1] ?? '', headers['range']);
  if (path === syncPaths.items) {
    const input = sendItemsSchema.safeParse(parsed(bytes));
    return input.success ? asJson(await receiveItems(call, input.data)) : malformed;
  }
  const receiptPath = /^\/sync\/v1\/sessions\/([^/]+)\/receipt$/u.exec(path);
  if (receiptPath !== null) {
    const sessionId = sessionIdSchema.parse(receiptPath[1]);
    const input = receiptRequestSchema.safeParse(parsed(bytes));
    return input.success ? asJson(await giveReceipt(call, sessionId, input.data)) : malformed;
  }
  if (path === syncPaths.uploads) {
    const metadata = readUploadMetadata(headers['upload-metadata'] ?? '');
    if (metadata === undefined) return malformed;
    const created = await createUpload(call, traffic, {
      metadata,
      lengthBytes: Number(headers['upload-length']),
    });
    if (!created.ok) return created;
    const { id, isNew, offsetBytes } = created.value;
    return done({
      status: isNew ? 201 : 200,
      headers: { location: syncPaths.upload(id), 'upload-offset': String(offsetBytes) },
    });
  }
  if (method === 'HEAD') {
    const found = await findUpload(call, traffic, uploadIdOf(path));
    return found.ok
      ? done({ status: 200, headers: { 'upload-offset': String(found.value.offsetBytes) } })
      : found;
  }
  return refuse('not-found', 'there is nothing here');
}

async function givePackage(call: Call, sha256: string, range: string | undefined): Promise<Outcome<Reply>> {
  const found = await readPackage(call, { sha256 });
  if (!found.ok) return found;
  const { sizeBytes } = found.value;
  const start = Number(/^bytes=(\d+)-$/u.exec(range ?? '')?.[1] ?? 0);
  const chunks = await found.value.chunks({ start, end: sizeBytes });
  if (chunks === undefined) return refuse('not-ready', 'the package cannot be read');
  return done({
    status: range === undefined ? 200 : 206,
    headers: { 'content-range': `bytes ${String(start)}-${String(sizeBytes - 1)}/${String(sizeBytes)}` },
    bytes: await bytesOf(chunks),
  });
}

async function append(
  { traffic }: Door,
  call: Call,
  { path, headers }: WireRequest,
  chunks: Body,
): Promise<Outcome<Reply>> {
  const appended = await appendToUpload(call, traffic, {
    uploadId: uploadIdOf(path),
    offsetBytes: Number(headers['upload-offset']),
    contentLength: Number(headers['content-length']),
    chunks,
  });
  if (!appended.ok) return appended;
  return done({ status: 204, headers: { 'upload-offset': String(appended.value.offsetBytes) } });
}

const malformed = refuse('invalid-input', 'the call is not as the contract has it');

function uploadIdOf(path: string): string {
  return uploadIdSchema.parse(path.slice(syncPaths.uploads.length + 1));
}

function asJson<T>(outcome: Outcome<T>): Outcome<Reply> {
  return outcome.ok ? done({ status: 200, json: outcome.value }) : outcome;
}

async function jsonOf(body: Body): Promise<unknown> {
  return parsed(await bytesOf(body));
}

function parsed(bytes: Uint8Array): unknown {
  return JSON.parse(Buffer.from(bytes).toString('utf8'));
}

async function bytesOf(body: Body): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of body) pieces.push(piece);
  return Buffer.concat(pieces);
}
