import { useRecorder } from '../audio/recorder-store.ts';
import type { ProtocolDefinition } from '../../contract/protocol.ts';
import { useText, type Text } from '../i18n/index.ts';
import { Rail, type RailStep } from '../ui/index.ts';
import { factsOf, formVerdict, go, type OpenSession } from './flow.ts';
import { isStepDone, mayOpen, nameOf, placesOf, samePlace, type Place } from './flow-rules.ts';

const railKeyOfStart = 'start';

/** Where one is, what is done, what was left out and why. Nothing can be chosen while a take is being recorded. */
export function SessionRail({ open }: { readonly open: OpenSession | undefined }) {
  const text = useText();
  const { t } = text;
  const isRecording = useRecorder((store) => {
    const phase = store.view?.state.phase;
    return phase === 'recording' || phase === 'saving';
  });
  const start: RailStep = {
    key: railKeyOfStart,
    title: t('newSession.rail.start'),
    state: open === undefined ? 'current' : 'done',
    stateWord: t(open === undefined ? 'newSession.state.current' : 'newSession.state.done'),
  };
  if (open === undefined) {
    const later = (['patient', 'microphone', 'recordings', 'result'] as const).map((key): RailStep => ({
      key,
      title: t(`newSession.rail.${key}`),
      state: 'open',
      stateWord: t('newSession.state.open'),
    }));
    return <Rail label={t('newSession.rail')} steps={[start, ...later]} canSelect={() => false} />;
  }
  const places = placesOf(open.protocol);
  const facts = factsOf(open);
  const railKey = (place: Place): string => `${place.at} ${nameOf(place)}`;
  return (
    <Rail
      label={t('newSession.rail')}
      steps={[start, ...places.map((place) => ({ ...railStepOf(place, open, text), key: railKey(place) }))]}
      canSelect={(key) => {
        const place = places.find((each) => railKey(each) === key);
        return place !== undefined && !isRecording && mayOpen(place, facts);
      }}
      onSelect={(key) => {
        const place = places.find((each) => railKey(each) === key);
        if (place !== undefined) go(place);
      }}
    />
  );
}

function railStepOf(place: Place, open: OpenSession, text: Text): Omit<RailStep, 'key'> {
  const { t } = text;
  const title = titleOf(place, open.protocol, text);
  if (samePlace(place, open.place)) {
    return { title, state: 'current', stateWord: t('newSession.state.current') };
  }
  const step =
    place.at === 'step' ? open.session.steps.find((each) => each.key === place.stepKey) : undefined;
  if (step?.state === 'skipped') {
    const reason = skipReasonOf(open.protocol, step.key, step.skipReason ?? '', text);
    return {
      title,
      state: 'skipped',
      stateWord: t('newSession.state.skipped'),
      note: t('newSession.skippedBecause', { reason }),
    };
  }
  if (isPlaceDone(place, open)) return { title, state: 'done', stateWord: t('newSession.state.done') };
  const hasPoorTake = step !== undefined && step.takes.length > 0 && place.at === 'step';
  const isConsentOpen =
    hasPoorTake && open.protocol.steps.find((each) => each.key === step.key)?.role === 'consent';
  if (hasPoorTake) {
    return {
      title,
      state: 'problem',
      stateWord: t('newSession.state.problem'),
      note: t(isConsentOpen ? 'newSession.notAccepted' : 'newSession.poorTake'),
    };
  }
  return { title, state: 'open', stateWord: t('newSession.state.open') };
}

function isPlaceDone(place: Place, open: OpenSession): boolean {
  if (place.at === 'form') return formVerdict(open).isDone;
  if (place.at === 'step') {
    return isStepDone(place.stepKey, { session: open.session, protocol: open.protocol });
  }
  if (place.at === 'result') return open.session.status === 'completed' || open.session.status === 'recorded';
  return open.session.steps.some((step) => step.takes.length > 0);
}

function titleOf(place: Place, protocol: ProtocolDefinition, { t, local }: Text): string {
  switch (place.at) {
    case 'form':
      return t('newSession.rail.patient');
    case 'microphone':
      return t('newSession.rail.microphone');
    case 'result':
      return t('newSession.rail.result');
    case 'step': {
      const step = protocol.steps.find((each) => each.key === place.stepKey);
      return step === undefined ? '' : local(step.title);
    }
    default:
      return place satisfies never;
  }
}

/** A reason is kept as its value; the protocol holds the words. */
function skipReasonOf(protocol: ProtocolDefinition, stepKey: string, value: string, { local }: Text): string {
  const step = protocol.steps.find((each) => each.key === stepKey);
  const reason = step?.skipReasons.find((each) => each.value === value);
  return reason === undefined ? value : local(reason.label);
}
