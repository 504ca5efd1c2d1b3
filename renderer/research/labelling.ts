/** The reader's work in this window. It outlives a lock, a lost line and other pages; it is never written down. */
import { create } from 'zustand';
import type { AccountId, EntryId, SessionId } from '../../contract/ids.ts';
import { uuidV7 } from '../../contract/uuid-v7.ts';
import type { Call } from '../api/client.ts';
import {
  asking,
  kept,
  nextToSend,
  noLabelling,
  seated,
  withQueue,
  withSent,
  type AfterGiving,
  type Labelling,
} from './labelling-rules.ts';
import { question } from './question.ts';

export const useLabelling = create<Labelling>(() => noLabelling);

export function change(rule: (state: Labelling) => Labelling): void {
  useLabelling.setState(rule(useLabelling.getState()), true);
}

export function seatReader(readerId: AccountId): void {
  change((state) => seated(state, readerId));
}

/** The next session for this reader; what was left for later comes last, when nothing else waits. */
export async function askNext(call: Call): Promise<void> {
  const { isAsking, skipped, readerId } = useLabelling.getState();
  if (isAsking) return;
  change(asking);
  const ask = (skip: readonly SessionId[]) =>
    call('research.labels.next', { body: { question, isBlind: true, skip: [...skip] } });
  let answer = await ask(skipped);
  if (answer.ok && answer.value.next === null && skipped.length > 0) {
    change((state) => ({ ...state, skipped: [] }));
    answer = await ask([]);
  }
  if (useLabelling.getState().readerId === readerId) change((state) => withQueue(state, answer));
}

/** Keeps the chosen label and sends it; goes on when the registry has it. */
export async function give(call: Call, wants: AfterGiving): Promise<void> {
  const { current, choice, comment } = useLabelling.getState();
  if (current === null || choice === null) return;
  const label = {
    id: newId(),
    question: current.question,
    value: choice,
    source: 'researcher',
    why: comment.trim() === '' ? null : comment.trim(),
  } as const;
  change((state) => ({
    ...kept(state, { sessionId: current.sessionId, label, isCorrection: false }),
    wants,
  }));
  await sendKept(call);
}

/** From a session whose label is given; not before the registry has it. */
export async function goOn(call: Call): Promise<void> {
  change((state) => ({ ...state, wants: 'next' }));
  await sendKept(call);
}

/** One's own label, corrected or taken back (null), with the reason for it. */
export async function correct(
  call: Call,
  sessionId: SessionId,
  { value, why }: { readonly value: string | null; readonly why: string },
): Promise<void> {
  const label = { id: newId(), question, value, source: 'researcher', why } as const;
  change((state) => kept(state, { sessionId, label, isCorrection: true }));
  await sendKept(call);
}

let isSending = false;

/** What is kept, oldest first, until the registry does not answer; then what the reader wanted after it. */
export async function sendKept(call: Call): Promise<void> {
  if (isSending) return;
  isSending = true;
  try {
    for (;;) {
      const { readerId } = useLabelling.getState();
      const entry = nextToSend(useLabelling.getState());
      if (entry === undefined) break;
      const answer = await call('research.labels.add', {
        params: { sessionId: entry.sessionId },
        body: entry.label,
      });
      if (useLabelling.getState().readerId !== readerId) return;
      change((state) => withSent(state, entry.label.id, answer));
      if (nextToSend(useLabelling.getState())?.label.id === entry.label.id) return;
    }
  } finally {
    isSending = false;
  }
  const { wants, current, given } = useLabelling.getState();
  if (wants === null || current === null) return;
  const own = given.find(({ sessionId }) => sessionId === current.sessionId);
  change((state) => ({ ...state, wants: null, isCompared: wants === 'compare' && own?.state === 'sent' }));
  if (wants === 'next' && own?.state === 'sent') await askNext(call);
}

function newId(): EntryId {
  return uuidV7(Date.now(), crypto.getRandomValues(new Uint8Array(10))) as EntryId;
}
