/**
 * One task at the bedside. The same places for the same things on every step: what the patient reads, the sound, the
 * word for the state, one large control. While recording nothing else is shown.
 */
import { useCallback, useEffect, useRef, useState, type ReactNode } from 'react';
import type { TakeId } from '../../contract/ids.ts';
import type { ProtocolStep } from '../../contract/protocol.ts';
import type { Problem } from '../../contract/result.ts';
import type { SessionDetail, SessionStep } from '../../contract/session.ts';
import { call } from '../api/index.ts';
import { useMicrophone } from '../audio/microphone-store.ts';
import {
  forgetTake,
  settleTake,
  startTake,
  stopTake,
  tryTakeAgain,
  useRecorder,
} from '../audio/recorder-store.ts';
import type { LivePeaks } from '../audio/live-peaks.ts';
import type { RecorderPhase } from '../audio/recorder.ts';
import { useText } from '../i18n/index.ts';
import { useDesk } from '../state/desk.ts';
import { Button, Notice, StatusWord, type IconName, type Tone } from '../ui/index.ts';
import { LiveWaveform } from '../waveform/live-waveform.tsx';
import { TakeWaveform } from '../waveform/take-waveform.tsx';
import { ImportButton } from './import-button.tsx';
import { LevelBar } from './level-bar.tsx';
import { MicrophoneNotices } from './microphone-notices.tsx';
import { mayStart, stepStateOf, type StepState } from './recording-state.ts';
import { TakeList } from './take-list.tsx';
import { TakeVerdictView } from './take-verdict-view.tsx';
import { useHeldMicrophone } from './use-held-microphone.ts';
import { useBedsideKeys } from './use-bedside-keys.ts';
import './recording.css';

export interface RecordingStepProps {
  readonly session: SessionDetail;
  readonly step: ProtocolStep;
  /** What stands where the patient reads; tied to the main control, so that it is read out. */
  readonly reading: ReactNode;
  readonly readingId: string;
  readonly canContinue: boolean;
  readonly continueLabel: string;
  readonly onContinue: () => void;
  readonly onSession: (session: SessionDetail) => void;
  /** Beside the task, hidden while recording. */
  readonly side?: ReactNode;
  /** More than a few lines: takes the waveform's room until there is a recording to look at. */
  readonly isReadingLong?: boolean;
}

const looks: Record<StepState, { readonly tone: Tone; readonly icon: IconName }> = {
  opening: { tone: 'neutral', icon: 'waiting' },
  ready: { tone: 'accent', icon: 'microphone' },
  recording: { tone: 'danger', icon: 'current' },
  saving: { tone: 'accent', icon: 'save' },
  saved: { tone: 'success', icon: 'done' },
  problem: { tone: 'danger', icon: 'alert' },
  'busy-elsewhere': { tone: 'neutral', icon: 'waiting' },
};

/** After a take has ended by itself, a press that was meant to end it must not begin another. */
const deadTimeMs = 900;

export function RecordingStep(props: RecordingStepProps) {
  const { session, step, onSession } = props;
  const { t } = useText();
  useHeldMicrophone();
  const microphone = useMicrophone((view) => view.state);
  const own = session.steps.find((each) => each.key === step.key);
  const takes = own?.takes ?? [];
  const recording = useOwnRecording(session.id, step.key, onSession);
  const state = stepStateOf({
    microphone,
    recorderPhase: recording.phase,
    isOurs: recording.own !== undefined,
    hasTakes: takes.length > 0,
  });
  const [viewedId, setViewedId] = useState<TakeId>();
  const viewed = takes.find((take) => take.id === viewedId) ?? takes.at(-1);
  const [problem, setProblem] = useState<Problem>();
  const isRecording = state === 'recording';
  const isWorking = isRecording || state === 'saving';
  const isTall = props.isReadingLong === true && (isWorking || viewed === undefined);

  const hasProblem =
    recording.own?.state.phase === 'problem' || problem !== undefined || microphone.status === 'fault';

  const toggle = (): void => {
    if (isRecording) stopTake();
    else if (mayStart(state, microphone) && !recording.isDead()) {
      setViewedId(undefined);
      setProblem(undefined);
      startTake({ sessionId: session.id, stepKey: step.key, ...endOf(step) });
    }
  };
  const controlRef = useRef<HTMLButtonElement>(null);
  const isLocked = useDesk((desk) => desk.app?.isLocked === true);
  useEffect(() => {
    if (!isLocked) controlRef.current?.focus({ preventScroll: true });
  }, [step.key, isLocked]);
  useBedsideKeys({
    control: controlRef,
    onSpace: toggle,
    onEnter: props.canContinue && !isWorking ? props.onContinue : undefined,
  });
  /** The button that did it may be gone: the focus goes back to where Space and Enter are expected. */
  const focusControl = useCallback(() => controlRef.current?.focus({ preventScroll: true }), []);
  const choose = async (takeId: TakeId): Promise<void> => {
    const chosen = await call('sessions.choose-take', { takeId });
    if (chosen.ok) onSession(chosen.value);
    else setProblem(chosen.problem);
    focusControl();
  };

  return (
    <div
      className={[
        'recording',
        isRecording ? 'recording--on' : '',
        hasProblem ? 'recording--problem' : '',
      ].join(' ')}
    >
      <div className="recording__task">
        <div id={props.readingId} className={readingClass(props.isReadingLong === true, isTall)}>
          <div className="reading__text">{props.reading}</div>
        </div>
        <div className="recording__wave" hidden={isTall}>
          <SoundView
            step={step}
            peaks={recording.own?.peaks}
            viewedId={isWorking ? undefined : viewed?.id}
            durationS={viewed?.durationS ?? 0}
            isPlain={state === 'opening' || state === 'problem'}
          />
        </div>
        <div className="recording__level">
          {hasProblem ? (
            <Problems recorderState={recording.own?.state} problem={problem} />
          ) : viewed !== undefined && !isWorking ? (
            <TakeVerdictView take={viewed} onSession={onSession} onAsked={focusControl} />
          ) : (
            <LevelBar />
          )}
        </div>
        <div className="recording__controls">
          <Button
            buttonRef={controlRef}
            look={isRecording ? 'danger' : props.canContinue ? 'plain' : 'primary'}
            size="large"
            icon={isRecording ? 'stop' : takes.length > 0 ? 'repeat' : 'microphone'}
            isBusy={state === 'saving'}
            isDisabled={!isRecording && !mayStart(state, microphone)}
            describedBy={props.readingId}
            keyShortcut="Space"
            onClick={toggle}
          >
            {isRecording
              ? t('recording.stop')
              : takes.length > 0
                ? t('recording.again')
                : t('recording.record')}
          </Button>
          <div className="recording__middle">
            <div className="recording__state" role="status">
              <StatusWord {...looks[state]} word={t(`recording.state.${state}`)} />
              {isWorking ? <Queue /> : null}
            </div>
            <Elapsed
              step={step}
              isRunning={recording.own !== undefined}
              savedS={recording.own === undefined ? viewed?.durationS : undefined}
            />
          </div>
          <Button
            look={props.canContinue ? 'primary' : 'plain'}
            size="large"
            icon="arrow-right"
            isDisabled={!props.canContinue || isWorking}
            keyShortcut="Enter"
            onClick={props.onContinue}
          >
            {props.continueLabel}
          </Button>
        </div>
      </div>
      <aside className="recording__side" inert={isWorking} aria-label={t('recording.beside')}>
        <MicrophoneWarnings isFaulty={microphone.status === 'fault'} />
        {props.side}
        <Recovered own={own} />
        <TakeList
          takes={takes}
          viewedId={viewed?.id}
          isBarred={isWorking}
          onView={setViewedId}
          onChoose={(takeId) => void choose(takeId)}
        />
        <ImportButton
          session={session}
          stepKey={step.key}
          isBarred={isWorking}
          onSession={onSession}
          onProblem={setProblem}
        />
        <p className="muted small recording__keys">{t('recording.keys')}</p>
      </aside>
    </div>
  );
}

function readingClass(isLong: boolean, isTall: boolean): string {
  if (!isLong) return 'reading';
  return isTall ? 'reading reading--tall' : 'reading reading--short';
}

/** A planned length is passed, a longest one never reached: a take at the limit is not too long. */
function endOf(step: ProtocolStep): { readonly stopAtS: number; readonly mayPass: boolean } {
  return step.stopAfterS === undefined
    ? { stopAtS: step.quality.maximumS, mayPass: false }
    : { stopAtS: step.stopAfterS, mayPass: true };
}

function useOwnRecording(
  sessionId: SessionDetail['id'],
  stepKey: string,
  onSession: (session: SessionDetail) => void,
) {
  const plan = useRecorder((store) => store.view?.plan);
  const state = useRecorder((store) => store.view?.state);
  const peaks = useRecorder((store) => store.view?.peaks);
  const isOurs = plan?.sessionId === sessionId && plan.stepKey === stepKey;
  const own = isOurs && state !== undefined ? { state, peaks } : undefined;
  const endedAtMs = useRef(-deadTimeMs);
  const isSaved = own?.state.phase === 'saved';
  const isRecording = own?.state.phase === 'recording';
  const wasRecording = useRef(false);
  useEffect(() => {
    if (wasRecording.current && !isRecording) endedAtMs.current = performance.now();
    wasRecording.current = isRecording;
  }, [isRecording]);
  useEffect(() => {
    if (!isSaved) return undefined;
    let isCurrent = true;
    void call('sessions.get', { sessionId }).then((session) => {
      if (!isCurrent || !session.ok) return;
      onSession(session.value);
      forgetTake();
    });
    return () => {
      isCurrent = false;
    };
  }, [isSaved, sessionId, onSession]);
  const isDead = useCallback(() => performance.now() - endedAtMs.current < deadTimeMs, []);
  return { phase: state?.phase, own, isDead };
}

function SoundView(props: {
  readonly step: ProtocolStep;
  readonly peaks: LivePeaks | undefined;
  readonly viewedId: TakeId | undefined;
  readonly durationS: number;
  readonly isPlain: boolean;
}) {
  const { t, local } = useText();
  const { step, viewedId } = props;
  if (viewedId !== undefined) {
    return <TakeWaveform takeId={viewedId} durationS={props.durationS} label={local(step.title)} />;
  }
  const { minimumS } = step.quality;
  return (
    <LiveWaveform
      peaks={props.peaks}
      minimumS={minimumS}
      spanS={step.stopAfterS ?? Math.max(10, minimumS * 3)}
      label={t('recording.wave')}
    />
  );
}

function Elapsed(props: {
  readonly step: ProtocolStep;
  readonly isRunning: boolean;
  /** Length of the take that is looked at; undefined while one is being recorded. */
  readonly savedS: number | undefined;
}) {
  const { t, format } = useText();
  const { step, isRunning } = props;
  // In tenths: the page draws anew when something is to be seen.
  const running = useRecorder((store) => Math.floor((store.view?.recordedS ?? 0) * 10) / 10);
  const seconds = props.savedS ?? (isRunning ? running : 0);
  const { minimumS } = step.quality;
  const isReached = seconds >= minimumS && seconds > 0;
  return (
    <div className="elapsed">
      <span className="elapsed__time">
        <span className="visually-hidden">{t('recording.elapsed')} </span>
        {format.clock(seconds)}
        {step.stopAfterS === undefined ? null : (
          <span className="elapsed__of">
            {t('recording.ofPlanned', { seconds: format.clock(step.stopAfterS) })}
          </span>
        )}
      </span>
      <span className={isReached ? 'elapsed__minimum elapsed__minimum--reached' : 'elapsed__minimum'}>
        {isReached
          ? t('recording.minimumReached')
          : t('recording.minimum', { seconds: format.seconds(minimumS, 0) })}
      </span>
    </div>
  );
}

/** Sending that has fallen behind, said before it becomes a loss. */
function Queue() {
  const { t } = useText();
  const isBehind = useRecorder((store) => (store.view?.failures ?? 0) >= 2);
  return isBehind ? <span className="small">{t('recording.behind')}</span> : null;
}

function Problems(props: {
  readonly recorderState: RecorderPhase | undefined;
  readonly problem: Problem | undefined;
}) {
  const { t } = useText();
  const { recorderState: state, problem } = props;
  if (state?.phase === 'problem') {
    return (
      <Notice
        tone="danger"
        title={t(`problem.${state.problem.code}.what`)}
        actions={
          state.isKept ? (
            <>
              <Button look="primary" icon="refresh" onClick={tryTakeAgain}>
                {t('common.retry')}
              </Button>
              <Button onClick={settleTake}>{t('recording.settle')}</Button>
            </>
          ) : (
            <Button icon="close" onClick={forgetTake}>
              {t('common.dismiss')}
            </Button>
          )
        }
      >
        {state.isKept ? t('recording.keptInMemory') : t(`problem.${state.problem.code}.do`)}
      </Notice>
    );
  }
  if (problem !== undefined) {
    return (
      <Notice tone="danger" title={t(`problem.${problem.code}.what`)}>
        {t(`problem.${problem.code}.do`)}
      </Notice>
    );
  }
  return <MicrophoneNotices isBrief />;
}

/** Faults stand where the level is; here only what the device does to the sound. */
function MicrophoneWarnings({ isFaulty }: { readonly isFaulty: boolean }) {
  return isFaulty ? null : <MicrophoneNotices isBrief />;
}

function Recovered({ own }: { readonly own: SessionStep | undefined }) {
  const { t } = useText();
  if (own?.takes.at(-1)?.continuity.interruption !== 'app-ended') return null;
  return (
    <Notice tone="info" title={t('recording.recovered')}>
      {t('recording.recoveredDo')}
    </Notice>
  );
}
