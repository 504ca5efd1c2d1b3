/**
 * The line between one workstation and the registry: what is sent may come late, twice, in part or never, and something
 * else may answer. What comes back is read by the very code that reads it from HTTP.
 */
import { createHash } from 'node:crypto';
import type { z } from 'zod';
import type { NamedKey } from '../../contract/registry/ids.ts';
import {
  enrolAnswerSchema,
  feedAnswerSchema,
  helloAnswerSchema,
  receiptAnswerSchema,
  sendItemsAnswerSchema,
  syncPaths,
} from '../../contract/registry/sync.ts';
import { fail, ok, type Result } from '../../contract/result.ts';
import { uuidV7 } from '../../contract/uuid-v7.ts';
import { headerOf, isSigned, jsonOf, refusalOf } from '../../main/adapters/registry-http/answers.ts';
import type { Cancellation } from '../../main/ports/cancellation.ts';
import type { Registry, RegistryAddress, RegistryPeers, UploadBody } from '../../main/ports/registry.ts';
import type { KeyRing } from './keys.ts';
import { beginningMs, type Cluster } from './registry-cluster.ts';
import type { Chance, Timeline } from './timeline.ts';
import { inOnePiece, noBody, openPipe, type WireAnswer, type WireRequest } from './wire.ts';

export interface LineState {
  /** 0: a perfect line; 1: the worst. */
  roughness: number;
  isDown: boolean;
  /** A captive portal, a proxy's page, or somebody who plays the registry answers instead. */
  hasPortal: boolean;
}

export interface LineOptions {
  readonly name: string;
  readonly timeline: Timeline;
  readonly chance: Chance;
  readonly ring: KeyRing;
  /** Who is to be found at an address. */
  readonly clusterAt: (url: string) => Cluster;
  readonly trace: (line: string) => void;
  /** Between the line and the code that reads it, to plant a bug. */
  readonly misread?:
    ((request: WireRequest, answer: WireAnswer, isGenuine: boolean) => WireAnswer) | undefined;
}

const answerWithinMs = 30_000;
const checkWithinMs = 120_000;
/** Of a line on which nothing comes any more, at the registry's end. */
const silentForMs = 60_000;

interface Asked {
  readonly to: Pick<RegistryAddress, 'url'>;
  readonly method: WireRequest['method'];
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly stream?: UploadBody;
  readonly peers?: RegistryPeers;
  readonly cancellation: Cancellation;
}

type Heard = Result<WireAnswer & { readonly requestId: string }>;

export function openLine(options: LineOptions): Registry & { readonly state: LineState } {
  const { name, timeline, chance, ring, clusterAt, trace, misread } = options;
  const { station: signing, prove } = ring;
  const state: LineState = { roughness: 0, isDown: false, hasPortal: false };
  /** Genuine answers of earlier calls, for whoever plays them again. */
  const overheard: WireAnswer[] = [];

  const latency = (): number =>
    state.roughness === 0
      ? 20
      : chance.is(0.04 * state.roughness)
        ? chance.between(1000, 60_000)
        : chance.between(5, 400);

  function ask(asked: Asked): Promise<Heard> {
    const { method, path, peers, cancellation, stream } = asked;
    const cluster = clusterAt(asked.to.url);
    const requestId = uuidV7(beginningMs + timeline.now(), chance.bytes(10));
    const body = asked.json === undefined ? noBody : Buffer.from(JSON.stringify(asked.json), 'utf8');
    const proof =
      peers === undefined
        ? {}
        : { authorization: `Workstation ${proofOf(peers, { requestId, method, path, body, stream })}` };
    const request: WireRequest = { requestId, method, path, headers: { ...asked.headers, ...proof } };
    return new Promise<Heard>((resolve) => {
      let isOver = false;
      let leave = (): void => undefined;
      let silence = timeline.after(0, () => undefined);
      const settle = (heard: Heard): void => {
        if (isOver) return;
        isOver = true;
        leave();
        silence.cancel();
        resolve(heard);
      };
      const moved = (): void => {
        silence.cancel();
        silence = timeline.after(stream === undefined ? answerWithinMs : checkWithinMs, () =>
          settle(fail('registry-unreachable', { reason: 'time-limit' })),
        );
      };
      moved();
      leave = cancellation.subscribe(() => settle(fail('registry-unreachable', { reason: 'cancelled' })));
      if (isOver) return;
      const exchange: Exchange = {
        cluster,
        request,
        body,
        stream,
        moved,
        isOver: () => isOver,
        hear: (answer, isGenuine) => {
          const read = misread === undefined ? answer : misread(request, answer, isGenuine);
          settle(ok({ ...read, requestId }));
        },
        cut: (reason) => settle(fail('registry-unreachable', { reason })),
      };
      if (state.isDown) return goNowhere(exchange);
      if (state.hasPortal || chance.is(0.01 * state.roughness)) return meetPortal(exchange);
      if (stream === undefined) travel(exchange);
      else void sendPieces(exchange, stream);
    });
  }

  function proofOf(
    peers: RegistryPeers,
    call: Pick<WireRequest, 'requestId' | 'method' | 'path'> & {
      readonly body: Uint8Array;
      readonly stream: UploadBody | undefined;
    },
  ): string {
    return prove(peers.privateKey, {
      iss: peers.workstationId,
      aud: peers.registryId,
      iat: Math.floor(peers.registryNowMs() / 1000),
      jti: call.requestId,
      htm: call.method,
      htu: call.path,
      ...(call.stream === undefined
        ? { bodySha256: createHash('sha256').update(call.body).digest('hex') }
        : {}),
    });
  }

  interface Exchange {
    readonly cluster: Cluster;
    readonly request: WireRequest;
    readonly body: Uint8Array;
    readonly stream: UploadBody | undefined;
    readonly moved: () => void;
    readonly isOver: () => boolean;
    readonly hear: (answer: WireAnswer, isGenuine: boolean) => void;
    readonly cut: (reason: string) => void;
  }

  function note(what: string, { method, path }: WireRequest): void {
    trace(`${name} ${method} ${path.replace(/[0-9a-f]{8}-[0-9a-f-]{18}/gu, '')} ${what}`);
  }

  function goNowhere({ cut }: Exchange): void {
    // No route at all is told at once; a line that swallows everything, never.
    if (chance.is(0.7)) timeline.after(chance.between(1, 3000), () => cut('econnrefused'));
  }

  function meetPortal({ cluster, request, hear }: Exchange): void {
    note('meets a portal', request);
    timeline.after(chance.between(1, 500), () => hear(portalAnswer(cluster, request), false));
  }

  /** What somebody on the line would answer: a page, an error of a proxy, an old answer, or a lie without the key. */
  function portalAnswer({ signing: { answerKey } }: Cluster, request: WireRequest): WireAnswer {
    const html = Buffer.from('<html><body>Welcome</body></html>');
    const page = { 'content-type': 'text/html' };
    const signature = { 'spira-signature': `${answerKey.keyId}.${'A'.repeat(86)}` };
    switch (chance.between(0, 4)) {
      case 0:
        return { status: 200, headers: page, body: html };
      case 1:
        return { status: 302, headers: { location: 'http://portal.example/' }, body: noBody };
      case 2:
        return { status: 502, headers: page, body: html };
      case 3:
        if (overheard.length > 0) return chance.pick(overheard);
        return { status: 200, headers: page, body: html };
      default: {
        const json = lieFor(request);
        return {
          status: request.method === 'PATCH' ? 204 : 200,
          headers: {
            'content-type': 'application/json',
            'upload-offset': String(Number(request.headers['upload-length'] ?? 0) || lengthOf(request)),
            location: syncPaths.upload(uuidV7(beginningMs, chance.bytes(10))),
            ...signature,
          },
          body: Buffer.from(JSON.stringify(json)),
        };
      }
    }
  }

  function lengthOf({ headers }: WireRequest): number {
    return Number(headers['upload-offset'] ?? 0) + Number(headers['content-length'] ?? 0);
  }

  function lieFor({ path }: WireRequest): unknown {
    const serverTime = new Date(beginningMs + timeline.now()).toISOString();
    if (path === syncPaths.items) {
      const answers = Array.from({ length: 200 }, (_, index) => ({
        index,
        kind: null,
        id: null,
        outcome: 'stored',
        reason: null,
      }));
      return { serverTime, answers };
    }
    if (path.startsWith('/sync/v1/feed')) return { changes: [], next: 1_000_000, hasMore: false, serverTime };
    return { status: 'complete', serverTime };
  }

  /** The answer's way back; it may be lost although the work was done. */
  function comeBack({ request, hear, cut }: Exchange, answer: WireAnswer | undefined): void {
    if (answer === undefined) {
      // Whoever was there has died: some lines say so, others stay silent.
      if (chance.is(0.8)) timeline.after(chance.between(1, 300), () => cut('econnreset'));
      return;
    }
    if (overheard.length < 20) overheard.push(answer);
    if (state.isDown || chance.is(0.08 * state.roughness)) {
      note(`answer ${String(answer.status)} lost`, request);
      if (chance.is(0.6)) timeline.after(chance.between(1, 2000), () => cut('econnreset'));
      return;
    }
    timeline.after(latency(), () => hear(answer, true));
  }

  function travel(exchange: Exchange): void {
    const { cluster, request, body, cut } = exchange;
    if (chance.is(0.08 * state.roughness)) {
      note('lost', request);
      if (chance.is(0.5)) timeline.after(chance.between(1, 2000), () => cut('econnreset'));
      return;
    }
    const arrive = (): void => {
      void cluster.deliver(request, inOnePiece(body)).then((answer) => comeBack(exchange, answer));
    };
    timeline.after(latency(), arrive);
    if (chance.is(0.06 * state.roughness)) {
      note('comes twice', request);
      timeline.after(latency() + chance.between(0, 20_000), arrive);
    }
  }

  /** An upload, piece by piece, cut at any byte. */
  async function sendPieces(exchange: Exchange, stream: UploadBody): Promise<void> {
    const { cluster, request, moved, isOver, cut } = exchange;
    const { bytes, offsetBytes } = stream;
    const cutAt = chance.is(0.35 * state.roughness)
      ? chance.between(offsetBytes, bytes.length)
      : Number.POSITIVE_INFINITY;
    const pipe = openPipe();
    const breakOff = (): void => {
      // Told to the registry at once, or only by the silence that follows.
      if (chance.is(0.5)) pipe.break();
      else timeline.after(silentForMs, () => pipe.break());
    };
    await timeline.sleep(latency());
    void cluster.deliver(request, pipe.chunks).then((answer) => comeBack(exchange, answer));
    let at = offsetBytes;
    while (at < bytes.length) {
      const piece = Math.min(chance.between(1, 1024), bytes.length - at, Math.max(0, cutAt - at));
      if (piece === 0 || state.isDown) {
        note(`cut at ${String(at)} of ${String(bytes.length)}`, request);
        breakOff();
        if (chance.is(0.7)) timeline.after(chance.between(1, 2000), () => cut('econnreset'));
        break;
      }
      try {
        await stream.pace(piece);
        if (isOver()) return breakOff();
        moved();
        pipe.write(bytes.slice(at, at + piece));
        at += piece;
        stream.onProgress(at);
      } catch {
        // The workstation's own disk is full, or its power is gone: to the line it is a sender that fell silent.
        breakOff();
        cut('cut');
        break;
      }
      if (state.roughness > 0) await timeline.sleep(chance.between(0, 40));
    }
    if (at === bytes.length) pipe.end();
    if (chance.is(0.06 * state.roughness)) {
      note('comes twice', request);
      const again = bytes.slice(offsetBytes, at);
      timeline.after(chance.between(0, 20_000), () => void cluster.deliver(request, inOnePiece(again)));
    }
  }

  /** Piece by piece, cut at any byte. A page in its place is no package, and too short or too long for one. */
  async function receivePackage(
    bytes: Uint8Array,
    {
      lackingBytes,
      receive,
    }: { readonly lackingBytes: number; readonly receive: (piece: Uint8Array) => Promise<void> },
  ): Promise<Result<null>> {
    const cutAt = chance.is(0.3 * state.roughness)
      ? chance.between(0, bytes.length)
      : Number.POSITIVE_INFINITY;
    for (let at = 0; at < bytes.length;) {
      const end = Math.min(bytes.length, at + chance.between(1, 2048), cutAt);
      if (end === at || state.isDown) return fail('registry-unreachable', { reason: 'cut' });
      if (end > lackingBytes) return fail('registry-answer-invalid', { reason: 'too-long' });
      await receive(bytes.slice(at, end));
      at = end;
      if (state.roughness > 0) await timeline.sleep(chance.between(0, 40));
    }
    return bytes.length === lackingBytes ? ok(null) : fail('registry-unreachable', { reason: 'cut' });
  }

  async function askSigned(asked: Asked, key: NamedKey): Promise<Result<WireAnswer>> {
    const heard = await ask(asked);
    if (!heard.ok) return heard;
    const { method, path } = asked;
    const call = { requestId: heard.value.requestId, method, path };
    if (!isSigned(signing, key.publicKey, key.keyId, call, heard.value)) {
      return fail('registry-answer-invalid', { reason: 'signature', status: heard.value.status });
    }
    return heard.value.status >= 200 && heard.value.status < 300 ? heard : refusalOf(heard.value);
  }

  async function askJson<T>(schema: z.ZodType<T>, asked: Asked, key: NamedKey): Promise<Result<T>> {
    const answer = await askSigned(asked, key);
    return answer.ok ? jsonOf(schema, answer.value) : answer;
  }

  const offsetOf = (answer: WireAnswer): number => Number(headerOf(answer, 'upload-offset') ?? 0);

  return {
    state,
    async hello(peers, cancellation) {
      const asked: Asked = { to: peers, method: 'GET', path: syncPaths.hello, cancellation };
      const answer = await askJson(helloAnswerSchema, asked, peers.answerKey);
      if (!answer.ok) return answer;
      return answer.value.registryId === peers.registryId
        ? ok({ serverTime: answer.value.serverTime })
        : fail('registry-other', { reason: 'registry' });
    },
    async enrol(address, request, cancellation) {
      const asked: Asked = {
        to: address,
        method: 'POST',
        path: syncPaths.enrol,
        json: request,
        cancellation,
      };
      const heard = await ask(asked);
      if (!heard.ok) return heard;
      if (heard.value.status !== 200) {
        const refused = refusalOf(heard.value);
        return refused.ok || refused.problem.code === 'registry-item-refused'
          ? fail('registry-answer-invalid', { reason: 'status' })
          : refused;
      }
      const enrolled = jsonOf(enrolAnswerSchema, heard.value);
      if (!enrolled.ok) return enrolled;
      const { answerKey } = enrolled.value;
      const call = { requestId: heard.value.requestId, method: 'POST', path: syncPaths.enrol };
      return isSigned(signing, answerKey.publicKey, answerKey.keyId, call, heard.value)
        ? enrolled
        : fail('registry-answer-invalid', { reason: 'signature' });
    },
    sendItems: (peers, request, cancellation) =>
      askJson(
        sendItemsAnswerSchema,
        { to: peers, peers, method: 'POST', path: syncPaths.items, json: request, cancellation },
        peers.answerKey,
      ),
    async createUpload(peers, { metadata, sizeBytes }, cancellation) {
      const told = Object.entries(metadata)
        .map(([key, value]) => `${key} ${Buffer.from(value, 'utf8').toString('base64')}`)
        .join(',');
      const headers = { 'upload-length': String(sizeBytes), 'upload-metadata': told };
      const asked: Asked = {
        to: peers,
        peers,
        method: 'POST',
        path: syncPaths.uploads,
        headers,
        cancellation,
      };
      const answer = await askSigned(asked, peers.answerKey);
      if (!answer.ok) return answer;
      const url = headerOf(answer.value, 'location');
      const offsetBytes = offsetOf(answer.value);
      return url === undefined || offsetBytes > sizeBytes
        ? fail('registry-answer-invalid', { reason: 'location' })
        : ok({ url, offsetBytes });
    },
    async uploadOffset(peers, url, cancellation) {
      const heard = await ask({ to: peers, peers, method: 'HEAD', path: url, cancellation });
      if (!heard.ok) return heard;
      if (heard.value.status !== 200) return fail('registry-item-refused', { code: 'not-found' });
      const { answerKey } = peers;
      const call = { requestId: heard.value.requestId, method: 'HEAD', path: url };
      return isSigned(signing, answerKey.publicKey, answerKey.keyId, call, heard.value)
        ? ok({ offsetBytes: offsetOf(heard.value) })
        : fail('registry-answer-invalid', { reason: 'signature' });
    },
    async upload(peers, body, cancellation) {
      const headers = {
        'upload-offset': String(body.offsetBytes),
        'content-length': String(body.bytes.length - body.offsetBytes),
      };
      const asked: Asked = {
        to: peers,
        peers,
        method: 'PATCH',
        path: body.url,
        headers,
        stream: body,
        cancellation,
      };
      const answer = await askSigned(asked, peers.answerKey);
      if (!answer.ok) return answer;
      const offsetBytes = offsetOf(answer.value);
      return answer.value.status === 204 && offsetBytes <= body.bytes.length
        ? ok({ offsetBytes })
        : fail('registry-answer-invalid', { reason: 'upload-offset' });
    },
    askReceipt: (peers, sessionId, request, cancellation) =>
      askJson(
        receiptAnswerSchema,
        { to: peers, peers, method: 'POST', path: syncPaths.receipt(sessionId), json: request, cancellation },
        peers.answerKey,
      ),
    feed: (peers, after, cancellation) =>
      askJson(
        feedAnswerSchema,
        { to: peers, peers, method: 'GET', path: syncPaths.feed(after), cancellation },
        peers.answerKey,
      ),
    async modelPackage(peers, { sha256, packageBytes, offsetBytes }, receive, cancellation) {
      const path = syncPaths.modelPackage(sha256);
      const headers = { range: `bytes=${String(offsetBytes)}-` };
      const asked: Asked = {
        to: peers,
        peers,
        method: 'GET',
        path,
        cancellation,
        ...(offsetBytes === 0 ? {} : { headers }),
      };
      const heard = await ask(asked);
      if (!heard.ok) return heard;
      const { status, body } = heard.value;
      if (status !== 200 && status !== 206) {
        const { answerKey } = peers;
        const call = { requestId: heard.value.requestId, method: 'GET', path };
        return isSigned(signing, answerKey.publicKey, answerKey.keyId, call, heard.value)
          ? refusalOf(heard.value)
          : fail('registry-answer-invalid', { reason: 'signature', status });
      }
      return receivePackage(status === 206 ? body : body.subarray(offsetBytes), {
        lackingBytes: packageBytes - offsetBytes,
        receive,
      });
    },
  };
}
