/** Whether an answer is the registry's, and what its refusals mean. */
import { createHash } from 'node:crypto';
import type { z } from 'zod';
import { refusalSchema, registryProblems } from '../../../contract/registry/problems.ts';
import { answerSigningText } from '../../../contract/registry/sync.ts';
import { fail, ok, type Result } from '../../../contract/result.ts';
import type { Signing } from '../../ports/signing.ts';

export interface RawAnswer {
  readonly status: number;
  /** In lower case. */
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Uint8Array;
}

export interface AskedCall {
  readonly requestId: string;
  readonly method: string;
  readonly path: string;
}

export function headerOf({ headers }: Pick<RawAnswer, 'headers'>, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value : undefined;
}

/** Signed with the key of this registry, over this call, this status and these very bytes. */
export function isSigned(
  signing: Signing,
  publicKey: string,
  keyId: string,
  asked: AskedCall,
  answer: RawAnswer,
): boolean {
  const [signedBy, signature, ...more] = (headerOf(answer, 'spira-signature') ?? '').split('.');
  if (signedBy !== keyId || signature === undefined || more.length > 0) return false;
  const bodySha256 = createHash('sha256').update(answer.body).digest('hex');
  const { status } = answer;
  return signing.verify(publicKey, answerSigningText({ ...asked, status, bodySha256 }), signature);
}

export function jsonOf<T>(schema: z.ZodType<T>, answer: RawAnswer): Result<T> {
  if (!/^application\/json\b/iu.test(headerOf(answer, 'content-type') ?? '')) {
    return fail('registry-answer-invalid', { reason: 'content-type' });
  }
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(answer.body).toString('utf8'));
  } catch {
    return fail('registry-answer-invalid', { reason: 'json' });
  }
  const parsed = schema.safeParse(value);
  return parsed.success ? ok(parsed.data) : fail('registry-answer-invalid', { reason: 'schema' });
}

/** What a refusal that is signed means for whoever asked. */
export function refusalOf(answer: RawAnswer): Result<never> {
  const refusal = jsonOf(refusalSchema, answer);
  if (!refusal.ok) {
    return answer.status >= 500 || answer.status === 429
      ? fail('registry-busy', waitOf(answer))
      : fail('registry-item-refused', { code: `status-${String(answer.status)}` });
  }
  const { code = '', serverTime } = refusal.value;
  switch (code) {
    case 'clock-skew':
      return fail('registry-clock', serverTime === undefined ? {} : { serverTime });
    case 'not-authenticated':
    case 'token-expired':
    case 'workstation-revoked':
    case 'forbidden':
      return fail('registry-refused', { code });
    case 'wrong-credentials':
      return fail('registry-code-wrong');
    case 'too-many-requests':
    case 'locked-out':
    case 'storage-unavailable':
    case 'not-ready':
    case 'internal':
      return fail('registry-busy', { code, ...waitOf(answer) });
    default: {
      const known = Object.hasOwn(registryProblems, code) ? code : `status-${String(answer.status)}`;
      return answer.status >= 500
        ? fail('registry-busy', { code: known, ...waitOf(answer) })
        : fail('registry-item-refused', { code: known });
    }
  }
}

const longestWaitMs = 60 * 60_000;

export function waitOf(answer: RawAnswer): { readonly retryAfterMs?: number } {
  const seconds = Number(headerOf(answer, 'retry-after') ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0
    ? { retryAfterMs: Math.min(longestWaitMs, seconds * 1000) }
    : {};
}
