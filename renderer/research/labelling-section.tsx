import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { CommandOutput } from '../../contract/app-api.ts';
import { labelQuestionOf, type LabelCase } from '../../contract/registry/labels.ts';
import { call } from '../api/index.ts';
import { useText } from '../i18n/index.ts';
import { ProblemNotice } from '../pages/problem-notice.tsx';
import { stepTitle } from '../pages/step-titles.ts';
import { Waiting } from '../pages/waiting.tsx';
import { useLoading } from '../state/use-loading.ts';
import { Button, Card, Notice, StatusWord } from '../ui/index.ts';
import { TakeWaveform, type TakeControls } from '../waveform/take-waveform.tsx';
import { CaseCompared } from './case-compared.tsx';
import { GivenLabels } from './given-labels.tsx';
import { LabelChoices } from './label-choices.tsx';
import { LabelHelp } from './label-help.tsx';
import { LabelProgress } from './label-progress.tsx';
import { askNext, change, give, goOn, seatReader, sendKept, useLabelling } from './labelling.ts';
import {
  chosen,
  isGiven,
  nextToSend,
  otherTake,
  skippedCurrent,
  type GivenLabel,
} from './labelling-rules.ts';
import type { Researcher } from './registry-gate.tsx';
import { useLabelKeys } from './use-label-keys.ts';
import './labelling.css';

/** How often a label that was kept is offered again. */
const tryAgainMs = 5000;

/** Listening and labelling, one session after the other, all by keyboard. */
export function LabellingSection({ researcher }: { readonly researcher: Researcher }) {
  const { t } = useText();
  const state = useLabelling();
  const { current } = state;
  const question = labelQuestionOf(current?.question ?? 'respiratory-insufficiency');
  const controls = useRef<TakeControls | null>(null);
  const onControls = useCallback((next: TakeControls | null) => {
    controls.current = next;
  }, []);
  const [areKeysOn, setKeysOn] = useState(true);
  const [isHelping, setHelping] = useState(false);
  const [correcting, setCorrecting] = useState<GivenLabel | null>(null);
  useWork(researcher);

  const next = (): void => {
    if (isGiven(state)) void goOn(call);
    else void give(call, 'next');
  };
  const leaveForLater = (): void => {
    if (current === null || isGiven(state)) return;
    change(skippedCurrent);
    void askNext(call);
  };
  useLabelKeys({
    areOn: areKeysOn,
    choose: (place) => {
      const value = question.values[place - 1]?.value;
      if (value !== undefined) change((before) => chosen(before, value));
    },
    playPause: () => controls.current?.playPause(),
    seekBy: (seconds) => controls.current?.seekBy(seconds),
    otherTake: (by) => change((before) => otherTake(before, by)),
    next,
    compare: () => void give(call, 'compare'),
    leaveForLater,
    undo: () => setCorrecting(state.given.find((entry) => entry.state !== 'refused') ?? null),
    help: () => setHelping(true),
  });

  return (
    <>
      <div className="row row--apart">
        <LabelProgress state={state} />
        <Button icon="keyboard" keyShortcut="?" onClick={() => setHelping(true)}>
          {t('labelling.keys')}
        </Button>
      </div>
      <KeptNotice />
      {state.problem === null || state.problem.code === 'registry-sign-in-needed' ? null : (
        <ProblemNotice problem={state.problem} retry={() => void askNext(call)} />
      )}
      {current === null ? (
        <NothingWaits />
      ) : (
        <div className="labelling">
          <div className="labelling__side">
            <Recordings
              key={current.sessionId}
              labelCase={current}
              takeAt={state.takeAt}
              onControls={onControls}
            />
            {state.isCompared ? <CaseCompared labelCase={current} /> : null}
          </div>
          <div className="labelling__side">
            <LabelChoices
              question={question}
              state={state}
              onNext={next}
              onCompare={() => void give(call, 'compare')}
              onLater={leaveForLater}
            />
          </div>
        </div>
      )}
      <GivenLabels given={state.given} correcting={correcting} onCorrect={setCorrecting} />
      {isHelping ? (
        <LabelHelp
          values={question.values}
          areKeysOn={areKeysOn}
          onKeysOn={setKeysOn}
          onClose={() => setHelping(false)}
        />
      ) : null}
    </>
  );
}

/** Takes up this reader's work where it was, and offers what is kept until the registry has it. */
function useWork({ id }: Researcher): void {
  const hasKept = useLabelling((state) => nextToSend(state) !== undefined);
  useEffect(() => {
    seatReader(id);
    void sendKept(call).then(() => {
      const { current, given } = useLabelling.getState();
      if (current === null && !given.some(({ state }) => state === 'kept')) void askNext(call);
    });
  }, [id]);
  useEffect(() => {
    if (!hasKept) return undefined;
    const timer = setInterval(() => void sendKept(call), tryAgainMs);
    return () => clearInterval(timer);
  }, [hasKept]);
}

/** What was chosen is safe here, and goes by itself. */
function KeptNotice() {
  const { t } = useText();
  const entry = useLabelling((state) => nextToSend(state));
  if (entry?.problem == null) return null;
  return (
    <Notice
      tone="warning"
      isLive
      title={t('labelling.kept')}
      actions={
        <Button icon="refresh" onClick={() => void sendKept(call)}>
          {t('labelling.sendNow')}
        </Button>
      }
    >
      <p>{t(`problem.${entry.problem.code}.what`)}</p>
      <p>{t('labelling.keptBody')}</p>
    </Notice>
  );
}

function NothingWaits() {
  const { t } = useText();
  const { waiting, isAsking, problem } = useLabelling();
  if (waiting === null) {
    return isAsking && problem === null ? (
      <p role="status">
        <StatusWord tone="neutral" icon="busy" word={t('common.loading')} />
      </p>
    ) : null;
  }
  return (
    <div className="research__empty" role="status">
      <h2>{t('labelling.none')}</h2>
      <p className="muted">{t('labelling.noneBody')}</p>
      <Button icon="refresh" isBusy={isAsking} onClick={() => void askNext(call)}>
        {t('labelling.lookAgain')}
      </Button>
    </div>
  );
}

/** Voices first: the noise of the room is there to be compared with, not to be labelled by. */
function voicesFirst(
  { takes }: LabelCase,
  { protocols }: CommandOutput<'definitions.list'>,
): LabelCase['takes'] {
  const noises = new Set(
    protocols.flatMap(({ steps }) =>
      steps.filter(({ role }) => role === 'ambient-noise').map(({ key }) => key),
    ),
  );
  return takes.toSorted((a, b) => Number(noises.has(a.stepKey)) - Number(noises.has(b.stepKey)));
}

function Recordings(props: Omit<Parameters<typeof RecordingsOf>[0], 'definitions'>) {
  const definitions = useLoading('definitions.list', {});
  return (
    <Waiting loading={definitions}>{(value) => <RecordingsOf {...props} definitions={value} />}</Waiting>
  );
}

function RecordingsOf(props: {
  readonly labelCase: LabelCase;
  readonly takeAt: number;
  readonly onControls: (controls: TakeControls | null) => void;
  readonly definitions: CommandOutput<'definitions.list'>;
}) {
  const text = useText();
  const { t, format } = text;
  const { labelCase, takeAt } = props;
  const { protocols } = props.definitions;
  const takes = useMemo(() => voicesFirst(labelCase, props.definitions), [labelCase, props.definitions]);
  const take = takes[takeAt];
  return (
    <Card
      title={t('labelling.listen')}
      aside={
        <span className="muted small">
          {t(labelCase.reading === 2 ? 'labels.reading.2' : 'labels.reading.1')}
          {labelCase.isBlind ? ` · ${t('labels.blind')}` : ''}
        </span>
      }
    >
      {takes.length === 0 ? <p className="muted">{t('labelling.noRecordings')}</p> : null}
      <div className="labelling__takes" role="group" aria-label={t('labelling.takes')}>
        {takes.map(({ takeId, stepKey, durationS }, index) => (
          <Button
            key={takeId}
            isPressed={index === takeAt}
            {...(index === takeAt ? { icon: 'check' as const } : {})}
            onClick={() => change((before) => ({ ...before, takeAt: index }))}
          >
            {t('labelling.take', {
              step: stepTitle(text, protocols, stepKey),
              length: format.seconds(durationS),
            })}
          </Button>
        ))}
      </div>
      {take === undefined ? null : (
        <TakeWaveform
          takeId={take.takeId}
          registrySession={labelCase.sessionId}
          durationS={take.durationS}
          label={stepTitle(text, protocols, take.stepKey)}
          onControls={props.onControls}
          showSpectrogram
        />
      )}
    </Card>
  );
}
