import { execFileSync } from 'node:child_process';
import { chmod, cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandSigner, keyFileSigner } from './model-signing.ts';

const program = fileURLToPath(new URL('../../../registry/hosts/sign-model.ts', import.meta.url));
const model = fileURLToPath(
  new URL('../../../resources/models/sustained-vowel-demonstration/manifest.json', import.meta.url),
);

let folder: string;
let key: string;
let files: Map<string, Uint8Array>;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spira-signing-'));
  key = join(folder, 'model-key.pem');
  execFileSync(process.execPath, [program, '--make-key', key]);
  files = new Map([['manifest.json', await readFile(model)]]);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('a model', () => {
  it('gets the signature that sign-model gives, by the key file and by sign-model as the command', async () => {
    const here = await keyFileSigner(key).sign(files);
    const elsewhere = await commandSigner([process.execPath, program, '--key', key, '--model']).sign(files);
    expect(here).toMatchObject({
      ok: true,
      value: { keyId: expect.stringMatching(/^[0-9a-f]{16}$/u) as string },
    });
    expect(elsewhere).toEqual(here);
  });

  it.each<[string, (path: string) => Promise<void>, string]>([
    ['is not there', (path) => rm(path), 'cannot be read (ENOENT)'],
    ['others may read', (path) => chmod(path, 0o644), 'others may read'],
    ['is no key', (path) => writeFile(path, 'no key'), 'holds no private key'],
  ])('is not signed by a key file that %s', async (_name, spoil, said) => {
    const path = join(folder, 'spoilt.pem');
    await cp(key, path);
    await chmod(path, 0o600);
    await spoil(path);
    expect(await keyFileSigner(path).sign(files)).toMatchObject({
      refusal: { what: expect.stringContaining(said) as string },
    });
  });

  it.each<[string, string, string]>([
    ['fails', 'process.exit(7)', 'did not sign (7)'],
    ['prints something else', 'console.log("{}")', 'printed no JSON object'],
  ])('is not signed by a command that %s', async (_name, script, said) => {
    expect(await commandSigner([process.execPath, '-e', script]).sign(files)).toMatchObject({
      refusal: { what: expect.stringContaining(said) as string },
    });
  });
});
