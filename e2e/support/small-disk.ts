/** A disk of a known size that can be filled to its last byte: a tmpfs. Mounting it needs the right to. */
import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmdirSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface SmallDisk {
  readonly path: string;
  /** Until nothing more fits. */
  fill(): void;
  empty(): void;
  remove(): void;
}

/** The reason in words where this user may not mount. */
export function mountSmallDisk(sizeMiB: number): SmallDisk | string {
  const path = mkdtempSync(join(tmpdir(), 'spira-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeMiB}m`, 'tmpfs', path], { stdio: 'pipe' });
  } catch (cause) {
    rmdirSync(path);
    return `a small disk cannot be mounted here: ${cause instanceof Error ? cause.message : String(cause)}`;
  }
  const filler = join(path, 'filler');
  return {
    path,
    fill: () => fillUp(filler),
    empty: () => rmSync(filler, { force: true }),
    remove: () => {
      // What still uses it keeps it until it ends.
      execFileSync('umount', ['--lazy', path], { stdio: 'pipe' });
      rmdirSync(path);
    },
  };
}

function fillUp(path: string): void {
  const file = openSync(path, 'a');
  try {
    for (let partBytes = 2 ** 20; partBytes >= 512;) {
      try {
        writeSync(file, Buffer.alloc(partBytes));
      } catch (cause) {
        if ((cause as NodeJS.ErrnoException).code !== 'ENOSPC') throw cause;
        partBytes /= 2;
      }
    }
  } finally {
    closeSync(file);
  }
}
