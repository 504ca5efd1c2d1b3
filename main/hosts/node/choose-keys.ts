import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fail, ok, type Result } from '../../../contract/result.ts';
import { argon2Key } from '../../adapters/argon2/argon2.ts';
import { keyFile, passphraseKeyFile } from '../../adapters/keyfile/key-file.ts';
import type { Keys } from '../../ports/keys.ts';

export interface KeyChoice {
  readonly dataFolder: string;
  readonly keyFile: string | undefined;
  readonly passphraseFile: string | undefined;
}

/** A file that only this user may read, or one that a passphrase opens. */
export function chooseKeys(choice: KeyChoice): Result<Keys> {
  if (choice.passphraseFile === undefined) {
    return ok(keyFile({ path: choice.keyFile ?? join(choice.dataFolder, 'spira.key') }));
  }
  const passphrase = readFirstLine(choice.passphraseFile);
  if (!passphrase.ok) return passphrase;
  return ok(
    passphraseKeyFile({
      path: choice.keyFile ?? join(choice.dataFolder, 'spira.passphrase-key'),
      passphrase: passphrase.value,
      deriveKey: argon2Key,
    }),
  );
}

/** Secrets come from files (or standard input), never from arguments: those show in the process list. */
export function readFirstLine(path: string): Result<string> {
  try {
    const text = readFileSync(path === '-' ? 0 : path, 'utf8');
    const line = text.replace(/^\uFEFF/u, '').split(/\r?\n/u)[0] ?? '';
    return line.trim() === ''
      ? fail('invalid-input', { file: path, reason: 'its first line is empty' })
      : ok(line);
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? 'unreadable';
    return fail('invalid-input', { file: path, reason }, cause);
  }
}
