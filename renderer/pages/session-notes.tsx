import { useState, type SubmitEvent } from 'react';
import type { Problem } from '../../contract/result.ts';
import { call } from '../api/index.ts';
import { useText } from '../i18n/index.ts';
import { mayCall } from '../state/rights.ts';
import { Button, Card, TextField } from '../ui/index.ts';
import { ProblemNotice } from './problem-notice.tsx';
import type { SessionContext } from './session-context.ts';

export function SessionNotes({ session, account, put }: SessionContext) {
  const { t, format } = useText();
  const [note, setNote] = useState('');
  const [problem, setProblem] = useState<Problem | null>(null);
  const [isBusy, setBusy] = useState(false);
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (isBusy || note.trim() === '') return;
    setBusy(true);
    const answer = await call('sessions.add-note', { sessionId: session.id, text: note });
    setBusy(false);
    setProblem(answer.ok ? null : answer.problem);
    if (answer.ok) {
      setNote('');
      put(answer.value);
    }
  };
  return (
    <Card title={t('detail.notes')}>
      {session.notes.length === 0 ? <p className="muted">{t('detail.noNotes')}</p> : null}
      <ul className="timeline">
        {session.notes.map((entry) => (
          <li key={entry.id}>
            <p className="note">{entry.text}</p>
            <p className="small muted">{t('detail.noteBy', { by: entry.by, at: format.moment(entry.at) })}</p>
          </li>
        ))}
      </ul>
      {mayCall(account.roles, 'sessions.add-note') ? (
        <form className="stack" onSubmit={(event) => void submit(event)}>
          {problem === null ? null : <ProblemNotice problem={problem} />}
          <TextField
            label={t('detail.noteLabel')}
            value={note}
            onChange={setNote}
            rows={3}
            maximumLength={4000}
          />
          <div>
            <Button type="submit" icon="note" isBusy={isBusy} isDisabled={note.trim() === ''}>
              {t('detail.noteSave')}
            </Button>
          </div>
        </form>
      ) : null}
    </Card>
  );
}
