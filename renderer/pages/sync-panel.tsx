import { useState } from 'react';
import type { SyncState } from '../../contract/sync-state.ts';
import type { Problem } from '../../contract/result.ts';
import { call } from '../api/index.ts';
import { useNow } from '../api/use-now.ts';
import { useText } from '../i18n/index.ts';
import { activityLooks } from '../state/status-looks.ts';
import { clockText, contactText, problemWorthTelling, waitingText } from '../state/sync-texts.ts';
import { Button, Facts, Notice, StatusWord } from '../ui/index.ts';
import { ProblemNotice } from './problem-notice.tsx';

/** What sending does, what waits and since when, with the button that starts it. */
export function SyncPanel(props: {
  readonly state: SyncState;
  /** Leads to the sessions that need somebody; absent where patients are not shown. */
  readonly onShowAttention?: (() => void) | undefined;
}) {
  const now = useNow(props.state);
  return (
    <div className="stack">
      <SyncFacts state={props.state} now={now} />
      <SyncWarnings {...props} />
      {props.state.activity === 'off' ? null : <SendNow />}
    </div>
  );
}

export function SyncFacts({ state, now }: { readonly state: SyncState; readonly now: Date }) {
  const text = useText();
  const { t, format } = text;
  const { activity, nextTryAt, speedBytesPerS } = state;
  return (
    <Facts
      facts={[
        {
          name: t('syncState.activity'),
          value: (
            <>
              <StatusWord {...activityLooks[activity]} word={t(`activity.${activity}`)} wraps />
              <p className="small muted">{t(`activityHelp.${activity}`)}</p>
            </>
          ),
        },
        { name: t('syncState.waiting'), value: waitingText(text, state.waiting) },
        { name: t('syncState.lastContact'), value: contactText(text, state.lastContactAt, now) },
        { name: t('syncState.lastReceipt'), value: contactText(text, state.lastReceiptAt, now) },
        ...(speedBytesPerS === null
          ? []
          : [{ name: t('syncState.speed'), value: format.bytesPerSecond(speedBytesPerS) }]),
        ...(nextTryAt === null
          ? []
          : [{ name: t('syncState.nextTry'), value: format.contact(nextTryAt, now) }]),
      ]}
    />
  );
}

/** Only what somebody should act on. */
export function SyncWarnings(props: {
  readonly state: SyncState;
  readonly onShowAttention?: (() => void) | undefined;
}) {
  const text = useText();
  const { t, format } = text;
  const { needAttention, clockSkewMs } = props.state;
  const problem = problemWorthTelling(props.state);
  const clock = clockText(text, clockSkewMs);
  return (
    <>
      {needAttention === 0 ? null : (
        <Notice
          tone="warning"
          title={t('syncState.attention', { count: needAttention, total: format.number(needAttention) })}
          actions={
            props.onShowAttention === undefined ? undefined : (
              <Button icon="list" onClick={props.onShowAttention}>
                {t('syncState.attentionShow')}
              </Button>
            )
          }
        >
          <p>{t('syncState.attentionBody')}</p>
        </Notice>
      )}
      {problem === null ? null : (
        <Notice tone="warning" title={t(`problem.${problem.code}.what`)}>
          <p>{t(`problem.${problem.code}.do`)}</p>
        </Notice>
      )}
      {clock === null ? null : (
        <Notice tone="warning" title={clock}>
          <p>{t('syncState.clockBody')}</p>
        </Notice>
      )}
    </>
  );
}

/** Wakes the engine; what becomes of it comes as news. */
function SendNow() {
  const { t } = useText();
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const send = async (): Promise<void> => {
    setBusy(true);
    const answer = await call('sync.now', {});
    setBusy(false);
    setProblem(answer.ok ? null : answer.problem);
  };
  return (
    <>
      {problem === null ? null : <ProblemNotice problem={problem} onDismiss={() => setProblem(null)} />}
      <div>
        <Button icon="refresh" isBusy={isBusy} onClick={() => void send()}>
          {t('syncState.now')}
        </Button>
      </div>
    </>
  );
}
