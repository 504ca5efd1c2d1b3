/** Who reads which session: kept for a reader from the queue, or assigned as a second reading. */
import type { AccountId, SessionId } from '../../../contract/ids.ts';
import { readerSources, type LabelQuestionId } from '../../../contract/registry/labels.ts';
import type { HospitalId } from '../../../contract/registry/ids.ts';
import type { RouteAnswer, RouteInput } from '../../../contract/registry/routes.ts';
import { hospitalsOf, may } from '../../core/may.ts';
import { done, refuse, type Outcome } from '../../core/outcome.ts';
import { overlaps } from '../../core/people.ts';
import type { Row, StoreReader, StoreTransaction } from '../../ports/store.ts';
import { allAccounts, findAccount, type StoredAccount } from '../people/accounts.ts';
import { recordDeed } from '../record-deed.ts';
import { nowOf, type Call, type World } from '../world.ts';
import { wasShown } from './blindness.ts';
import { labelsOf } from './label-rows.ts';
import { refusedHospital, whereOfCaller } from './hospitals.ts';

type Assigned = RouteAnswer<'label-readings.assign'>;
type Refusal = Assigned['refused'][number]['why'];

export function readingId(question: string, sessionId: string, accountId: string): string {
  return `${question}:${sessionId}:${accountId}`;
}

export async function openReading(
  world: Pick<World, 'clock'>,
  transaction: StoreTransaction,
  reading: Pick<
    Row<'labelReadings'>,
    'sessionId' | 'hospitalId' | 'question' | 'readerId' | 'reading' | 'isBlind' | 'assignedBy'
  >,
): Promise<void> {
  await transaction.put('labelReadings', {
    ...reading,
    id: readingId(reading.question, reading.sessionId, reading.readerId),
    state: 'open',
    openedAt: nowOf(world),
    sequence: await transaction.next('labelReadings'),
  });
}

/** Gives sessions to a second reader: those that are named, or as many drawn by chance as are asked for and there. */
export async function assignSecondReadings(
  call: Call,
  { question, readerId, hospitalId, sessions }: RouteInput<'label-readings.assign'>['body'],
): Promise<Outcome<Assigned>> {
  const { world, caller } = call;
  const foreign = await refusedHospital(call, 'labels.assign', hospitalId);
  if (foreign !== undefined) return foreign;
  return world.store.write(async (transaction) => {
    const reader = await findAccount(transaction, readerId);
    if (reader === undefined || !isReader(reader) || !overlaps(hospitalsOf(caller), reader.hospitals)) {
      return refuse('not-found', 'reader not found');
    }
    const answer = { assigned: [] as SessionId[], refused: [] as Assigned['refused'] };
    const wanted = typeof sessions === 'number' ? sessions : sessions.length;
    const candidates =
      typeof sessions === 'number'
        ? drawn(world, await readSessions(transaction, call, question, hospitalId))
        : [...new Set(sessions)];
    for (const sessionId of candidates) {
      if (answer.assigned.length === wanted) break;
      const why = await refusalOf(call, transaction, { sessionId, question, reader });
      if (why === undefined) {
        const session = await transaction.get('sessions', sessionId);
        await openReading(world, transaction, {
          sessionId,
          hospitalId: session?.hospitalId ?? '',
          question,
          readerId,
          reading: 2,
          isBlind: true,
          assignedBy: caller.kind === 'account' ? caller.accountId : null,
        });
        answer.assigned.push(sessionId as SessionId);
      } else if (typeof sessions !== 'number') {
        answer.refused.push({ sessionId: sessionId as SessionId, why });
      }
    }
    await recordDeed(world, transaction, {
      by: caller,
      action: 'second-readings-assigned',
      subjectId: readerId,
      hospitalId: hospitalId ?? null,
      details: { question, assigned: answer.assigned.length },
    });
    return done(answer);
  });
}

/** Readings of the caller's hospitals, newest first. */
export async function listReadings(
  call: Call,
  { question, state, after, limit }: RouteInput<'label-readings.list'>['query'],
): Promise<Outcome<RouteAnswer<'label-readings.list'>>> {
  if (after !== undefined && !/^\d{1,15}$/u.test(after)) {
    return refuse('invalid-input', 'after is not a place in this list', { facts: { field: 'after' } });
  }
  return call.world.store.read(async (reader) => {
    const rows = await reader.find('labelReadings', {
      where: {
        question,
        ...whereOfCaller(call.caller, undefined),
        ...(state === undefined ? {} : { state }),
        ...(after === undefined ? {} : { sequence: { below: Number(after) } }),
      },
      order: [['sequence', 'descending']],
      limit: limit + 1,
    });
    const page = rows.slice(0, limit);
    const names = new Map<string, string | null>();
    for (const { readerId } of page) {
      if (!names.has(readerId))
        names.set(readerId, (await findAccount(reader, readerId))?.displayName ?? null);
    }
    return done({
      readings: page.map((row) => ({
        sessionId: row.sessionId as SessionId,
        question: row.question as LabelQuestionId,
        reader: { id: row.readerId as AccountId, name: names.get(row.readerId) ?? null },
        reading: row.reading as 1 | 2,
        isBlind: row.isBlind,
        state: row.state,
        openedAt: row.openedAt,
      })),
      next: rows.length > limit ? String(page.at(-1)?.sequence) : null,
    });
  });
}

/** Who could be asked to read, in the caller's hospitals. */
export async function listReaders({
  world,
  caller,
}: Call): Promise<Outcome<RouteAnswer<'label-readers.list'>>> {
  const accounts = await world.store.read(allAccounts);
  return done({
    readers: accounts
      .filter((account) => isReader(account) && overlaps(hospitalsOf(caller), account.hospitals))
      .map(({ id, username, displayName, roles }) => ({
        id,
        username,
        displayName,
        sources: readerSources.filter((source) => roles.includes(source)),
      })),
  });
}

function isReader({ isDisabled, roles }: StoredAccount): boolean {
  return !isDisabled && readerSources.some((source) => roles.includes(source));
}

/** Sessions that somebody has read, of the caller's hospitals. */
async function readSessions(
  reader: StoreReader,
  { caller }: Call,
  question: LabelQuestionId,
  hospitalId: HospitalId | undefined,
): Promise<readonly string[]> {
  const rows = await reader.find('labelStages', {
    where: { question, stage: 'read', ...whereOfCaller(caller, hospitalId) },
    order: [['sequence', 'ascending']],
  });
  return rows.map(({ sessionId }) => sessionId);
}

async function refusalOf(
  { caller }: Call,
  transaction: StoreTransaction,
  {
    sessionId,
    question,
    reader,
  }: { readonly sessionId: string; readonly question: LabelQuestionId; readonly reader: StoredAccount },
): Promise<Refusal | undefined> {
  const session = await transaction.get('sessions', sessionId);
  const hospitalId = session?.hospitalId as HospitalId | undefined;
  if (hospitalId === undefined || !may(caller, 'labels.assign', { hospitalId })) return 'not-found';
  if (reader.hospitals !== 'all' && !reader.hospitals.includes(hospitalId)) return 'reader-of-other-hospital';
  const read = (await labelsOf(transaction, [sessionId])).filter(
    (label) => label.question === question && label.readerId !== null,
  );
  if (read.length === 0) return 'not-read-yet';
  if (read.some(({ readerId }) => readerId === reader.id)) return 'read-by-same';
  if (read.some(({ reading }) => reading === 2)) return 'read-twice';
  const open = await transaction.find('labelReadings', { where: { sessionId, state: 'open' } });
  if (open.some((row) => row.question === question && row.reading === 2)) return 'assigned-already';
  return (await wasShown(transaction, reader.id, sessionId)) ? 'shown-already' : undefined;
}

/** In an order of chance (Fisher and Yates). */
function drawn({ randomness }: World, ids: readonly string[]): readonly string[] {
  const shuffled = [...ids];
  for (let last = shuffled.length - 1; last > 0; last -= 1) {
    const other = chosenBelow(last + 1, randomness.bytes(6));
    [shuffled[last], shuffled[other]] = [shuffled[other] ?? '', shuffled[last] ?? ''];
  }
  return shuffled;
}

/** 48 random bits: what the remainder favours is far below anything that could be measured. */
function chosenBelow(limit: number, bytes: Uint8Array): number {
  return bytes.reduce((number, byte) => number * 256 + byte, 0) % limit;
}
