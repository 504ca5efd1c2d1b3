import {
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';

export interface RotatingFile {
  write(line: string): void;
  close(): void;
}

/**
 * Appends lines to a file; past `maximumBytes` it becomes `.1`, the former `.1` becomes `.2`, and so on up to `keep`.
 * A log that cannot be written (full disk, taken folder) is dropped line by line: it must never stop the work.
 */
export function openRotatingFile(
  path: string,
  { maximumBytes, keep }: { readonly maximumBytes: number; readonly keep: number },
): RotatingFile {
  let file = open(path);
  let sizeBytes = file === undefined ? 0 : fstatSync(file).size;
  return {
    write(line) {
      const bytes = Buffer.from(line);
      if (sizeBytes > 0 && sizeBytes + bytes.byteLength > maximumBytes) {
        if (file !== undefined) closeSync(file);
        shift(path, keep);
        file = open(path);
        sizeBytes = 0;
      }
      if (file === undefined) return;
      try {
        writeSync(file, bytes);
        sizeBytes += bytes.byteLength;
      } catch {
        // Nowhere to say it: the log is where it would be said.
      }
    },
    close() {
      if (file !== undefined) closeSync(file);
      file = undefined;
    },
  };
}

function open(path: string): number | undefined {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    return openSync(path, 'a', 0o600);
  } catch {
    return undefined;
  }
}

function shift(path: string, keep: number): void {
  try {
    rmSync(`${path}.${keep}`, { force: true });
    for (let age = keep - 1; age >= 1; age -= 1) {
      if (existsSync(`${path}.${age}`)) renameSync(`${path}.${age}`, `${path}.${age + 1}`);
    }
    renameSync(path, `${path}.1`);
  } catch {
    // The old file goes on growing; better than losing lines.
  }
}
