/**
 * The store's key in the operating system's secret store: encrypted by Electron's safeStorage, kept as a file beside
 * the data. Where the system has no secret store, the key is refused a place rather than hidden badly.
 */
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { fail, ok, type Result } from '../../../contract/result.ts';
import type { Keys, MasterKey } from '../../ports/keys.ts';

export interface SafeStorageLike {
  isAsyncEncryptionAvailable(): Promise<boolean>;
  encryptStringAsync(text: string): Promise<Buffer>;
  decryptStringAsync(
    encrypted: Buffer,
  ): Promise<{ readonly result: string; readonly shouldReEncrypt: boolean }>;
  getSelectedStorageBackend?(): string;
}

export interface SecretsOptions {
  readonly safeStorage: SafeStorageLike;
  readonly platform: NodeJS.Platform;
  readonly folder: string;
}

const fileName = 'key.os';
const keyBytes = 32;

export function osKeys({ safeStorage, platform, folder }: SecretsOptions): Keys {
  const path = join(folder, fileName);

  async function check(): Promise<Result<void>> {
    if (platform === 'linux') {
      const backend = safeStorage.getSelectedStorageBackend?.() ?? 'unknown';
      // Under 'basic_text' the password is the same in every copy of Electron: that is no secret.
      if (backend === 'basic_text' || backend === 'unknown') {
        return fail('key-unavailable', { reason: 'no-secret-store', backend });
      }
    }
    return (await safeStorage.isAsyncEncryptionAvailable())
      ? ok(undefined)
      : fail('key-unavailable', { reason: 'secret-store-locked' });
  }

  async function save(key: MasterKey): Promise<Result<void>> {
    const checked = await check();
    if (!checked.ok) return checked;
    try {
      const encrypted = await safeStorage.encryptStringAsync(Buffer.from(key).toString('base64'));
      writeDurably(path, encrypted);
    } catch (cause) {
      return fail('key-unavailable', { reason: 'not-written' }, cause);
    }
    const kept = await load();
    if (!kept.ok) return kept;
    return kept.value !== undefined && Buffer.from(kept.value).equals(Buffer.from(key))
      ? ok(undefined)
      : fail('key-unavailable', { reason: 'not-read-back' });
  }

  async function load(): Promise<Result<MasterKey | undefined>> {
    const encrypted = readIfThere(path);
    if (!encrypted.ok || encrypted.value === undefined) return encrypted;
    const checked = await check();
    if (!checked.ok) return checked;
    try {
      const { result, shouldReEncrypt } = await safeStorage.decryptStringAsync(encrypted.value);
      const key = new Uint8Array(Buffer.from(result, 'base64'));
      if (key.byteLength !== keyBytes) return fail('key-wrong', { reason: 'not-a-key' });
      if (shouldReEncrypt) writeDurably(path, await safeStorage.encryptStringAsync(result));
      return ok(key);
    } catch (cause) {
      // Another user, another PC, or a secret store that was set up anew.
      return fail('key-wrong', { reason: 'not-decrypted' }, cause);
    }
  }

  return { protection: 'os', load, save };
}

function readIfThere(path: string): Result<Buffer | undefined> {
  try {
    return ok(readFileSync(path));
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === 'ENOENT'
      ? ok(undefined)
      : fail('key-unavailable', { reason: 'not-readable' }, cause);
  }
}

function writeDurably(path: string, bytes: Uint8Array): void {
  const file = openSync(`${path}.new`, 'w', 0o600);
  try {
    writeSync(file, bytes);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(`${path}.new`, path);
}
