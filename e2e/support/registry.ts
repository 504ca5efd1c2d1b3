/** The central registry as a real process, and people who use it over HTTP, as any client would. */
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import process from 'node:process';

const project = resolve(import.meta.dirname, '../..');
export const registryAdministrator = { username: 'central', password: 'ponte-milho-trovão' };
export const researcher = { username: 'pesquisa', password: 'nuvem-tijolo-abril' };

export interface RegistryProcess {
  readonly url: string;
  readonly port: number;
  output(): string;
  kill(): Promise<void>;
  stop(): Promise<number | null>;
}

/** Starts `npm run registry`'s program on a folder of its own and waits until it answers. */
export async function startRegistry(
  dataFolder: string,
  options: { readonly port?: number; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<RegistryProcess> {
  mkdirSync(dataFolder, { recursive: true });
  const child = spawn(process.execPath, ['registry/hosts/server.ts'], {
    cwd: project,
    env: {
      ...process.env,
      SPIRA_REGISTRY_DATA_FOLDER: dataFolder,
      SPIRA_REGISTRY_PORT: String(options.port ?? 0),
      ...options.env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  const gone = new Promise<number | null>((settle) => child.once('exit', (code) => settle(code)));
  const port = await new Promise<number>((settle, refuse) => {
    const read = (part: Buffer): void => {
      printed += part.toString('utf8');
      const found = /https?:\/\/(?:127\.0\.0\.1|localhost):(\d+)/u.exec(printed);
      if (found !== null) settle(Number(found[1]));
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    void gone.then((code) => refuse(new Error(`the registry ended with ${String(code)}: ${printed}`)));
  });
  return {
    url: `http://127.0.0.1:${String(port)}`,
    port,
    output: () => printed,
    kill: async () => {
      child.kill('SIGKILL');
      await gone;
    },
    stop: async () => {
      child.kill('SIGTERM');
      return gone;
    },
  };
}

interface Person {
  readonly username: string;
  readonly password: string;
}

/** Speaks to the registry as a person with a token; every answer that is not 2xx throws with its status. */
export class RegistryUser {
  readonly #url: () => string;
  readonly #token: string;

  private constructor(url: () => string, token: string) {
    this.#url = url;
    this.#token = token;
  }

  static async signIn(url: () => string, { username, password }: Person): Promise<RegistryUser> {
    const response = await fetch(`${url()}/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams({ grant_type: 'password', username, password }),
    });
    if (!response.ok) throw new Error(`sign-in at the registry: ${String(response.status)}`);
    const { access_token: token } = (await response.json()) as { readonly access_token: string };
    return new RegistryUser(url, token);
  }

  /** Status alone, for what is expected to be refused. */
  async status(method: string, path: string): Promise<number> {
    const response = await this.#send(method, path);
    await response.arrayBuffer();
    return response.status;
  }

  async json<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await this.#send(method, path, body);
    if (!response.ok)
      throw new Error(`${method} ${path}: ${String(response.status)} ${await response.text()}`);
    return (await response.json()) as T;
  }

  /** Uploads a file as it is. */
  async upload<T>(path: string, type: string, bytes: Uint8Array<ArrayBuffer>): Promise<T> {
    const response = await fetch(`${this.#url()}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${this.#token}`, 'content-type': type },
      body: bytes,
    });
    if (!response.ok) throw new Error(`POST ${path}: ${String(response.status)} ${await response.text()}`);
    return (await response.json()) as T;
  }

  async bytes(path: string): Promise<Buffer> {
    const response = await this.#send('GET', path);
    if (!response.ok) throw new Error(`GET ${path}: ${String(response.status)}`);
    return Buffer.from(await response.arrayBuffer());
  }

  #send(method: string, path: string, body?: unknown): Promise<Response> {
    return fetch(`${this.#url()}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.#token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }
}

export interface CentralHospital {
  readonly it: RegistryUser;
  readonly researcher: RegistryUser;
  readonly hospitalId: string;
  /** A code with which one workstation enrols. */
  invite(): Promise<string>;
}

/** The registry's first day: its first account, one hospital, a researcher of that hospital. */
export async function setUpRegistry(registry: RegistryProcess, url: () => string): Promise<CentralHospital> {
  const setupCode = /set-up code\s+([0-9A-Z-]+)/u.exec(registry.output())?.[1];
  if (setupCode === undefined) throw new Error(`no set-up code was printed: ${registry.output()}`);
  const made = await fetch(`${url()}/api/first-account`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ setupCode, displayName: 'Central', ...registryAdministrator }),
  });
  if (!made.ok) throw new Error(`first account: ${String(made.status)} ${await made.text()}`);
  const it = await RegistryUser.signIn(url, registryAdministrator);
  const { id: hospitalId } = await it.json<{ readonly id: string }>('POST', '/api/hospitals', {
    name: 'Hospital São Marcos',
  });
  await it.json('POST', '/api/accounts', {
    ...researcher,
    displayName: 'Pesquisa',
    email: null,
    roles: ['researcher'],
    hospitals: [hospitalId],
    language: 'pt-BR',
  });
  return {
    it,
    researcher: await RegistryUser.signIn(url, researcher),
    hospitalId,
    async invite() {
      const { code } = await it.json<{ readonly code: string }>(
        'POST',
        `/api/hospitals/${hospitalId}/enrolment-codes`,
        {},
      );
      return code;
    },
  };
}
