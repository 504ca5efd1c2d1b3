import { useLayoutEffect, useRef, useState, type SubmitEvent } from 'react';
import type { Account } from '../../contract/people.ts';
import type { Problem } from '../../contract/result.ts';
import { signOut, unlock } from '../api/desk.ts';
import { useText } from '../i18n/index.ts';
import { Button, Dialog } from '../ui/index.ts';
import { Entrance } from './entrance.tsx';
import { PasswordField } from './password-field.tsx';
import { ProblemNotice } from './problem-notice.tsx';

/**
 * Stands over everything, dialogs included, so it is itself a modal dialog: the last one opened is on top and the
 * rest is inert. Esc does not close it, and it closes nothing behind it.
 */
export function LockOverlay({ account }: { readonly account: Account }) {
  const { t } = useText();
  const ref = useRef<HTMLDialogElement>(null);
  const inputRef = useRef<HTMLInputElement>(null);
  const [password, setPassword] = useState('');
  const [problem, setProblem] = useState<Problem | null>(null);
  const [isBusy, setBusy] = useState(false);
  const [isLeaving, setLeaving] = useState(false);

  const open = (): void => {
    const dialog = ref.current;
    if (dialog === null || dialog.open) return;
    dialog.showModal();
    inputRef.current?.focus();
  };
  useLayoutEffect(() => {
    const dialog = ref.current;
    open();
    return () => dialog?.close();
  }, []);

  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (isBusy) return;
    setBusy(true);
    const refused = await unlock(password);
    setBusy(false);
    setPassword('');
    setProblem(refused);
    inputRef.current?.focus();
  };

  return (
    <dialog
      ref={ref}
      className="lock"
      aria-label={t('lock.title')}
      onCancel={(event) => event.preventDefault()}
      onClose={open}
      // Without this a second Esc closes a modal dialog whatever its page says.
      closedby="none"
    >
      <Entrance title={t('lock.title')}>
        <p>{t('lock.body', { name: account.displayName })}</p>
        <form className="entrance__form" onSubmit={(event) => void submit(event)}>
          {problem === null ? null : <ProblemNotice problem={problem} />}
          <PasswordField
            label={t('signIn.password')}
            value={password}
            onChange={setPassword}
            inputRef={inputRef}
          />
          <Button type="submit" look="primary" isBusy={isBusy} isWide>
            {t('lock.submit')}
          </Button>
          <Button look="quiet" icon="user" onClick={() => setLeaving(true)}>
            {t('lock.otherUser')}
          </Button>
        </form>
      </Entrance>
      {isLeaving ? (
        <Dialog
          title={t('lock.otherUserTitle', { name: account.displayName })}
          onClose={() => setLeaving(false)}
          actions={
            <>
              <Button onClick={() => setLeaving(false)}>{t('common.cancel')}</Button>
              <Button look="danger" icon="sign-out" onClick={() => void signOut()}>
                {t('lock.otherUserConfirm')}
              </Button>
            </>
          }
        >
          <p>{t('lock.otherUserBody')}</p>
        </Dialog>
      ) : null}
    </dialog>
  );
}
