/** The registry over HTTPS, as a person who signed in: tokens are kept in memory and asked for anew when they end. */
import type { z } from 'zod';
import { refusalSchema } from '../../../contract/registry/problems.ts';
import { tokenAnswerSchema } from '../../../contract/registry/routes.ts';
import { done, refuse, type Outcome } from '../../core/outcome.ts';
import { readJson, reasonOf } from '../system/http.ts';

export interface RegistrySignIn {
  /** https, or http on this very machine; a path is kept: a registry may stand behind one. */
  readonly url: string;
  readonly username: string;
  readonly password: string;
}

export interface RegistryRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With its leading slash and, where there is one, its query. */
  readonly path: string;
  /** Sent as JSON. */
  readonly json?: unknown;
  readonly bytes?: Uint8Array;
  readonly contentType?: string;
  /** Of the whole call, answer read or not; 120 s where not said. */
  readonly timeLimitMs?: number;
}

/** A refusal that the registry gave, with its code (`not-found`, `conflict`, …); `status` 0 where nothing answered. */
export interface RegistryRefusal {
  readonly status: number;
  readonly code: string;
}

export interface RegistryConnection {
  /** Without a slash at its end. */
  readonly url: string;
  readonly username: string;
  /**
   * The answer of a call that succeeded, its body unread. A refusal of the registry is told to `onRefusal` too, for
   * who can go on where something is not there.
   */
  ask(request: RegistryRequest, onRefusal?: (refusal: RegistryRefusal) => void): Promise<Outcome<Response>>;
  /** The JSON that a call answers, by its schema. */
  askJson<T>(
    request: RegistryRequest,
    schema: z.ZodType<T>,
    onRefusal?: (refusal: RegistryRefusal) => void,
  ): Promise<Outcome<T>>;
}

const defaultTimeLimitMs = 120_000;

/** Signs in with the first call. Refuses an address that cannot be a registry's. */
export function connectRegistry(signIn: RegistrySignIn): Outcome<RegistryConnection> {
  const address = readAddress(signIn.url);
  if (!address.ok) return address;
  const url = address.value;
  let token: string | undefined;

  const send = async (
    { method, path, json, bytes, contentType, timeLimitMs = defaultTimeLimitMs }: RegistryRequest,
    authorization?: string,
  ): Promise<Outcome<Response>> => {
    const type = contentType ?? (json === undefined ? undefined : 'application/json');
    const body = json === undefined ? bytes : JSON.stringify(json);
    try {
      const answer = await fetch(`${url}${path}`, {
        method,
        // A token goes to the registry and nowhere else.
        redirect: 'error',
        signal: AbortSignal.timeout(timeLimitMs),
        headers: {
          accept: '*/*',
          ...(type === undefined ? {} : { 'content-type': type }),
          ...(authorization === undefined ? {} : { authorization }),
        },
        ...(body === undefined ? {} : { body: body as string | Uint8Array<ArrayBuffer> }),
      });
      return done(answer);
    } catch (cause) {
      return refuse(
        `the registry at ${url} does not answer (${reasonOf(cause)})`,
        'Check its address and that it runs, then do the same again.',
      );
    }
  };

  const signInAgain = async (onRefusal?: (refusal: RegistryRefusal) => void): Promise<Outcome<string>> => {
    const { username, password } = signIn;
    const answer = await send({
      method: 'POST',
      path: '/oauth/token',
      contentType: 'application/x-www-form-urlencoded',
      bytes: new TextEncoder().encode(
        new URLSearchParams({ grant_type: 'password', username, password }).toString(),
      ),
    });
    if (!answer.ok) return answer;
    if (!answer.value.ok) return refusalOf(answer.value, `sign in as ${username} at ${url}`, onRefusal);
    const parsed = tokenAnswerSchema.safeParse(await readJson(answer.value));
    if (!parsed.success) return noRegistry(url);
    token = `Bearer ${parsed.data.access_token}`;
    return done(token);
  };

  const ask: RegistryConnection['ask'] = async (request, onRefusal) => {
    const what = `answer ${request.method} ${request.path.split('?')[0]!} at ${url}`;
    for (let isSecond = false; ; isSecond = true) {
      const authorization: Outcome<string> = token === undefined ? await signInAgain(onRefusal) : done(token);
      if (!authorization.ok) return authorization;
      const answer = await send(request, authorization.value);
      if (!answer.ok) {
        onRefusal?.({ status: 0, code: 'no-answer' });
        return answer;
      }
      if (answer.value.ok) return answer;
      if (answer.value.status !== 401 || isSecond) return refusalOf(answer.value, what, onRefusal);
      // Tokens are short: this one may just have ended.
      await answer.value.body?.cancel();
      token = undefined;
    }
  };

  return done({
    url,
    username: signIn.username,
    ask,
    async askJson(request, schema, onRefusal) {
      const answer = await ask(request, onRefusal);
      if (!answer.ok) return answer;
      const parsed = schema.safeParse(await readJson(answer.value));
      return parsed.success ? done(parsed.data) : noRegistry(url);
    },
  });
}

function readAddress(text: string): Outcome<string> {
  const wayOut = 'Give the address of the registry, for example https://registry.example.';
  let parsed: URL;
  try {
    parsed = new URL(text);
  } catch {
    return refuse(`"${text}" is not an address`, wayOut);
  }
  const { protocol, hostname, username, password, search, hash } = parsed;
  const isLoopback = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/u.test(hostname);
  if (protocol !== 'https:' && !(protocol === 'http:' && isLoopback)) {
    return refuse('the registry is only spoken to by https (by http only on this machine)', wayOut);
  }
  if (username !== '' || password !== '' || search !== '' || hash !== '') {
    return refuse('the address of the registry holds a user, a query or a fragment', wayOut);
  }
  return done(`${parsed.origin}${parsed.pathname.replace(/\/+$/u, '')}`);
}

async function refusalOf(
  answer: Response,
  what: string,
  onRefusal: ((refusal: RegistryRefusal) => void) | undefined,
): Promise<Outcome<never>> {
  const parsed = refusalSchema.safeParse(await readJson(answer));
  const { code, detail, facts = {} } = parsed.success ? parsed.data : { detail: '' };
  const known = code ?? `status-${String(answer.status)}`;
  onRefusal?.({ status: answer.status, code: known });
  return refuse(
    `the registry refused to ${what}: ${detail === '' ? known : `${detail} (${known})`}`,
    wayOutOf(answer.status, known),
    Object.entries(facts).map(([name, value]) => `${name}: ${String(value)}`),
  );
}

function wayOutOf(status: number, code: string): string {
  if (code === 'locked-out' || status === 429) return 'Wait some minutes, then try again.';
  if (status === 401) return 'Check the username and the file of the password.';
  if (status === 403) return 'Ask someone whose account has the right.';
  if (status >= 500) return 'Try again later; if it stays, look into the log of the registry.';
  return 'Correct what is named.';
}

function noRegistry(url: string): Outcome<never> {
  return refuse(
    `what answers at ${url} is not a registry of this version`,
    'Check the address and the versions.',
  );
}
