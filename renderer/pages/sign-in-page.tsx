import { useRef, useState, type SubmitEvent } from 'react';
import type { Problem } from '../../contract/result.ts';
import { signIn } from '../api/desk.ts';
import { useText } from '../i18n/index.ts';
import { Button, TextField } from '../ui/index.ts';
import { Entrance } from './entrance.tsx';
import { PasswordField } from './password-field.tsx';
import { ProblemNotice } from './problem-notice.tsx';

export function SignInPage({ lastUsername }: { readonly lastUsername: string | null }) {
  const { t } = useText();
  const [username, setUsername] = useState(lastUsername ?? '');
  const [password, setPassword] = useState('');
  const [problem, setProblem] = useState<Problem | null>(null);
  const [isBusy, setBusy] = useState(false);
  const passwordRef = useRef<HTMLInputElement>(null);

  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (isBusy) return;
    setBusy(true);
    const refused = await signIn(username.trim(), password);
    setBusy(false);
    setProblem(refused);
    if (refused !== null) {
      setPassword('');
      passwordRef.current?.focus();
    }
  };

  return (
    <Entrance title={t('signIn.title')}>
      <form className="entrance__form" onSubmit={(event) => void submit(event)}>
        {problem === null ? null : <ProblemNotice problem={problem} />}
        <TextField
          label={t('signIn.username')}
          value={username}
          onChange={setUsername}
          autoComplete="username"
          maximumLength={64}
          isRequired
          autoFocus={lastUsername === null}
        />
        <PasswordField
          label={t('signIn.password')}
          value={password}
          onChange={setPassword}
          autoFocus={lastUsername !== null}
          inputRef={passwordRef}
        />
        <Button type="submit" look="primary" isBusy={isBusy} isWide>
          {t('signIn.submit')}
        </Button>
        <p className="small muted">{t('signIn.help')}</p>
      </form>
    </Entrance>
  );
}
