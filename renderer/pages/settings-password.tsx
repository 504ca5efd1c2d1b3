import { useState, type SubmitEvent } from 'react';
import type { Account } from '../../contract/people.ts';
import type { Problem } from '../../contract/result.ts';
import { call } from '../api/index.ts';
import { useText } from '../i18n/index.ts';
import { isComplete, passwordFaults } from '../state/account-form.ts';
import { Button, Card, Notice } from '../ui/index.ts';
import { useFaultTexts } from './account-faults.ts';
import { NewPasswordFields, nothingTyped } from './new-password-fields.tsx';
import { PasswordField } from './password-field.tsx';
import { ProblemNotice } from './problem-notice.tsx';

export function PasswordSettings({ account }: { readonly account: Account }) {
  const { t } = useText();
  if (account.origin === 'local') return <PasswordForm account={account} />;
  return (
    <Card title={t('settings.section.password')}>
      <Notice tone="info" title={t('problem.account-of-registry.what')}>
        <p>{t('accounts.ofRegistry')}</p>
      </Notice>
    </Card>
  );
}

function PasswordForm({ account }: { readonly account: Account }) {
  const { t } = useText();
  const [current, setCurrent] = useState('');
  const [typed, setTyped] = useState(nothingTyped);
  const [wasSent, setWasSent] = useState(false);
  const [isDone, setDone] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const faults = passwordFaults(typed);
  const faultText = useFaultTexts(wasSent ? faults : {});

  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    setWasSent(true);
    setDone(false);
    if (isBusy || current === '' || !isComplete(faults)) return;
    setBusy(true);
    const answer = await call('people.change-password', { current, next: typed.password });
    setBusy(false);
    setProblem(answer.ok ? null : answer.problem);
    if (!answer.ok) return;
    setDone(true);
    setWasSent(false);
    setCurrent('');
    setTyped(nothingTyped);
  };

  return (
    <Card title={t('settings.section.password')}>
      <form className="stack narrow" noValidate onSubmit={(event) => void submit(event)}>
        {problem === null ? null : <ProblemNotice problem={problem} />}
        {isDone ? (
          <Notice tone="success" title={t('settings.password.done')} isLive>
            <p>{t('settings.password.doneBody')}</p>
          </Notice>
        ) : null}
        <input
          className="visually-hidden"
          type="text"
          autoComplete="username"
          value={account.username}
          readOnly
          tabIndex={-1}
          aria-hidden="true"
        />
        <PasswordField
          label={t('settings.password.current')}
          value={current}
          onChange={setCurrent}
          error={wasSent && current === '' ? t('check.required') : undefined}
        />
        <NewPasswordFields
          label={t('settings.password.next')}
          againLabel={t('settings.password.again')}
          typed={typed}
          onChange={setTyped}
          errors={faultText}
        />
        <div>
          <Button type="submit" look="primary" isBusy={isBusy}>
            {t('settings.password.submit')}
          </Button>
        </div>
      </form>
    </Card>
  );
}
