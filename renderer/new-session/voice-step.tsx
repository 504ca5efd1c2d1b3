/** A step of the protocol other than the consent: the room's noise, or a task for the patient's voice. */
import { useId, useState } from 'react';
import type { ProtocolStep } from '../../contract/protocol.ts';
import type { Problem } from '../../contract/result.ts';
import { call } from '../api/index.ts';
import { useText } from '../i18n/index.ts';
import { ProblemNotice } from '../pages/problem-notice.tsx';
import { RecordingStep } from '../recording/recording-step.tsx';
import { Button, ChoiceField, Dialog, StatusWord } from '../ui/index.ts';
import { noteSession, type OpenSession } from './flow.ts';

export interface StepProps {
  readonly open: OpenSession;
  readonly step: ProtocolStep;
  readonly onContinue: () => void;
}

export function VoiceStep({ open, step, onContinue }: StepProps) {
  const { t, local } = useText();
  const readingId = useId();
  const { session } = open;
  const own = session.steps.find((each) => each.key === step.key);
  const isLast = open.protocol.steps.at(-1)?.key === step.key;
  const isSkipped = own?.state === 'skipped';
  return (
    <RecordingStep
      session={session}
      step={step}
      readingId={readingId}
      reading={
        <>
          <p>{local(step.instruction)}</p>
          {step.prompt === undefined ? null : <p className="reading__prompt">{local(step.prompt)}</p>}
        </>
      }
      canContinue={own !== undefined && own.state !== 'open'}
      continueLabel={t(isLast ? 'recording.finish' : 'recording.continue')}
      onContinue={onContinue}
      onSession={noteSession}
      side={
        isSkipped ? (
          <StatusWord tone="neutral" icon="skip" word={t('newSession.state.skipped')} />
        ) : step.required || step.skipReasons.length === 0 ? null : (
          <SkipButton open={open} step={step} onSkipped={onContinue} />
        )
      }
    />
  );
}

function SkipButton(props: {
  readonly open: OpenSession;
  readonly step: ProtocolStep;
  readonly onSkipped: () => void;
}) {
  const { t, local } = useText();
  const { open, step } = props;
  const [isAsking, setAsking] = useState(false);
  const [reason, setReason] = useState<string>();
  const [problem, setProblem] = useState<Problem>();
  const [isTried, setTried] = useState(false);
  const skip = async (): Promise<void> => {
    setTried(true);
    if (reason === undefined) return;
    const skipped = await call('sessions.skip-step', {
      sessionId: open.session.id,
      stepKey: step.key,
      reason,
    });
    if (!skipped.ok) {
      setProblem(skipped.problem);
      return;
    }
    setAsking(false);
    noteSession(skipped.value);
    props.onSkipped();
  };
  return (
    <div>
      <Button icon="skip" onClick={() => setAsking(true)}>
        {t('newSession.skip.open')}
      </Button>
      {isAsking ? (
        <Dialog
          title={t('newSession.skip.title', { step: local(step.title) })}
          onClose={() => setAsking(false)}
          actions={
            <>
              <Button onClick={() => setAsking(false)}>{t('common.cancel')}</Button>
              <Button look="primary" icon="skip" onClick={() => void skip()}>
                {t('newSession.skip.confirm')}
              </Button>
            </>
          }
        >
          <ChoiceField
            label={t('newSession.skip.reason')}
            layout="column"
            value={reason}
            error={isTried && reason === undefined ? t('fault.missing') : undefined}
            options={step.skipReasons.map((each) => ({ value: each.value, label: local(each.label) }))}
            onChange={setReason}
          />
          {problem === undefined ? null : <ProblemNotice problem={problem} />}
        </Dialog>
      ) : null}
    </div>
  );
}
