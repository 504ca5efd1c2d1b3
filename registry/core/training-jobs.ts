/** What of training is due, what becomes of a try, and who may go on with a job. */
import { trainingExitCodes } from '../../contract/training/exit-codes.ts';
import type { TrainingJob, TrainingJobState, TrainingLimits } from '../../contract/registry/training-jobs.ts';

const dayMs = 86_400_000;

/** No name of a state that something comes after. */
export const unfinishedStates = [
  'queued',
  'running',
  'cancelling',
] as const satisfies readonly TrainingJobState[];

export interface WaitingJob {
  readonly id: string;
  readonly kind: string;
  /** Order of arrival. */
  readonly sequence: number;
  /** Epoch ms; null: at once. */
  readonly notBeforeMs: number | null;
}

/**
 * Which of those that wait are handed over now: of each kind that nothing is at work on, the first that is due. A retry
 * that waits for its time keeps its kind waiting, so that runs of a kind keep their order.
 */
export function chooseJobs(
  waiting: readonly WaitingJob[],
  busyKinds: ReadonlySet<string>,
  nowMs: number,
): readonly string[] {
  const kinds = new Set(busyKinds);
  const chosen: string[] = [];
  for (const { id, kind, notBeforeMs } of waiting.toSorted((a, b) => a.sequence - b.sequence)) {
    if (kinds.has(kind)) continue;
    kinds.add(kind);
    if ((notBeforeMs ?? nowMs) <= nowMs) chosen.push(id);
  }
  return chosen;
}

/** Before the try after so many: twice as long each time, a day at most. */
export function retryDelayMs({ firstDelayS }: TrainingLimits, attempts: number): number {
  return Math.min(dayMs, firstDelayS * 1000 * 2 ** Math.max(0, attempts - 1));
}

/** How one try ended. */
export type TryEnd =
  | { readonly kind: 'exited'; readonly exitCode: number }
  /** By a signal, or by the system. */
  | { readonly kind: 'killed' }
  | { readonly kind: 'not-started' }
  | { readonly kind: 'timed-out' }
  /** Its trainer is gone. */
  | { readonly kind: 'lost' }
  /** Told to stop because the trainer stops: no fault of the job. */
  | { readonly kind: 'released' };

export interface TriedJob {
  readonly state: TrainingJobState;
  readonly attempts: number;
  readonly limits: TrainingLimits;
  readonly step: string | null;
}

type Problem = NonNullable<TrainingJob['problem']>;

/** What follows a try. `again`: by the same or another trainer, after the delay; `attempts` may have been given back. */
export type AfterTry =
  | {
      readonly state: 'succeeded' | 'cancelled' | 'failed' | 'refused-by-gate';
      readonly problem: Problem | null;
    }
  | {
      readonly state: 'queued';
      readonly problem: Problem | null;
      readonly attempts: number;
      readonly delayMs: number;
    };

/** The busy run of a try before: it ends within its grace. */
const busyDelayMs = 15_000;

export function afterTry({ state, attempts, limits, step }: TriedJob, end: TryEnd): AfterTry {
  if (end.kind === 'exited' && end.exitCode === trainingExitCodes.done)
    return { state: 'succeeded', problem: null };
  if (state === 'cancelling') return { state: 'cancelled', problem: null };
  if (end.kind === 'exited' && end.exitCode === trainingExitCodes.refusedByGate)
    return { state: 'refused-by-gate', problem: null };
  const isBusy = end.kind === 'exited' && end.exitCode === trainingExitCodes.inUse;
  if (end.kind === 'released' || isBusy) {
    const delayMs = isBusy ? busyDelayMs : 0;
    return { state: 'queued', problem: null, attempts: Math.max(0, attempts - 1), delayMs };
  }
  const code = problemCodeOf(end);
  const problem = { code, step, exitCode: end.kind === 'exited' ? end.exitCode : null };
  if (code === 'wrong-options' || attempts >= limits.attempts) return { state: 'failed', problem };
  return { state: 'queued', problem, attempts, delayMs: retryDelayMs(limits, attempts) };
}

function problemCodeOf(end: Exclude<TryEnd, { readonly kind: 'released' }>): Problem['code'] {
  switch (end.kind) {
    case 'exited':
      if (end.exitCode === trainingExitCodes.wrongOptions) return 'wrong-options';
      return end.exitCode === trainingExitCodes.refused ? 'run-refused' : 'crashed';
    case 'killed':
      return 'crashed';
    case 'not-started':
    case 'timed-out':
      return end.kind;
    case 'lost':
      return 'trainer-lost';
  }
}

export interface OfferedJob {
  readonly state: TrainingJobState;
  /** Epoch ms of the holder's last sign of life; null: nobody is at it. */
  readonly aliveMs: number | null;
}

/**
 * What a trainer does with a job that the queue gives it. `begin`: nobody is at it. `take-over`: its trainer fell silent.
 * `wait`: another one is at it. `drop`: it is over.
 */
export function judgeOffer(
  { state, aliveMs }: OfferedJob,
  { nowMs, silentAfterMs }: { readonly nowMs: number; readonly silentAfterMs: number },
): 'begin' | 'take-over' | 'wait' | 'drop' {
  switch (state) {
    case 'queued':
      return 'begin';
    case 'running':
    case 'cancelling':
      return aliveMs !== null && nowMs - aliveMs < silentAfterMs ? 'wait' : 'take-over';
    case 'cancelled':
    case 'succeeded':
    case 'failed':
    case 'refused-by-gate':
      return 'drop';
  }
}

/** Name of a job's run: the kind, and enough of the id (UUIDv7) to be the only one. */
export function runIdOf(kind: string, jobId: string): string {
  return `${kind}-${jobId.replaceAll('-', '')}`;
}
