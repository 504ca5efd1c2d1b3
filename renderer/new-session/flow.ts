/** The session at work: what `main` holds of it, what is being typed, and where in it one is. */
import { create } from 'zustand';
import type { EventPayload, ModelState } from '../../contract/app-api.ts';
import type { Answer, Answers, FormDefinition } from '../../contract/form.ts';
import type { SessionId } from '../../contract/ids.ts';
import type { ProtocolDefinition } from '../../contract/protocol.ts';
import type { Problem } from '../../contract/result.ts';
import type { SessionDetail } from '../../contract/session.ts';
import { call, subscribe } from '../api/index.ts';
import { DraftKeeper, type DraftState } from './draft-keeper.ts';
import {
  mayOpen,
  nameOf,
  resumePlace,
  verdictOfForm,
  withAnswer,
  type FlowFacts,
  type FormVerdict,
  type Place,
} from './flow-rules.ts';

export interface Definitions {
  readonly forms: readonly FormDefinition[];
  readonly protocols: readonly ProtocolDefinition[];
}

export interface OpenSession {
  readonly session: SessionDetail;
  readonly form: FormDefinition;
  readonly protocol: ProtocolDefinition;
  readonly answers: Answers;
  readonly confirmedWarnings: readonly string[];
  readonly place: Place;
  readonly draft: DraftState;
}

interface FlowStore {
  readonly definitions: Definitions | undefined;
  readonly models: readonly ModelState[];
  readonly open: OpenSession | undefined;
  readonly problem: Problem | undefined;
  /** Where the model now is, while a screening runs. */
  readonly progress: Omit<EventPayload<'screening.progress'>, 'sessionId'> | undefined;
}

const empty: FlowStore = {
  definitions: undefined,
  models: [],
  open: undefined,
  problem: undefined,
  progress: undefined,
};
export const useFlow = create<FlowStore>(() => empty);

interface Draft {
  readonly sessionId: SessionId;
  readonly answers: Answers;
  readonly confirmedWarnings: readonly string[];
  readonly currentStep: string;
}

function newKeeper(): DraftKeeper<Draft> {
  const keeper: DraftKeeper<Draft> = new DraftKeeper<Draft>({
    save: ({ sessionId, answers, confirmedWarnings, currentStep }) =>
      call('sessions.save-draft', {
        sessionId,
        answers: { ...answers } as Record<string, Answer>,
        confirmedWarnings: [...confirmedWarnings],
        currentStep,
      }),
    wait: (durationMs) => new Promise((resolve) => setTimeout(resolve, durationMs)),
    changed: (draft) => {
      const { open } = useFlow.getState();
      if (open !== undefined && keeper === draftKeeper) useFlow.setState({ open: { ...open, draft } });
    },
  });
  return keeper;
}
let draftKeeper = newKeeper();

/** Whether something typed is not on disk yet. */
export function isDraftBehind(): boolean {
  return draftKeeper.isBehind;
}

/** Before a page goes away or another session comes: resolves when the draft is on disk. */
export function draftSettled(): Promise<void> {
  return draftKeeper.settled();
}

/** Today as the form's dates count it. */
export function localToday(): string {
  return new Intl.DateTimeFormat('en-CA', { dateStyle: 'short' }).format(new Date());
}

export function formVerdict(open: Pick<OpenSession, 'form' | 'answers' | 'confirmedWarnings'>): FormVerdict {
  return verdictOfForm(open.form, open.answers, open.confirmedWarnings, localToday());
}

export function factsOf(open: OpenSession): FlowFacts {
  return { session: open.session, protocol: open.protocol, isFormDone: formVerdict(open).isDone };
}

/** What the start page offers. */
export async function loadOffers(): Promise<void> {
  const [definitions, models] = await Promise.all([call('definitions.list', {}), call('models.list', {})]);
  const problem = definitions.ok ? (models.ok ? undefined : models.problem) : definitions.problem;
  useFlow.setState({
    ...(definitions.ok ? { definitions: definitions.value } : {}),
    ...(models.ok ? { models: models.value } : {}),
    problem,
  });
}

/** The session that is being fetched to be opened. */
let opening: { readonly sessionId: SessionId; readonly done: Promise<void> } | undefined;

export function beginAnew(): void {
  opening = undefined;
  draftKeeper = newKeeper();
  useFlow.setState({ open: undefined, problem: undefined, progress: undefined });
}

/** Opens a session where it was left; the one that is open, or about to be, stays as it is. */
export async function openSession(sessionId: SessionId): Promise<void> {
  if (useFlow.getState().open?.session.id === sessionId) return;
  if (opening?.sessionId === sessionId) return opening.done;
  beginAnew();
  const done: Promise<void> = fetchSession(sessionId, () => opening?.done === done);
  opening = { sessionId, done };
  await done;
  if (opening?.done === done) opening = undefined;
}

/** An answer that comes when another session is wanted is passed over: it would undo what is typed there. */
async function fetchSession(sessionId: SessionId, isWanted: () => boolean): Promise<void> {
  await loadOffers();
  const session = await call('sessions.get', { sessionId });
  if (!isWanted()) return;
  if (!session.ok) {
    useFlow.setState({ problem: session.problem });
    return;
  }
  enter(session.value);
}

/** A session that is opened or was just made; `definition-invalid` where its form or protocol is not on this PC. */
export function enter(session: SessionDetail): void {
  const { definitions } = useFlow.getState();
  const form = definitions?.forms.find(
    (each) => each.id === session.form.id && each.version === session.form.version,
  );
  const protocol = definitions?.protocols.find(
    (each) => each.id === session.protocol.id && each.version === session.protocol.version,
  );
  if (form === undefined || protocol === undefined) {
    useFlow.setState({ problem: { code: 'definition-invalid' } });
    return;
  }
  opening = undefined;
  draftKeeper = newKeeper();
  const { answers, confirmedWarnings } = session;
  const open: OpenSession = {
    session,
    form,
    protocol,
    answers,
    confirmedWarnings,
    place: { at: 'form' },
    draft: { state: 'kept' },
  };
  useFlow.setState({ open: { ...open, place: resumePlace(factsOf(open)) }, problem: undefined });
}

/** What `main` now holds of the session; what is being typed stays as it is. */
export function noteSession(session: SessionDetail): void {
  const { open } = useFlow.getState();
  if (open?.session.id !== session.id) return;
  useFlow.setState({ open: { ...open, session } });
}

export async function refreshSession(): Promise<void> {
  const { open } = useFlow.getState();
  if (open === undefined) return;
  const session = await call('sessions.get', { sessionId: open.session.id });
  if (session.ok) noteSession(session.value);
}

/** A take that was recovered, or another window: seen at once, but never while the form is being typed. */
export function followSession(sessionId: SessionId): () => void {
  return subscribe('session.changed', (changed) => {
    const { open } = useFlow.getState();
    if (changed.sessionId === sessionId && open?.session.id === sessionId && open.place.at !== 'form') {
      void refreshSession();
    }
  });
}

export function answer(key: string, value: Answer | undefined): void {
  edit((open) => withAnswer(open.form, open, key, value));
}

export function confirmWarning(field: string, isConfirmed: boolean): void {
  edit(({ answers, confirmedWarnings }) => ({
    answers,
    confirmedWarnings: isConfirmed
      ? [...new Set([...confirmedWarnings, field])]
      : confirmedWarnings.filter((each) => each !== field),
  }));
}

export function go(place: Place): void {
  const { open } = useFlow.getState();
  if (open === undefined || !mayOpen(place, factsOf(open))) return;
  useFlow.setState({ open: { ...open, place } });
  keep();
}

function edit(rule: (open: OpenSession) => Pick<OpenSession, 'answers' | 'confirmedWarnings'>): void {
  const { open } = useFlow.getState();
  if (open === undefined || open.session.status !== 'draft') return;
  useFlow.setState({ open: { ...open, ...rule(open) } });
  keep();
}

function keep(): void {
  const { open } = useFlow.getState();
  if (open === undefined || open.session.status !== 'draft') return;
  const { session, answers, confirmedWarnings, place } = open;
  draftKeeper.keep({ sessionId: session.id, answers, confirmedWarnings, currentStep: nameOf(place) });
}
