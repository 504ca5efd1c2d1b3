/** The registry's own routes over HTTP, for a person with a token. */
import type { Readable } from 'node:stream';
import { askSignatureHeader, helloAnswerSchema, syncPaths } from '../../../contract/registry/sync.ts';
import { refusalSchema } from '../../../contract/registry/problems.ts';
import { routes, tokenAnswerSchema } from '../../../contract/registry/routes.ts';
import { fail, ok, type Result } from '../../../contract/result.ts';
import type { Cancellation } from '../../ports/cancellation.ts';
import type { RegistryPeople, RegistryPlace, RegistryTokens } from '../../ports/registry-people.ts';
import { readAddress } from './address.ts';
import { headerOf, jsonOf, waitOf, type RawAnswer } from './answers.ts';
import { failureOf, maximumAnswerBytes, type Asked, type Lines } from './lines.ts';
import { newRequestId } from './proof.ts';

export function peopleHttp(lines: Lines): RegistryPeople {
  /** Signed, whatever it says; refusals as a person's problems. */
  async function askPlace(place: RegistryPlace, asked: Omit<Asked, 'address'>): Promise<Result<RawAnswer>> {
    const headers = { ...asked.headers, [askSignatureHeader]: '1' };
    const answer = await lines.askKnown({ ...asked, address: place, headers }, place.answerKey);
    if (!answer.ok) return answer;
    const isFine = answer.value.status >= 200 && answer.value.status < 300;
    return isFine ? answer : refusalOfPerson(answer.value);
  }

  async function tokens(
    place: RegistryPlace,
    form: Readonly<Record<string, string>>,
    cancellation: Cancellation,
  ): Promise<Result<RegistryTokens>> {
    const { method, path } = routes['token.create'];
    const answer = await askPlace(place, { method, path, form, cancellation });
    if (!answer.ok) return answer;
    const parsed = jsonOf(tokenAnswerSchema, answer.value);
    if (!parsed.ok) return parsed;
    const { access_token: accessToken, refresh_token: refreshToken, expires_in: lifetimeS } = parsed.value;
    return ok({ accessToken, refreshToken, lifetimeS });
  }

  return {
    async signIn(place, { username, password }, cancellation) {
      const hello = await lines.askJson(
        helloAnswerSchema,
        { address: place, method: 'GET', path: syncPaths.hello, cancellation },
        place.answerKey,
      );
      if (!hello.ok) return hello;
      if (hello.value.registryId !== place.registryId) return fail('registry-other', { reason: 'registry' });
      return tokens(place, { grant_type: 'password', username, password }, cancellation);
    },
    async refresh(place, refreshToken, cancellation) {
      const answer = await tokens(
        place,
        { grant_type: 'refresh_token', refresh_token: refreshToken },
        cancellation,
      );
      return !answer.ok && answer.problem.code === 'wrong-credentials'
        ? fail('registry-sign-in-needed')
        : answer;
    },
    async revoke(place, token, cancellation) {
      const { method, path } = routes['token.revoke'];
      const answer = await askPlace(place, { method, path, form: { token }, cancellation });
      return answer.ok ? ok(null) : answer;
    },
    async ask(place, accessToken, { method, path, body }, cancellation) {
      const answer = await askPlace(place, {
        method,
        path,
        headers: { authorization: `Bearer ${accessToken}` },
        ...(body === undefined ? {} : { json: body }),
        cancellation,
      });
      if (!answer.ok) return answer;
      try {
        return ok<unknown>(JSON.parse(Buffer.from(answer.value.body).toString('utf8')));
      } catch {
        return fail('registry-answer-invalid', { reason: 'json' });
      }
    },
    async recording(place, accessToken, { path, maximumBytes }, cancellation) {
      const address = readAddress(place);
      if (!address.ok) return address;
      const watch = lines.watch(cancellation);
      try {
        const asked: Asked = {
          address: place,
          method: 'GET',
          path,
          headers: { authorization: `Bearer ${accessToken}`, [askSignatureHeader]: '1' },
          cancellation,
        };
        const requestId = newRequestId();
        const response = await lines.exchange(asked, address.value, requestId, 'stream', watch);
        if (!response.ok) return response;
        const { status, headers, data } = response.value;
        const isContent = status === 200;
        if (isContent && headerOf({ headers }, 'content-type') !== 'audio/wav') {
          (data as Readable).destroy();
          return fail('registry-answer-invalid', { reason: 'content-type' });
        }
        const body = await gather(
          data as Readable,
          isContent ? maximumBytes : maximumAnswerBytes,
          watch.moved,
        );
        if (body === undefined) {
          return isContent ? fail('too-large') : fail('registry-answer-invalid', { reason: 'too-long' });
        }
        if (!isContent) {
          const answer = { status, headers: { ...headers }, body };
          return lines.isKnown(place.answerKey, { requestId, method: 'GET', path }, answer)
            ? refusalOfPerson(answer)
            : fail('registry-answer-invalid', { reason: 'signature', status });
        }
        const length = Number(headers['content-length'] ?? body.length);
        return length === body.length ? ok(body) : fail('registry-unreachable', { reason: 'cut' });
      } catch (cause) {
        return failureOf(cause, cancellation.isCancelled);
      } finally {
        watch.end();
      }
    },
  };
}

/** The whole of a stream; undefined where it is longer. */
async function gather(
  stream: Readable,
  maximumBytes: number,
  moved: () => void,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of stream as AsyncIterable<Uint8Array>) {
    moved();
    length += part.length;
    if (length > maximumBytes) {
      stream.destroy();
      return undefined;
    }
    parts.push(part);
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** What a refusal means for a person who asked. */
function refusalOfPerson(answer: RawAnswer): Result<never> {
  const refusal = jsonOf(refusalSchema, answer);
  if (!refusal.ok) {
    return answer.status >= 500 || answer.status === 429 ? fail('registry-busy', waitOf(answer)) : refusal;
  }
  const { code = '', facts } = refusal.value;
  const waitS = facts?.['retryAfterS'];
  switch (code) {
    case 'wrong-credentials':
      return fail('wrong-credentials');
    case 'locked-out':
      return fail('locked-out', typeof waitS === 'number' ? { seconds: waitS } : {});
    case 'not-authenticated':
    case 'token-expired':
      return fail('registry-sign-in-needed');
    case 'forbidden':
      return fail('registry-forbidden');
    case 'not-found':
    case 'gone':
      return fail('not-found', { code });
    case 'conflict':
    case 'not-yet':
      return fail('conflict', { code });
    case 'too-large':
      return fail('too-large');
    default:
      return answer.status >= 500 || answer.status === 429
        ? fail('registry-busy', { code, ...waitOf(answer) })
        : fail('invalid-input', { code });
  }
}
