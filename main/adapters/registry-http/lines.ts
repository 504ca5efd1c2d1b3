/** Calls over HTTP, by which certificates and proxies, and what their ends mean; what they say is others' matter. */
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Readable } from 'node:stream';
import axios, { AxiosError, type AxiosResponse } from 'axios';
import type { z } from 'zod';
import type { NamedKey } from '../../../contract/registry/ids.ts';
import { requestIdHeader } from '../../../contract/registry/sync.ts';
import { fail, ok, type Result } from '../../../contract/result.ts';
import type { Cancellation } from '../../ports/cancellation.ts';
import type { Clock } from '../../ports/clock.ts';
import type { RegistryAddress, RegistryPeers } from '../../ports/registry.ts';
import type { Signing } from '../../ports/signing.ts';
import { trustedCertificates } from './certificates.ts';
import { readAddress, under, type ReadAddress } from './address.ts';
import { isSigned, jsonOf, refusalOf, type AskedCall, type RawAnswer } from './answers.ts';
import { newRequestId, proofOf } from './proof.ts';

export interface RegistryHttpOptions {
  readonly signing: Signing;
  readonly clock: Pick<Clock, 'after'>;
  /** How long an answer may take, and how long a line may be silent. */
  readonly timeoutMs?: number;
}

const usualTimeoutMs = 30_000;
export const maximumAnswerBytes = 16 * 1024 * 1024;

export interface Asked {
  readonly address: RegistryAddress;
  readonly method: 'GET' | 'POST' | 'PUT' | 'HEAD' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly form?: Readonly<Record<string, string>>;
  /** `moved` is to be called whenever a piece goes out. */
  readonly stream?: { readonly open: (moved: () => void) => Readable; readonly sizeBytes: number };
  /** Undefined: without a proof. */
  readonly peers?: RegistryPeers;
  readonly cancellation: Cancellation;
  readonly timeoutMs?: number;
}

export interface Lines {
  readonly timeoutMs: number;
  watch(cancellation: Cancellation, timeoutMs?: number): Silence;
  /** One exchange. `watch` ends it when nothing moved for too long, and is told what does. */
  exchange(
    asked: Asked,
    address: ReadAddress,
    requestId: string,
    responseType: 'arraybuffer' | 'stream',
    watch: Silence,
  ): Promise<Result<AxiosResponse<unknown>>>;
  ask(asked: Asked): Promise<Result<AskedAnswer>>;
  /** Whether an answer is signed with `key` over this call. */
  isKnown(key: NamedKey, call: AskedCall, answer: RawAnswer): boolean;
  /** Only what is signed with `key` comes through, whatever its status. */
  askKnown(asked: Asked, key: NamedKey): Promise<Result<RawAnswer>>;
  /** The same; refusals as a workstation's problems. */
  askSigned(asked: Asked, key: NamedKey): Promise<Result<RawAnswer>>;
  askJson<T>(schema: z.ZodType<T>, asked: Asked, key: NamedKey): Promise<Result<T>>;
  /** Ends the lines that are kept open for the next call. */
  close(): void;
}

export type AskedAnswer = RawAnswer & { readonly requestId: string };

export function openLines({ signing, clock, timeoutMs = usualTimeoutMs }: RegistryHttpOptions): Lines {
  const kept = { keepAlive: true, keepAliveMsecs: 10_000, maxSockets: 6, scheduling: 'lifo' } as const;
  const httpAgent = new HttpAgent(kept);
  let httpsAgent: HttpsAgent | undefined;
  // Certificates are checked as the system does; there is no way to switch that off.
  const https = (): HttpsAgent =>
    (httpsAgent ??= new HttpsAgent({
      ...kept,
      ca: trustedCertificates(),
      rejectUnauthorized: true,
      minVersion: 'TLSv1.2',
    }));

  async function exchange(
    asked: Asked,
    address: ReadAddress,
    requestId: string,
    responseType: 'arraybuffer' | 'stream',
    watch: Silence,
  ): Promise<Result<AxiosResponse<unknown>>> {
    const { method, path, peers, json, form, stream } = asked;
    const body =
      json !== undefined
        ? Buffer.from(JSON.stringify(json), 'utf8')
        : form === undefined
          ? undefined
          : Buffer.from(new URLSearchParams(form).toString(), 'utf8');
    const outgoing = stream?.open(watch.moved);
    const proven = stream === undefined ? (body ?? Buffer.alloc(0)) : undefined;
    try {
      const response = await axios.request<unknown>({
        url: under(address, path),
        method,
        headers: {
          ...asked.headers,
          ...(body === undefined
            ? {}
            : {
                'content-type': json === undefined ? 'application/x-www-form-urlencoded' : 'application/json',
              }),
          ...(stream === undefined ? {} : { 'content-length': String(stream.sizeBytes) }),
          ...(peers === undefined
            ? {}
            : {
                authorization: `Workstation ${proofOf(signing, peers, { requestId, method, path, body: proven })}`,
              }),
          accept: 'application/json',
          'accept-encoding': 'identity',
          'user-agent': 'spira-workstation',
          [requestIdHeader]: requestId,
        },
        data: outgoing ?? body,
        responseType,
        signal: watch.signal,
        maxRedirects: 0,
        maxContentLength: responseType === 'stream' ? -1 : maximumAnswerBytes,
        maxBodyLength: Number.POSITIVE_INFINITY,
        decompress: false,
        validateStatus: () => true,
        transformRequest: (data: unknown) => data,
        transformResponse: (data: unknown) => data,
        httpAgent,
        ...(address.url.protocol === 'https:' ? { httpsAgent: https() } : {}),
        // What runs on this very PC is never asked through somebody else.
        ...(address.isLoopback ? { proxy: false as const } : {}),
      });
      return ok(response);
    } catch (cause) {
      return failureOf(cause, asked.cancellation.isCancelled);
    } finally {
      outgoing?.destroy();
    }
  }

  async function ask(asked: Asked): Promise<Result<AskedAnswer>> {
    const address = readAddress(asked.address);
    if (!address.ok) return address;
    const requestId = newRequestId();
    const watch = watchSilence(clock, asked.cancellation, asked.timeoutMs ?? timeoutMs);
    try {
      const response = await exchange(asked, address.value, requestId, 'arraybuffer', watch);
      if (!response.ok) return response;
      const { status, headers, data } = response.value;
      const body = data instanceof Uint8Array ? data : Buffer.alloc(0);
      return ok({ status, headers: { ...headers }, body, requestId });
    } finally {
      watch.end();
    }
  }

  const isKnown: Lines['isKnown'] = (key, call, answer) =>
    isSigned(signing, key.publicKey, key.keyId, call, answer);

  async function askKnown(asked: Asked, key: NamedKey): Promise<Result<RawAnswer>> {
    const answer = await ask(asked);
    if (!answer.ok) return answer;
    const call = { requestId: answer.value.requestId, method: asked.method, path: asked.path };
    return isKnown(key, call, answer.value)
      ? answer
      : fail('registry-answer-invalid', { reason: 'signature', status: answer.value.status });
  }

  async function askSigned(asked: Asked, key: NamedKey): Promise<Result<RawAnswer>> {
    const answer = await askKnown(asked, key);
    if (!answer.ok) return answer;
    const isFine = answer.value.status >= 200 && answer.value.status < 300;
    return isFine ? answer : refusalOf(answer.value);
  }

  async function askJson<T>(schema: z.ZodType<T>, asked: Asked, key: NamedKey): Promise<Result<T>> {
    const answer = await askSigned(asked, key);
    return answer.ok ? jsonOf(schema, answer.value) : answer;
  }

  return {
    timeoutMs,
    watch: (cancellation, limitMs = timeoutMs) => watchSilence(clock, cancellation, limitMs),
    exchange,
    ask,
    isKnown,
    askKnown,
    askSigned,
    askJson,
    close() {
      httpAgent.destroy();
      httpsAgent?.destroy();
    },
  };
}

export interface Silence {
  readonly signal: AbortSignal;
  moved(): void;
  end(): void;
}

/** Ends a call on which nothing moves, and one that nobody wants any more. */
function watchSilence(clock: Pick<Clock, 'after'>, cancellation: Cancellation, timeoutMs: number): Silence {
  const controller = new AbortController();
  let timer = clock.after(timeoutMs, () => controller.abort());
  const leave = cancellation.subscribe(() => controller.abort());
  return {
    signal: controller.signal,
    moved() {
      timer.cancel();
      timer = clock.after(timeoutMs, () => controller.abort());
    },
    end() {
      timer.cancel();
      leave();
    },
  };
}

/** What the line did: its own word in lower case, and never an address or a header. */
export function failureOf(cause: unknown, isCancelled: boolean): Result<never> {
  if (isCancelled) return fail('registry-unreachable', { reason: 'cancelled' });
  if (!(cause instanceof AxiosError)) return fail('registry-unreachable', { reason: 'cut' }, cause);
  const { code = 'cut' } = cause;
  if (code === 'ERR_BAD_RESPONSE') return fail('registry-answer-invalid', { reason: 'too-long' }, cause);
  if (code === 'ERR_INVALID_URL') return fail('registry-address-invalid', { reason: 'form' }, cause);
  const reason = code === 'ERR_CANCELED' ? 'time-limit' : code.toLowerCase();
  return fail('registry-unreachable', { reason }, cause);
}
