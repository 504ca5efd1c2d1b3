/**
 * One process per data folder with an embedded database. The lock is a file that names its process; a file whose process
 * is gone (or whose number was given to another program since) counts for nothing.
 */
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const holderSchema = z.strictObject({
  pid: z.int().positive(),
  /** What tells this process from a later one of the same number; null where the system does not say. */
  startedAs: z.string().nullable(),
});
type Holder = z.infer<typeof holderSchema>;

export interface FolderLock {
  release(): void;
}

const fileName = 'running.json';

/** The lock, or the number of the process that holds it. Throws where the folder cannot be written. */
export function lockFolder(folder: string): FolderLock | { readonly heldBy: number } {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, fileName);
  const mine: Holder = { pid: process.pid, startedAs: startOf(process.pid) };
  for (let attempt = 0; attempt < 5; attempt += 1) {
    if (createExclusively(path, mine)) {
      return {
        release() {
          if (readHolder(path)?.pid === process.pid) rmSync(path, { force: true });
        },
      };
    }
    const holder = readHolder(path);
    if (holder !== undefined && isAlive(holder)) return { heldBy: holder.pid };
    // Moved, not deleted: of two that find the same stale file, one moves it and the other finds nothing to move.
    const aside = `${path}.${String(process.pid)}.stale`;
    try {
      renameSync(path, aside);
      rmSync(aside, { force: true });
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause;
    }
  }
  throw new Error(`the lock file ${path} keeps changing hands`);
}

function createExclusively(path: string, holder: Holder): boolean {
  try {
    const file = openSync(path, 'wx', 0o600);
    writeSync(file, JSON.stringify(holder));
    closeSync(file);
    return true;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw cause;
  }
}

function readHolder(path: string): Holder | undefined {
  try {
    return holderSchema.safeParse(JSON.parse(readFileSync(path, 'utf8'))).data;
  } catch {
    return undefined;
  }
}

function isAlive({ pid, startedAs }: Holder): boolean {
  try {
    process.kill(pid, 0);
  } catch (cause) {
    // EPERM: it lives, and belongs to somebody else.
    if ((cause as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const now = startOf(pid);
  // Where the system does not say, a file with this process's own number was left by an earlier one.
  if (now === null && pid === process.pid) return false;
  return startedAs === null || now === null || now === startedAs;
}

/** Linux: boot id and start time in ticks (proc(5), field 22); a number that is given again has another pair. */
function startOf(pid: number): string | null {
  if (process.platform !== 'linux') return null;
  try {
    const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
    // The second field is the program's name in parentheses and may hold blanks: count from its end.
    const startTicks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return startTicks === undefined ? null : `${boot}/${startTicks}`;
  } catch {
    return null;
  }
}
