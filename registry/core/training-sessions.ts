/** Which sessions may be trained on, and what of them training is told. */
import type {
  NotOfferedReason,
  OfferedSession,
  TrainingSession,
} from '../../contract/registry/training-runs.ts';
import type { StoredSession } from './sessions.ts';

export interface TrainingWishes {
  readonly purpose: 'research' | 'retraining';
}

export interface SessionSurroundings {
  readonly participant: string;
  readonly hospitalName: string | undefined;
  readonly labels: OfferedSession['labels'];
  /** Takes whose audio is here. */
  readonly stored: ReadonlySet<string>;
}

/** The session under a pseudonym, or its id and the reason why not. */
export function trainingSession(
  { hospitalId, state, content, takes }: StoredSession,
  { purpose }: TrainingWishes,
  { participant, hospitalName, labels, stored }: SessionSurroundings,
): TrainingSession {
  const { id: sessionId, consent, kind, recordNumber, answers } = content;
  const not = (reason: NotOfferedReason): TrainingSession => ({ state: 'not-offered', sessionId, reason });
  if (kind === 'TEST') return not('test');
  if (consent === null) return not('no-consent');
  if (!consent.purposes.includes(purpose)) return not('purpose-not-covered');
  if (state !== 'received') return not('not-received');
  const consentStep = takes.find(({ id }) => id === consent.takeId)?.stepKey;
  // Else the spoken yes, with whatever the patient says in it, could be taken for a voice to learn from.
  if (consentStep === undefined) return not('consent-recording-unclear');
  const recordings = takes.filter(
    ({ id, stepKey, isChosen }) => isChosen && stepKey !== consentStep && stored.has(id),
  );
  if (recordings.length === 0) return not('no-recordings');
  return {
    state: 'offered',
    sessionId,
    hospitalId: hospitalId as OfferedSession['hospitalId'],
    participant,
    isParticipantKnown: recordNumber !== null,
    kind,
    groups: groupsOf(answers, hospitalName),
    labels,
    recordings: recordings.map(({ id, stepKey, sha256, sizeBytes, device }) => ({
      takeId: id,
      step: stepKey,
      sha256,
      sizeBytes,
      microphone: device?.label ?? null,
    })),
  };
}

function groupsOf(
  answers: StoredSession['content']['answers'],
  hospitalName: string | undefined,
): Record<string, string> {
  const { sex, age, maskType } = answers as Readonly<Record<string, unknown>>;
  return {
    ...(typeof sex === 'string' ? { sex } : {}),
    ...(typeof age === 'number' ? { age: ageBand(age) } : {}),
    ...(typeof maskType === 'string' ? { mask: maskType } : {}),
    ...(hospitalName === undefined ? {} : { hospital: hospitalName }),
  };
}

/** The bands that training uses for ages of any source: a single year would point at a person. */
function ageBand(years: number): string {
  if (years < 18) return 'under 18';
  if (years < 40) return '18 to 39';
  if (years < 60) return '40 to 59';
  return years < 80 ? '60 to 79' : '80 and over';
}
