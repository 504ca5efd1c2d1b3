import { useState } from 'react';
import type { CommandOutput } from '../../contract/app-api.ts';
import type { AccountId } from '../../contract/ids.ts';
import { labelSources, type AgreementPair } from '../../contract/registry/labels.ts';
import type { Problem } from '../../contract/result.ts';
import { call } from '../api/index.ts';
import { useText, type Text } from '../i18n/index.ts';
import { ProblemNotice } from '../pages/problem-notice.tsx';
import { Waiting } from '../pages/waiting.tsx';
import { useLoading } from '../state/use-loading.ts';
import { Button, Card, Checkbox, Notice, NumberField, SelectField } from '../ui/index.ts';
import { question } from './question.ts';
import { valueText } from './session-labels.tsx';
import { WideTable } from './wide-table.tsx';

const mostSecondReadings = 500;

/** How far readers and sources agree beyond chance, and who reads a second time. */
export function AgreementSection() {
  const { t } = useText();
  const [isBlindOnly, setBlindOnly] = useState(true);
  const agreement = useLoading('research.labels.agreement', {
    query: { question, blindOnly: isBlindOnly ? 'true' : 'false' },
  });
  return (
    <>
      <div className="row row--apart">
        <p className="narrow">{t('agreement.about')}</p>
        <Button icon="refresh" isBusy={agreement.isWaiting} onClick={agreement.reload}>
          {t('research.sessions.refresh')}
        </Button>
      </div>
      <Checkbox label={t('agreement.blindOnly')} isOn={isBlindOnly} onChange={setBlindOnly} />
      <Waiting loading={agreement}>{(value) => <Agreements {...value} />}</Waiting>
      <SecondReadings />
    </>
  );
}

function Agreements({ readings, readers, sources }: CommandOutput<'research.labels.agreement'>) {
  const { t } = useText();
  return (
    <>
      <Card title={t('agreement.readings')}>
        {readings.n === 0 ? (
          <p className="muted">{t('agreement.noReadings')}</p>
        ) : (
          <Pairs
            pairs={[readings]}
            nameOf={(id) => t(id === readings.b ? 'labels.reading.2' : 'labels.reading.1')}
          />
        )}
      </Card>
      <Card title={t('agreement.readers')}>
        {readers.length === 0 ? (
          <p className="muted">{t('agreement.noReaders')}</p>
        ) : (
          <Pairs pairs={readers} nameOf={(id, name) => name ?? t('agreement.somebody')} />
        )}
      </Card>
      <Card title={t('agreement.sources')}>
        {sources.length === 0 ? (
          <p className="muted">{t('agreement.noSources')}</p>
        ) : (
          <Pairs
            pairs={sources}
            nameOf={(id) => {
              const source = labelSources.find((known) => known === id);
              return source === undefined ? id : t(`labels.source.${source}`);
            }}
          />
        )}
      </Card>
    </>
  );
}

function Pairs(props: {
  readonly pairs: readonly AgreementPair[];
  readonly nameOf: (id: string, name: string | null) => string;
}) {
  const text = useText();
  const { t, format } = text;
  const named = props.pairs.map((pair) => ({
    pair,
    a: props.nameOf(pair.a, pair.aName),
    b: props.nameOf(pair.b, pair.bName),
  }));
  return (
    <>
      <WideTable label={t('agreement.pair')}>
        <thead>
          <tr>
            <th scope="col">{t('agreement.pair')}</th>
            <th scope="col" className="number">
              {t('agreement.both')}
            </th>
            <th scope="col" className="number">
              {t('agreement.observed')}
            </th>
            <th scope="col" className="number">
              {t('agreement.expected')}
            </th>
            <th scope="col" className="number">
              {t('agreement.kappa')}
            </th>
          </tr>
        </thead>
        <tbody>
          {named.map(({ pair, a, b }) => (
            <tr key={`${pair.a} ${pair.b}`}>
              <th scope="row">{t('agreement.pairOf', { a, b })}</th>
              <td className="number">{format.number(pair.n)}</td>
              <td className="number">{pair.observed === null ? '–' : format.percent(pair.observed)}</td>
              <td className="number">{pair.expected === null ? '–' : format.percent(pair.expected)}</td>
              <td className="number">
                <strong>{kappaText(text, pair)}</strong>
              </td>
            </tr>
          ))}
        </tbody>
      </WideTable>
      {named.map(({ pair, a, b }) =>
        pair.n === 0 ? null : (
          <details key={`${pair.a} ${pair.b}`} className="fold">
            <summary>{t('agreement.table', { a, b })}</summary>
            <Confusion pair={pair} a={a} b={b} />
          </details>
        ),
      )}
    </>
  );
}

/** Kappa with its 95 % interval; in words where it is not defined. */
export function kappaText(
  { t, format }: Pick<Text, 't' | 'format'>,
  { kappa, interval }: AgreementPair,
): string {
  if (kappa === null) return t('agreement.undefined');
  return interval === null
    ? format.number(kappa, 2)
    : t('agreement.kappaInterval', {
        kappa: format.number(kappa, 2),
        low: format.number(interval.low, 2),
        high: format.number(interval.high, 2),
      });
}

function Confusion({ pair, a, b }: { readonly pair: AgreementPair; readonly a: string; readonly b: string }) {
  const text = useText();
  const { t, format } = text;
  const words = pair.values.map((value) => valueText(text, question, value));
  return (
    <WideTable label={t('agreement.table', { a, b })}>
      <caption className="small muted">{t('agreement.tableAxes', { a, b })}</caption>
      <thead>
        <tr>
          <td />
          {words.map((word) => (
            <th key={word} scope="col" className="number">
              {word}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {pair.table.map((row, rowIndex) => (
          <tr key={words[rowIndex]}>
            <th scope="row">{words[rowIndex]}</th>
            {row.map((count, index) => (
              <td key={words[index]} className="number">
                {index === rowIndex ? <strong>{format.number(count)}</strong> : format.number(count)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </WideTable>
  );
}

/** Hands sessions that were read once to another reader, drawn by chance. */
function SecondReadings() {
  const { t, language } = useText();
  const readers = useLoading('research.label-readers.list', {});
  const [readerId, setReaderId] = useState<AccountId | undefined>(undefined);
  const [count, setCount] = useState<number | string | undefined>(10);
  const [hasTried, setTried] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [assigned, setAssigned] = useState<number | null>(null);
  const isCount =
    typeof count === 'number' && Number.isInteger(count) && count >= 1 && count <= mostSecondReadings;
  const assign = async (): Promise<void> => {
    setTried(true);
    if (readerId === undefined || !isCount || isBusy) return;
    setBusy(true);
    const answer = await call('research.label-readings.assign', {
      body: { question, readerId, sessions: count },
    });
    setBusy(false);
    setProblem(answer.ok ? null : answer.problem);
    setAssigned(answer.ok ? answer.value.assigned.length : null);
  };
  return (
    <Card title={t('agreement.assign')}>
      <p>{t('agreement.assignBody')}</p>
      {problem === null ? null : <ProblemNotice problem={problem} onDismiss={() => setProblem(null)} />}
      {assigned === null ? null : (
        <Notice
          tone={assigned === 0 ? 'info' : 'success'}
          title={t('agreement.assigned', { count: assigned })}
          isLive
        >
          {assigned === 0 ? <p>{t('agreement.assignedNone')}</p> : null}
        </Notice>
      )}
      <Waiting loading={readers}>
        {(value) => (
          <div className="research__tools">
            <SelectField<AccountId>
              label={t('agreement.reader')}
              value={readerId}
              emptyLabel={t('agreement.chooseReader')}
              options={value.readers.map(({ id, displayName }) => ({ value: id, label: displayName }))}
              onChange={setReaderId}
              error={hasTried && readerId === undefined ? t('fault.missing') : undefined}
              isRequired
            />
            <NumberField
              label={t('agreement.count')}
              value={count}
              onChange={setCount}
              language={language}
              error={hasTried && !isCount ? t('agreement.countFault') : undefined}
              isRequired
            />
            <Button look="primary" icon="users" isBusy={isBusy} onClick={() => void assign()}>
              {t('agreement.assignNow')}
            </Button>
          </div>
        )}
      </Waiting>
    </Card>
  );
}
