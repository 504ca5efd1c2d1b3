import type { RouteAnswer, RouteInput } from '../../../contract/registry/routes.ts';
import type { SessionContent } from '../../../contract/registry/sync.ts';
import type { Take } from '../../../contract/session.ts';
import { hospitalsOf, may } from '../../core/may.ts';
import { done, refuse, type Outcome } from '../../core/outcome.ts';
import { audioPath, type StoredSession } from '../../core/sessions.ts';
import type { Row, StoreReader } from '../../ports/store.ts';
import { isBlinded, noteShown } from '../labels/blindness.ts';
import { recordDeed } from '../record-deed.ts';
import { recordRefusal } from '../record-refusal.ts';
import type { Call } from '../world.ts';
import { gone, sessionOfCaller } from './session-of-caller.ts';

/** Sessions of the caller's hospitals, newest arrival first; `next` is where the following page begins. */
export async function listSessions(
  call: Call,
  { hospitalId, state, after, limit }: RouteInput<'sessions.list'>['query'],
): Promise<Outcome<RouteAnswer<'sessions.list'>>> {
  const { world, caller } = call;
  if (after !== undefined && !/^\d{1,15}$/u.test(after)) {
    return refuse('invalid-input', 'after is not a place in this list', { facts: { field: 'after' } });
  }
  if (hospitalId !== undefined && !may(caller, 'sessions.read', { hospitalId })) {
    await recordRefusal(call, { action: 'sessions.read', code: 'not-found', hospitalId });
    return refuse('not-found', 'hospital not found');
  }
  const hospitals = hospitalId === undefined ? hospitalsOf(caller) : [hospitalId];
  const { sessions, next } = await world.store.read(async (reader) => {
    const rows = await reader.find('sessions', {
      where: {
        ...(hospitals === 'all' ? {} : { hospitalId: { in: hospitals } }),
        ...(state === undefined ? {} : { state }),
        ...(after === undefined ? {} : { sequence: { below: Number(after) } }),
      },
      order: [['sequence', 'descending']],
      limit: limit + 1,
    });
    const page = rows.slice(0, limit);
    const listed = [];
    for (const row of page) listed.push(await sessionAnswer(reader, row));
    return { sessions: listed, next: rows.length > limit ? String(page.at(-1)?.sequence) : null };
  });
  await world.store.write((transaction) =>
    recordDeed(world, transaction, {
      by: caller,
      action: 'sessions-listed',
      hospitalId: hospitalId ?? null,
      details: { sessions: sessions.length },
    }),
  );
  return done({ sessions, next });
}

/** One session with all that came of it. */
export async function readSession(
  call: Call,
  sessionId: string,
): Promise<Outcome<RouteAnswer<'sessions.read'>>> {
  const { world, caller } = call;
  const found = await sessionOfCaller(call, 'sessions.read', sessionId);
  if (!found.ok) return found;
  if (found.value.state === 'gone') return gone();
  const { hospitalId } = found.value.session;
  // Again within the transaction that writes the reading down: it may have been withdrawn meanwhile.
  return world.store.write(async (transaction) => {
    const row = await transaction.get('sessions', sessionId);
    const stored = row && (await storedSession(transaction, row));
    if (row === undefined || stored === undefined) return gone();
    if (await isBlinded(world, transaction, caller, sessionId)) {
      return refuse('not-yet', 'you have a blind reading of this session open: give your label first');
    }
    await noteShown(world, transaction, caller, sessionId);
    await recordDeed(world, transaction, {
      by: caller,
      action: 'session-read',
      subjectId: sessionId,
      hospitalId,
    });
    const takeRows = await transaction.find('takes', { where: { sessionId } });
    const states = new Map(takeRows.map((take) => [take.id, take.state]));
    return done({
      ...(await sessionAnswer(transaction, row)),
      content: stored.content,
      takes: stored.takes.map((take) => ({
        ...take,
        state: states.get(take.id) ?? 'announced',
        audio: states.get(take.id) === 'stored' ? audioPath(sessionId, take.id) : null,
      })),
      results: [...stored.results],
      notes: [...stored.notes],
    });
  });
}

/** Everything that came of a session; undefined where its content is not there (any more). */
export async function storedSession(
  reader: StoreReader,
  { id, hospitalId, workstationId, state, receivedAt }: Row<'sessions'>,
): Promise<StoredSession | undefined> {
  const items = await reader.find('items', {
    where: { sessionId: id, kind: { in: ['session', 'take', 'result', 'note'] } },
    order: [
      ['counter', 'ascending'],
      ['sequence', 'ascending'],
    ],
  });
  const contentsOf = (kind: string) =>
    items.filter((item) => item.kind === kind).map(({ content }) => content);
  // Written only after their schemas had passed them.
  const [content] = contentsOf('session') as unknown as readonly SessionContent[];
  const takes = contentsOf('take') as unknown as readonly Take[];
  if (content === undefined) return undefined;
  const results = contentsOf('result');
  const notes = contentsOf('note');
  return { hospitalId, workstationId, state, receivedAt, content, takes, results, notes };
}

async function sessionAnswer(
  reader: StoreReader,
  row: Row<'sessions'>,
): Promise<RouteAnswer<'sessions.list'>['sessions'][number]> {
  const { id, hospitalId, workstationId, mode, kind, recordNumber } = row;
  return {
    id,
    hospitalId,
    workstationId,
    mode: mode as SessionContent['mode'],
    kind: kind as SessionContent['kind'],
    recordNumber,
    createdAt: row.createdAt,
    receivedAt: row.receivedAt,
    state: row.state,
    purposes: [...(row.purposes as readonly string[])],
    takeCount: await reader.count('takes', { sessionId: id }),
    resultCount: await reader.count('items', { sessionId: id, kind: 'result' }),
  };
}
