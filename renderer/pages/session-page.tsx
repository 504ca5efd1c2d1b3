import { useState } from 'react';
import type { CommandOutput } from '../../contract/app-api.ts';
import type { SessionId } from '../../contract/ids.ts';
import type { Account } from '../../contract/people.ts';
import { useEvent } from '../api/use-event.ts';
import { useText } from '../i18n/index.ts';
import { hrefOf, navigate } from '../router.ts';
import { mayCall } from '../state/rights.ts';
import { sayErased } from '../state/farewell.ts';
import { isOnItsWay } from '../state/session-list.ts';
import { statusLooks, syncLooks } from '../state/status-looks.ts';
import { syncWord } from '../state/sync-texts.ts';
import { useLoading } from '../state/use-loading.ts';
import { Button, Card, Facts, LinkButton, StatusWord } from '../ui/index.ts';
import { DiscardDialog } from './discard-dialog.tsx';
import { ProblemNotice } from './problem-notice.tsx';
import { Page } from './page.tsx';
import type { SessionContext } from './session-context.ts';
import { SessionAnswers } from './session-answers.tsx';
import { SessionHistory } from './session-history.tsx';
import { SessionNotes } from './session-notes.tsx';
import { SessionRecordings } from './session-recordings.tsx';
import { SessionResults } from './session-results.tsx';
import { SyncExplained } from './sync-word.tsx';
import { Waiting } from './waiting.tsx';
import { WithdrawDialog } from './withdraw-dialog.tsx';
import './session.css';

const noDefinitions: CommandOutput<'definitions.list'> = { forms: [], protocols: [] };

/** One session whole: what the models say, what was recorded and answered, and what happened when. */
export function SessionPage(props: { readonly account: Account; readonly sessionId: SessionId }) {
  const { t } = useText();
  const { account, sessionId } = props;
  const session = useLoading('sessions.get', { sessionId });
  const definitions = useLoading('definitions.list', {});
  const models = useLoading('models.list', {});
  useEvent('session.changed', (changed) => {
    if (changed.sessionId === sessionId) session.reload();
  });
  useEvent('sync.changed', () => {
    if (session.value !== null && isOnItsWay(session.value.sync)) session.reload();
  });
  useEvent('models.changed', models.reload);

  // Erased meanwhile, here or by the registry: nothing of it stays on the screen.
  const isGone = session.problem?.code === 'session-not-found';
  const record = session.value?.recordNumber ?? null;
  if (isGone) {
    return (
      <Page title={t('detail.facts')} aside={<BackToList />}>
        <ProblemNotice problem={{ code: 'session-not-found' }} tone="warning" />
      </Page>
    );
  }
  return (
    <Page
      title={record === null ? t('detail.titleNoRecord') : t('detail.titleRecord', { record })}
      isWide
      aside={<BackToList />}
    >
      <Waiting loading={session}>
        {(detail) => (
          <SessionBody
            session={detail}
            definitions={definitions.value ?? noDefinitions}
            models={models.value ?? []}
            account={account}
            put={session.put}
            reload={session.reload}
          />
        )}
      </Waiting>
    </Page>
  );
}

function BackToList() {
  const { t } = useText();
  return (
    <LinkButton look="quiet" icon="arrow-left" href={hrefOf({ page: 'sessions' })}>
      {t('detail.back')}
    </LinkButton>
  );
}

function SessionBody(context: SessionContext) {
  const { session } = context;
  const [evidenceOf, setEvidenceOf] = useState<string | null>(null);
  return (
    <>
      <SessionHead {...context} />
      <SyncExplained session={session} />
      <div className="session__columns">
        <div className="session__column">
          {session.mode === 'inference' || session.screenings.length > 0 ? (
            <SessionResults {...context} />
          ) : null}
          <SessionRecordings {...context} evidenceOf={evidenceOf} onEvidenceOf={setEvidenceOf} />
        </div>
        <div className="session__column">
          <SessionFacts {...context} />
          <SessionAnswers {...context} />
          <SessionNotes {...context} />
          <SessionHistory {...context} />
        </div>
      </div>
    </>
  );
}

function SessionHead({ session, account, reload }: SessionContext) {
  const text = useText();
  const { t } = text;
  const [isDiscarding, setDiscarding] = useState(false);
  const isDraft = session.status === 'draft';
  return (
    <div className="session__head">
      <StatusWord {...statusLooks[session.status]} word={t(`status.${session.status}`)} />
      <StatusWord
        {...syncLooks[session.sync]}
        word={session.sync === 'needs-attention' ? t('sync.needs-attention') : syncWord(text, session)}
      />
      {session.hospital === null ? null : <span>{session.hospital}</span>}
      {isDraft && mayCall(account.roles, 'sessions.save-draft') ? (
        <div className="row">
          <LinkButton
            look="primary"
            icon="play"
            href={hrefOf({ page: 'new-session', sessionId: session.id })}
          >
            {t('detail.resume')}
          </LinkButton>
          <Button icon="ban" onClick={() => setDiscarding(true)}>
            {t('detail.discard')}
          </Button>
        </div>
      ) : null}
      {isDiscarding ? (
        <DiscardDialog
          sessionId={session.id}
          onClose={() => setDiscarding(false)}
          onDone={() => {
            setDiscarding(false);
            reload();
          }}
        />
      ) : null}
    </div>
  );
}

function SessionFacts({ session, definitions, account }: SessionContext) {
  const { t, local, format } = useText();
  const titleOf = (
    known: readonly { id: string; version: string; title: Parameters<typeof local>[0] }[],
    reference: { readonly id: string; readonly version: string },
  ): string => {
    const definition = known.find(({ id, version }) => id === reference.id && version === reference.version);
    return t('detail.versionOf', {
      name: definition === undefined ? reference.id : local(definition.title),
      version: reference.version,
    });
  };
  const { consent } = session;
  return (
    <Card title={t('detail.facts')}>
      <Facts
        facts={[
          { name: t('detail.mode'), value: `${t(`mode.${session.mode}`)} · ${t(`kind.${session.kind}`)}` },
          { name: t('detail.createdAt'), value: format.moment(session.createdAt) },
          { name: t('detail.updatedAt'), value: format.moment(session.updatedAt) },
          { name: t('detail.createdBy'), value: session.createdBy },
          { name: t('detail.form'), value: titleOf(definitions.forms, session.form) },
          { name: t('detail.protocol'), value: titleOf(definitions.protocols, session.protocol) },
          {
            name: t('detail.consent'),
            value:
              consent === null ? (
                t('detail.consentNone')
              ) : (
                <>
                  <p>
                    {t('detail.consentAt', {
                      at: format.moment(consent.at),
                      version: consent.textVersion,
                      witness: consent.witness,
                    })}
                  </p>
                  <p>
                    {t('detail.consentPurposes', {
                      purposes: format.list(consent.purposes.map((purpose) => t(`purpose.${purpose}`))),
                    })}
                  </p>
                </>
              ),
          },
        ]}
      />
      {mayCall(account.roles, 'sessions.withdraw') ? <Withdrawal session={session} /> : null}
    </Card>
  );
}

function Withdrawal({ session }: Pick<SessionContext, 'session'>) {
  const { t } = useText();
  const [isAsking, setAsking] = useState(false);
  return (
    <div>
      <Button icon="remove" onClick={() => setAsking(true)}>
        {t('withdraw.open')}
      </Button>
      {isAsking ? (
        <WithdrawDialog
          session={session}
          onClose={() => setAsking(false)}
          onDone={(kind) => {
            sayErased(kind);
            navigate({ page: 'sessions' });
          }}
        />
      ) : null}
    </div>
  );
}
