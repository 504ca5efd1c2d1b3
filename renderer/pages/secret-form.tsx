import { useRef, useState, type ReactNode, type SubmitEvent } from 'react';
import type { Problem } from '../../contract/result.ts';
import { useText } from '../i18n/index.ts';
import { Button, TextField } from '../ui/index.ts';
import { PasswordField } from './password-field.tsx';
import { ProblemNotice } from './problem-notice.tsx';

/** User name and password. A password that was sent is gone from the form; after a refusal it waits for the next. */
export function SecretForm(props: {
  readonly className: string;
  readonly username: string;
  readonly passwordLabel: string;
  readonly passwordHelp?: string;
  readonly submitLabel: string;
  readonly isSubmitWide?: boolean;
  readonly autoFocus?: 'username' | 'password';
  /** Above the fields. */
  readonly children?: ReactNode;
  /** Answers why not, or null. */
  readonly send: (username: string, password: string) => Promise<Problem | null>;
}) {
  const { t } = useText();
  const [username, setUsername] = useState(props.username);
  const [password, setPassword] = useState('');
  const [problem, setProblem] = useState<Problem | null>(null);
  const [isBusy, setBusy] = useState(false);
  const passwordRef = useRef<HTMLInputElement>(null);

  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (isBusy) return;
    setBusy(true);
    const refused = await props.send(username.trim(), password);
    setBusy(false);
    setProblem(refused);
    setPassword('');
    if (refused !== null) passwordRef.current?.focus();
  };

  return (
    <form className={props.className} onSubmit={(event) => void submit(event)}>
      {props.children}
      {problem === null ? null : <ProblemNotice problem={problem} />}
      <TextField
        label={t('signIn.username')}
        value={username}
        onChange={setUsername}
        autoComplete="username"
        maximumLength={64}
        isRequired
        autoFocus={props.autoFocus === 'username'}
      />
      <PasswordField
        label={props.passwordLabel}
        value={password}
        onChange={setPassword}
        autoFocus={props.autoFocus === 'password'}
        inputRef={passwordRef}
        {...(props.passwordHelp === undefined ? {} : { help: props.passwordHelp })}
      />
      <div>
        <Button type="submit" look="primary" isBusy={isBusy} isWide={props.isSubmitWide === true}>
          {props.submitLabel}
        </Button>
      </div>
    </form>
  );
}
