/** Labelling one session after the other: what is on the screen, what was chosen, what the registry has of it. */
import type { AccountId, EntryId, SessionId } from '../../contract/ids.ts';
import type { LabelCase, LabelQueue, LabelQuestionId } from '../../contract/registry/labels.ts';
import type { Problem, ProblemCode, Result } from '../../contract/result.ts';

export interface LabelToGive {
  readonly id: EntryId;
  readonly question: LabelQuestionId;
  /** Null: what was given is taken back. */
  readonly value: string | null;
  readonly source: 'researcher';
  readonly why: string | null;
}

export interface GivenLabel {
  readonly sessionId: SessionId;
  readonly label: LabelToGive;
  readonly isCorrection: boolean;
  /** `kept`: here alone, and sent as soon as the registry answers. */
  readonly state: 'kept' | 'sent' | 'refused';
  readonly problem: Problem | null;
}

/** What the reader wants once the label is safe. */
export type AfterGiving = 'next' | 'compare';

export interface Labelling {
  /** Whose work this is: what one reader chose is never sent as another's. */
  readonly readerId: AccountId | null;
  readonly isAsking: boolean;
  readonly current: LabelCase | null;
  /** Null until the registry has answered. */
  readonly waiting: LabelQueue['waiting'] | null;
  readonly choice: string | null;
  readonly comment: string;
  /** Place of the recording that is listened to. */
  readonly takeAt: number;
  readonly wants: AfterGiving | null;
  /** One's own label is safe, and what others said is shown. */
  readonly isCompared: boolean;
  /** Newest first. */
  readonly given: readonly GivenLabel[];
  /** Left for later. */
  readonly skipped: readonly SessionId[];
  readonly problem: Problem | null;
}

export const noLabelling: Labelling = {
  readerId: null,
  isAsking: false,
  current: null,
  waiting: null,
  choice: null,
  comment: '',
  takeAt: 0,
  wants: null,
  isCompared: false,
  given: [],
  skipped: [],
  problem: null,
};

export function seated(state: Labelling, readerId: AccountId): Labelling {
  return state.readerId === readerId ? state : { ...noLabelling, readerId };
}

export function asking(state: Labelling): Labelling {
  return { ...state, isAsking: true, problem: null };
}

/** The next session, or that nothing waits; what was on the screen goes only when something else comes. */
export function withQueue(state: Labelling, answer: Result<LabelQueue>): Labelling {
  if (!answer.ok) return { ...state, isAsking: false, problem: answer.problem };
  const { next, waiting } = answer.value;
  return {
    ...state,
    isAsking: false,
    problem: null,
    waiting,
    current: next,
    choice: null,
    comment: '',
    takeAt: 0,
    wants: null,
    isCompared: false,
  };
}

export function chosen(state: Labelling, value: string): Labelling {
  return mayChoose(state) ? { ...state, choice: value } : state;
}

/** Until the label is given; afterwards it is corrected, with a reason. */
export function mayChoose(state: Labelling): boolean {
  return state.current !== null && !isGiven(state);
}

export function isGiven({ current, given }: Labelling): boolean {
  return (
    current !== null &&
    given.some(({ sessionId, state }) => sessionId === current.sessionId && state !== 'refused')
  );
}

export function otherTake(state: Labelling, by: number): Labelling {
  const last = (state.current?.takes.length ?? 1) - 1;
  return { ...state, takeAt: Math.min(last, Math.max(0, state.takeAt + by)) };
}

/** Chosen and from now on kept until the registry has it. */
export function kept(
  state: Labelling,
  entry: Pick<GivenLabel, 'sessionId' | 'label' | 'isCorrection'>,
): Labelling {
  return { ...state, given: [{ ...entry, state: 'kept', problem: null }, ...state.given] };
}

/** The oldest first, as it was chosen. */
export function nextToSend({ given }: Labelling): GivenLabel | undefined {
  return given.findLast(({ state }) => state === 'kept');
}

export function withSent(state: Labelling, id: EntryId, answer: Result<unknown>): Labelling {
  const given = state.given.map((entry): GivenLabel => {
    if (entry.label.id !== id) return entry;
    if (answer.ok) return { ...entry, state: 'sent', problem: null };
    const isLater = comesLater(answer.problem.code);
    return { ...entry, state: isLater ? 'kept' : 'refused', problem: answer.problem };
  });
  return { ...state, given };
}

const later: readonly ProblemCode[] = [
  'registry-unreachable',
  'registry-busy',
  'registry-answer-invalid',
  'registry-sign-in-needed',
  'registry-other',
  'not-enrolled',
  'locked',
  'not-signed-in',
  'internal',
];

/** Whether the same label may be taken when it is sent once more. */
export function comesLater(code: ProblemCode): boolean {
  return later.includes(code);
}

export function skippedCurrent(state: Labelling): Labelling {
  return state.current === null || isGiven(state)
    ? state
    : { ...state, skipped: [...state.skipped, state.current.sessionId] };
}

/** Labelled in this sitting, corrections not counted. */
export function givenCount({ given }: Labelling): number {
  return given.filter(({ isCorrection, state }) => !isCorrection && state !== 'refused').length;
}

/** The one on the screen counts until its label is given. */
export function waitingCount(state: Labelling): number {
  const { waiting } = state;
  if (waiting === null) return 0;
  const all = waiting.unlabelled + waiting.unread + waiting.secondReadings;
  return Math.max(0, all - (isGiven(state) ? 1 : 0));
}
