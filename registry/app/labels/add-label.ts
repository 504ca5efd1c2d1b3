import type { SessionId } from '../../../contract/ids.ts';
import { labelQuestionOf } from '../../../contract/registry/labels.ts';
import type { RouteAnswer, RouteInput } from '../../../contract/registry/routes.ts';
import { lastWordOf } from '../../core/labels/labels.ts';
import { done, refuse, type Outcome } from '../../core/outcome.ts';
import type { Row, StoreTransaction } from '../../ports/store.ts';
import { findAccount } from '../people/accounts.ts';
import { recordDeed } from '../record-deed.ts';
import { recordRefusal } from '../record-refusal.ts';
import { gone, sessionOfCaller } from '../sessions/session-of-caller.ts';
import type { Call } from '../world.ts';
import { wasShown } from './blindness.ts';
import {
  insertLabel,
  labelsOf,
  noteStages,
  shownLabels,
  storedLabel,
  type StoredLabel,
} from './label-rows.ts';
import { readingId } from './readings.ts';

type NewLabel = RouteInput<'labels.add'>['body'];
type Added = Outcome<RouteAnswer<'labels.add'>>;

/**
 * A reader says what they hear: for the first time, as a correction of what they said before, or (null) taking it back.
 * The same label sent again is answered as the first time.
 */
export async function addLabel(call: Call, sessionId: SessionId, label: NewLabel): Promise<Added> {
  const { world, caller } = call;
  const found = await sessionOfCaller(call, 'labels.write', sessionId);
  if (!found.ok) return found;
  if (found.value.state === 'gone') return gone();
  if (caller.kind !== 'account' || !caller.roles.includes(label.source)) {
    await recordRefusal(call, { action: 'labels.write', code: 'forbidden', subjectId: sessionId });
    return refuse('forbidden', 'labels are given in a role that one has', { facts: { field: 'source' } });
  }
  const { values } = labelQuestionOf(label.question);
  if (label.value !== null && !values.some(({ value }) => value === label.value)) {
    return refuse('invalid-input', 'the question has no such value', { facts: { field: 'value' } });
  }
  return world.store.write((transaction) =>
    decide(call, transaction, caller.accountId, { sessionId, label }),
  );
}

async function decide(
  { world, caller }: Call,
  transaction: StoreTransaction,
  readerId: string,
  { sessionId, label }: { readonly sessionId: SessionId; readonly label: NewLabel },
): Promise<Added> {
  const { id, question, value, source, why } = label;
  const session = await transaction.get('sessions', sessionId);
  if (session === undefined) return gone();
  const labels = await labelsOf(transaction, [sessionId]);
  const sent = await transaction.get('labels', id);
  if (sent !== undefined) {
    const isSame = isSameLabel(storedLabel(sent), { sessionId, readerId, label });
    return isSame ? done(shownOne(labels, id)) : refuse('conflict', 'another label has this id');
  }
  const before = lastWordOf(labels, { question, source, readerId });
  if (before === undefined && value === null) {
    return refuse('invalid-input', 'there is nothing to take back', { facts: { field: 'value' } });
  }
  if (before !== undefined && why === null) {
    return refuse('invalid-input', 'a correction says why', { facts: { field: 'why' } });
  }
  const open = await transaction.get('labelReadings', readingId(question, sessionId, readerId));
  const reader = await findAccount(transaction, readerId);
  const isBlind =
    before === undefined &&
    open?.state === 'open' &&
    open.isBlind &&
    !(await wasShown(transaction, readerId, sessionId));
  const stored = await insertLabel(world, transaction, {
    id,
    sessionId,
    hospitalId: session.hospitalId,
    question,
    value,
    source,
    via: 'reading',
    readerId,
    byId: readerId,
    byName: reader?.displayName ?? null,
    why,
    reading: before?.reading ?? (open?.state === 'open' ? (open.reading as 1 | 2) : 1),
    isBlind,
    supersedes: before?.id ?? null,
  });
  await endReading(transaction, open);
  await noteStages(transaction, sessionId);
  await recordDeed(world, transaction, {
    by: caller,
    action: value === null ? 'label-taken-back' : before === undefined ? 'label-given' : 'label-corrected',
    subjectId: sessionId,
    hospitalId: session.hospitalId,
    details: { question, source, labelId: id, isBlind },
  });
  return done(shownOne([...labels, stored], id));
}

async function endReading(
  transaction: StoreTransaction,
  reading: Row<'labelReadings'> | undefined,
): Promise<void> {
  if (reading?.state === 'open') await transaction.update('labelReadings', reading.id, { state: 'given' });
}

function isSameLabel(
  stored: StoredLabel,
  sent: { readonly sessionId: string; readonly readerId: string; readonly label: NewLabel },
): boolean {
  const { question, value, source, why } = sent.label;
  return (
    stored.sessionId === sent.sessionId &&
    stored.readerId === sent.readerId &&
    stored.question === question &&
    stored.value === value &&
    stored.source === source &&
    stored.why === why
  );
}

function shownOne(labels: readonly StoredLabel[], id: string): RouteAnswer<'labels.add'> {
  const shown = shownLabels(labels).find((label) => label.id === id);
  if (shown === undefined) throw new Error('a label that was just written is not there');
  return shown;
}
