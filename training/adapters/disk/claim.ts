/**
 * A file that one process at a time holds, over all machines that see the folder. Whether its holder lives is seen by
 * its process on the same machine, else by the file, which the holder touches. A container's process often has the
 * number of the one before: the number alone proves nothing.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rm, stat, writeFile, type FileHandle } from 'node:fs/promises';
import { hostname } from 'node:os';
import process from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { codeOf } from './durable-file.ts';

const touchEveryMs = 10_000;
/** A holder on another machine that did not touch its file for so long is gone. */
const silentAfterMs = 120_000;
/** Removing the file of one that is gone takes less. */
const turnMs = 10_000;
const waitMs = 20;

const holderSchema = z.object({ host: z.string(), pid: z.int(), token: z.string() });
type Holder = z.infer<typeof holderSchema>;
const itself: Holder = { host: hostname(), pid: process.pid, token: randomUUID() };

export type Claim =
  | { readonly isMine: true; release(): Promise<void> }
  /** Who holds it, in words. */
  | { readonly isMine: false; readonly holder: string };

/** Throws what the file system says where the folder cannot be written. */
export async function claimFile(path: string): Promise<Claim> {
  const content = JSON.stringify(itself);
  for (;;) {
    let file: FileHandle;
    try {
      file = await open(path, 'wx', 0o600);
    } catch (cause) {
      if (codeOf(cause) !== 'EEXIST') throw cause;
      const holder = await livingHolder(path);
      if (holder !== undefined) return { isMine: false, holder };
      continue;
    }
    await file.write(content, 0);
    // Written anew, so that the time is that of the disk's own clock.
    const touching = setInterval(
      () => void file.write(content, 0).catch(() => undefined),
      touchEveryMs,
    ).unref();
    return {
      isMine: true,
      async release() {
        clearInterval(touching);
        await file.close();
        await rm(path, { force: true });
      },
    };
  }
}

/** Undefined where nobody living holds it; the file of one that is gone is removed. */
async function livingHolder(path: string): Promise<string | undefined> {
  const seen = await readFile(path, 'utf8').catch(() => undefined);
  if (seen === undefined) return undefined;
  const holder = holderIn(seen);
  if (holder === undefined || holder.host !== itself.host) {
    if ((await silentMs(path)) < silentAfterMs) {
      return holder === undefined
        ? 'a process that has just begun'
        : `process ${holder.pid} of ${holder.host}`;
    }
  } else if (holder.pid === itself.pid ? holder.token === itself.token : isAlive(holder.pid)) {
    return `process ${holder.pid}`;
  }
  await removeGone(path, seen);
  return undefined;
}

/** Of all who found the holder gone, one at a time removes its file, unless it is another's by now. */
async function removeGone(path: string, seen: string): Promise<void> {
  const turn = `${path}.turn`;
  try {
    await mkdir(turn);
  } catch (cause) {
    if (codeOf(cause) !== 'EEXIST') throw cause;
    // Whoever died in its turn left it.
    if ((await silentMs(turn)) > turnMs) await rm(turn, { recursive: true, force: true });
    else await pause(waitMs);
    return;
  }
  try {
    if ((await readFile(path, 'utf8').catch(() => undefined)) === seen) await rm(path, { force: true });
  } finally {
    await rm(turn, { recursive: true, force: true });
  }
}

/** By the clock of the disk, which need not be that of this machine. */
async function silentMs(path: string): Promise<number> {
  const probe = `${path}.${randomUUID()}`;
  await writeFile(probe, '');
  const { mtimeMs: nowMs } = await stat(probe);
  await rm(probe);
  const touchedMs = await stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => nowMs,
  );
  return nowMs - touchedMs;
}

function holderIn(text: string): Holder | undefined {
  try {
    const parsed = holderSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    return codeOf(cause) === 'EPERM';
  }
}
