/** Ed25519 keys as files and as objects (node:crypto). A private key is a PKCS #8 PEM that only its owner may read. */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';
import {
  chmodSync,
  closeSync,
  fstatSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { publicKeySchema, type NamedKey } from '../../../contract/registry/ids.ts';

/** A key that cannot be used, with what the reader can do about it; never with the key. */
export class KeyFailure extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'KeyFailure';
  }
}

const maximumFileBytes = 16 * 1024;

export function makePrivateKey(): KeyObject {
  return generateKeyPairSync('ed25519').privateKey;
}

/** Reads the key, or makes it where there is no file yet. Of two processes that start at once, both get the same. */
export function openPrivateKeyFile(path: string): KeyObject {
  const known = readPrivateKeyFile(path);
  if (known !== undefined) return known;
  createPrivateKeyFile(path, makePrivateKey());
  const made = readPrivateKeyFile(path);
  if (made === undefined) throw new KeyFailure(`${path} was removed while it was read`);
  return made;
}

/** Undefined where there is no such file. */
export function readPrivateKeyFile(path: string): KeyObject | undefined {
  let handle: number;
  try {
    handle = openSync(path, 'r');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new KeyFailure(`cannot read the key file ${path}`, { cause });
  }
  try {
    const facts = fstatSync(handle);
    if (!facts.isFile() || facts.size > maximumFileBytes) throw new KeyFailure(`${path} is no key file`);
    if (process.platform !== 'win32' && (facts.mode & 0o077) !== 0) {
      throw new KeyFailure(
        `others may read the key file ${path}: chmod 600 it, and make a new key if they did`,
      );
    }
    return privateKeyFromPem(readFileSync(handle, 'utf8'), path);
  } finally {
    closeSync(handle);
  }
}

/** Leaves a file of this name as it is: a key is never overwritten. */
export function createPrivateKeyFile(path: string, key: KeyObject): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = `${path}.${String(process.pid)}.new`;
  rmSync(temporary, { force: true });
  const handle = openSync(temporary, 'wx', 0o600);
  try {
    writeFileSync(handle, key.export({ type: 'pkcs8', format: 'pem' }));
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  try {
    chmodSync(temporary, 0o600);
    // A link, unlike a rename, leaves a file that is there already as it is.
    linkSync(temporary, path);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') {
      throw new KeyFailure(`cannot make the key file ${path}`, { cause });
    }
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** `source` names in the message where the text came from. */
export function privateKeyFromPem(pem: string, source: string): KeyObject {
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch {
    // The library's message may quote the file.
    throw new KeyFailure(`${source} holds no private key in PEM form`);
  }
  if (key.asymmetricKeyType !== 'ed25519') throw new KeyFailure(`${source} holds no Ed25519 key`);
  return key;
}

/** From PEM (SubjectPublicKeyInfo) or the 43 letters of base64url. */
export function readPublicKey(text: string, source: string): NamedKey {
  const trimmed = text.trim();
  if (publicKeySchema.safeParse(trimmed).success) return namedKey(publicKeyObject(trimmed));
  if (trimmed.includes('PRIVATE KEY')) {
    throw new KeyFailure(`${source} holds a private key: the registry needs the public half only`);
  }
  let key: KeyObject;
  try {
    key = createPublicKey(trimmed);
  } catch {
    throw new KeyFailure(`${source} holds no public key in PEM form, nor 43 letters of base64url`);
  }
  if (key.asymmetricKeyType !== 'ed25519') throw new KeyFailure(`${source} holds no Ed25519 key`);
  return namedKey(key);
}

export function publicKeyObject(publicKey: string): KeyObject {
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: publicKey }, format: 'jwk' });
}

/** Of a public key, or of the public half of a private one. */
export function namedKey(key: KeyObject): NamedKey {
  const publicHalf = key.type === 'private' ? createPublicKey(key) : key;
  const { x } = publicHalf.export({ format: 'jwk' });
  if (x === undefined) throw new KeyFailure('not an Ed25519 key');
  const digest = createHash('sha256').update(Buffer.from(x, 'base64url')).digest('hex');
  return { keyId: digest.slice(0, 16), publicKey: x };
}
