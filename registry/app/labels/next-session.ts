import type { SessionId } from '../../../contract/ids.ts';
import type { HospitalId } from '../../../contract/registry/ids.ts';
import type { LabelCase, LabelQuestionId } from '../../../contract/registry/labels.ts';
import type { RouteAnswer, RouteInput } from '../../../contract/registry/routes.ts';
import { heardTakes } from '../../core/labels/heard-takes.ts';
import type { LabelStage } from '../../core/labels/labels.ts';
import { may } from '../../core/may.ts';
import { done, refuse, type Outcome } from '../../core/outcome.ts';
import { audioPath } from '../../core/sessions.ts';
import type { Row, StoreReader, StoreTransaction } from '../../ports/store.ts';
import { recordDeed } from '../record-deed.ts';
import { storedSession } from '../sessions/read-sessions.ts';
import { nowOf, type Call } from '../world.ts';
import { keptForMs } from './blindness.ts';
import { refusedHospital, whereOfCaller } from './hospitals.ts';
import { openReading, readingId } from './readings.ts';

type Wishes = RouteInput<'labels.next'>['body'];

interface Turn {
  readonly sessionId: string;
  readonly reading: 1 | 2;
  readonly isBlind: boolean;
}

const sessionsPerPage = 50;

/**
 * What the caller labels next, kept for them while they listen: the one that they have before them already; else the
 * oldest that nobody has said anything of; else the oldest that no person has; else a second reading that was assigned
 * to them. Nothing that was said of the session is in the answer.
 */
export async function nextToLabel(call: Call, wishes: Wishes): Promise<Outcome<RouteAnswer<'labels.next'>>> {
  const { world, caller } = call;
  const foreign = await refusedHospital(call, 'labels.write', wishes.hospitalId);
  if (foreign !== undefined) return foreign;
  if (caller.kind !== 'account') return refuse('forbidden', 'Forbidden operation');
  const readerId = caller.accountId;
  return world.store.write(async (transaction) => {
    await letGo(transaction, readerId, wishes);
    const turn =
      (await underWay(call, transaction, readerId, wishes)) ??
      (await fresh(call, transaction, readerId, wishes, 'unlabelled')) ??
      (await fresh(call, transaction, readerId, wishes, 'unread')) ??
      (await assigned(call, transaction, readerId, wishes));
    const next = turn === undefined ? null : await caseOf(transaction, wishes.question, turn);
    if (next !== null) {
      await recordDeed(world, transaction, {
        by: caller,
        action: 'label-case-opened',
        subjectId: next.sessionId,
        hospitalId: next.hospitalId,
        details: { question: wishes.question, reading: next.reading, isBlind: next.isBlind },
      });
    }
    return done({ next, waiting: await waitingFor(call, transaction, readerId, wishes) });
  });
}

/** What the caller took from the queue and now leaves for later goes back to it. */
async function letGo(
  transaction: StoreTransaction,
  readerId: string,
  { question, skip }: Wishes,
): Promise<void> {
  for (const sessionId of skip) {
    const row = await transaction.get('labelReadings', readingId(question, sessionId, readerId));
    if (row?.state === 'open' && row.assignedBy === null) {
      await transaction.update('labelReadings', row.id, { state: 'released' });
    }
  }
}

async function openOnes(
  { caller }: Call,
  reader: StoreReader,
  readerId: string,
  { question, hospitalId, skip }: Wishes,
): Promise<readonly Row<'labelReadings'>[]> {
  const rows = await reader.find('labelReadings', {
    where: { readerId, state: 'open', question, ...whereOfCaller(caller, hospitalId) },
    order: [['sequence', 'ascending']],
  });
  return rows.filter(({ sessionId }) => !skip.includes(sessionId as SessionId));
}

/** Asked again, for example after a lost answer, the caller gets the same. */
async function underWay(
  call: Call,
  transaction: StoreTransaction,
  readerId: string,
  wishes: Wishes,
): Promise<Turn | undefined> {
  const rows = await openOnes(call, transaction, readerId, wishes);
  const mine = rows.find(({ assignedBy, isBlind }) => assignedBy === null && isBlind === wishes.isBlind);
  if (mine === undefined) return undefined;
  await transaction.update('labelReadings', mine.id, { openedAt: nowOf(call.world) });
  return { sessionId: mine.sessionId, reading: 1, isBlind: mine.isBlind };
}

async function assigned(
  call: Call,
  transaction: StoreTransaction,
  readerId: string,
  wishes: Wishes,
): Promise<Turn | undefined> {
  const row = (await openOnes(call, transaction, readerId, wishes)).find(
    ({ assignedBy }) => assignedBy !== null,
  );
  return row && { sessionId: row.sessionId, reading: 2, isBlind: row.isBlind };
}

/** The oldest session at this stage that nobody else has before them, now kept for the caller. */
async function fresh(
  call: Call,
  transaction: StoreTransaction,
  readerId: string,
  { question, hospitalId, skip, isBlind }: Wishes,
  stage: LabelStage,
): Promise<Turn | undefined> {
  const { world, caller } = call;
  const keptSince = new Date(world.clock.now() - keptForMs).toISOString();
  for (let after = 0; ;) {
    const page = await transaction.find('labelStages', {
      where: { question, stage, ...whereOfCaller(caller, hospitalId), sequence: { above: after } },
      order: [['sequence', 'ascending']],
      limit: sessionsPerPage,
    });
    for (const { sessionId, hospitalId: ofSession } of page) {
      if (skip.includes(sessionId as SessionId)) continue;
      if (!may(caller, 'labels.write', { hospitalId: ofSession as HospitalId })) continue;
      const kept = await transaction.count('labelReadings', {
        sessionId,
        question,
        state: 'open',
        openedAt: { above: keptSince },
      });
      if (kept > 0) continue;
      await openReading(world, transaction, {
        sessionId,
        hospitalId: ofSession,
        question,
        readerId,
        reading: 1,
        isBlind,
        assignedBy: null,
      });
      return { sessionId, reading: 1, isBlind };
    }
    const last = page.at(-1);
    if (last === undefined || page.length < sessionsPerPage) return undefined;
    after = last.sequence;
  }
}

async function caseOf(
  reader: StoreReader,
  question: LabelQuestionId,
  { sessionId, reading, isBlind }: Turn,
): Promise<LabelCase | null> {
  const row = await reader.get('sessions', sessionId);
  const stored = row && (await storedSession(reader, row));
  if (row === undefined || stored === undefined) return null;
  const takes = await reader.find('takes', { where: { sessionId, state: 'stored' } });
  const held = new Set(takes.map(({ id }) => id));
  return {
    sessionId: stored.content.id,
    hospitalId: row.hospitalId as HospitalId,
    question,
    reading,
    isBlind,
    receivedAt: row.receivedAt,
    takes: heardTakes(stored, held).map(({ id, stepKey, durationS, sampleRateHz, sha256 }) => ({
      takeId: id,
      stepKey,
      durationS,
      sampleRateHz,
      sha256,
      audio: audioPath(sessionId, id),
    })),
  };
}

async function waitingFor(
  call: Call,
  reader: StoreReader,
  readerId: string,
  wishes: Wishes,
): Promise<RouteAnswer<'labels.next'>['waiting']> {
  const { question, hospitalId } = wishes;
  const of = whereOfCaller(call.caller, hospitalId);
  return {
    unlabelled: await reader.count('labelStages', { question, stage: 'unlabelled', ...of }),
    unread: await reader.count('labelStages', { question, stage: 'unread', ...of }),
    secondReadings: (await openOnes(call, reader, readerId, { ...wishes, skip: [] })).filter(
      ({ assignedBy }) => assignedBy !== null,
    ).length,
  };
}
