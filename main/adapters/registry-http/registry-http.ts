/**
 * The registry over HTTP. What comes back is believed only where it is signed with the registry's key over this very
 * call: a captive portal, a proxy's page or an old answer is `registry-answer-invalid`, whatever its status says.
 */
import { Readable } from 'node:stream';
import {
  enrolAnswerSchema,
  feedAnswerSchema,
  helloAnswerSchema,
  receiptAnswerSchema,
  sendItemsAnswerSchema,
  syncPaths,
} from '../../../contract/registry/sync.ts';
import { fail, ok, type Result } from '../../../contract/result.ts';
import type { Cancellation } from '../../ports/cancellation.ts';
import type { RegistryPeople } from '../../ports/registry-people.ts';
import type { Registry, RegistryPeers, UploadBody } from '../../ports/registry.ts';
import { readAddress } from './address.ts';
import { headerOf, isSigned, jsonOf, refusalOf } from './answers.ts';
import { failureOf, maximumAnswerBytes, openLines, type Asked, type RegistryHttpOptions } from './lines.ts';
import { peopleHttp } from './people-http.ts';
import { newRequestId } from './proof.ts';

export interface RegistryHttp extends Registry {
  /** The same registry for the people at this PC, over the same lines. */
  readonly people: RegistryPeople;
  /** Ends the lines that are kept open for the next call. */
  close(): void;
}

/** The registry decodes a whole recording before it answers the last byte. */
const checkTimeoutMs = 120_000;
const pieceBytes = 16 * 1024;
const tusVersion = '1.0.0';

export function registryHttp(options: RegistryHttpOptions): RegistryHttp {
  const { signing } = options;
  const lines = openLines(options);
  const { ask, askSigned, askJson, timeoutMs } = lines;

  return {
    people: peopleHttp(lines),
    async hello(peers, cancellation) {
      const asked: Asked = { address: peers, method: 'GET', path: syncPaths.hello, cancellation };
      const answer = await askJson(helloAnswerSchema, asked, peers.answerKey);
      if (!answer.ok) return answer;
      return answer.value.registryId === peers.registryId
        ? ok({ serverTime: answer.value.serverTime })
        : fail('registry-other', { reason: 'registry' });
    },
    async enrol(address, request, cancellation) {
      const path = syncPaths.enrol;
      const answer = await ask({ address, method: 'POST', path, json: request, cancellation });
      if (!answer.ok) return answer;
      const raw = answer.value;
      if (raw.status < 200 || raw.status >= 300) {
        // Which key would sign a refusal is not known yet: it is believed as far as it says no.
        const refused = refusalOf(raw);
        return refused.ok || refused.problem.code === 'registry-item-refused'
          ? fail('registry-answer-invalid', { reason: 'status', status: raw.status })
          : refused;
      }
      const enrolled = jsonOf(enrolAnswerSchema, raw);
      if (!enrolled.ok) return enrolled;
      const { answerKey } = enrolled.value;
      const call = { requestId: raw.requestId, method: 'POST', path };
      return isSigned(signing, answerKey.publicKey, answerKey.keyId, call, raw)
        ? enrolled
        : fail('registry-answer-invalid', { reason: 'signature' });
    },
    sendItems: (peers, request, cancellation) =>
      askJson(
        sendItemsAnswerSchema,
        { address: peers, peers, method: 'POST', path: syncPaths.items, json: request, cancellation },
        peers.answerKey,
      ),
    async createUpload(peers, { metadata, sizeBytes }, cancellation) {
      const told = Object.entries(metadata)
        .map(([name, value]) => `${name} ${Buffer.from(value, 'utf8').toString('base64')}`)
        .join(',');
      const asked: Asked = {
        address: peers,
        peers,
        method: 'POST',
        path: syncPaths.uploads,
        headers: {
          'tus-resumable': tusVersion,
          'upload-length': String(sizeBytes),
          'upload-metadata': told,
          'content-length': '0',
        },
        cancellation,
      };
      const answer = await askSigned(asked, peers.answerKey);
      if (!answer.ok) return answer;
      const url = uploadPath(headerOf(answer.value, 'location'));
      const offsetBytes = wholeNumber(headerOf(answer.value, 'upload-offset')) ?? 0;
      return url === undefined || offsetBytes > sizeBytes
        ? fail('registry-answer-invalid', { reason: 'location' })
        : ok({ url, offsetBytes });
    },
    async uploadOffset(peers, url, cancellation) {
      const asked: Asked = {
        address: peers,
        peers,
        method: 'HEAD',
        path: url,
        headers: { 'tus-resumable': tusVersion },
        cancellation,
      };
      const answer = await ask(asked);
      if (!answer.ok) return answer;
      const { status, requestId } = answer.value;
      // A refused HEAD cannot be believed, for its signature covers a body that HEAD has not: offering the file again,
      // which changes nothing, brings an answer that can.
      if (status !== 200) return fail('registry-item-refused', { code: 'not-found' });
      const { answerKey } = peers;
      const call = { requestId, method: 'HEAD', path: url };
      const offsetBytes = wholeNumber(headerOf(answer.value, 'upload-offset'));
      return isSigned(signing, answerKey.publicKey, answerKey.keyId, call, answer.value) &&
        offsetBytes !== undefined
        ? ok({ offsetBytes })
        : fail('registry-answer-invalid', { reason: 'signature', status });
    },
    async upload(peers, body, cancellation) {
      const sizeBytes = body.bytes.length - body.offsetBytes;
      const asked: Asked = {
        address: peers,
        peers,
        method: 'PATCH',
        path: body.url,
        headers: {
          'tus-resumable': tusVersion,
          'upload-offset': String(body.offsetBytes),
          'content-type': 'application/offset+octet-stream',
        },
        stream: {
          sizeBytes,
          open: (moved) =>
            Readable.from(piecesOf(body, moved), { objectMode: false, highWaterMark: pieceBytes }),
        },
        cancellation,
        timeoutMs: Math.max(timeoutMs, checkTimeoutMs),
      };
      const answer = await askSigned(asked, peers.answerKey);
      if (!answer.ok) return answer;
      const offsetBytes = wholeNumber(headerOf(answer.value, 'upload-offset'));
      return answer.value.status === 204 && offsetBytes !== undefined && offsetBytes <= body.bytes.length
        ? ok({ offsetBytes })
        : fail('registry-answer-invalid', { reason: 'upload-offset' });
    },
    askReceipt: (peers, sessionId, request, cancellation) =>
      askJson(
        receiptAnswerSchema,
        {
          address: peers,
          peers,
          method: 'POST',
          path: syncPaths.receipt(sessionId),
          json: request,
          cancellation,
        },
        peers.answerKey,
      ),
    feed: (peers, after, cancellation) =>
      askJson(
        feedAnswerSchema,
        { address: peers, peers, method: 'GET', path: syncPaths.feed(after), cancellation },
        peers.answerKey,
      ),
    modelPackage: (peers, wanted, receive, cancellation) => download(peers, wanted, receive, cancellation),
    close: () => lines.close(),
  };

  /** Not signed as it streams: its hash is in the feed, and the receiver compares. */
  async function download(
    peers: RegistryPeers,
    { sha256, packageSha256, packageBytes, offsetBytes }: Parameters<Registry['modelPackage']>[1],
    receive: (piece: Uint8Array) => Promise<void>,
    cancellation: Cancellation,
  ): Promise<Result<null>> {
    const address = readAddress(peers);
    if (!address.ok) return address;
    const path = syncPaths.modelPackage(sha256);
    // RFC 9110, section 13.1.5: of another content no part is given, but the whole.
    const headers = { range: `bytes=${String(offsetBytes)}-`, 'if-range': `"${packageSha256}"` };
    const asked: Asked = {
      address: peers,
      peers,
      method: 'GET',
      path,
      cancellation,
      ...(offsetBytes === 0 ? {} : { headers }),
    };
    const watch = lines.watch(cancellation);
    try {
      const requestId = newRequestId();
      const response = await lines.exchange(asked, address.value, requestId, 'stream', watch);
      if (!response.ok) return response;
      const { status, headers: told, data } = response.value;
      const stream = data as Readable;
      const isContent = status === 200 || status === 206;
      // A server that does not know ranges sends it all: what is here already is passed over.
      let received = status === 206 ? startOf(told['content-range']) : 0;
      if (received === undefined || received > offsetBytes) {
        stream.destroy();
        return fail('registry-answer-invalid', { reason: 'range' });
      }
      const limit = isContent ? packageBytes : maximumAnswerBytes;
      const parts: Uint8Array[] = [];
      for await (const piece of stream as AsyncIterable<Uint8Array>) {
        watch.moved();
        const isNewFrom = isContent ? Math.max(0, offsetBytes - received) : 0;
        received += piece.length;
        if (received > limit) {
          stream.destroy();
          return fail('registry-answer-invalid', { reason: 'too-long' });
        }
        if (!isContent) parts.push(piece);
        else if (isNewFrom < piece.length) await receive(piece.subarray(isNewFrom));
      }
      if (isContent) {
        return received === packageBytes ? ok(null) : fail('registry-unreachable', { reason: 'cut' });
      }
      const answer = { status, headers: { ...told }, body: Buffer.concat(parts) };
      const call = { requestId, method: 'GET', path };
      const { answerKey } = peers;
      return isSigned(signing, answerKey.publicKey, answerKey.keyId, call, answer)
        ? refusalOf(answer)
        : fail('registry-answer-invalid', { reason: 'signature', status });
    } catch (cause) {
      return failureOf(cause, cancellation.isCancelled);
    } finally {
      watch.end();
    }
  }
}

async function* piecesOf(
  { bytes, offsetBytes, pace, onProgress }: UploadBody,
  moved: () => void,
): AsyncGenerator<Uint8Array> {
  for (let at = offsetBytes; at < bytes.length; at += pieceBytes) {
    const piece = bytes.subarray(at, at + pieceBytes);
    await pace(piece.length);
    moved();
    yield piece;
    onProgress(at + piece.length);
  }
}

/** A place that the registry gave: a path of its uploads, whatever host it was told for. */
function uploadPath(location: string | undefined): string | undefined {
  const path = /^(?:https?:\/\/[^/]+)?(?:\/[^?#]*)?(\/sync\/v1\/uploads\/[0-9a-f-]{36})$/u.exec(
    location ?? '',
  )?.[1];
  return path;
}

/** First byte of a part of RFC 9110. */
function startOf(contentRange: unknown): number | undefined {
  return wholeNumber(/^bytes (\d+)-\d+\/\d+$/u.exec(String(contentRange))?.[1]);
}

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/u.test(text) ? Number(text) : undefined;
}
