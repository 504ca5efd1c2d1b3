import { useEffect, useState } from 'react';
import type { CommandOutput } from '../../contract/app-api.ts';
import type { Account } from '../../contract/people.ts';
import type { SessionSummary } from '../../contract/session.ts';
import type { SyncState } from '../../contract/sync-state.ts';
import { followMicrophones, type MicrophonePresence } from '../api/microphone-presence.ts';
import { call } from '../api/index.ts';
import { useEvent } from '../api/use-event.ts';
import { useNow } from '../api/use-now.ts';
import { useText, type Text, type Translate } from '../i18n/index.ts';
import { hrefOf, navigate } from '../router.ts';
import { mayCall } from '../state/rights.ts';
import { changeList, firstQuery, withQuery } from '../state/session-list.ts';
import { activityLooks, statusLooks } from '../state/status-looks.ts';
import { contactText } from '../state/sync-texts.ts';
import { useLoading } from '../state/use-loading.ts';
import { Card, LinkButton, StatusWord, type StatusWordProps } from '../ui/index.ts';
import { Page } from './page.tsx';
import { SyncPanel } from './sync-panel.tsx';
import { Waiting } from './waiting.tsx';
import './home.css';

type Home = CommandOutput<'home.state'>;

export function HomePage({ account }: { readonly account: Account }) {
  const { t } = useText();
  const home = useLoading('home.state', {});
  const sync = useLoading('sync.state', {});
  useEvent('session.changed', home.reload);
  useEvent('models.changed', home.reload);
  useEvent('sync.changed', sync.reload);
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
            <StateLines home={state} sync={sync.value} />
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
            {sync.value === null || sync.value.enrolment === null ? null : <SyncCard state={sync.value} />}
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

function SyncCard({ state }: { readonly state: SyncState }) {
  const { t } = useText();
  return (
    <Card
      title={t('syncState.title')}
      aside={
        <LinkButton
          look="quiet"
          icon="chevron-right"
          href={hrefOf({ page: 'settings', section: 'registry' })}
        >
          {t('syncState.details')}
        </LinkButton>
      }
    >
      <SyncPanel state={state} onShowAttention={showAttention} />
    </Card>
  );
}

function showAttention(): void {
  changeList(call, (list) => withQuery(list, { ...firstQuery, filter: { sync: ['needs-attention'] } }));
  navigate({ page: 'sessions' });
}

interface StateLine {
  readonly word: StatusWordProps;
  readonly note: string | null;
}

/** The quiet line of sending; a PC without a registry is nothing to worry about. */
export function syncLine(text: Text, home: Home, sync: SyncState | null, now: Date): StateLine {
  const { t } = text;
  const { unsyncedSessions: waiting } = home;
  const waits = waiting === 0 ? t('home.sync.none') : t('home.sync.waiting', { count: waiting });
  if (sync === null)
    return { word: { tone: 'neutral', icon: waiting === 0 ? 'done' : 'clock', word: waits }, note: null };
  const { activity, needAttention } = sync;
  const word = { ...activityLooks[activity], word: t(`activity.${activity}`) };
  if (activity === 'off') return { word, note: t('activityHelp.off') };
  const contact = t('home.sync.lastContact', { time: contactText(text, sync.lastContactAt, now) });
  if (needAttention === 0) return { word, note: [waits, contact].join(' · ') };
  const total = text.format.number(needAttention);
  return {
    word: {
      tone: 'warning',
      icon: 'warning',
      word: t('syncState.attention', { count: needAttention, total }),
    },
    note: [word.word, waits, contact].join(' · '),
  };
}

/** The quiet line: sync, microphone, disk and models, each with its word. */
function StateLines({ home, sync }: { readonly home: Home; readonly sync: SyncState | null }) {
  const text = useText();
  const { t, format } = text;
  const now = useNow(sync);
  const [microphone, setMicrophone] = useState<MicrophonePresence>('unknown');
  useEffect(() => followMicrophones(setMicrophone), []);
  const { disk, models } = home;
  const lines: readonly (StateLine & { readonly name: string })[] = [
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
    { name: t('home.sync'), ...syncLine(text, home, sync, now) },
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
