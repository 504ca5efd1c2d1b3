/** The registry's sessions as they are listed here: page after page, newest first. */
import type { CommandOutput } from '../../contract/app-api.ts';
import type { RegistrySession } from '../../contract/registry/routes.ts';
import type { Problem, Result } from '../../contract/result.ts';

export interface SessionsFilter {
  readonly hospitalId: string | null;
  readonly state: RegistrySession['state'] | null;
}

export interface RegistryList {
  readonly filter: SessionsFilter;
  readonly rows: readonly RegistrySession[];
  /** Where the next page begins; null: this is all. */
  readonly next: string | null;
  /** Number of the newest question. */
  readonly asked: number;
  readonly isWaiting: boolean;
  readonly hasAnswered: boolean;
  readonly problem: Problem | null;
}

export const emptyRegistryList: RegistryList = {
  filter: { hospitalId: null, state: null },
  rows: [],
  next: null,
  asked: 0,
  isWaiting: false,
  hasAnswered: false,
  problem: null,
};

/** From the start, under this filter. */
export function filtered(list: RegistryList, filter: SessionsFilter): RegistryList {
  return { ...emptyRegistryList, filter, asked: list.asked + 1, isWaiting: true };
}

export function furtherPage(list: RegistryList): RegistryList {
  return { ...list, asked: list.asked + 1, isWaiting: true, problem: null };
}

/** An answer to an older question is dropped; a page that came twice adds nothing. */
export function withPage(
  list: RegistryList,
  question: number,
  answer: Result<CommandOutput<'research.sessions.list'>>,
): RegistryList {
  if (question !== list.asked) return list;
  if (!answer.ok) return { ...list, isWaiting: false, problem: answer.problem };
  const known = new Set(list.rows.map(({ id }) => id));
  return {
    ...list,
    rows: [...list.rows, ...answer.value.sessions.filter(({ id }) => !known.has(id))],
    next: answer.value.next,
    isWaiting: false,
    hasAnswered: true,
    problem: null,
  };
}
