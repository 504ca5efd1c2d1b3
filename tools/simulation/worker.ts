/** Runs the seeds that it is given, in a thread of its own; answers each that fails, and how many sessions there were. */
import { parentPort, workerData } from 'node:worker_threads';
import { simulate } from './simulate.ts';

const { seeds } = workerData as { readonly seeds: readonly number[] };
let sessions = 0;
const failed = [];
for (const seed of seeds) {
  const schedule = await simulate(seed);
  sessions += schedule.sessions;
  if (schedule.failure !== undefined) failed.push(schedule);
  // Enough to look at; the rest would say the same.
  if (failed.length === 5) break;
}
parentPort?.postMessage({ sessions, failed });
