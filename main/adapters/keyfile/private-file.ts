/** A small file that only this user may read, made once and never replaced. */
import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { fail, ok, type Result } from '../../../contract/result.ts';
import { syncFolder } from '../system/write-file-safely.ts';

const maximumBytes = 16 * 1024;

/**
 * Undefined where there is none. `key-unavailable`, `reason`: `readable-by-others` (with the file's `mode`; only
 * where the system has such modes), `not-a-file`, or the system's code.
 */
export function readPrivateFile(path: string): Result<string | undefined> {
  let handle: number;
  try {
    handle = openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
  } catch (cause) {
    const code = codeOf(cause);
    if (code === 'ENOENT') return ok(undefined);
    return fail('key-unavailable', { reason: code === 'ELOOP' ? 'not-a-file' : code }, cause);
  }
  try {
    const facts = fstatSync(handle);
    if (!facts.isFile() || facts.size > maximumBytes)
      return fail('key-unavailable', { reason: 'not-a-file' });
    if (process.platform !== 'win32' && (facts.mode & 0o077) !== 0) {
      return fail('key-unavailable', {
        reason: 'readable-by-others',
        mode: (facts.mode & 0o777).toString(8).padStart(4, '0'),
      });
    }
    return ok(readFileSync(handle, 'utf8'));
  } catch (cause) {
    return fail('key-unavailable', { reason: codeOf(cause) }, cause);
  } finally {
    closeSync(handle);
  }
}

/** The whole file or none of it; `conflict` where there is one already. */
export function createPrivateFile(path: string, content: string): Result<void> {
  const temporary = `${path}.${process.pid}.new`;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    rmSync(temporary, { force: true });
    const handle = openSync(temporary, 'wx', 0o600);
    try {
      writeFileSync(handle, content);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    return putInPlace(temporary, path);
  } catch (cause) {
    return codeOf(cause) === 'ENOSPC'
      ? fail('disk-full', {}, cause)
      : fail('key-unavailable', { reason: codeOf(cause) }, cause);
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** Keeps what cannot be read as a key under another name: nothing that may be a key is ever deleted. */
export function setAside(path: string): void {
  let number = 1;
  while (existsSync(`${path}.unreadable-${number}`)) number += 1;
  renameSync(path, `${path}.unreadable-${number}`);
}

function putInPlace(temporary: string, path: string): Result<void> {
  try {
    // A link, unlike a rename, fails where the name is taken.
    linkSync(temporary, path);
  } catch (cause) {
    if (codeOf(cause) === 'EEXIST' || existsSync(path)) return fail('conflict', { reason: 'key-exists' });
    renameSync(temporary, path);
  }
  syncFolder(dirname(path));
  return ok(undefined);
}

function codeOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown';
}
