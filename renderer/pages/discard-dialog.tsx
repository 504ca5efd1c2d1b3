import { useState, type SubmitEvent } from 'react';
import type { SessionId } from '../../contract/ids.ts';
import type { Problem } from '../../contract/result.ts';
import { call } from '../api/index.ts';
import { useText } from '../i18n/index.ts';
import { Button, Dialog, TextField } from '../ui/index.ts';
import { ProblemNotice } from './problem-notice.tsx';

/** Sets a draft aside with a reason; nothing is deleted. */
export function DiscardDialog(props: {
  readonly sessionId: SessionId;
  readonly onClose: () => void;
  readonly onDone: () => void;
}) {
  const { t } = useText();
  const [reason, setReason] = useState('');
  const [wasSent, setWasSent] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const isTooShort = reason.trim().length < 3;
  const submit = async (event?: SubmitEvent): Promise<void> => {
    event?.preventDefault();
    setWasSent(true);
    if (isTooShort) return;
    const answer = await call('sessions.discard', { sessionId: props.sessionId, reason });
    if (answer.ok) props.onDone();
    else setProblem(answer.problem);
  };
  return (
    <Dialog
      title={t('detail.discard')}
      onClose={props.onClose}
      actions={
        <>
          <Button onClick={props.onClose}>{t('common.cancel')}</Button>
          <Button look="danger" icon="ban" onClick={() => void submit()}>
            {t('detail.discard')}
          </Button>
        </>
      }
    >
      <p>{t('detail.discardBody')}</p>
      {problem === null ? null : <ProblemNotice problem={problem} />}
      <form onSubmit={(event) => void submit(event)}>
        <TextField
          label={t('detail.discardReason')}
          value={reason}
          onChange={setReason}
          maximumLength={500}
          error={wasSent && isTooShort ? t('check.required') : undefined}
          autoFocus
        />
      </form>
    </Dialog>
  );
}
