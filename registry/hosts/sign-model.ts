/**
 * `npm run registry:sign-model`: makes the key pair of who answers for models, and signs a model folder. It runs where
 * the private key is kept, which is never the registry's server.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { modelManifestSchema } from '../../contract/model-manifest.ts';
import {
  createPrivateKeyFile,
  KeyFailure,
  makePrivateKey,
  namedKey,
  readPrivateKeyFile,
} from '../adapters/keys/keys.ts';
import { signWith } from '../adapters/keys/signing.ts';

const help = `Signs models for the registry

  npm run registry:sign-model -- --make-key FILE
      Makes a private key in FILE (for its owner alone) and the public key in FILE.pub, which the registry gets
      by its setting modelKeyFiles. Keep FILE off the server, and a copy of it somewhere safe.

  npm run registry:sign-model -- --key FILE --model FOLDER
      Signs the manifest.json of the model folder and prints keyId and signature, as the upload wants them:
      POST /api/models?keyId=...&signature=... with the folder as tar.

  --help   this text
`;

process.exitCode = main(process.argv.slice(2));

function main(args: readonly string[]): number {
  try {
    const { values } = parseArgs({
      args: [...args],
      strict: true,
      options: {
        'make-key': { type: 'string' },
        key: { type: 'string' },
        model: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    if (values.help) {
      process.stdout.write(help);
      return 0;
    }
    if (values['make-key'] !== undefined && values.key === undefined && values.model === undefined) {
      return makeKey(values['make-key']);
    }
    if (values['make-key'] === undefined && values.key !== undefined && values.model !== undefined) {
      return signModel(values.key, values.model);
    }
    return complain(`say either --make-key, or --key and --model\n\n${help}`);
  } catch (cause) {
    if (cause instanceof KeyFailure || cause instanceof TypeError) return complain(cause.message);
    const { code } = cause as NodeJS.ErrnoException;
    if (code !== undefined) return complain((cause as Error).message);
    throw cause;
  }
}

function makeKey(file: string): number {
  const publicFile = `${file}.pub`;
  for (const path of [file, publicFile]) {
    if (existsSync(path)) return complain(`${path} is there already: a key is never overwritten`);
  }
  const key = makePrivateKey();
  const { keyId, publicKey } = namedKey(key);
  createPrivateKeyFile(file, key);
  writeFileSync(publicFile, `${publicKey}\n`, { flag: 'wx' });
  process.stdout.write(
    `${JSON.stringify({ keyId, publicKey, privateKeyFile: file, publicKeyFile: publicFile })}\n`,
  );
  return 0;
}

function signModel(keyFile: string, folder: string): number {
  const key = readPrivateKeyFile(keyFile);
  if (key === undefined) return complain(`there is no key file ${keyFile}: --make-key makes one`);
  const bytes = readFileSync(join(folder, 'manifest.json'));
  const manifest = modelManifestSchema.safeParse(parsed(bytes));
  if (!manifest.success) {
    const [issue] = manifest.error.issues;
    return complain(`manifest.json is not a model's: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`);
  }
  const { name, version } = manifest.data;
  process.stdout.write(
    `${JSON.stringify({ name, version, keyId: namedKey(key).keyId, signature: signWith(key, bytes) })}\n`,
  );
  return 0;
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}

function complain(message: string): number {
  process.stderr.write(`sign-model: ${message}\n`);
  return 2;
}
