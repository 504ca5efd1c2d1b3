import { useState } from 'react';
import { withdrawalKinds } from '../../contract/registry/sync.ts';
import type { Problem } from '../../contract/result.ts';
import type { SessionDetail } from '../../contract/session.ts';
import { call } from '../api/index.ts';
import { useText } from '../i18n/index.ts';
import type { WithdrawalKind } from '../state/farewell.ts';
import { Button, ChoiceField, Dialog, Notice, TextField } from '../ui/index.ts';
import { ProblemNotice } from './problem-notice.tsx';

/**
 * Erases a session everywhere. Not a form: Enter in a field does nothing, a word has to be typed, and the safe button
 * comes first.
 */
export function WithdrawDialog(props: {
  readonly session: Pick<SessionDetail, 'id' | 'formerRegistries'>;
  readonly onClose: () => void;
  readonly onDone: (kind: WithdrawalKind) => void;
}) {
  const { t, format } = useText();
  const { session } = props;
  const [kind, setKind] = useState<WithdrawalKind>();
  const [typed, setTyped] = useState('');
  const [wasSent, setWasSent] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const word = t('withdraw.word');
  const isTyped = isConfirmed(typed, word);
  const erase = async (): Promise<void> => {
    setWasSent(true);
    if (isBusy || kind === undefined || !isTyped) return;
    setBusy(true);
    const answer = await call('sessions.withdraw', { sessionId: session.id, kind });
    setBusy(false);
    if (answer.ok) props.onDone(kind);
    else setProblem(answer.problem);
  };
  return (
    <Dialog
      title={t('withdraw.title')}
      onClose={props.onClose}
      actions={
        <>
          <Button onClick={props.onClose}>{t('common.cancel')}</Button>
          <Button look="danger" icon="remove" isBusy={isBusy} onClick={() => void erase()}>
            {t('withdraw.confirm')}
          </Button>
        </>
      }
    >
      {problem === null ? null : <ProblemNotice problem={problem} />}
      <ChoiceField
        label={t('withdraw.why')}
        layout="column"
        value={kind}
        onChange={setKind}
        options={withdrawalKinds.map((value) => ({ value, label: t(`withdrawKind.${value}`) }))}
        error={wasSent && kind === undefined ? t('withdraw.whyFault') : undefined}
      />
      <section className="stack stack--tight" aria-label={t('withdraw.what')}>
        <h3>{t('withdraw.what')}</h3>
        <ul className="bullets">
          <li>{t('withdraw.here')}</li>
          <li>{t('withdraw.server')}</li>
          <li>{t('withdraw.exports')}</li>
          <li>{t('withdraw.proof')}</li>
        </ul>
      </section>
      {session.formerRegistries.length === 0 ? null : (
        <Notice tone="warning" title={t('withdraw.former')}>
          {t('withdraw.formerDo', {
            registries: format.list(session.formerRegistries),
            session: session.id,
          })}
        </Notice>
      )}
      <TextField
        label={t('withdraw.type', { word })}
        value={typed}
        onChange={setTyped}
        maximumLength={40}
        error={wasSent && !isTyped ? t('withdraw.typeFault', { word }) : undefined}
      />
    </Dialog>
  );
}

/** The word whole, in whatever case. */
export function isConfirmed(typed: string, word: string): boolean {
  return typed.trim().toUpperCase() === word;
}
