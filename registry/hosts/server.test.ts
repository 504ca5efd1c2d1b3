/** The registry as a process: what it prints, what it refuses to start with, and how it ends. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { makePrivateKey, namedKey } from '../adapters/keys/keys.ts';
import {
  natsMissing,
  postgresMissing,
  skipFor,
  startNats,
  startPostgres,
} from '../adapters/fixtures/services.ts';
import { startS3rver } from '../adapters/s3/fixtures/s3rver.ts';
import {
  firstAccount,
  killRegistries,
  password,
  setupCodeIn,
  startRegistry,
  stopRegistry as stop,
  type Started,
} from './fixtures/process.ts';

// Each of up to four starts takes seconds on a busy machine.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

let folder: string;

const start = (environment: Record<string, string> = {}): Started =>
  startRegistry({ SPIRA_REGISTRY_DATA_FOLDER: folder, ...environment });

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'spira-registry-'));
});
afterEach(async () => {
  await killRegistries();
  rmSync(folder, { recursive: true, force: true });
});

it('starts with a folder and nothing else, and lets the first account be made once', async () => {
  const first = start();
  const { url } = await first.address;
  expect(await (await fetch(`${url}/readyz`)).json()).toMatchObject({ status: 'ok' });
  const answer = await firstAccount(url, String(setupCodeIn(first.output())));
  expect(answer.status).toBe(200);
  const token = await fetch(`${url}/oauth/token`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'password', username: 'root', password }),
  });
  const { access_token: accessToken } = (await token.json()) as { access_token: string };
  expect(await stop(first)).toBe(0);

  const second = start();
  const again = await second.address;
  expect(setupCodeIn(second.output())).toBeUndefined();
  // Keys and accounts outlast the process: the token of before is still good.
  const own = await fetch(`${again.url}/api/account`, {
    headers: { authorization: `Bearer ${accessToken}` },
  });
  expect(await own.json()).toMatchObject({ username: 'root', roles: ['it'], hospitals: 'all' });
  expect(await stop(second)).toBe(0);
  expect(second.output()).not.toContain(accessToken);
});

it.skipIf(process.platform === 'win32')('keeps everything for its own user', async () => {
  const registry = start();
  await registry.address;
  await stop(registry);
  const open = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    (name) => (statSync(join(folder, name)).mode & 0o077) !== 0,
  );
  expect(open).toEqual([]);
});

it('refuses a second process on its folder, and takes the folder over from one that was killed', async () => {
  const first = start();
  await first.address;
  const second = start();
  expect(await second.exited).toBe(3);
  expect(second.output()).toContain(`process ${String(first.child.pid)}`);
  first.child.kill('SIGKILL');
  await first.exited;
  const third = start();
  await third.address;
  expect(await stop(third)).toBe(0);
});

it.each([
  [{ SPIRA_REGISTRY_PROT: '1' }, /SPIRA_REGISTRY_PROT: there is no such setting/u, 2],
  [{ SPIRA_REGISTRY_PORT: 'many' }, /SPIRA_REGISTRY_PORT: /u, 2],
  [{ SPIRA_REGISTRY_TLS_KEY_FILE: '/k.pem' }, /go together/u, 2],
  [{ SPIRA_REGISTRY_MODEL_KEY_FILES: '/nowhere.pub' }, /cannot read the key file \/nowhere\.pub/u, 4],
  [{ SPIRA_REGISTRY_ANSWER_KEY: 'not a key' }, /answerKey holds no private key/u, 4],
])('does not start with %j, and says why', async (environment, message, code) => {
  const registry = start(environment as unknown as Record<string, string>);
  expect(await registry.exited).toBe(code);
  expect(registry.output()).toMatch(message);
});

it('does not start with an answer key that no workstation would believe, unless it is told to', async () => {
  const first = start();
  await first.address;
  await stop(first);
  rmSync(join(folder, 'keys'), { recursive: true });
  const second = start();
  expect(await second.exited).toBe(4);
  expect(second.output()).toContain('acceptNewAnswerKey');
  const third = start({ SPIRA_REGISTRY_ACCEPT_NEW_ANSWER_KEY: 'true' });
  await third.address;
  await stop(third);
  const fourth = start();
  await fourth.address;
  await stop(fourth);
});

it('says who listens on its port already', async () => {
  const first = start();
  const { port } = await first.address;
  const other = mkdtempSync(join(tmpdir(), 'spira-registry-'));
  const second = start({ SPIRA_REGISTRY_PORT: String(port), SPIRA_REGISTRY_DATA_FOLDER: other });
  expect(await second.exited).toBe(4);
  expect(second.output()).toContain(`something else listens on 127.0.0.1 port ${String(port)}`);
  rmSync(other, { recursive: true });
});

it('answers the call that is under way before it stops, and takes no other', async () => {
  const registry = start();
  const { port } = await registry.address;
  const body = JSON.stringify({ setupCode: 'wrong', username: 'root', displayName: 'Root', password });
  const socket = connect(port, '127.0.0.1');
  let answer = '';
  socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
  socket.write(
    `POST /api/first-account HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${String(body.length)}\r\nexpect: 100-continue\r\n\r\n`,
  );
  // The server has the call in its hands when it asks for the body.
  while (!answer.includes('100 Continue')) await once(socket, 'data');
  registry.child.kill('SIGTERM');
  while (!registry.output().includes('"stopping"'))
    await once(registry.child.stderr as NodeJS.ReadableStream, 'data');
  socket.write(body);
  expect(await registry.exited).toBe(0);
  expect(answer).toContain('wrong-credentials');
});

it('signs a model with a key that the server never sees', async () => {
  const sign = (...args: string[]): Promise<{ code: number | null; output: string }> =>
    new Promise((resolve) => {
      const child = spawn(process.execPath, [
        fileURLToPath(new URL('./sign-model.ts', import.meta.url)),
        ...args,
      ]);
      let output = '';
      child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
      child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
      child.once('close', (code) => resolve({ code, output }));
    });
  const keyFile = join(folder, 'model.pem');
  const made = await sign('--make-key', keyFile);
  expect(made.code).toBe(0);
  const { keyId, publicKey } = JSON.parse(made.output) as { keyId: string; publicKey: string };
  expect(made.output).not.toContain(readFileSync(keyFile, 'utf8').split('\n')[1]);
  expect((await sign('--make-key', keyFile)).output).toContain('never overwritten');
  const model = join(import.meta.dirname, '..', '..', 'resources', 'models');
  const [name = ''] = readdirSync(model);
  const signed = await sign('--key', keyFile, '--model', join(model, name));
  expect(signed).toMatchObject({ code: 0 });
  const { keyId: signedBy, signature } = JSON.parse(signed.output) as { keyId: string; signature: string };
  expect(signedBy).toBe(keyId);
  const { ed25519Signing } = await import('../adapters/keys/signing.ts');
  const { verify } = ed25519Signing({ answerKey: makePrivateKey(), modelKeys: [] });
  expect(verify(publicKey, readFileSync(join(model, name, 'manifest.json')), signature)).toBe(true);
  expect(verify(namedKey(makePrivateKey()).publicKey, 'x', signature)).toBe(false);
  writeFileSync(join(folder, 'manifest.json'), '{}');
  expect((await sign('--key', keyFile, '--model', folder)).code).toBe(2);
});

it.skipIf(skipFor(await postgresMissing()) || skipFor(await natsMissing()))(
  'is one registry in three processes over PostgreSQL, S3 and NATS, whichever of them is killed',
  async () => {
    const [postgres, nats, s3] = await Promise.all([startPostgres(), startNats(), startS3rver()]);
    try {
      const environment = {
        SPIRA_REGISTRY_DATABASE_URL: await postgres.newDatabase(),
        SPIRA_REGISTRY_NATS_URL: nats.url,
        SPIRA_REGISTRY_S3_BUCKET: s3.bucket,
        SPIRA_REGISTRY_S3_ENDPOINT: s3.endpoint,
        SPIRA_REGISTRY_S3_FORCE_PATH_STYLE: 'true',
        SPIRA_REGISTRY_S3_ACCESS_KEY_ID: s3.credentials.accessKeyId,
        SPIRA_REGISTRY_S3_SECRET_ACCESS_KEY: s3.credentials.secretAccessKey,
        SPIRA_REGISTRY_TOKEN_KEY: pem(),
        SPIRA_REGISTRY_ANSWER_KEY: pem(),
      };
      const processes = ['one', 'two', 'three'].map((name) =>
        start({ ...environment, SPIRA_REGISTRY_DATA_FOLDER: join(folder, name) }),
      );
      const urls = (await Promise.all(processes.map(({ address }) => address))).map(({ url }) => url);
      const [first = '', second = '', third = ''] = urls;
      for (const url of urls) expect((await fetch(`${url}/readyz`)).status).toBe(200);
      // Each printed a code of its own, and each is good at any of them.
      const made = await firstAccount(first, String(setupCodeIn(String(processes[2]?.output()))));
      expect(made.status).toBe(200);
      const token = await fetch(`${second}/oauth/token`, {
        method: 'POST',
        body: new URLSearchParams({ grant_type: 'password', username: 'root', password }),
      });
      const { access_token: accessToken } = (await token.json()) as { access_token: string };
      const headers = { authorization: `Bearer ${accessToken}`, 'content-type': 'application/json' };
      processes[1]?.child.kill('SIGKILL');
      await processes[1]?.exited;
      const body = JSON.stringify({ name: 'North' });
      expect((await fetch(`${first}/api/hospitals`, { method: 'POST', headers, body })).status).toBe(200);
      expect(await (await fetch(`${third}/api/hospitals`, { headers })).json()).toMatchObject({
        hospitals: [{ name: 'North' }],
      });
    } finally {
      await killRegistries();
      await Promise.all([postgres.stop(), nats.stop(), s3.stop()]);
    }
  },
);

function pem(): string {
  return String(makePrivateKey().export({ type: 'pkcs8', format: 'pem' }));
}
