/**
 * What researchers do to schedules. The registry replaces a schedule without asking what it was, so each deed looks at
 * it just before, and leaves alone what somebody else has changed meanwhile.
 */
import { canonicalJson, type Json } from '../../contract/canonical-json.ts';
import type { TrainingSchedule } from '../../contract/registry/training-jobs.ts';
import type { Problem } from '../../contract/result.ts';
import type { Call } from '../api/index.ts';
import type { NewSchedule } from './schedule-form.ts';

export type ScheduleRefusal =
  | { readonly is: 'problem'; readonly problem: Problem }
  /** By somebody else, after it was looked at here. */
  | { readonly is: 'changed'; readonly now: TrainingSchedule }
  | { readonly is: 'removed' }
  /** Another schedule has this name. */
  | { readonly is: 'taken' };

export interface SavedSchedule {
  readonly id: string;
  /** As it was when the change of it began; null: it is new. */
  readonly base: TrainingSchedule | null;
  readonly schedule: NewSchedule;
}

/** Null: it stands at the registry as wanted, also where an earlier try got there and its answer was lost. */
export async function saveSchedule(
  call: Call,
  { id, base, schedule }: SavedSchedule,
): Promise<ScheduleRefusal | null> {
  const found = await findSchedule(call, id);
  if (!found.ok) return found.refusal;
  const { now } = found;
  if (now !== undefined && canonicalJson(contentOf(now)) === canonicalJson(contentOf(schedule))) return null;
  if (base === null && now !== undefined) return { is: 'taken' };
  if (base !== null && now === undefined) return { is: 'removed' };
  if (base !== null && now !== undefined && now.changedAt !== base.changedAt) return { is: 'changed', now };
  const answer = await call('research.training-schedules.put', {
    params: { scheduleId: id },
    body: schedule,
  });
  return answer.ok ? null : { is: 'problem', problem: answer.problem };
}

export function switchSchedule(
  call: Call,
  base: TrainingSchedule,
  isEnabled: boolean,
): Promise<ScheduleRefusal | null> {
  const { id, kind, occasion, configuration, limits } = base;
  return saveSchedule(call, { id, base, schedule: { kind, occasion, isEnabled, configuration, limits } });
}

/** Null also where it is gone already. */
export async function removeSchedule(call: Call, base: TrainingSchedule): Promise<ScheduleRefusal | null> {
  const found = await findSchedule(call, base.id);
  if (!found.ok) return found.refusal;
  const { now } = found;
  if (now === undefined) return null;
  if (now.changedAt !== base.changedAt) return { is: 'changed', now };
  const answer = await call('research.training-schedules.remove', { params: { scheduleId: base.id } });
  return answer.ok || answer.problem.code === 'not-found' ? null : { is: 'problem', problem: answer.problem };
}

async function findSchedule(call: Call, id: string) {
  const list = await call('research.training-schedules.list', {});
  return list.ok
    ? ({ ok: true, now: list.value.schedules.find((schedule) => schedule.id === id) } as const)
    : ({ ok: false, refusal: { is: 'problem', problem: list.problem } } as const);
}

function contentOf({ kind, occasion, isEnabled, configuration, limits }: NewSchedule): Json {
  return { kind, occasion, isEnabled, configuration, limits } as unknown as Json;
}
