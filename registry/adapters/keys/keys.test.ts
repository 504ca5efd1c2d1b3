import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CompactSign, SignJWT } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { registryIdSchema } from '../../../contract/registry/ids.ts';
import { describeSigning } from '../../ports/signing.contract.ts';
import { joseAccessTokens } from './access-tokens.ts';
import {
  createPrivateKeyFile,
  KeyFailure,
  makePrivateKey,
  namedKey,
  openPrivateKeyFile,
  readPublicKey,
} from './keys.ts';
import { ed25519Signing, signWith } from './signing.ts';
import { joseWorkstationProofs } from './workstation-proofs.ts';

const registryId = registryIdSchema.parse('019d0000-0000-7000-8000-00000000000a');
const subject = '019d0000-0000-7000-8000-000000000001';
const nowS = 1_780_000_000;

function prove(key: KeyObject, claims: unknown, header: object = { alg: 'EdDSA' }): Promise<string> {
  return new CompactSign(Buffer.from(JSON.stringify(claims)))
    .setProtectedHeader(header as { alg: string })
    .sign(key);
}

describeSigning('Ed25519 and jose', () => ({
  signing: ed25519Signing({ answerKey: makePrivateKey(), modelKeys: [] }),
  tokens: joseAccessTokens({ key: makePrivateKey(), registryId }),
  proofs: joseWorkstationProofs(),
  makeKey() {
    const key = makePrivateKey();
    return {
      publicKey: namedKey(key).publicKey,
      sign: (data) => signWith(key, data),
      prove: (claims) => prove(key, claims),
    };
  },
}));

it('verifies the first test vector of RFC 8032', () => {
  const { verify } = ed25519Signing({ answerKey: makePrivateKey(), modelKeys: [] });
  const publicKey = Buffer.from(
    'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    'hex',
  ).toString('base64url');
  const signature = Buffer.from(
    'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
    'hex',
  ).toString('base64url');
  expect(verify(publicKey, '', signature)).toBe(true);
  expect(verify(publicKey, 'x', signature)).toBe(false);
});

describe('an access token', () => {
  const key = makePrivateKey();
  const tokens = joseAccessTokens({ key, registryId });
  const issuer = `urn:uuid:${registryId}`;
  const good = {
    alg: 'EdDSA',
    typ: 'at+jwt',
    iss: issuer,
    aud: `${issuer}:api`,
    sub: subject,
    exp: nowS + 60,
  };
  const token = (change: Partial<typeof good>, by: KeyObject | Uint8Array = key): Promise<string> => {
    const { alg, typ, iss, aud, sub, exp } = { ...good, ...change };
    return new SignJWT({ iss, aud, sub, iat: nowS, exp }).setProtectedHeader({ alg, typ }).sign(by);
  };

  it('is taken with exactly what this registry writes', async () => {
    expect(await tokens.read(await token({}), nowS)).toEqual({ subject });
  });

  it('ends at its time also when it was read before, and stays ended', async () => {
    const one = await token({});
    expect(await tokens.read(one, nowS)).toEqual({ subject });
    expect(await tokens.read(one, nowS + 59)).toEqual({ subject });
    for (let reading = 0; reading < 3; reading += 1)
      expect(await tokens.read(one, nowS + 60)).toEqual({ refused: 'expired' });
  });

  it('that was read before opens nothing for one that differs in a single character', async () => {
    const one = await token({});
    expect(await tokens.read(one, nowS)).toEqual({ subject });
    const parts = one.split('.');
    for (const at of parts.keys()) {
      const changed = parts.map((part, index) =>
        index === at ? `${part.slice(0, 4)}${part[4] === 'A' ? 'B' : 'A'}${part.slice(5)}` : part,
      );
      expect(await tokens.read(changed.join('.'), nowS)).toEqual({ refused: 'invalid' });
    }
  });

  it('is still taken when more were read since than are remembered', async () => {
    const few = joseAccessTokens({ key, registryId, mostVerified: 2 });
    const all = await Promise.all([1, 2, 3, 4].map((s) => token({ exp: nowS + s })));
    for (const one of [...all, ...all]) expect(await few.read(one, nowS)).toEqual({ subject });
    expect(await few.read(all[0]!, nowS + 1)).toEqual({ refused: 'expired' });
  });

  it.each([
    ['another issuer', { iss: 'urn:uuid:other' }],
    ['another audience', { aud: issuer }],
    ['another type', { typ: 'JWT' }],
  ])('is refused with %s', async (_, change) => {
    expect(await tokens.read(await token(change), nowS)).toEqual({ refused: 'invalid' });
  });

  it('is refused when signed by another key', async () => {
    expect(await tokens.read(await token({}, makePrivateKey()), nowS)).toEqual({ refused: 'invalid' });
  });

  it('is refused when signed by HMAC with the public key as secret', async () => {
    const secret = Buffer.from(namedKey(key).publicKey, 'base64url');
    expect(await tokens.read(await token({ alg: 'HS256' }, secret), nowS)).toEqual({ refused: 'invalid' });
  });

  it('is refused without a signature, whatever its algorithm says', async () => {
    const [, claims] = (await token({})).split('.');
    for (const alg of ['none', 'EdDSA']) {
      const header = Buffer.from(JSON.stringify({ alg, typ: 'at+jwt' })).toString('base64url');
      expect(await tokens.read(`${header}.${String(claims)}.`, nowS)).toEqual({ refused: 'invalid' });
    }
  });
});

describe('a proof', () => {
  const proofs = joseWorkstationProofs();
  const key = makePrivateKey();
  const { publicKey } = namedKey(key);

  it('may name its key, and nothing else beside the algorithm', async () => {
    const named = await prove(key, { iss: subject }, { alg: 'EdDSA', kid: 'a' });
    expect(await proofs.verify(named, publicKey)).toEqual({ iss: subject });
    const typed = await prove(key, { iss: subject }, { alg: 'EdDSA', typ: 'JWT' });
    expect(proofs.claimedBy(typed)).toBeUndefined();
    expect(await proofs.verify(typed, publicKey)).toBeUndefined();
  });

  it('is refused when signed by HMAC with the public key as secret', async () => {
    const forged = await new CompactSign(Buffer.from(JSON.stringify({ iss: subject })))
      .setProtectedHeader({ alg: 'HS256' })
      .sign(Buffer.from(publicKey, 'base64url'));
    expect(proofs.claimedBy(forged)).toBeUndefined();
    expect(await proofs.verify(forged, publicKey)).toBeUndefined();
  });

  it('is refused when it is longer than any honest one', async () => {
    const long = await prove(key, { iss: subject, more: 'x'.repeat(10_000) });
    expect(proofs.claimedBy(long)).toBeUndefined();
    expect(await proofs.verify(long, publicKey)).toBeUndefined();
  });
});

describe('a key file', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'spira-keys-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('is made once, for its owner alone, and read from then on', () => {
    const path = join(folder, 'keys', 'answer.pem');
    const made = openPrivateKeyFile(path);
    expect(namedKey(openPrivateKeyFile(path))).toEqual(namedKey(made));
    if (process.platform !== 'win32') expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('is never overwritten', () => {
    const path = join(folder, 'answer.pem');
    const first = namedKey(openPrivateKeyFile(path));
    createPrivateKeyFile(path, makePrivateKey());
    expect(namedKey(openPrivateKeyFile(path))).toEqual(first);
  });

  it.skipIf(process.platform === 'win32')('is refused when others may read it', () => {
    const path = join(folder, 'answer.pem');
    openPrivateKeyFile(path);
    const pem = readFileSync(path);
    rmSync(path);
    writeFileSync(path, pem, { mode: 0o644 });
    expect(() => openPrivateKeyFile(path)).toThrow(/others may read/u);
  });

  it.each([
    ['no key', 'hello'],
    [
      'a key of another kind',
      generateKeyPairSync('x25519').privateKey.export({ type: 'pkcs8', format: 'pem' }),
    ],
  ])('is refused when it holds %s, and the message does not quote it', (_, content) => {
    const path = join(folder, 'answer.pem');
    writeFileSync(path, content, { mode: 0o600 });
    expect(() => openPrivateKeyFile(path)).toThrow(KeyFailure);
    expect(() => openPrivateKeyFile(path)).not.toThrow(String(content));
  });
});

describe('a public key', () => {
  const key = makePrivateKey();
  const named = namedKey(key);

  it('is read from base64url and from PEM alike', () => {
    const pem = readPublicKeyPem(key);
    expect(readPublicKey(`${named.publicKey}\n`, 'a file')).toEqual(named);
    expect(readPublicKey(pem, 'a file')).toEqual(named);
  });

  it('is refused when somebody puts the private half there', () => {
    const pem = String(key.export({ type: 'pkcs8', format: 'pem' }));
    expect(() => readPublicKey(pem, 'keys/model.pem')).toThrow(/keys\/model.pem holds a private key/u);
  });
});

function readPublicKeyPem(key: KeyObject): string {
  const { publicKey } = namedKey(key);
  const der = Buffer.concat([
    // SubjectPublicKeyInfo of Ed25519 (RFC 8410, section 10.1) up to the key's 32 bytes.
    Buffer.from('302a300506032b6570032100', 'hex'),
    Buffer.from(publicKey, 'base64url'),
  ]);
  return `-----BEGIN PUBLIC KEY-----\n${der.toString('base64')}\n-----END PUBLIC KEY-----\n`;
}
