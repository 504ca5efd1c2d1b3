/** The spoken consent: the text in the patient's language, what it is for, who witnessed it, and the patient's own yes. */
import { useId, useState } from 'react';
import { languages, type Language } from '../../contract/localized.ts';
import type { ConsentPurpose } from '../../contract/protocol.ts';
import type { Problem } from '../../contract/result.ts';
import { call } from '../api/index.ts';
import { useRecorder } from '../audio/recorder-store.ts';
import { languageNames, useText } from '../i18n/index.ts';
import { ProblemNotice } from '../pages/problem-notice.tsx';
import { RecordingStep } from '../recording/recording-step.tsx';
import { isTakeAccepted } from '../recording/take-verdict.ts';
import { navigate } from '../router.ts';
import { useDesk } from '../state/desk.ts';
import { Button, CheckboxGroup, Dialog, Notice, SelectField, StatusWord, TextField } from '../ui/index.ts';
import { noteSession } from './flow.ts';
import type { StepProps } from './voice-step.tsx';

export function ConsentStep({ open, step, onContinue }: StepProps) {
  const { t, language: shownLanguage, local } = useText();
  const readingId = useId();
  const { session, protocol } = open;
  const text = protocol.consent;
  const witnessDefault = useDesk((desk) => desk.app?.account?.displayName ?? '');
  const [language, setLanguage] = useState<Language>(session.consent?.language ?? shownLanguage);
  const [purposes, setPurposes] = useState<readonly ConsentPurpose[]>(
    () => session.consent?.purposes ?? text.purposes.filter((each) => each.required).map((each) => each.key),
  );
  const [witness, setWitness] = useState(session.consent?.witness ?? witnessDefault);
  const [problem, setProblem] = useState<Problem>();
  const [isBusy, setBusy] = useState(false);
  const isWorking = useRecorder((store) => {
    const phase = store.view?.state.phase;
    return phase === 'recording' || phase === 'saving';
  });
  const take = session.steps.find((each) => each.key === step.key)?.takes.find((each) => each.isChosen);
  const lacking = text.purposes.filter((each) => each.required && !purposes.includes(each.key));
  const mayAccept =
    isTakeAccepted(take) && witness.trim() !== '' && purposes.length > 0 && lacking.length === 0;

  const accept = async (): Promise<void> => {
    if (take === undefined) return;
    setBusy(true);
    const accepted = await call('sessions.accept-consent', {
      sessionId: session.id,
      takeId: take.id,
      textId: text.id,
      textVersion: text.version,
      language,
      purposes: text.purposes.map((each) => each.key).filter((key) => purposes.includes(key)),
      witness: witness.trim(),
    });
    setBusy(false);
    if (!accepted.ok) {
      setProblem(accepted.problem);
      return;
    }
    setProblem(undefined);
    noteSession(accepted.value);
    onContinue();
  };

  const isAccepted = session.consent !== null;
  return (
    <RecordingStep
      session={session}
      step={step}
      readingId={readingId}
      isReadingLong
      reading={
        <div className="consent" lang={language}>
          {text.isSample ? (
            <p className="consent__sample">
              <StatusWord tone="warning" icon="warning" word={t('consent.sample')} wraps />
            </p>
          ) : null}
          <h2>{text.title[language]}</h2>
          {text.body[language].split('\n\n').map((paragraph) => (
            <p key={paragraph}>{paragraph}</p>
          ))}
        </div>
      }
      canContinue={isAccepted || (mayAccept && !isBusy && !isWorking)}
      continueLabel={isAccepted ? t('recording.continue') : t('consent.yes')}
      onContinue={() => {
        if (isAccepted) onContinue();
        else void accept();
      }}
      onSession={noteSession}
      side={
        <div className="stack stack--tight">
          {problem === undefined ? null : <ProblemNotice problem={problem} />}
          {isAccepted ? (
            <Notice tone="success" title={t('consent.accepted')}>
              {t('consent.acceptedBy', { witness: session.consent?.witness ?? '' })}
            </Notice>
          ) : null}
          {isAccepted ? null : (
            <>
              <SelectField
                label={t('consent.language')}
                value={language}
                options={languages.map((value) => ({ value, label: languageNames[value] }))}
                onChange={setLanguage}
              />
              <CheckboxGroup
                label={t('consent.purposes')}
                layout="column"
                values={[...purposes]}
                error={
                  lacking.length > 0
                    ? t('consent.purposeRequired', {
                        purpose: lacking.map((each) => local(each.label)).join(', '),
                      })
                    : undefined
                }
                options={text.purposes.map((each) => ({
                  value: each.key,
                  label: local(each.label),
                  help: each.required ? t('consent.required') : undefined,
                }))}
                onChange={setPurposes}
              />
              <TextField
                label={t('consent.witness')}
                value={witness}
                maximumLength={120}
                isSpellChecked={false}
                error={witness.trim() === '' ? t('fault.missing') : undefined}
                onChange={setWitness}
              />
            </>
          )}
          <DeclineButton sessionId={session.id} />
        </div>
      }
    />
  );
}

function DeclineButton({ sessionId }: { readonly sessionId: StepProps['open']['session']['id'] }) {
  const { t } = useText();
  const [isAsking, setAsking] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const [note, setNote] = useState('');
  const decline = async (): Promise<void> => {
    const reason = [t('consent.declinedReason'), note.trim()].filter((part) => part !== '').join(' ');
    const discarded = await call('sessions.discard', { sessionId, reason: reason.slice(0, 500) });
    if (discarded.ok) navigate({ page: 'home' });
    else setProblem(discarded.problem);
  };
  return (
    <div>
      <Button icon="ban" onClick={() => setAsking(true)}>
        {t('consent.no')}
      </Button>
      {isAsking ? (
        <Dialog
          title={t('consent.declineTitle')}
          onClose={() => setAsking(false)}
          actions={
            <>
              <Button onClick={() => setAsking(false)}>{t('common.cancel')}</Button>
              <Button look="danger" icon="ban" onClick={() => void decline()}>
                {t('consent.declineConfirm')}
              </Button>
            </>
          }
        >
          <p>{t('consent.declineBody')}</p>
          <TextField
            label={t('consent.declineNote')}
            optionalWord={t('common.optional')}
            value={note}
            rows={2}
            maximumLength={300}
            onChange={setNote}
          />
          {problem === undefined ? null : <ProblemNotice problem={problem} />}
        </Dialog>
      ) : null}
    </div>
  );
}
