/** A registry as its own process, as `npm run registry` starts it, and people who use it over HTTP. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { root } from '../setup/places.mjs';

export interface RegistryProcess {
  readonly url: string;
  readonly port: number;
  /** The first IT account's one-time code, as it was printed. */
  readonly setupCode: string;
  /** The most memory that the process has had in RAM so far; undefined where the system does not tell. */
  peakBytes(): number | undefined;
  /** Seconds of processor time that the process has had so far; undefined where the system does not tell. */
  processorS(): number | undefined;
  stop(): Promise<void>;
}

/** `settings` are environment variables without their prefix: `DATABASE_URL`. Rejects with what it said when it ends. */
export async function startRegistry(
  dataFolder: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<RegistryProcess> {
  const all = { DATA_FOLDER: dataFolder, PORT: '0', SIGN_INS_PER_MINUTE: '1000000', ...settings };
  const named = Object.entries(all).map(([name, value]) => [`SPIRA_REGISTRY_${name}`, value]);
  const child = spawn(process.execPath, [join(root, 'registry', 'hosts', 'server.ts')], {
    env: { ...process.env, NODE_ENV: 'production', ...Object.fromEntries(named) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  let isUp = false;
  const exited = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  const found = await new Promise<{ port: number; setupCode: string }>((resolve, reject) => {
    const read = (chunk: Buffer): void => {
      // Afterwards it logs, of which nothing is kept here.
      if (isUp) return;
      said += chunk.toString();
      const port = /listens at http:\/\/127\.0\.0\.1:(\d+)/u.exec(said)?.[1];
      const setupCode = /set-up code\s+([0-9A-Z-]+)/u.exec(said)?.[1];
      if (port === undefined || setupCode === undefined) return;
      isUp = true;
      resolve({ port: Number(port), setupCode });
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    void exited.then((code) => reject(new Error(`the registry ended with ${String(code)}: ${said}`)));
  });
  const { pid } = child;
  return {
    ...found,
    url: `http://127.0.0.1:${String(found.port)}`,
    peakBytes: () => peakBytesIn(readProcess(pid, 'status')),
    processorS: () => processorSecondsIn(readProcess(pid, 'stat')),
    async stop() {
      child.kill('SIGTERM');
      await exited;
    },
  };
}

function readProcess(pid: number | undefined, file: string): string {
  return readProc(`${String(pid)}/${file}`);
}

function readProc(file: string): string {
  try {
    return readFileSync(`/proc/${file}`, 'utf8');
  } catch {
    // Linux alone has it.
    return '';
  }
}

export function peakBytesIn(status: string): number | undefined {
  const kiB = /^VmHWM:\s+(\d+) kB$/mu.exec(status)?.[1];
  return kiB === undefined ? undefined : Number(kiB) * 1024;
}

/** What all processes of the machine together have had; undefined where the system does not tell. */
export function busySecondsOfMachine(): number | undefined {
  return busySecondsIn(readProc('stat'));
}

/** Of the first line of /proc/stat: all but idle, waiting for a disk, and what a host took away (proc(5)). */
export function busySecondsIn(stat: string): number | undefined {
  const fields = /^cpu +(.*)$/mu.exec(stat)?.[1]?.split(' ').map(Number);
  if (fields === undefined) return undefined;
  const [user = 0, nice = 0, system = 0, , , irq = 0, softIrq = 0] = fields;
  return (user + nice + system + irq + softIrq) / 100;
}

/** The kernel counts in hundredths of a second, whatever its own clock does (proc(5), USER_HZ). */
export function processorSecondsIn(stat: string): number | undefined {
  // The name of the program, in brackets, may hold anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [user, system] = [fields[11], fields[12]];
  return user === undefined || system === undefined ? undefined : (Number(user) + Number(system)) / 100;
}

/** Speaks to the registry with a token; what is not answered with 2xx throws. */
export interface Person {
  readonly accountId: string;
  json<T>(method: string, path: string, body?: unknown): Promise<T>;
  /** The answer as it came, whatever its status. */
  send(
    method: string,
    path: string,
    body?: { readonly type: string; readonly bytes: Uint8Array },
  ): Promise<Response>;
  form<T>(path: string, form: FormData): Promise<T>;
  bytes(path: string): Promise<Uint8Array>;
}

async function signIn(url: string, username: string, password: string): Promise<Person> {
  const body = new URLSearchParams({ grant_type: 'password', username, password });
  const token = await answerOf<{ readonly id: string; readonly access_token: string }>(
    fetch(`${url}/oauth/token`, { method: 'POST', body }),
  );
  const authorization = `Bearer ${token.access_token}`;
  return {
    accountId: token.id,
    json: (method, path, json) =>
      answerOf(
        fetch(`${url}${path}`, {
          method,
          headers: { authorization, ...(json === undefined ? {} : { 'content-type': 'application/json' }) },
          ...(json === undefined ? {} : { body: JSON.stringify(json) }),
        }),
      ),
    send: (method, path, sent) =>
      fetch(`${url}${path}`, {
        method,
        headers: { authorization, ...(sent === undefined ? {} : { 'content-type': sent.type }) },
        ...(sent === undefined ? {} : { body: sent.bytes }),
      }),
    form: (path, form) =>
      answerOf(fetch(`${url}${path}`, { method: 'POST', headers: { authorization }, body: form })),
    async bytes(path) {
      const answer = await fetch(`${url}${path}`, { headers: { authorization } });
      if (!answer.ok) throw new Error(`GET ${path}: ${String(answer.status)} ${await answer.text()}`);
      return new Uint8Array(await answer.arrayBuffer());
    },
  };
}

async function answerOf<T>(asked: Promise<Response>): Promise<T> {
  const answer = await asked;
  if (!answer.ok) throw new Error(`${answer.url}: ${String(answer.status)} ${await answer.text()}`);
  return (await answer.json()) as T;
}

export interface RegistryPeople {
  readonly it: Person;
  readonly researcher: Person;
  /** Anew, as a token ends sooner than a long measurement. */
  researcherAgain(): Promise<Person>;
  readonly hospitalId: string;
  /** A code with which one workstation enrols. */
  invite(): Promise<string>;
}

/** The registry's first day: its first account, one hospital, one researcher. */
export async function employ(registry: RegistryProcess): Promise<RegistryPeople> {
  const { url, setupCode } = registry;
  const [it, researcher] = ['central', 'pesquisa'].map((username) => ({
    username,
    displayName: username,
    password: 'cavalo bateria grampo',
  })) as [Account, Account];
  await answerOf(
    fetch(`${url}/api/first-account`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ setupCode, ...it }),
    }),
  );
  const itself = await signIn(url, it.username, it.password);
  const { id: hospitalId } = await itself.json<{ readonly id: string }>('POST', '/api/hospitals', {
    name: 'Hospital São Marcos',
  });
  await itself.json('POST', '/api/accounts', {
    ...researcher,
    email: null,
    roles: ['researcher'],
    hospitals: [hospitalId],
    language: 'pt-BR',
  });
  const codes = `/api/hospitals/${hospitalId}/enrolment-codes`;
  return {
    it: itself,
    researcher: await signIn(url, researcher.username, researcher.password),
    researcherAgain: () => signIn(url, researcher.username, researcher.password),
    hospitalId,
    invite: async () => (await itself.json<{ readonly code: string }>('POST', codes, {})).code,
  };
}

interface Account {
  readonly username: string;
  readonly displayName: string;
  readonly password: string;
}
