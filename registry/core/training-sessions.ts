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
    labels: [{ source: 'sample-kind', value: kind, at: content.completedAt.at }, ...labels],
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
    ...(typeof age === 'number' ? { 'age band': ageBand(age) } : {}),
    ...(typeof maskType === 'string' ? { mask: maskType } : {}),
    ...(hospitalName === undefined ? {} : { hospital: hospitalName }),
  };
}

/** Ten years wide; the oldest together, as there are few of them to hide among. */
function ageBand(age: number): string {
  if (age >= 90) return '90+';
  const from = Math.max(0, Math.floor(age / 10) * 10);
  return `${String(from)}-${String(from + 9)}`;
}
