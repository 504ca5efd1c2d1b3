import { join } from 'node:path';
import { ok, type Result } from '../../../contract/result.ts';
import { argon2Key } from '../../adapters/argon2/argon2.ts';
import { keyFile, passphraseKeyFile } from '../../adapters/keyfile/key-file.ts';
import type { Keys } from '../../ports/keys.ts';
import { readFirstLine } from '../shared/secret-file.ts';

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
