/** The master key in a file of its own, for hosts without a secret store: as it is, or under a passphrase. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { fail, ok, type Result } from '../../../contract/result.ts';
import type { Keys, MasterKey } from '../../ports/keys.ts';
import { createPrivateFile, readPrivateFile, setAside } from './private-file.ts';

const bytesColumn = (length: number) =>
  z
    .base64()
    .transform((text) => new Uint8Array(Buffer.from(text, 'base64')))
    .refine((bytes) => bytes.length === length, `not ${length} bytes`);

const plainSchema = z.strictObject({
  format: z.literal('spira-key-1'),
  protection: z.literal('file'),
  key: bytesColumn(32),
});
const sealedSchema = z.strictObject({
  format: z.literal('spira-key-1'),
  protection: z.literal('passphrase'),
  derivation: z.strictObject({
    name: z.literal('argon2id'),
    salt: bytesColumn(16),
    memoryKib: z.int().min(8192).max(4_194_304),
    iterations: z.int().min(1).max(100),
    parallelism: z.int().min(1).max(16),
  }),
  nonce: bytesColumn(12),
  sealedKey: bytesColumn(32),
  tag: bytesColumn(16),
});
const fileSchema = z.discriminatedUnion('protection', [plainSchema, sealedSchema]);
type KeyFileContent = z.infer<typeof fileSchema>;
type SealedContent = z.infer<typeof sealedSchema>;

/** 32 bytes from a passphrase by Argon2id. */
export type DeriveKey = (
  passphrase: string,
  parameters: {
    readonly salt: Uint8Array;
    readonly memoryKib: number;
    readonly iterations: number;
    readonly parallelism: number;
  },
) => Promise<Uint8Array>;

/**
 * The key in a file that only this user may read. Problems of `load`: `key-unavailable`, `reason`:
 * `readable-by-others`, `not-a-file`, `damaged`, `passphrase-needed`, or the system's code. `save` never replaces
 * another key (`conflict`); a damaged file is kept under another name.
 */
export function keyFile({ path }: { readonly path: string }): Keys {
  return {
    protection: 'file',
    load: () => Promise.resolve(loadPlain(path)),
    save: (key) => Promise.resolve(savePlain(path, key)),
  };
}

/** The key in a file that a passphrase opens; a wrong one is `key-wrong`, and so is one that was changed on disk. */
export function passphraseKeyFile(options: {
  readonly path: string;
  readonly passphrase: string;
  readonly deriveKey: DeriveKey;
}): Keys {
  const { path, passphrase, deriveKey } = options;

  async function load(): Promise<Result<MasterKey | undefined>> {
    const content = readContent(path);
    if (!content.ok || content.value === undefined) return content as Result<undefined>;
    if (content.value.protection !== 'passphrase') {
      return fail('key-unavailable', { reason: 'no-passphrase-expected' });
    }
    return unseal(content.value, await deriveKey(passphrase, content.value.derivation));
  }

  return {
    protection: 'passphrase',
    load,
    async save(key) {
      const earlier = await load();
      if (!mayCreate(path, earlier)) return earlierAnswer(earlier, key);
      const derivation = { salt: randomBytes(16), memoryKib: 262_144, iterations: 3, parallelism: 1 };
      const sealed = seal(key, await deriveKey(passphrase, derivation));
      return createPrivateFile(
        path,
        encode({
          format: 'spira-key-1',
          protection: 'passphrase',
          derivation: { name: 'argon2id', ...derivation, salt: base64(derivation.salt) },
          ...sealed,
        }),
      );
    },
  };
}

function loadPlain(path: string): Result<MasterKey | undefined> {
  const content = readContent(path);
  if (!content.ok || content.value === undefined) return content as Result<undefined>;
  return content.value.protection === 'file'
    ? ok(content.value.key)
    : fail('key-unavailable', { reason: 'passphrase-needed' });
}

function savePlain(path: string, key: MasterKey): Result<void> {
  const earlier = loadPlain(path);
  if (!mayCreate(path, earlier)) return earlierAnswer(earlier, key);
  return createPrivateFile(path, encode({ format: 'spira-key-1', protection: 'file', key: base64(key) }));
}

/** True where there is no key file, or one that was set aside because nobody can read it as one. */
function mayCreate(path: string, earlier: Result<MasterKey | undefined>): boolean {
  if (earlier.ok) return earlier.value === undefined;
  if (earlier.problem.details?.['reason'] !== 'damaged') return false;
  setAside(path);
  return true;
}

function earlierAnswer(earlier: Result<MasterKey | undefined>, key: MasterKey): Result<void> {
  if (!earlier.ok) return earlier;
  return earlier.value !== undefined && Buffer.compare(earlier.value, key) === 0
    ? ok(undefined)
    : fail('conflict', { reason: 'key-exists' });
}

function readContent(path: string): Result<KeyFileContent | undefined> {
  const text = readPrivateFile(path);
  if (!text.ok) return text;
  if (text.value === undefined) return ok(undefined);
  try {
    return ok(fileSchema.parse(JSON.parse(text.value)));
  } catch {
    // Without the cause: a parser quotes what it read, and that may be the key.
    return fail('key-unavailable', { reason: 'damaged' });
  }
}

/** Bound to the sealed key: whoever changes the parameters gets `key-wrong`, not another key. */
const purpose = Buffer.from('spira-key-1 passphrase');

function seal(key: MasterKey, sealingKey: Uint8Array) {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', sealingKey, nonce).setAAD(purpose);
  const sealedKey = Buffer.concat([cipher.update(key), cipher.final()]);
  return { nonce: base64(nonce), sealedKey: base64(sealedKey), tag: base64(cipher.getAuthTag()) };
}

function unseal(content: SealedContent, sealingKey: Uint8Array): Result<MasterKey> {
  const decipher = createDecipheriv('aes-256-gcm', sealingKey, content.nonce, { authTagLength: 16 });
  decipher.setAAD(purpose).setAuthTag(content.tag);
  const key = decipher.update(content.sealedKey);
  try {
    decipher.final();
  } catch {
    return fail('key-wrong', { reason: 'passphrase' });
  }
  return ok(new Uint8Array(key));
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

function encode(content: object): string {
  return `${JSON.stringify(content, null, 2)}\n`;
}
