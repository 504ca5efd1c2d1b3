import { beforeEach, describe, expect, it } from 'vitest';
import type { CommandInput, CommandOutput } from '../../contract/app-api.ts';
import type { SessionId } from '../../contract/ids.ts';
import { fail, ok, type Result } from '../../contract/result.ts';
import type { SessionSummary } from '../../contract/session.ts';
import { createClient } from '../api/client.ts';
import { memoryTransport } from '../api/transport.memory.ts';
import {
  changeList,
  emptyList,
  filtersOn,
  firstQuery,
  hasRowsOnTheirWay,
  isSearching,
  nextQuestion,
  refreshed,
  rowAt,
  rowsPerPage,
  sortedBy,
  useSessionList,
  withAnswer,
  withQuery,
  withQuestion,
  withRowsShown,
} from './session-list.ts';

type Answer = Result<CommandOutput<'sessions.list'>>;

function session(index: number): SessionSummary {
  const moment = { at: '2026-11-21T12:00:00.000Z', zone: 'America/Sao_Paulo' };
  return {
    id: `019aa0f0-0000-7000-8000-${String(index).padStart(12, '0')}` as SessionId,
    mode: 'inference',
    kind: 'PATIENT',
    status: 'completed',
    hospital: 'H',
    recordNumber: String(index),
    createdAt: moment,
    updatedAt: moment,
    createdBy: 'bia',
    form: { id: 'f', version: '1.0.0' },
    protocol: { id: 'p', version: '1.0.0' },
    results: [],
    sync: 'local-only',
    syncProgress: null,
    syncReason: null,
  };
}

const page = (offset: number, total: number): Answer =>
  ok({
    total,
    rows: Array.from({ length: Math.max(0, Math.min(rowsPerPage, total - offset)) }, (_, index) =>
      session(offset + index),
    ),
  });

describe('the list of sessions', () => {
  it('asks for the first page, and for further ones as they come into view', () => {
    const question = nextQuestion(emptyList);
    expect(question).toEqual({ epoch: 1, page: 0 });
    const asked = withQuestion(emptyList, { epoch: 1, page: 0 });
    expect(nextQuestion(asked)).toBeNull();
    const shown = withAnswer(asked, { epoch: 1, page: 0 }, page(0, 250));
    expect(shown.total).toBe(250);
    expect(rowAt(shown, 99)?.recordNumber).toBe('99');
    expect(rowAt(shown, 100)).toBeUndefined();
    expect(nextQuestion(withRowsShown(shown, 95, 130))).toEqual({ epoch: 1, page: 1 });
    expect(nextQuestion(withRowsShown(shown, 10, 40))).toBeNull();
  });

  it('asks again for everything on the screen when something changed, wherever the table stands', () => {
    const deep = [0, 1, 2].reduce(
      (list, page_) =>
        withAnswer(
          withQuestion(list, { epoch: 1, page: page_ }),
          { epoch: 1, page: page_ },
          page(page_ * 100, 250),
        ),
      emptyList,
    );
    let list = refreshed(withRowsShown(deep, 180, 220));
    const asked: number[] = [];
    for (let question = nextQuestion(list); question !== null; question = nextQuestion(list)) {
      asked.push(question.page);
      list = withAnswer(withQuestion(list, question), question, page(question.page * 100, 250));
    }
    expect(asked).toEqual([1, 2]);
    expect(rowAt(list, 220)?.recordNumber).toBe('220');
  });

  it('drops an answer to an older search and keeps the rows that are shown until the new ones are there', () => {
    const shown = withAnswer(
      withQuestion(emptyList, { epoch: 1, page: 0 }),
      { epoch: 1, page: 0 },
      page(0, 3),
    );
    const searching = withQuestion(withQuery(shown, { ...firstQuery, search: 'a' }), { epoch: 2, page: 0 });
    const newer = withQuery(searching, { ...firstQuery, search: 'ab' });
    const late = withAnswer(newer, { epoch: 2, page: 0 }, page(0, 1));
    expect(late.total).toBe(3);
    expect(rowAt(late, 2)?.recordNumber).toBe('2');
    expect(nextQuestion(late)).toEqual({ epoch: 3, page: 0 });
    const found = withAnswer(withQuestion(late, { epoch: 3, page: 0 }), { epoch: 3, page: 0 }, page(0, 0));
    expect(found.total).toBe(0);
    expect(rowAt(found, 0)).toBeUndefined();
  });

  it('says that it searches after a new wish, and not when the same rows are asked for again', () => {
    const shown = withAnswer(
      withQuestion(emptyList, { epoch: 1, page: 0 }),
      { epoch: 1, page: 0 },
      page(0, 3),
    );
    expect([emptyList, shown, refreshed(shown)].map(isSearching)).toEqual([true, false, false]);
    const searching = withQuery(shown, { ...firstQuery, search: 'a' });
    expect(isSearching(searching)).toBe(true);
    expect(isSearching(refreshed(searching))).toBe(true);
    expect(isSearching({ ...searching, problem: { code: 'store-busy' } })).toBe(false);
  });

  it.each([
    ['local-only', false],
    ['waiting', true],
    ['sending', true],
    ['needs-attention', true],
    ['synced', false],
  ] as const)('follows the news of sending for a row that is %s: %s', (sync, follows) => {
    const pages = new Map([[0, [{ ...session(0), sync }]]]);
    expect(hasRowsOnTheirWay({ ...emptyList, pages })).toBe(follows);
  });

  it('says what failed and asks no more until told to', () => {
    const failed = withAnswer(
      withQuestion(emptyList, { epoch: 1, page: 0 }),
      { epoch: 1, page: 0 },
      fail('store-busy'),
    );
    expect(failed.problem).toEqual({ code: 'store-busy' });
    expect(nextQuestion(failed)).toBeNull();
    expect(nextQuestion(refreshed(failed))).toEqual({ epoch: 2, page: 0 });
  });

  it('keeps the selection on a row that is still there', () => {
    const shown = withAnswer(
      withQuestion(emptyList, { epoch: 1, page: 0 }),
      { epoch: 1, page: 0 },
      page(0, 10),
    );
    const again = withQuestion(refreshed({ ...shown, selected: 9 }), { epoch: 2, page: 0 });
    expect(withAnswer(again, { epoch: 2, page: 0 }, page(0, 4)).selected).toBe(3);
  });

  it('sorts dates newest first, other columns from the start, and turns round on a second click', () => {
    expect(sortedBy(firstQuery, 'date')).toEqual({ column: 'date', direction: 'ascending' });
    const byHospital = sortedBy(firstQuery, 'hospital');
    expect(byHospital).toEqual({ column: 'hospital', direction: 'ascending' });
    expect(sortedBy({ ...firstQuery, sort: byHospital }, 'date')).toEqual({
      column: 'date',
      direction: 'descending',
    });
  });

  it('counts the filters that are on', () => {
    expect(filtersOn({})).toBe(0);
    expect(
      filtersOn({ modes: ['inference'], kinds: ['TEST', 'CONTROL'], from: '2026-11-21T00:00:00.000Z' }),
    ).toBe(4);
  });
});

describe('typing in the search', () => {
  beforeEach(() => useSessionList.setState(emptyList));

  it('has one question under way and then asks only for what was typed last', async () => {
    const pending: { search: string; answer: (answer: Answer) => void }[] = [];
    const transport = memoryTransport({
      'sessions.list': (input: CommandInput<'sessions.list'>) =>
        new Promise<Answer>((answer) => pending.push({ search: input.search ?? '', answer })),
    });
    const { call } = createClient(transport);
    const type = (search: string): void =>
      changeList(call, (list) => withQuery(list, { ...list.query, search }));
    const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

    type('1');
    type('14');
    type('142');
    expect(pending.map(({ search }) => search)).toEqual(['1']);
    pending[0]?.answer(page(0, 5));
    await settled();
    expect(pending.map(({ search }) => search)).toEqual(['1', '142']);
    expect(useSessionList.getState().total).toBeNull();
    pending[1]?.answer(page(0, 2));
    await settled();
    expect(useSessionList.getState().total).toBe(2);
    expect(useSessionList.getState().underWay).toBeNull();
  });
});
