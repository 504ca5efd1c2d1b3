/** An MLflow tracking server over its REST API (https://mlflow.org/docs/latest/rest-api.html). */
import { z } from 'zod';
import { done, refuse, type Outcome } from '../../core/outcome.ts';
import { readJson, reasonOf } from '../system/http.ts';

export interface MlflowSettings {
  readonly uri: string;
  /** Sent as a bearer token; before username and password, as MLflow's own clients do. */
  readonly token?: string | undefined;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
}

export interface MlflowConnection {
  /** A call of the tracking API, its answer by the schema. */
  call<T>(call: ApiCall, schema: z.ZodType<T>): Promise<Outcome<T>>;
  /** Puts a file where the server proxies artefacts; `path` as in a run's artifact_uri. */
  put(path: string, bytes: Uint8Array): Promise<Outcome<null>>;
}

interface ApiCall {
  readonly method: 'GET' | 'POST';
  /** After `/api/2.0/mlflow/`. */
  readonly path: string;
  /** In the query for GET, as JSON for POST. */
  readonly content: Readonly<Record<string, unknown>>;
  /** Error codes that stand for an answer of nothing: then the schema is given an empty object. */
  readonly nothingOn?: readonly string[];
}

const timeLimitMs = 30_000;
const bytesPerMs = 100;
const errorSchema = z.object({ error_code: z.string(), message: z.string().optional() });

/** Refuses an address that is none of a server, and credentials that would be sent in the open. */
export function connectMlflow({ uri, token, username, password }: MlflowSettings): Outcome<MlflowConnection> {
  const wayOut = 'Correct MLFLOW_TRACKING_URI.';
  let address: URL;
  try {
    address = new URL(uri);
  } catch {
    return refuse('MLFLOW_TRACKING_URI is not the address of a server', wayOut);
  }
  if (address.protocol !== 'https:' && address.protocol !== 'http:') {
    return refuse(
      `MLflow is spoken to over http or https, not ${address.protocol}`,
      'Start "mlflow server" there.',
    );
  }
  if (address.username !== '' || address.password !== '') {
    return refuse(
      'MLFLOW_TRACKING_URI holds credentials',
      'Give them by MLFLOW_TRACKING_USERNAME and _PASSWORD.',
    );
  }
  const authorization = authorizationOf({ token, username, password });
  const isOnThisMachine = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/u.test(address.hostname);
  if (authorization !== undefined && address.protocol === 'http:' && !isOnThisMachine) {
    return refuse('credentials for MLflow would go over the line in the open', 'Use https.');
  }
  const base = `${address.origin}${address.pathname.replace(/\/+$/u, '')}`;

  const send = async (url: string, request: RequestInit, limitMs: number): Promise<Outcome<Response>> => {
    try {
      return done(
        await fetch(`${base}${url}`, {
          ...request,
          redirect: 'error',
          signal: AbortSignal.timeout(limitMs),
          headers: {
            ...(request.headers as Record<string, string> | undefined),
            ...(authorization === undefined ? {} : { authorization }),
          },
        }),
      );
    } catch (cause) {
      return refuse(`MLflow at ${base} does not answer (${reasonOf(cause)})`, 'Try again later.');
    }
  };

  return done({
    async call({ method, path, content, nothingOn = [] }, schema) {
      const url = `/api/2.0/mlflow/${path}`;
      const answer =
        method === 'GET'
          ? await send(
              `${url}?${new URLSearchParams(content as Record<string, string>).toString()}`,
              {},
              timeLimitMs,
            )
          : await send(
              url,
              {
                method,
                headers: { 'content-type': 'application/json' },
                body: JSON.stringify(content),
              },
              timeLimitMs,
            );
      if (!answer.ok) return answer;
      const json = await readJson(answer.value);
      if (!answer.value.ok) {
        const error = errorSchema.safeParse(json);
        const code = error.success ? error.data.error_code : `status ${String(answer.value.status)}`;
        const parsed = nothingOn.includes(code) ? schema.safeParse({}) : undefined;
        if (parsed?.success === true) return done(parsed.data);
        const message = error.success ? `, ${(error.data.message ?? '').slice(0, 200)}` : '';
        return refuse(`MLflow refused ${path} (${code}${message})`, wayOutOf(answer.value.status));
      }
      const parsed = schema.safeParse(json);
      return parsed.success
        ? done(parsed.data)
        : refuse(`what answers ${path} at ${base} is not MLflow as it is known here`, wayOut);
    },
    async put(path, bytes) {
      const place = path.split('/').map(encodeURIComponent).join('/');
      const answer = await send(
        `/api/2.0/mlflow-artifacts/artifacts/${place}`,
        {
          method: 'PUT',
          headers: { 'content-type': 'application/octet-stream' },
          body: bytes as Uint8Array<ArrayBuffer>,
        },
        timeLimitMs + Math.ceil(bytes.length / bytesPerMs),
      );
      if (!answer.ok) return answer;
      await answer.value.body?.cancel();
      const { status } = answer.value;
      return answer.value.ok
        ? done(null)
        : refuse(`MLflow refused an artefact (status ${String(status)})`, wayOutOf(status));
    },
  });
}

function authorizationOf({ token, username, password }: Omit<MlflowSettings, 'uri'>): string | undefined {
  if (token !== undefined) return `Bearer ${token}`;
  if (username === undefined) return undefined;
  return `Basic ${Buffer.from(`${username}:${password ?? ''}`).toString('base64')}`;
}

function wayOutOf(status: number): string {
  return status === 401 || status === 403
    ? 'Check MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD.'
    : 'Look into the log of the MLflow server.';
}
