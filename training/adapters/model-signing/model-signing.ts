/** Signatures of models, as `npm run registry:sign-model` makes them: by a key file here, or by a command elsewhere. */
import { execFile } from 'node:child_process';
import { createHash, createPrivateKey, createPublicKey, sign, type KeyObject } from 'node:crypto';
import { mkdir, mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { keyIdSchema, signatureSchema } from '../../../contract/registry/ids.ts';
import { done, refuse, type Outcome } from '../../core/outcome.ts';
import type { ModelFiles } from '../../ports/model-folders.ts';
import type { ModelSigner } from '../../ports/model-signer.ts';

const largestKeyFile = 16 * 1024;
const longestCommandMs = 10 * 60_000;
const makeOne = '"npm run registry:sign-model -- --make-key FILE" makes one.';

/** Signs with an Ed25519 private key (PKCS #8 PEM) that only its owner may read. */
export function keyFileSigner(path: string): ModelSigner {
  return {
    async sign(files) {
      const manifest = manifestOf(files);
      if (!manifest.ok) return manifest;
      const key = await readKey(path);
      if (!key.ok) return key;
      return done({
        keyId: keyIdOf(key.value),
        signature: sign(null, manifest.value, key.value).toString('base64url'),
      });
    },
  };
}

/**
 * Has a command sign: it is started with the path of a model folder as its last argument and prints one JSON object
 * with `keyId` and `signature`, for example `npm run registry:sign-model -- --key FILE --model`, or what speaks to a
 * hardware module. No shell is in between.
 */
export function commandSigner(command: readonly [string, ...string[]]): ModelSigner {
  const [program, ...args] = command;
  return {
    async sign(files) {
      const folder = await mkdtemp(join(tmpdir(), 'spira-to-sign-'));
      try {
        for (const [path, content] of files) {
          await mkdir(dirname(join(folder, path)), { recursive: true });
          await writeFile(join(folder, path), content);
        }
        const { stdout } = await promisify(execFile)(program, [...args, folder], {
          timeout: longestCommandMs,
          maxBuffer: 1024 * 1024,
        });
        const parsed = answerSchema.safeParse(lastJson(stdout));
        if (parsed.success) return done(parsed.data);
        return refuse(
          `${program} printed no JSON object with keyId and signature`,
          'Try it by hand with the path of a model folder as its last argument.',
        );
      } catch (cause) {
        // What it printed may hold secrets: only how it ended is told.
        const { code = 'unknown' } = cause as { readonly code?: string | number };
        return refuse(
          `${program} did not sign (${String(code)})`,
          'Try it by hand with the path of a model folder as its last argument.',
        );
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  };
}

const answerSchema = z.object({ keyId: keyIdSchema, signature: signatureSchema });

/** npm prints lines of its own before. */
function lastJson(text: string): unknown {
  const line = text.trim().split('\n').at(-1) ?? '';
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function manifestOf(files: ModelFiles): Outcome<Uint8Array> {
  const manifest = files.get('manifest.json');
  return manifest === undefined
    ? refuse('there is no manifest.json to sign', 'Run the step "package" again.')
    : done(manifest);
}

async function readKey(path: string): Promise<Outcome<KeyObject>> {
  let pem: string;
  try {
    const file = await open(path, 'r');
    try {
      const facts = await file.stat();
      if (!facts.isFile() || facts.size > largestKeyFile) return refuse(`${path} is no key file`, makeOne);
      if (process.platform !== 'win32' && (facts.mode & 0o077) !== 0) {
        return refuse(
          `others may read the key file ${path}`,
          'chmod 600 it, and make a new key if they did.',
        );
      }
      pem = await file.readFile('utf8');
    } finally {
      await file.close();
    }
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown';
    return refuse(`the key file ${path} cannot be read (${code})`, makeOne);
  }
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch {
    // The library's message may quote the file.
    return refuse(`${path} holds no private key in PEM form`, makeOne);
  }
  return key.asymmetricKeyType === 'ed25519' ? done(key) : refuse(`${path} holds no Ed25519 key`, makeOne);
}

/** First 16 hexadecimal digits of the SHA-256 of the raw public key, as the registry names its keys. */
function keyIdOf(key: KeyObject): string {
  const { x = '' } = createPublicKey(key).export({ format: 'jwk' });
  return createHash('sha256').update(Buffer.from(x, 'base64url')).digest('hex').slice(0, 16);
}
