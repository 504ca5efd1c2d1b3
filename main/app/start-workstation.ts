/** What happens before the first page: what a crash left behind is brought in, and what the user should know is noted. */
import type { ProblemCode } from '../../contract/result.ts';
import { bytesForSession } from '../core/disk-need.ts';
import { checkDisk } from './check-disk.ts';
import { isSameModel } from '../core/same-model.ts';
import { recoverTake } from './record-take.ts';
import { recordDeed } from './record-deed.ts';
import { screenModels } from './screen-session.ts';
import type { World } from './world.ts';

export interface Started {
  /** Takes that were open when the app ended and are stored now. */
  readonly recoveredTakes: number;
  /** Sessions whose screening was cut off, run again. Rejects only for a bug. */
  readonly background: Promise<void>;
}

export async function startWorkstation(world: World): Promise<Started> {
  world.store.write((transaction) =>
    recordDeed(transaction, {
      at: world.clock.now(),
      by: 'system',
      action: 'store-opened',
      details: { appVersion: world.appVersion, host: world.host },
    }),
  );
  const recoveredTakes = await recoverTakes(world);
  await noteWhatIsWrong(world);
  return { recoveredTakes, background: screenCutOff(world) };
}

/** A take that cannot be closed now stays open: the next start, or the next take of its session, tries again. */
async function recoverTakes(world: World): Promise<number> {
  let recovered = 0;
  for (const { id } of world.store.read((transaction) => transaction.takes.allOpen())) {
    const closed = await recoverTake(world, id);
    if (closed.ok) recovered += 1;
    else if (closed.problem.code !== 'take-empty') note(world, closed.problem.code);
  }
  return recovered;
}

async function noteWhatIsWrong(world: World): Promise<void> {
  const state = world.store.state();
  if (!state.ok) note(world, state.problem.code);
  else if (state.value.integrity === 'failed') note(world, 'store-damaged');
  const definitions = await world.definitions.list();
  if (!definitions.ok) note(world, definitions.problem.code);
  else {
    for (const { problem } of definitions.value.refused) note(world, problem.code);
    const needed = Math.max(0, ...definitions.value.protocols.map(bytesForSession));
    const room = await checkDisk(world, needed);
    if (!room.ok) note(world, room.problem.code);
  }
  for (const { problem } of (await world.models.list()).refused) note(world, problem.code);
}

function note(world: World, code: ProblemCode): void {
  if (!world.notices.some((notice) => notice.code === code))
    world.notices.push({ code, at: world.clock.now() });
}

/** Only the models that have not answered yet; the account that made the session stands for whoever asked. */
async function screenCutOff(world: World): Promise<void> {
  const sessions = world.store.read((transaction) =>
    transaction.sessions.withStatus(['processing']).map((session) => ({
      session,
      results: transaction.screenings.ofSession(session.id),
    })),
  );
  for (const { session, results } of sessions) {
    const open = session.models.filter(
      (model) => !results.some((result) => isSameModel(result.model, model)),
    );
    await screenModels(world, session.id, open, { id: session.createdBy, name: 'system' });
  }
}
