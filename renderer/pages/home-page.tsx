import { useEffect, useState } from 'react';
import type { CommandOutput } from '../../contract/app-api.ts';
import type { Account } from '../../contract/people.ts';
import type { SessionSummary } from '../../contract/session.ts';
import { followMicrophones, type MicrophonePresence } from '../api/microphone-presence.ts';
import { useEvent } from '../api/use-event.ts';
import { useText, type Translate } from '../i18n/index.ts';
import { hrefOf } from '../router.ts';
import { mayCall } from '../state/rights.ts';
import { statusLooks } from '../state/status-looks.ts';
import { useLoading } from '../state/use-loading.ts';
import { Card, LinkButton, StatusWord, type StatusWordProps } from '../ui/index.ts';
import { Page } from './page.tsx';
import { Waiting } from './waiting.tsx';
import './home.css';

type Home = CommandOutput<'home.state'>;

export function HomePage({ account }: { readonly account: Account }) {
  const { t } = useText();
  const home = useLoading('home.state', {});
  useEvent('session.changed', home.reload);
  useEvent('models.changed', home.reload);
  const canRecord = mayCall(account.roles, 'sessions.create');
  return (
    <Page title={t('home.title')}>
      {canRecord ? (
        <div className="home__start">
          <LinkButton
            look="primary"
            size="large"
            icon="microphone"
            href={hrefOf({ page: 'new-session', sessionId: null })}
          >
            {t('home.newSession')}
          </LinkButton>
          <p className="muted">{t('home.newSessionHelp')}</p>
        </div>
      ) : null}
      <Waiting loading={home}>
        {(state) => (
          <>
            <StateLines home={state} />
            <div className="columns">
              {canRecord ? (
                <Card title={t('home.drafts')}>
                  <SessionLines sessions={state.drafts} empty={t('home.noDrafts')} isDraft />
                </Card>
              ) : null}
              <Card title={t('home.today')}>
                <SessionLines sessions={state.today} empty={t('home.noToday')} />
              </Card>
            </div>
          </>
        )}
      </Waiting>
    </Page>
  );
}

function SessionLines(props: {
  readonly sessions: readonly SessionSummary[];
  readonly empty: string;
  readonly isDraft?: boolean;
}) {
  const { t, format } = useText();
  if (props.sessions.length === 0) return <p className="muted">{props.empty}</p>;
  return (
    <ul className="panel-list">
      {props.sessions.map((session) => {
        const name = session.recordNumber ?? t('home.noRecordNumber');
        const isDraft = props.isDraft === true;
        return (
          <li key={session.id}>
            <div className="home__session">
              <span className="home__record">{name}</span>
              <span className="small muted">
                {[session.hospital, t(`kind.${session.kind}`), format.moment(session.updatedAt)]
                  .filter((part) => part !== null)
                  .join(' · ')}
              </span>
              {isDraft ? null : (
                <StatusWord {...statusLooks[session.status]} word={t(`status.${session.status}`)} />
              )}
            </div>
            <LinkButton
              icon={isDraft ? 'play' : 'chevron-right'}
              href={hrefOf(
                isDraft
                  ? { page: 'new-session', sessionId: session.id }
                  : { page: 'session', sessionId: session.id },
              )}
            >
              {t(isDraft ? 'home.resume' : 'home.open')}
              <span className="visually-hidden">{` ${name}`}</span>
            </LinkButton>
          </li>
        );
      })}
    </ul>
  );
}

/** The quiet line: sync, microphone, disk and models, each with its word. */
function StateLines({ home }: { readonly home: Home }) {
  const { t, format } = useText();
  const [microphone, setMicrophone] = useState<MicrophonePresence>('unknown');
  useEffect(() => followMicrophones(setMicrophone), []);
  const { disk, models, unsyncedSessions, lastContactAt } = home;
  const lines: readonly { name: string; word: StatusWordProps; note: string | null }[] = [
    {
      name: t('home.microphone'),
      word: microphoneWord(microphone, t(`home.microphone.${microphone}`)),
      note: microphone === 'none' || microphone === 'refused' ? t(`home.microphone.${microphone}Help`) : null,
    },
    {
      name: t('home.disk'),
      word: disk.isEnough
        ? { tone: 'success', icon: 'done', word: t('home.disk.enough') }
        : { tone: 'danger', icon: 'alert', word: t('home.disk.low') },
      note: disk.isEnough
        ? t('home.disk.free', { free: format.bytes(disk.freeBytes) })
        : t('home.disk.lowHelp', {
            free: format.bytes(disk.freeBytes),
            needed: format.bytes(disk.neededBytes),
          }),
    },
    {
      name: t('home.models'),
      word: modelsWord(models, t),
      note:
        models.failed > 0
          ? t('home.models.failed', { count: models.failed })
          : models.ready === 0
            ? t('home.models.untestedHelp')
            : null,
    },
    {
      name: t('home.sync'),
      word:
        unsyncedSessions === 0
          ? { tone: 'neutral', icon: 'done', word: t('home.sync.none') }
          : { tone: 'neutral', icon: 'clock', word: t('home.sync.waiting', { count: unsyncedSessions }) },
      note:
        lastContactAt === null
          ? t('home.sync.never')
          : t('home.sync.lastContact', { time: format.contact(lastContactAt, new Date()) }),
    },
  ];
  return (
    <section aria-label={t('home.state')}>
      <dl className="home__state">
        {lines.map((line) => (
          <div key={line.name}>
            <dt>{line.name}</dt>
            <dd>
              <StatusWord {...line.word} wraps />
              {line.note === null ? null : <span className="small muted">{line.note}</span>}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function modelsWord({ ready, failed }: Home['models'], t: Translate): StatusWordProps {
  if (ready > 0) return { tone: 'success', icon: 'done', word: t('home.models.ready', { count: ready }) };
  if (failed > 0) return { tone: 'warning', icon: 'warning', word: t('home.models.ready', { count: 0 }) };
  return { tone: 'neutral', icon: 'waiting', word: t('home.models.untested') };
}

function microphoneWord(presence: MicrophonePresence, word: string): StatusWordProps {
  switch (presence) {
    case 'ready':
      return { tone: 'success', icon: 'microphone', word };
    case 'none':
    case 'refused':
      return { tone: 'danger', icon: 'microphone-off', word };
    case 'unknown':
      return { tone: 'neutral', icon: 'unknown', word };
    default:
      return presence satisfies never;
  }
}
