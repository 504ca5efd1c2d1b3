import { useCallback, useEffect, useRef, useState } from 'react';
import type { RegistrySession } from '../../contract/registry/routes.ts';
import { call } from '../api/index.ts';
import { useText } from '../i18n/index.ts';
import { ProblemNotice } from '../pages/problem-notice.tsx';
import { hrefOf } from '../router.ts';
import { useLoading } from '../state/use-loading.ts';
import { Button, SelectField, StatusWord } from '../ui/index.ts';
import {
  emptyRegistryList,
  filtered,
  furtherPage,
  withPage,
  type RegistryList,
  type SessionsFilter,
} from './registry-list.ts';
import { WideTable } from './wide-table.tsx';

const rowsPerPage = 50;
const everyState = 'all';

/** What the registry holds of the researcher's hospitals, newest arrival first. */
export function RegistrySessions() {
  const { t, format } = useText();
  const { list, ask, further } = useRegistryList();
  const hospitals = useLoading('research.hospitals.list', {}).value?.hospitals ?? [];
  const nameOf = (id: string): string => hospitals.find((hospital) => hospital.id === id)?.name ?? '';
  const { filter, rows } = list;
  const isFiltered = filter.hospitalId !== null || filter.state !== null;
  return (
    <>
      <div className="research__tools">
        <SelectField<string>
          label={t('research.sessions.hospital')}
          value={filter.hospitalId ?? everyState}
          options={[
            { value: everyState, label: t('research.sessions.allHospitals') },
            ...hospitals.map(({ id, name }) => ({ value: id, label: name })),
          ]}
          onChange={(value) => ask({ ...filter, hospitalId: value === everyState ? null : value })}
        />
        <SelectField<RegistrySession['state'] | typeof everyState>
          label={t('research.sessions.state')}
          value={filter.state ?? everyState}
          options={[
            { value: everyState, label: t('research.sessions.anyState') },
            { value: 'received', label: t('research.state.received') },
            { value: 'receiving', label: t('research.state.receiving') },
          ]}
          onChange={(value) => ask({ ...filter, state: value === everyState ? null : value })}
        />
        <Button icon="refresh" isBusy={list.isWaiting} onClick={() => ask(filter)}>
          {t('research.sessions.refresh')}
        </Button>
        <p role="status" className="sessions__total muted">
          {list.hasAnswered
            ? t(list.next === null ? 'research.sessions.total' : 'research.sessions.totalSoFar', {
                count: rows.length,
                total: format.number(rows.length),
              })
            : ''}
        </p>
      </div>
      {list.problem === null ? null : (
        <ProblemNotice
          problem={list.problem}
          retry={() => (list.rows.length === 0 ? ask(filter) : further())}
        />
      )}
      {rows.length > 0 ? (
        <SessionTable rows={rows} nameOf={nameOf} />
      ) : list.hasAnswered ? (
        <div className="research__empty">
          <h2>{t(isFiltered ? 'list.noMatch.title' : 'research.sessions.none')}</h2>
          <p className="muted">{t(isFiltered ? 'list.noMatch.body' : 'research.sessions.noneBody')}</p>
        </div>
      ) : list.problem === null ? (
        <p role="status">
          <StatusWord tone="neutral" icon="busy" word={t('common.loading')} />
        </p>
      ) : null}
      {list.next === null || rows.length === 0 ? null : (
        <div>
          <Button icon="arrow-down" isBusy={list.isWaiting} onClick={further}>
            {t('research.sessions.more')}
          </Button>
        </div>
      )}
    </>
  );
}

function SessionTable(props: {
  readonly rows: readonly RegistrySession[];
  readonly nameOf: (hospitalId: string) => string;
}) {
  const { t, format } = useText();
  return (
    <WideTable label={t('research.sessions.table')}>
      <thead>
        <tr>
          <th scope="col">{t('column.recordNumber')}</th>
          <th scope="col">{t('column.hospital')}</th>
          <th scope="col">{t('column.kind')}</th>
          <th scope="col">{t('research.sessions.recordedAt')}</th>
          <th scope="col">{t('research.sessions.receivedAt')}</th>
          <th scope="col">{t('research.sessions.state')}</th>
          <th scope="col" className="number">
            {t('detail.recordings')}
          </th>
          <th scope="col" className="number">
            {t('detail.results')}
          </th>
          <th scope="col">{t('detail.consent')}</th>
        </tr>
      </thead>
      <tbody>
        {props.rows.map((row) => (
          <tr key={row.id}>
            <th scope="row" className="nowrap">
              <a className="research__open" href={hrefOf({ page: 'research-session', sessionId: row.id })}>
                {row.recordNumber ?? t('list.noRecord')}
              </a>
            </th>
            <td>{props.nameOf(row.hospitalId)}</td>
            <td>{t(`kind.${row.kind}`)}</td>
            <td className="nowrap">{format.instant(row.createdAt)}</td>
            <td className="nowrap">{format.instant(row.receivedAt)}</td>
            <td>
              <StateWord state={row.state} />
            </td>
            <td className="number">{format.number(row.takeCount)}</td>
            <td className="number">{format.number(row.resultCount)}</td>
            <td>{purposesText(row.purposes, (purpose) => t(`purpose.${purpose}`), format.list)}</td>
          </tr>
        ))}
      </tbody>
    </WideTable>
  );
}

const knownPurposes = ['care', 'research', 'retraining'] as const;

function purposesText(
  purposes: readonly string[],
  word: (purpose: (typeof knownPurposes)[number]) => string,
  list: (items: readonly string[]) => string,
): string {
  return list(knownPurposes.filter((known) => purposes.includes(known)).map(word));
}

export function StateWord({ state }: { readonly state: RegistrySession['state'] }) {
  const { t } = useText();
  return state === 'received' ? (
    <StatusWord tone="success" icon="cloud-done" word={t('research.state.received')} />
  ) : (
    <StatusWord tone="neutral" icon="cloud-upload" word={t('research.state.receiving')} />
  );
}

function useRegistryList() {
  const [list, setList] = useState<RegistryList>(emptyRegistryList);
  const current = useRef(list);
  const send = useCallback((asking: RegistryList): void => {
    current.current = asking;
    setList(asking);
    const { hospitalId, state } = asking.filter;
    const query = {
      limit: rowsPerPage,
      ...(hospitalId === null ? {} : { hospitalId }),
      ...(state === null ? {} : { state }),
      ...(asking.rows.length === 0 || asking.next === null ? {} : { after: asking.next }),
    };
    void call('research.sessions.list', { query }).then((answer) => {
      current.current = withPage(current.current, asking.asked, answer);
      setList(current.current);
    });
  }, []);
  const ask = useCallback((filter: SessionsFilter) => send(filtered(current.current, filter)), [send]);
  const further = useCallback(() => send(furtherPage(current.current)), [send]);
  useEffect(() => ask(emptyRegistryList.filter), [ask]);
  return { list, ask, further };
}
