import { useState, type SubmitEvent } from 'react';
import type { Problem } from '../../contract/result.ts';
import { call } from '../api/index.ts';
import { refreshDesk } from '../api/desk.ts';
import { useText } from '../i18n/index.ts';
import { change, withAccount, withRecoveryOffer } from '../state/desk.ts';
import { isComplete, newAccountFaults } from '../state/account-form.ts';
import { Button, TextField } from '../ui/index.ts';
import { useFaultTexts } from './account-faults.ts';
import { Entrance } from './entrance.tsx';
import { NewPasswordFields, nothingTyped } from './new-password-fields.tsx';
import { ProblemNotice } from './problem-notice.tsx';

/** The first account of the PC, always IT: whoever has it makes the others. */
export function FirstStartPage() {
  const { t, language } = useText();
  const [displayName, setDisplayName] = useState('');
  const [username, setUsername] = useState('');
  const [typed, setTyped] = useState(nothingTyped);
  const [wasSent, setWasSent] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [isBusy, setBusy] = useState(false);

  const faults = newAccountFaults({ displayName, username, ...typed, roles: ['it'] });
  const faultText = useFaultTexts(wasSent ? faults : {});

  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    setWasSent(true);
    if (isBusy || !isComplete(faults)) return;
    setBusy(true);
    const answer = await call('people.create-first', {
      username,
      displayName,
      password: typed.password,
      language,
    });
    if (answer.ok) {
      // The maker of the first account sits at the desk from here on.
      change(withRecoveryOffer, true);
      change(withAccount, answer.value);
      await refreshDesk();
      return;
    }
    setProblem(answer.problem);
    setBusy(false);
    if (answer.problem.code === 'first-account-exists') await refreshDesk();
  };

  return (
    <Entrance title={t('firstStart.title')}>
      <p>{t('firstStart.intro')}</p>
      <form className="entrance__form" noValidate onSubmit={(event) => void submit(event)}>
        {problem === null ? null : <ProblemNotice problem={problem} />}
        <TextField
          label={t('firstStart.displayName')}
          value={displayName}
          onChange={setDisplayName}
          autoComplete="name"
          maximumLength={120}
          error={faultText.displayName}
          isRequired
          autoFocus
        />
        <TextField
          label={t('signIn.username')}
          help={t('firstStart.usernameHelp')}
          value={username}
          onChange={setUsername}
          autoComplete="username"
          maximumLength={64}
          error={faultText.username}
          isRequired
        />
        <NewPasswordFields
          label={t('signIn.password')}
          againLabel={t('firstStart.passwordAgain')}
          typed={typed}
          onChange={setTyped}
          errors={faultText}
        />
        <Button type="submit" look="primary" isBusy={isBusy} isWide>
          {t('firstStart.submit')}
        </Button>
      </form>
    </Entrance>
  );
}
