/** The processes that the workstation started, by its process id. Linux. */
import { readdirSync, readFileSync } from 'node:fs';
import process from 'node:process';
import { expect } from '@playwright/test';

/** Process ids of the model engines that belong to the workstation with this process id. */
function enginesOf(workstationPid: number): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/u.test(name))
    .filter((name) => parentOf(name) === workstationPid && commandLineOf(name).includes('engine-worker'))
    .map(Number);
}

/** The engine that runs now, other than those named. */
export async function engineOf(workstationPid: number, besides: readonly number[] = []): Promise<number> {
  let found: number | undefined;
  await expect
    .poll(
      () => {
        found = enginesOf(workstationPid).find((pid) => !besides.includes(pid));
        return found;
      },
      { intervals: [10] },
    )
    .toBeDefined();
  return found ?? Number.NaN;
}

/** Holds a process where it is: what it was asked stays unanswered. */
export function hold(pid: number): void {
  process.kill(pid, 'SIGSTOP');
}

export function release(pid: number): void {
  process.kill(pid, 'SIGCONT');
}

export function kill(pid: number): void {
  process.kill(pid, 'SIGKILL');
}

function parentOf(pid: string): number | undefined {
  const stat = read(`/proc/${pid}/stat`);
  return Number(
    stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .at(1),
  );
}

function commandLineOf(pid: string): string {
  return read(`/proc/${pid}/cmdline`);
}

/** Empty for a process that has gone meanwhile. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
