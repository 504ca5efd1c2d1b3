import type { ReactNode } from 'react';
import type { Account } from '../../contract/people.ts';
import type { ResearchState } from '../../contract/research.ts';
import { call } from '../api/index.ts';
import { useEvent } from '../api/use-event.ts';
import { useText } from '../i18n/index.ts';
import { ProblemNotice } from '../pages/problem-notice.tsx';
import { SecretForm } from '../pages/secret-form.tsx';
import { Waiting } from '../pages/waiting.tsx';
import { useLoading } from '../state/use-loading.ts';
import { Button, Card, StatusWord } from '../ui/index.ts';
import './research.css';

/** Who is signed in at the registry. */
export type Researcher = NonNullable<ResearchState['account']>;

/** The way in: shows its content only while somebody is signed in at the registry, and says what lacks otherwise. */
export function RegistryGate(props: {
  readonly account: Account;
  readonly children: (researcher: Researcher) => ReactNode;
}) {
  const { t } = useText();
  const state = useLoading('research.state', {});
  useEvent('research.changed', state.reload);
  useEvent('lock.changed', ({ isLocked }) => {
    if (!isLocked) state.reload();
  });
  // Behind the lock nothing is answered; what was here is asked for anew after it.
  const isLocked = state.problem?.code === 'locked' || state.problem?.code === 'not-signed-in';
  return (
    <Waiting loading={isLocked ? { ...state, problem: null } : state}>
      {({ registry, sitting, account }) => {
        if (registry === null) return <NotEnrolled />;
        if (account !== null) {
          return (
            <>
              {props.children(account)}
              <Seated researcher={account} hospital={registry.hospital} put={state.put} />
            </>
          );
        }
        if (sitting === 'opening') {
          return (
            <p role="status">
              <StatusWord tone="neutral" icon="busy" word={t('research.opening')} />
            </p>
          );
        }
        return <SignInThere account={props.account} url={registry.url} put={state.put} />;
      }}
    </Waiting>
  );
}

function NotEnrolled() {
  return <ProblemNotice problem={{ code: 'not-enrolled' }} tone="warning" />;
}

function Seated(props: {
  readonly researcher: Researcher;
  readonly hospital: string;
  readonly put: (state: ResearchState) => void;
}) {
  const { t } = useText();
  const leave = async (): Promise<void> => {
    const answer = await call('research.close', {});
    if (answer.ok) props.put(answer.value);
  };
  return (
    <div className="row row--apart">
      <p className="muted small">
        {t('research.seated', { name: props.researcher.displayName, hospital: props.hospital })}
      </p>
      <Button look="quiet" size="dense" icon="sign-out" onClick={() => void leave()}>
        {t('research.leave')}
      </Button>
    </div>
  );
}

function SignInThere(props: {
  readonly account: Account;
  readonly url: string;
  readonly put: (state: ResearchState) => void;
}) {
  const { t } = useText();
  return (
    <Card title={t('research.signIn.title')}>
      <SecretForm
        className="stack narrow"
        username={props.account.username}
        passwordLabel={t('research.signIn.password')}
        passwordHelp={t('research.signIn.help')}
        submitLabel={t('research.signIn.submit')}
        send={async (username, password) => {
          const answer = await call('research.open', { username, password });
          if (!answer.ok) return answer.problem;
          props.put(answer.value);
          return null;
        }}
      >
        <p>{t('research.signIn.why', { address: props.url })}</p>
      </SecretForm>
    </Card>
  );
}
