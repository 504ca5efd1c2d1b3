import { ok, type Result } from '../../contract/result.ts';
import { bytesForSession } from '../core/disk-need.ts';
import { startOfLocalDay } from '../core/local-time.ts';
import type { Caller, Output } from './caller.ts';
import { checkInService } from './model-standing.ts';
import type { World } from './world.ts';

const mostDrafts = 100;

/** What waits, what was done today, what is not safe elsewhere yet, and whether there is room for one more session. */
export async function readHome({ world }: Caller): Promise<Output<'home.state'>> {
  const space = await world.recordings.space();
  if (!space.ok) return space;
  const needed = await neededBytes(world);
  if (!needed.ok) return needed;
  const { models } = await world.models.list();
  const { freeBytes } = space.value;
  return world.store.read((transaction) => {
    const tests = models
      .filter((model) => checkInService(transaction, model).ok)
      .map((model) => transaction.modelTests.get(model.sha256)?.state);
    const drafts = transaction.sessions.list({
      sort: { column: 'date', direction: 'descending' },
      search: '',
      filter: { statuses: ['draft'] },
      offset: 0,
      limit: mostDrafts,
    });
    return ok({
      drafts: [...drafts.rows],
      today: transaction.sessions
        .since(startOfLocalDay(world.clock.now()))
        .filter((session) => session.status !== 'draft' && session.status !== 'discarded'),
      unsyncedSessions: transaction.sessions.countUnsynced(),
      lastContactAt: transaction.sync.facts().lastContactAt,
      disk: { freeBytes, neededBytes: needed.value, isEnough: freeBytes >= needed.value },
      models: {
        ready: tests.filter((state) => state === 'ready').length,
        failed: tests.filter((state) => state === 'failed').length,
      },
    });
  });
}

/** For the most demanding of the protocols. */
async function neededBytes(world: World): Promise<Result<number>> {
  const definitions = await world.definitions.list();
  if (!definitions.ok) return definitions;
  return ok(Math.max(0, ...definitions.value.protocols.map(bytesForSession)));
}
