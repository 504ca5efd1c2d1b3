import { useState } from 'react';
import type { Account } from '../../contract/people.ts';
import type { Problem } from '../../contract/result.ts';
import type { SyncState } from '../../contract/sync-state.ts';
import { call } from '../api/index.ts';
import { useEvent } from '../api/use-event.ts';
import { useText } from '../i18n/index.ts';
import { mayCall } from '../state/rights.ts';
import { settingsTexts } from '../state/sync-texts.ts';
import { useLoading } from '../state/use-loading.ts';
import { Button, Card, Dialog, Facts, Notice } from '../ui/index.ts';
import { ProblemNotice } from './problem-notice.tsx';
import { RegistryEnrol } from './registry-enrol.tsx';
import { RegistryReviews } from './registry-reviews.tsx';
import { RegistrySettingsForm } from './registry-settings-form.tsx';
import { SyncPanel } from './sync-panel.tsx';
import { Waiting } from './waiting.tsx';
import './registry.css';

type Done = 'enrolled' | 'left' | null;

/** The way to the central registry: everybody sees how it stands, IT sets it up. */
export function RegistrySettings({ account }: { readonly account: Account }) {
  const { t } = useText();
  const sync = useLoading('sync.state', {});
  const [done, setDone] = useState<Done>(null);
  useEvent('sync.changed', sync.reload);
  const put = (state: SyncState, what: Done): void => {
    sync.put(state);
    setDone(what);
  };
  return (
    <>
      {done === null ? null : (
        <Notice tone="success" title={t(`registry.${done}`)} isLive>
          <p>{t(`registry.${done}Body`)}</p>
        </Notice>
      )}
      <Waiting loading={sync}>
        {(state) => (
          <RegistryParts
            state={state}
            account={account}
            onEnrolled={(next) => put(next, 'enrolled')}
            onLeft={(next) => put(next, 'left')}
            onSaved={sync.put}
          />
        )}
      </Waiting>
    </>
  );
}

export function RegistryParts(props: {
  readonly state: SyncState;
  readonly account: Account;
  readonly onEnrolled: (state: SyncState) => void;
  readonly onLeft: (state: SyncState) => void;
  readonly onSaved: (state: SyncState) => void;
}) {
  const text = useText();
  const { t } = text;
  const { state, account } = props;
  const isIt = mayCall(account.roles, 'sync.enrol');
  if (state.enrolment === null) {
    return isIt ? (
      <Card title={t('registry.enrol')}>
        <p className="narrow">{t('activityHelp.off')}</p>
        <p className="narrow">{t('registry.enrolIntro')}</p>
        <RegistryEnrol onDone={props.onEnrolled} />
      </Card>
    ) : (
      <Card title={t('settings.section.registry')}>
        <p className="narrow">{t('activityHelp.off')}</p>
        <p className="narrow muted">{t('registry.notEnrolledReader')}</p>
      </Card>
    );
  }
  return (
    <div className="registry">
      <div className="registry__column">
        <Card title={t('syncState.title')}>
          <SyncPanel state={state} />
          {isIt && state.activity === 'refused' ? <p>{t('registry.refusedIt')}</p> : null}
        </Card>
        <Card title={t('registry.reviews')}>
          <RegistryReviews account={account} />
        </Card>
      </div>
      <div className="registry__column">
        <Card title={t('settings.section.registry')}>
          <EnrolmentFacts enrolment={state.enrolment} />
          {isIt ? <LeaveRegistry state={state} onDone={props.onLeft} /> : null}
        </Card>
        <Card title={t('registry.settings')}>
          {isIt ? (
            <RegistrySettingsForm settings={state.settings} onDone={props.onSaved} />
          ) : (
            <Facts facts={settingsTexts(text, state.settings)} />
          )}
        </Card>
      </div>
    </div>
  );
}

function EnrolmentFacts({ enrolment }: { readonly enrolment: NonNullable<SyncState['enrolment']> }) {
  const { t, format } = useText();
  return (
    <Facts
      facts={[
        { name: t('registry.hospital'), value: enrolment.hospital },
        { name: t('registry.address'), value: enrolment.registryUrl },
        { name: t('registry.name'), value: enrolment.workstationName },
        { name: t('registry.since'), value: format.moment(enrolment.enrolledAt) },
      ]}
    />
  );
}

function LeaveRegistry(props: { readonly state: SyncState; readonly onDone: (state: SyncState) => void }) {
  const { t, format } = useText();
  const [isAsking, setAsking] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const { sessions } = props.state.waiting;
  const leave = async (): Promise<void> => {
    if (isBusy) return;
    setBusy(true);
    const answer = await call('sync.leave', {});
    setBusy(false);
    if (answer.ok) props.onDone(answer.value);
    else setProblem(answer.problem);
  };
  return (
    <div>
      <Button icon="ban" onClick={() => setAsking(true)}>
        {t('registry.leave')}
      </Button>
      {isAsking ? (
        <Dialog
          title={t('registry.leaveTitle')}
          onClose={() => setAsking(false)}
          actions={
            <>
              <Button autoFocus onClick={() => setAsking(false)}>
                {t('common.cancel')}
              </Button>
              <Button look="danger" icon="ban" isBusy={isBusy} onClick={() => void leave()}>
                {t('registry.leave')}
              </Button>
            </>
          }
        >
          {problem === null ? null : <ProblemNotice problem={problem} />}
          {sessions === 0 ? null : (
            <Notice
              tone="warning"
              title={t('registry.leaveWaiting', { count: sessions, total: format.number(sessions) })}
            />
          )}
          <p>{t('registry.leaveBody')}</p>
        </Dialog>
      ) : null}
    </div>
  );
}
