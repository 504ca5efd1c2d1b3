import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Schedule } from './simulate.ts';

export interface SeedsRun {
  readonly sessions: number;
  /** Few of them, where many fail. */
  readonly failed: readonly Schedule[];
}

/** Simulates one schedule per seed, on two processors where there are two. Rejects when the simulation itself breaks. */
export async function runSeeds(seeds: readonly number[]): Promise<SeedsRun> {
  const threads = Math.min(2, availableParallelism());
  const runs = await Promise.all(
    Array.from({ length: threads }, async (_, thread) => {
      const own = seeds.filter((_seed, index) => index % threads === thread);
      const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: { seeds: own } });
      // An error event rejects.
      const [run] = (await once(worker, 'message')) as [SeedsRun];
      return run;
    }),
  );
  return {
    sessions: runs.reduce((total, run) => total + run.sessions, 0),
    failed: runs.flatMap((run) => run.failed),
  };
}

/** What went wrong and how to see it again. */
export function report({ seed, failure, trace }: Schedule): string {
  const lines = trace.slice(-60).join('\n');
  return `seed ${String(seed)}: ${failure ?? 'all is well'}\n${lines}\nKeep seed ${String(seed)} in tools/simulation/failing-seeds.json.`;
}
