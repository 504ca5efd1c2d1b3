import { useState } from 'react';
import type { CommandOutput } from '../../contract/app-api.ts';
import type { Problem } from '../../contract/result.ts';
import { call } from '../api/index.ts';
import { useText } from '../i18n/index.ts';
import { useLoading } from '../state/use-loading.ts';
import { Button, Card, Notice } from '../ui/index.ts';
import { actionText, detailTexts, personText } from './audit-texts.ts';
import { ProblemNotice } from './problem-notice.tsx';
import { Waiting } from './waiting.tsx';

const entriesPerPage = 100;

type Entries = CommandOutput<'audit.list'>;

export function AuditSettings() {
  const { t } = useText();
  const newest = useLoading('audit.list', { limit: entriesPerPage });
  return (
    <Card title={t('settings.section.audit')}>
      <Verification />
      <Waiting loading={newest}>{(entries) => <Trail newest={entries} />}</Waiting>
    </Card>
  );
}

function Verification() {
  const { t, format } = useText();
  const [verified, setVerified] = useState<CommandOutput<'audit.verify'> | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [isBusy, setBusy] = useState(false);
  const verify = async (): Promise<void> => {
    setBusy(true);
    const answer = await call('audit.verify', {});
    setBusy(false);
    setVerified(answer.ok ? answer.value : null);
    setProblem(answer.ok ? null : answer.problem);
  };
  return (
    <>
      <div>
        <Button icon="shield-check" isBusy={isBusy} onClick={() => void verify()}>
          {t('audit.page.verify')}
        </Button>
      </div>
      {problem === null ? null : <ProblemNotice problem={problem} />}
      {verified === null ? null : verified.findings.length === 0 ? (
        <Notice tone="success" title={t('audit.page.intact')} isLive>
          <p>
            {t('audit.page.intactBody', {
              count: verified.entries,
              total: format.number(verified.entries),
            })}
          </p>
        </Notice>
      ) : (
        <Notice tone="danger" title={t('audit.page.broken')}>
          <p>
            {t('audit.page.brokenBody', {
              count: verified.findings.length,
              total: format.number(verified.findings.length),
            })}
          </p>
          <ul className="bullets">
            {verified.findings.slice(0, 50).map(({ sequence, kind }) => (
              <li key={`${sequence} ${kind}`}>{t(`finding.${kind}`, { sequence })}</li>
            ))}
          </ul>
        </Notice>
      )}
    </>
  );
}

function Trail({ newest }: { readonly newest: Entries }) {
  const text = useText();
  const { t, format } = text;
  const [older, setOlder] = useState<Entries>([]);
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [isAll, setAll] = useState(newest.length < entriesPerPage);
  const entries = [...newest, ...older];
  const last = entries.at(-1);
  const more = async (): Promise<void> => {
    if (last === undefined) return;
    setBusy(true);
    const answer = await call('audit.list', { before: last.sequence, limit: entriesPerPage });
    setBusy(false);
    setProblem(answer.ok ? null : answer.problem);
    if (!answer.ok) return;
    setOlder([...older, ...answer.value]);
    setAll(answer.value.length < entriesPerPage);
  };
  return (
    <>
      <div className="scroll-x">
        <table className="plain-table">
          <caption className="visually-hidden">{t('audit.page.table')}</caption>
          <thead>
            <tr>
              <th scope="col" className="number">
                {t('audit.page.number')}
              </th>
              <th scope="col">{t('audit.page.at')}</th>
              <th scope="col">{t('audit.page.by')}</th>
              <th scope="col">{t('audit.page.action')}</th>
              <th scope="col">{t('audit.page.details')}</th>
            </tr>
          </thead>
          <tbody>
            {entries.map((entry) => (
              <tr key={entry.sequence}>
                <td className="number">{format.number(entry.sequence)}</td>
                <td className="nowrap">{format.compactMoment(entry.at)}</td>
                <td className="nowrap">{personText(text, entry.by)}</td>
                <td>{actionText(text, entry.action)}</td>
                <td>{detailTexts(text, entry).join(' · ')}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {problem === null ? null : <ProblemNotice problem={problem} />}
      {isAll ? null : (
        <div>
          <Button icon="chevron-down" isBusy={isBusy} onClick={() => void more()}>
            {t('audit.page.older')}
          </Button>
        </div>
      )}
    </>
  );
}
