import { useRef, useState, type SubmitEvent } from 'react';
import type { Problem } from '../../contract/result.ts';
import { call } from '../api/index.ts';
import { useText } from '../i18n/index.ts';
import { Button, Dialog } from '../ui/index.ts';
import { PasswordField } from './password-field.tsx';
import { ProblemNotice } from './problem-notice.tsx';
import './recovery-key.css';

/** Shows the recovery key after the password was given again, and prints it. It is kept nowhere in the page. */
export function RecoveryKeyDialog(props: { readonly onClose: () => void; readonly isOffer?: boolean }) {
  const { t, format } = useText();
  const [password, setPassword] = useState('');
  const [shown, setShown] = useState<{ key: string; at: string } | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [isBusy, setBusy] = useState(false);
  const formRef = useRef<HTMLFormElement>(null);

  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (isBusy) return;
    setBusy(true);
    const answer = await call('storage.recovery-key', { password });
    setBusy(false);
    setPassword('');
    if (answer.ok) setShown({ key: answer.value.recoveryKey, at: new Date().toISOString() });
    setProblem(answer.ok ? null : answer.problem);
  };

  if (shown !== null) {
    return (
      <Dialog
        title={t('recovery.title')}
        onClose={props.onClose}
        actions={
          <>
            <Button icon="print" look="primary" onClick={() => window.print()}>
              {t('recovery.print')}
            </Button>
            <Button icon="check" onClick={props.onClose}>
              {t('recovery.done')}
            </Button>
          </>
        }
      >
        <p>{t('recovery.why')}</p>
        <div className="recovery-sheet">
          <p className="recovery-sheet__title">{t('recovery.sheetTitle')}</p>
          <p className="recovery-sheet__key" tabIndex={0}>
            {shown.key}
          </p>
          <p className="small">{t('recovery.sheetNote', { date: format.instant(shown.at) })}</p>
        </div>
      </Dialog>
    );
  }
  return (
    <Dialog
      title={t('recovery.title')}
      onClose={props.onClose}
      actions={
        <>
          <Button onClick={props.onClose}>
            {t(props.isOffer === true ? 'recovery.later' : 'common.cancel')}
          </Button>
          <Button look="primary" icon="key" isBusy={isBusy} onClick={() => formRef.current?.requestSubmit()}>
            {t('recovery.show')}
          </Button>
        </>
      }
    >
      <p>{t('recovery.why')}</p>
      <form ref={formRef} className="stack" onSubmit={(event) => void submit(event)}>
        {problem === null ? null : <ProblemNotice problem={problem} />}
        <PasswordField
          label={t('signIn.password')}
          help={t('recovery.passwordHelp')}
          value={password}
          onChange={setPassword}
          autoFocus
        />
      </form>
      {props.isOffer === true ? <p className="small muted">{t('recovery.laterHelp')}</p> : null}
    </Dialog>
  );
}
