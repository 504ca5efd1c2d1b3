/** Which files make up a store folder, and whether a key fits it. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { deriveKey } from '../system/derive-key.ts';
import { writeFileSafely } from '../system/write-file-safely.ts';

export interface StoreFiles {
  readonly database: string;
  /** A keyed hash that tells a wrong key from a damaged database; it gives nothing away. */
  readonly keyCheck: string;
  readonly backups: string;
}

export function storeFiles(folder: string): StoreFiles {
  return {
    database: join(folder, 'store.db'),
    keyCheck: join(folder, 'store.check'),
    backups: join(folder, 'backups'),
  };
}

/** True as soon as there is anything that a key may belong to: then a missing key is never made anew. */
export function storeExists(folder: string): boolean {
  const files = storeFiles(folder);
  return existsSync(files.keyCheck) || sizeOf(files.database) > 0 || existsSync(files.backups);
}

export function keyFits(files: StoreFiles, masterKey: Uint8Array): 'fits' | 'other' | 'unknown' {
  if (!existsSync(files.keyCheck)) return 'unknown';
  const stored = Buffer.from(readFileSync(files.keyCheck, 'latin1').trim(), 'hex');
  const expected = checkOf(masterKey);
  return stored.length === expected.length && timingSafeEqual(stored, expected) ? 'fits' : 'other';
}

export function rememberKey(files: StoreFiles, masterKey: Uint8Array): void {
  writeFileSafely(files.keyCheck, Buffer.from(`${checkOf(masterKey).toString('hex')}\n`));
}

function checkOf(masterKey: Uint8Array): Buffer {
  return createHmac('sha256', deriveKey(masterKey, 'key check v1')).update('this key fits').digest();
}

/** 0 for a file that is not there. */
export function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
