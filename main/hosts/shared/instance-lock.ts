/**
 * One workstation per data folder. The lock is a file that names its process; a file whose process is gone (or whose
 * number was given to another program since) counts for nothing.
 */
import {
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const holderSchema = z.strictObject({
  pid: z.int().positive(),
  /** What tells this process from a later one of the same number; null where the system does not say. */
  startedAs: z.string().nullable(),
  /** Where and how a second start reaches the first; null before it listens, and always under Electron. */
  control: z.strictObject({ port: z.int().positive(), token: z.string().min(1) }).nullable(),
});
export type Holder = z.infer<typeof holderSchema>;

export interface InstanceLock {
  /** Tells a second start how to reach this one. */
  announce(control: NonNullable<Holder['control']>): void;
  release(): void;
}

const fileName = 'running.json';

/** The lock, or whoever holds it. Throws where the folder cannot be written. */
export function acquireInstanceLock(folder: string): InstanceLock | Holder {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, fileName);
  const mine: Holder = { pid: process.pid, startedAs: startOf(process.pid), control: null };
  for (let attempt = 0; attempt < 5; attempt += 1) {
    if (createExclusively(path, mine)) {
      return {
        announce: (control) => replace(path, { ...mine, control }),
        release: () => {
          if (readHolder(path)?.pid === process.pid) rmSync(path, { force: true });
        },
      };
    }
    const holder = readHolder(path);
    if (holder !== undefined && isAlive(holder)) return holder;
    // Moved, not deleted: of two that find the same stale file, one moves it and the other finds nothing to move.
    const aside = `${path}.${process.pid}.stale`;
    try {
      renameSync(path, aside);
      rmSync(aside, { force: true });
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause;
    }
  }
  throw new Error(`the lock file ${fileName} keeps changing hands`);
}

export function isLock(lock: InstanceLock | Holder): lock is InstanceLock {
  return 'release' in lock;
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

function replace(path: string, holder: Holder): void {
  writeFileSync(`${path}.new`, JSON.stringify(holder), { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

function readHolder(path: string): Holder | undefined {
  try {
    const parsed = holderSchema.safeParse(JSON.parse(readFileSync(path, 'utf8')));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

function isAlive(holder: Holder): boolean {
  if (holder.pid === process.pid) return false;
  try {
    process.kill(holder.pid, 0);
  } catch (cause) {
    // EPERM: it lives, and belongs to somebody else.
    if ((cause as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const startedAs = startOf(holder.pid);
  return holder.startedAs === null || startedAs === null || startedAs === holder.startedAs;
}

/** Linux: boot id and start time in ticks (proc(5), field 22); a number that is given again has another pair. */
function startOf(pid: number): string | null {
  if (process.platform !== 'linux') return null;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name in parentheses and may hold spaces: count from its end.
    const startTicks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return startTicks === undefined ? null : `${boot}/${startTicks}`;
  } catch {
    return null;
  }
}
