/** A session from its first question to its result: the rail at the left, the work in the middle, the patient at the top right. */
import { useEffect } from 'react';
import type { SessionId } from '../../contract/ids.ts';
import { stopTake } from '../audio/recorder-store.ts';
import { useText } from '../i18n/index.ts';
import { useDocumentTitle } from '../pages/entrance.tsx';
import { ProblemNotice } from '../pages/problem-notice.tsx';
import { MicrophoneCheck } from '../recording/microphone-check.tsx';
import { useHeldMicrophone } from '../recording/use-held-microphone.ts';
import { ConsentStep } from './consent-step.tsx';
import {
  beginAnew,
  followSession,
  factsOf,
  go,
  isDraftBehind,
  loadOffers,
  openSession,
  useFlow,
  type OpenSession,
} from './flow.ts';
import { mayOpen, placeAfter } from './flow-rules.ts';
import { FormStep } from './form-step.tsx';
import { DraftWord } from './patient-badge.tsx';
import { ResultStep } from './result-step.tsx';
import { SessionRail } from './session-rail.tsx';
import { StartStep } from './start-step.tsx';
import { FlowTop } from './flow-top.tsx';
import { VoiceStep } from './voice-step.tsx';
import './flow.css';

export function NewSessionPage({ sessionId }: { readonly sessionId: SessionId | null }) {
  const { t } = useText();
  useDocumentTitle(t('nav.newSession'));
  useEffect(() => {
    if (sessionId !== null) {
      void openSession(sessionId);
      return;
    }
    beginAnew();
    void loadOffers();
  }, [sessionId]);
  useLeaving();
  useEffect(() => (sessionId === null ? undefined : followSession(sessionId)), [sessionId]);
  const open = useFlow((flow) => (flow.open?.session.id === sessionId ? flow.open : undefined));
  const problem = useFlow((flow) => flow.problem);
  const retry = (): void => void (sessionId === null ? loadOffers() : openSession(sessionId));

  return (
    <div className="flow">
      <div className="flow__rail">
        <SessionRail open={open} />
        {open === undefined ? null : (
          <div className="flow__draft" aria-live="polite">
            <DraftWord open={open} />
          </div>
        )}
      </div>
      <div className="flow__work">
        {problem === undefined ? null : <ProblemNotice problem={problem} retry={retry} />}
        {open === undefined ? sessionId === null ? <StartStep /> : null : <OpenFlow open={open} />}
      </div>
    </div>
  );
}

/** A take that is being recorded ends with its page and is kept; the browser asks before typed text is lost. */
function useLeaving(): void {
  useEffect(() => {
    const warn = (event: BeforeUnloadEvent): void => {
      if (isDraftBehind()) event.preventDefault();
    };
    window.addEventListener('beforeunload', warn);
    return () => {
      window.removeEventListener('beforeunload', warn);
      stopTake();
    };
  }, []);
}

function OpenFlow({ open }: { readonly open: OpenSession }) {
  const { t } = useText();
  const { place } = open;
  const goOn = (): void => {
    const { open: now } = useFlow.getState();
    if (now !== undefined) go(placeAfter(now.place, now.protocol));
  };
  if (place.at === 'step')
    return <TaskStep key={place.stepKey} open={open} stepKey={place.stepKey} onContinue={goOn} />;
  switch (place.at) {
    case 'form':
      return <FormStep open={open} onContinue={goOn} />;
    case 'microphone':
      return (
        <div className="flow__form">
          <FlowTop open={open} title={t('microphone.title')} lead={t('microphone.lead')} />
          <MicrophoneCheck onDone={goOn} />
        </div>
      );
    case 'result':
      return <ResultStep open={open} />;
    default:
      return place satisfies never;
  }
}

function TaskStep(props: {
  readonly open: OpenSession;
  readonly stepKey: string;
  readonly onContinue: () => void;
}) {
  const { open, stepKey } = props;
  const { local } = useText();
  // Held here as well, so that the device stays open from one step to the next.
  useHeldMicrophone();
  const step = open.protocol.steps.find((each) => each.key === stepKey);
  if (step === undefined) return null;
  const isLast = open.protocol.steps.at(-1)?.key === stepKey;
  const onContinue = (): void => {
    const { open: now } = useFlow.getState();
    if (now === undefined) return;
    const next = placeAfter(now.place, now.protocol);
    const facts = factsOf(now);
    // The last step leads back to the first one that is still open, where there is one.
    const openStep = now.session.steps.find((each) => each.state === 'open');
    if (isLast && !mayOpen(next, facts) && openStep !== undefined) go({ at: 'step', stepKey: openStep.key });
    else props.onContinue();
  };
  return (
    <>
      <FlowTop open={open} title={local(step.title)} isQuiet />
      {step.role === 'consent' ? (
        <ConsentStep open={open} step={step} onContinue={onContinue} />
      ) : (
        <VoiceStep open={open} step={step} onContinue={onContinue} />
      )}
    </>
  );
}
