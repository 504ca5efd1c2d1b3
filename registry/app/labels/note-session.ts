import { labelQuestions } from '../../../contract/registry/labels.ts';
import type { SessionContent } from '../../../contract/registry/sync.ts';
import { formValue, lastWordOf } from '../../core/labels/labels.ts';
import { recordKey } from '../../core/labels/record-numbers.ts';
import type { Row, StoreTransaction } from '../../ports/store.ts';
import type { World } from '../world.ts';
import { insertLabel, labelsOf, noteStages } from './label-rows.ts';

/**
 * What a session says by itself when it comes: answers of its form that are labels become some, of source `form`. Done
 * again it changes nothing.
 */
export async function noteSession(
  world: Pick<World, 'clock' | 'randomness'>,
  transaction: StoreTransaction,
  { hospitalId }: Pick<Row<'sessions'>, 'hospitalId'>,
  { id: sessionId, answers, createdBy, completedAt }: SessionContent,
): Promise<void> {
  const labels = await labelsOf(transaction, [sessionId]);
  for (const question of labelQuestions) {
    const value = formValue(question, answers);
    const voice = { question: question.id, source: 'form', readerId: null } as const;
    if (value === undefined || lastWordOf(labels, voice) !== undefined) continue;
    await insertLabel(world, transaction, {
      ...voice,
      id: world.randomness.id(world.clock.now()),
      sessionId,
      hospitalId,
      value,
      via: 'form',
      byId: createdBy.accountId,
      byName: createdBy.username,
      at: completedAt.at,
      why: null,
      reading: null,
      isBlind: false,
      supersedes: null,
    });
  }
  await noteStages(transaction, sessionId);
}

const sessionsPerPage = 50;
const notedFact = 'labels-noted-up-to';

/**
 * Does the same for sessions that came before this registry kept labels, and gives them the key by which patients are
 * matched. Goes on where it stopped; any number of processes may do it at once.
 */
export async function noteEarlierSessions(world: World): Promise<{ readonly noted: number }> {
  for (let noted = 0; ;) {
    const page = await world.store.write(async (transaction) => {
      const fact = await transaction.get('facts', notedFact);
      const sessions = await transaction.find('sessions', {
        where: { sequence: { above: typeof fact?.value === 'number' ? fact.value : 0 } },
        order: [['sequence', 'ascending']],
        limit: sessionsPerPage,
      });
      for (const session of sessions) {
        await transaction.update('sessions', session.id, { recordKey: recordKey(session.recordNumber) });
        const item = await transaction.get('items', `session:${session.id}`);
        // Written only after its schema had passed it.
        if (item !== undefined)
          await noteSession(world, transaction, session, item.content as unknown as SessionContent);
      }
      const last = sessions.at(-1);
      if (last !== undefined) await transaction.put('facts', { id: notedFact, value: last.sequence });
      return sessions.length;
    });
    noted += page;
    if (page < sessionsPerPage) return { noted };
  }
}
