/** Schedules that were typed and not saved: kept while the window is open, through Esc, a lock and a sign-in. */
import { create } from 'zustand';
import type { AccountId } from '../../contract/ids.ts';
import type { TrainingSchedule } from '../../contract/registry/training-jobs.ts';
import type { TypedSchedule } from './schedule-form.ts';

export interface ScheduleDraft {
  readonly typed: TypedSchedule;
  /** As it was when the typing began; null: it is new. */
  readonly base: TrainingSchedule | null;
}

/** Whose draft of which schedule; of the one that is new: null. */
export function draftKey(researcher: AccountId, scheduleId: string | null): string {
  return `${researcher} ${scheduleId ?? ''}`;
}

export const useScheduleDrafts = create<{ readonly kept: Readonly<Record<string, ScheduleDraft>> }>(() => ({
  kept: {},
}));

export function keepDraft(key: string, draft: ScheduleDraft): void {
  useScheduleDrafts.setState(({ kept }) => ({ kept: { ...kept, [key]: draft } }));
}

export function dropDraft(key: string): void {
  useScheduleDrafts.setState(({ kept }) => ({
    kept: Object.fromEntries(Object.entries(kept).filter(([other]) => other !== key)),
  }));
}
