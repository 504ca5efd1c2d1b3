/**
 * The list of sessions as it is shown: what is asked for, which pages of rows are here, and in which order answers
 * count. One question is under way at a time; while it runs, only the newest wish is remembered, so that a search
 * can start with every key without a flood of questions and without a timer.
 */
import { create } from 'zustand';
import type { CommandOutput, SessionQueryInput, sessionColumns } from '../../contract/app-api.ts';
import type { Problem, Result } from '../../contract/result.ts';
import type { SessionSummary } from '../../contract/session.ts';
import type { Call } from '../api/client.ts';

export const rowsPerPage = 100;

export type SessionColumn = (typeof sessionColumns)[number];
export type SessionFilter = NonNullable<SessionQueryInput['filter']>;
export interface ListQuery {
  readonly sort: { readonly column: SessionColumn; readonly direction: 'ascending' | 'descending' };
  readonly search: string;
  readonly filter: SessionFilter;
}

interface Question {
  readonly epoch: number;
  readonly page: number;
}

export interface SessionList {
  readonly query: ListQuery;
  /** Grows with every change of the query: the table then begins at its top. */
  readonly search: number;
  /** Grows with every change of the query and with every refresh. */
  readonly epoch: number;
  /** The epoch whose rows are shown; older than `epoch` while the first page of a new one is awaited. */
  readonly shownEpoch: number;
  /** The search whose rows are shown. */
  readonly shownSearch: number;
  readonly pages: ReadonlyMap<number, readonly SessionSummary[]>;
  /** Null until the first answer. */
  readonly total: number | null;
  /** The rows on the screen. */
  readonly view: { readonly first: number; readonly last: number };
  readonly underWay: Question | null;
  readonly problem: Problem | null;
  readonly selected: number;
}

export const firstQuery: ListQuery = {
  sort: { column: 'date', direction: 'descending' },
  search: '',
  filter: {},
};

export const emptyList: SessionList = {
  query: firstQuery,
  search: 1,
  epoch: 1,
  shownEpoch: 0,
  shownSearch: 0,
  pages: new Map(),
  total: null,
  view: { first: 0, last: 0 },
  underWay: null,
  problem: null,
  selected: 0,
};

export function withQuery(list: SessionList, query: ListQuery): SessionList {
  return {
    ...list,
    query,
    search: list.search + 1,
    epoch: list.epoch + 1,
    view: emptyList.view,
    problem: null,
    selected: 0,
  };
}

/** The same question again, place and selection kept: something changed in the store. */
export function refreshed(list: SessionList): SessionList {
  return { ...list, epoch: list.epoch + 1, problem: null };
}

/** A click on a column title: that column, and its other direction when it was the one already. */
export function sortedBy({ sort }: ListQuery, column: SessionColumn): ListQuery['sort'] {
  if (sort.column === column) {
    return { column, direction: sort.direction === 'ascending' ? 'descending' : 'ascending' };
  }
  return { column, direction: column === 'date' ? 'descending' : 'ascending' };
}

export function withRowsShown(list: SessionList, first: number, last: number): SessionList {
  return { ...list, view: { first, last } };
}

/** The next question to send: a page of the view that is not here, unless one is under way or the last one failed. */
export function nextQuestion(list: SessionList): Question | null {
  if (list.underWay !== null || list.problem !== null) return null;
  const isFresh = list.shownEpoch === list.epoch;
  const lastPage = Math.floor(list.view.last / rowsPerPage);
  for (let page = Math.floor(list.view.first / rowsPerPage); page <= lastPage; page += 1) {
    if (!isFresh || !list.pages.has(page)) return { epoch: list.epoch, page };
  }
  return null;
}

export function withQuestion(list: SessionList, question: Question): SessionList {
  return { ...list, underWay: question };
}

/** An answer to an older query is dropped; rows of a new one replace all rows of the old. */
export function withAnswer(
  list: SessionList,
  question: Question,
  answer: Result<CommandOutput<'sessions.list'>>,
): SessionList {
  const free: SessionList = { ...list, underWay: null };
  if (question.epoch !== list.epoch) return free;
  if (!answer.ok) return { ...free, problem: answer.problem };
  const { rows, total } = answer.value;
  const pages = new Map(list.shownEpoch === list.epoch ? list.pages : []);
  pages.set(question.page, rows);
  return {
    ...free,
    pages,
    total,
    shownEpoch: list.epoch,
    shownSearch: list.search,
    problem: null,
    selected: Math.max(0, Math.min(list.selected, total - 1)),
  };
}

export function rowAt(list: SessionList, index: number): SessionSummary | undefined {
  return list.pages.get(Math.floor(index / rowsPerPage))?.[index % rowsPerPage];
}

/** A new search is awaited; the same rows asked for again are no search. */
export function isSearching(list: SessionList): boolean {
  return list.shownSearch !== list.search && list.problem === null;
}

/** Whether news of sending may concern a row that is shown. */
export function hasRowsOnTheirWay(list: SessionList): boolean {
  return [...list.pages.values()].some((rows) => rows.some(({ sync }) => isOnItsWay(sync)));
}

/** What is only here or safe on the server changes with the session alone. */
export function isOnItsWay(sync: SessionSummary['sync']): boolean {
  return sync === 'waiting' || sync === 'sending' || sync === 'needs-attention';
}

/** How many filters are on. */
export function filtersOn(filter: SessionFilter): number {
  const lists = [filter.modes, filter.kinds, filter.statuses, filter.decisions, filter.sync];
  return (
    lists.reduce((total, list) => total + (list?.length ?? 0), 0) +
    (filter.from === undefined ? 0 : 1) +
    (filter.to === undefined ? 0 : 1)
  );
}

export const useSessionList = create<SessionList>(() => emptyList);

/** Applies a rule and sends what is then to be asked, until nothing is wanted. */
export function changeList(call: Call, rule: (list: SessionList) => SessionList): void {
  useSessionList.setState(rule);
  pump(call);
}

function pump(call: Call): void {
  const list = useSessionList.getState();
  const question = nextQuestion(list);
  if (question === null) return;
  useSessionList.setState(withQuestion(list, question));
  void call('sessions.list', {
    ...list.query,
    offset: question.page * rowsPerPage,
    limit: rowsPerPage,
  }).then((answer) => {
    useSessionList.setState((current) => withAnswer(current, question, answer));
    pump(call);
  });
}
