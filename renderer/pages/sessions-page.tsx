import { useCallback, useEffect, useMemo, useState } from 'react';
import type { ModelReference } from '../../contract/model-manifest.ts';
import type { Account } from '../../contract/people.ts';
import type { Problem } from '../../contract/result.ts';
import type { SessionSummary } from '../../contract/session.ts';
import { call } from '../api/index.ts';
import { saveTextFile } from '../api/save-file.ts';
import { useEvent } from '../api/use-event.ts';
import { useText } from '../i18n/index.ts';
import { hrefOf, navigate } from '../router.ts';
import { mayCall } from '../state/rights.ts';
import {
  changeList,
  filtersOn,
  firstQuery,
  hasRowsOnTheirWay,
  isSearching,
  refreshed,
  rowAt,
  sortedBy,
  useSessionList,
  withQuery,
  withRowsShown,
  type ListQuery,
  type SessionColumn,
} from '../state/session-list.ts';
import { sayErased, useFarewell } from '../state/farewell.ts';
import { statusLooks } from '../state/status-looks.ts';
import { useLoading } from '../state/use-loading.ts';
import { Button, LinkButton, Notice, StatusWord, TextField } from '../ui/index.ts';
import { VirtualTable, type TableColumn } from '../ui/table/virtual-table.tsx';
import { DecisionWords } from './decision-word.tsx';
import { Page } from './page.tsx';
import { ProblemNotice } from './problem-notice.tsx';
import { SessionFilters } from './session-filters.tsx';
import { SyncCell } from './sync-word.tsx';
import './sessions.css';

export function SessionsPage({ account }: { readonly account: Account }) {
  const { t, format } = useText();
  const list = useSessionList();
  const columns = useColumns();
  const [isFiltering, setFiltering] = useState(false);
  const { query, total } = list;
  const filterCount = filtersOn(query.filter);
  const exporting = useExport(query);

  useEffect(() => changeList(call, refreshed), []);
  useEvent('session.changed', () => changeList(call, refreshed));
  useEvent('sync.changed', () => {
    if (hasRowsOnTheirWay(useSessionList.getState())) changeList(call, refreshed);
  });

  const ask = (change: Partial<ListQuery>): void =>
    changeList(call, (current) => withQuery(current, { ...current.query, ...change }));
  const show = useCallback(
    (first: number, last: number) => changeList(call, (current) => withRowsShown(current, first, last)),
    [],
  );
  const open = (index: number): void => {
    const row = rowAt(list, index);
    if (row !== undefined) navigate({ page: 'session', sessionId: row.id });
  };

  return (
    <Page
      title={t('list.title')}
      isWide
      isFilled
      aside={
        <div className="row">
          {mayCall(account.roles, 'sessions.export') ? (
            <Button icon="download" isBusy={exporting.isBusy} onClick={exporting.start}>
              {t('list.export')}
            </Button>
          ) : null}
          {mayCall(account.roles, 'sessions.create') ? (
            <LinkButton look="primary" icon="plus" href={hrefOf({ page: 'new-session', sessionId: null })}>
              {t('nav.newSession')}
            </LinkButton>
          ) : null}
        </div>
      }
    >
      <Farewell />
      <ExportOutcome {...exporting} />
      <div className="sessions__tools">
        <div className="sessions__search">
          <TextField
            label={t('list.search')}
            type="search"
            value={query.search}
            maximumLength={120}
            onChange={(search) => ask({ search })}
          />
        </div>
        <Button
          icon={isFiltering ? 'chevron-down' : 'chevron-right'}
          isExpanded={isFiltering}
          onClick={() => setFiltering(!isFiltering)}
        >
          {t('list.filter.show', { count: filterCount })}
        </Button>
        <p role="status" className="sessions__total muted">
          {isSearching(list)
            ? t('list.searching')
            : total === null
              ? ''
              : t('list.total', { count: total, total: format.number(total) })}
        </p>
      </div>
      {isFiltering ? (
        <SessionFilters
          filter={query.filter}
          onChange={(filter) => ask({ filter })}
          onClear={() => ask({ filter: {} })}
        />
      ) : null}
      {list.problem === null ? null : (
        <ProblemNotice problem={list.problem} retry={() => changeList(call, refreshed)} />
      )}
      {total === 0 ? (
        <EmptyList
          isFiltered={filterCount > 0 || query.search.trim() !== ''}
          onClear={() => ask({ search: firstQuery.search, filter: firstQuery.filter })}
        />
      ) : total === null ? null : (
        <VirtualTable<SessionSummary, SessionColumn>
          label={t('list.table')}
          columns={columns}
          minimumWidth="76.5rem"
          total={total}
          rowAt={(index) => rowAt(list, index)}
          missingWord={t('common.loading')}
          sort={query.sort}
          search={list.search}
          onSort={(column) => ask({ sort: sortedBy(query, column) })}
          selected={list.selected}
          onSelect={(selected) => useSessionList.setState({ selected })}
          onOpen={open}
          onShow={show}
        />
      )}
    </Page>
  );
}

function useColumns(): readonly TableColumn<SessionSummary, SessionColumn>[] {
  const { t, local, format } = useText();
  const models = useLoading('models.list', {}).value;
  return useMemo(() => {
    const modelTitle = ({ name, version }: ModelReference): string => {
      const manifest = models?.find(
        (model) => model.manifest.name === name && model.manifest.version === version,
      )?.manifest;
      return manifest === undefined ? name : local(manifest.title);
    };
    const column = (
      key: SessionColumn,
      track: string,
      cell: TableColumn<SessionSummary, SessionColumn>['cell'],
    ): TableColumn<SessionSummary, SessionColumn> => ({
      key,
      track,
      cell,
      title: t(`column.${key}`),
      sortLabel: t('list.sortBy', { column: t(`column.${key}`) }),
    });
    return [
      column('recordNumber', 'minmax(7.5rem, 1fr)', (row) =>
        row.recordNumber === null ? (
          <span className="muted">{t('list.noRecord')}</span>
        ) : (
          <span className="sessions__record">{row.recordNumber}</span>
        ),
      ),
      column('hospital', 'minmax(9.5rem, 1.2fr)', (row) => (
        <span className="table__two-lines">{row.hospital}</span>
      )),
      column('date', 'minmax(9.5rem, 0.8fr)', (row) => (
        <span className="table__two-lines">{format.compactMoment(row.createdAt)}</span>
      )),
      column('kind', 'minmax(6rem, 0.5fr)', (row) => <span>{t(`kind.${row.kind}`)}</span>),
      column('status', 'minmax(9rem, 0.7fr)', (row) => (
        <StatusWord {...statusLooks[row.status]} word={t(`status.${row.status}`)} />
      )),
      column('decision', 'minmax(9rem, 0.7fr)', (row) => <DecisionWords results={row.results} />),
      column('model', 'minmax(12.5rem, 1.6fr)', ({ results: [first, ...others] }) =>
        first === undefined ? (
          <span className="muted">{t('list.noModel')}</span>
        ) : (
          <div className="sessions__model" title={modelTitle(first.model)}>
            <span>{modelTitle(first.model)}</span>
            <span className="muted">
              {t('list.modelVersion', { version: first.model.version, others: others.length })}
            </span>
          </div>
        ),
      ),
      column('sync', 'minmax(13.5rem, 0.8fr)', (row) => <SyncCell session={row} />),
    ];
  }, [t, local, format, models]);
}

/** After a session was erased: what became of it. Said once. */
function Farewell() {
  const { t } = useText();
  const erased = useFarewell((farewell) => farewell.erased);
  // Whoever leaves the list has read it; a list that is only drawn anew has not been left.
  useEffect(
    () => () => {
      if (window.location.hash !== hrefOf({ page: 'sessions' })) sayErased(null);
    },
    [],
  );
  if (erased === null) return null;
  return (
    <Notice
      tone="success"
      title={t(`withdrawDone.${erased}`)}
      isLive
      actions={
        <Button icon="close" onClick={() => sayErased(null)}>
          {t('common.dismiss')}
        </Button>
      }
    >
      <p>{t('withdraw.doneBody')}</p>
    </Notice>
  );
}

function EmptyList(props: { readonly isFiltered: boolean; readonly onClear: () => void }) {
  const { t } = useText();
  return (
    <div className="sessions__empty">
      <h2>{t(props.isFiltered ? 'list.noMatch.title' : 'list.empty.title')}</h2>
      <p className="muted">{t(props.isFiltered ? 'list.noMatch.body' : 'list.empty.body')}</p>
      {props.isFiltered ? (
        <Button icon="close" onClick={props.onClear}>
          {t('list.filter.clear')}
        </Button>
      ) : null}
    </div>
  );
}

interface Export {
  readonly isBusy: boolean;
  /** Name of the file that was handed over, until dismissed. */
  readonly fileName: string | null;
  readonly problem: Problem | null;
  readonly start: () => void;
  readonly dismiss: () => void;
}

function useExport(query: ListQuery): Export {
  const [isBusy, setBusy] = useState(false);
  const [fileName, setFileName] = useState<string | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const exportNow = async (): Promise<void> => {
    setBusy(true);
    const answer = await call('sessions.export', query);
    setBusy(false);
    setProblem(answer.ok ? null : answer.problem);
    setFileName(answer.ok ? answer.value.fileName : null);
    if (answer.ok) saveTextFile(answer.value.fileName, answer.value.csv, 'text/csv;charset=utf-8');
  };
  return {
    isBusy,
    fileName,
    problem,
    start: () => void exportNow(),
    dismiss: () => {
      setFileName(null);
      setProblem(null);
    },
  };
}

function ExportOutcome({ fileName, problem, dismiss }: Export) {
  const { t } = useText();
  if (problem !== null) return <ProblemNotice problem={problem} onDismiss={dismiss} />;
  if (fileName === null) return null;
  return (
    <Notice
      tone="success"
      title={t('list.exportedTitle')}
      isLive
      actions={
        <Button icon="close" onClick={dismiss}>
          {t('common.dismiss')}
        </Button>
      }
    >
      <p>{t('list.exported', { file: fileName })}</p>
    </Notice>
  );
}
