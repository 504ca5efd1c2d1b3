/** What the measurements say of one take, in words with advice, and the way to keep it all the same. */
import { useEffect, useRef, useState } from 'react';
import type { Problem } from '../../contract/result.ts';
import type { SessionDetail, Take } from '../../contract/session.ts';
import { call } from '../api/index.ts';
import { useText } from '../i18n/index.ts';
import {
  Button,
  Chip,
  Dialog,
  Icon,
  Notice,
  StatusWord,
  TextField,
  type StatusWordProps,
} from '../ui/index.ts';
import { verdictOf } from './take-verdict.ts';

export function TakeVerdictView(props: {
  readonly take: Take;
  readonly onSession: (session: SessionDetail) => void;
  /** After the question for a reason is closed: its button may be gone, and the focus with it. */
  readonly onAsked: () => void;
}) {
  const { t, format } = useText();
  const { take } = props;
  const verdict = verdictOf(take);
  const [isAsking, setAsking] = useState(false);
  const { onAsked } = props;
  const wasAsking = useRef(false);
  useEffect(() => {
    if (wasAsking.current && !isAsking) onAsked();
    wasAsking.current = isAsking;
  }, [isAsking, onAsked]);
  return (
    <div className="verdict">
      <div className="verdict__row">
        <StatusWord {...lookOf(verdict.kind)} word={t(`recording.verdict.${verdict.kind}`)} />
        {verdict.kind === 'poor' ? (
          <Button size="dense" onClick={() => setAsking(true)}>
            {t('recording.override.open')}
          </Button>
        ) : null}
      </div>
      <ul className="verdict__reasons">
        {verdict.failedGates.map((gate) => (
          <li key={gate}>
            <strong>{t(`gate.${gate}`)}.</strong> {verdict.kind === 'poor' ? t(`gateAdvice.${gate}`) : ''}
          </li>
        ))}
        {verdict.kind === 'accepted' && take.override !== null ? (
          <li>{t('recording.override.given', { reason: take.override.reason })}</li>
        ) : null}
        {verdict.missingS > 0 ? (
          <li className="verdict__loss">
            <Icon name="warning" sizePx={16} />
            <span>{t('recording.missing', { seconds: format.seconds(verdict.missingS) })}</span>
          </li>
        ) : null}
        {verdict.interruption === 'none' ? null : (
          <li className="verdict__loss">
            <Icon name="warning" sizePx={16} />
            <span>
              {t(`interruption.${verdict.interruption}`)}. {t('recording.interrupted')}
            </span>
          </li>
        )}
      </ul>
      {isAsking ? (
        <OverrideDialog take={take} onSession={props.onSession} onClose={() => setAsking(false)} />
      ) : null}
    </div>
  );
}

export function lookOf(kind: 'good' | 'accepted' | 'poor'): Omit<StatusWordProps, 'word'> {
  switch (kind) {
    case 'good':
      return { tone: 'success', icon: 'done' };
    case 'accepted':
      return { tone: 'warning', icon: 'check' };
    case 'poor':
      return { tone: 'warning', icon: 'warning' };
    default:
      return kind satisfies never;
  }
}

const usualReasons = ['unable', 'room', 'tired'] as const;
const shortestReason = 3;

function OverrideDialog(props: {
  readonly take: Take;
  readonly onSession: (session: SessionDetail) => void;
  readonly onClose: () => void;
}) {
  const { t } = useText();
  const [reason, setReason] = useState('');
  const [error, setError] = useState<string>();
  const [problem, setProblem] = useState<Problem>();
  const [isBusy, setBusy] = useState(false);
  const save = async (): Promise<void> => {
    if (reason.trim().length < shortestReason) {
      setError(t('recording.override.tooShort'));
      return;
    }
    setBusy(true);
    const saved = await call('sessions.override-quality', { takeId: props.take.id, reason: reason.trim() });
    setBusy(false);
    if (!saved.ok) {
      setProblem(saved.problem);
      return;
    }
    props.onSession(saved.value);
    props.onClose();
  };
  return (
    <Dialog
      title={t('recording.override.title')}
      onClose={props.onClose}
      actions={
        <>
          <Button onClick={props.onClose}>{t('common.cancel')}</Button>
          <Button look="primary" isBusy={isBusy} onClick={() => void save()}>
            {t('recording.override.save')}
          </Button>
        </>
      }
    >
      <p>{t('recording.override.body')}</p>
      <div className="row">
        {usualReasons.map((usual) => {
          const text = t(`recording.override.reason.${usual}`);
          return (
            <Chip
              key={usual}
              label={text}
              isOn={reason === text}
              onToggle={() => {
                setError(undefined);
                setReason(reason === text ? '' : text);
              }}
            />
          );
        })}
      </div>
      <TextField
        label={t('recording.override.reason')}
        value={reason}
        rows={2}
        maximumLength={500}
        error={error}
        autoFocus
        onChange={(text) => {
          setError(undefined);
          setReason(text);
        }}
      />
      {problem === undefined ? null : (
        <Notice tone="danger" title={t(`problem.${problem.code}.what`)}>
          {t(`problem.${problem.code}.do`)}
        </Notice>
      )}
    </Dialog>
  );
}
