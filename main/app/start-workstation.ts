/** What happens before the first page: what a crash left behind is brought in, and what the user should know is noted. */
import { bytesForSession } from '../core/disk-need.ts';
import { checkDisk } from './check-disk.ts';
import { isSameModel } from '../core/same-model.ts';
import { noteProblem } from './note-problem.ts';
import { recoverTake } from './record-take.ts';
import { runTest } from './keep-models.ts';
import { recordDeed } from './record-deed.ts';
import { screenModels } from './screen-session.ts';
import { tidyModels } from './sync/install-model.ts';
import { StoreFailure } from '../ports/store-failure.ts';
import type { World } from './world.ts';

export interface Started {
  /** Takes that were open when the app ended and are stored now. */
  readonly recoveredTakes: number;
  /** Sessions whose screening was cut off are run again, then models that are new here are tested. Rejects for a bug only. */
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
  await tidyModels(world);
  return { recoveredTakes, background: screenCutOff(world).then(() => testNewModels(world)) };
}

/** A take that cannot be closed now stays open: the next start, or the next take of its session, tries again. */
async function recoverTakes(world: World): Promise<number> {
  let recovered = 0;
  for (const { id } of world.store.read((transaction) => transaction.takes.allOpen())) {
    const closed = await recoverTake(world, id);
    if (closed.ok) recovered += 1;
    else if (closed.problem.code !== 'take-empty') noteProblem(world, closed.problem.code);
  }
  return recovered;
}

async function noteWhatIsWrong(world: World): Promise<void> {
  const state = world.store.state();
  if (!state.ok) noteProblem(world, state.problem.code);
  else if (state.value.integrity === 'failed') noteProblem(world, 'store-damaged');
  const definitions = await world.definitions.list();
  if (!definitions.ok) noteProblem(world, definitions.problem.code);
  else {
    for (const { problem } of definitions.value.refused) noteProblem(world, problem.code);
    const needed = Math.max(0, ...definitions.value.protocols.map(bytesForSession));
    const room = await checkDisk(world, needed);
    if (!room.ok) noteProblem(world, room.problem.code);
  }
  for (const { problem } of (await world.models.list()).refused) noteProblem(world, problem.code);
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
    await unlessHeld(() => screenModels(world, session.id, open, { id: session.createdBy, name: 'system' }));
  }
}

/** What the store does not take now is tried again by itself. */
async function unlessHeld(screen: () => Promise<unknown>): Promise<void> {
  try {
    await screen();
  } catch (error) {
    if (!(error instanceof StoreFailure)) throw error;
  }
}

/** So that the first session does not wait for it, and a model that cannot serve here is known before it is chosen. */
async function testNewModels(world: World): Promise<void> {
  for (const model of (await world.models.list()).models) {
    const known = world.store.read((transaction) => transaction.modelTests.get(model.sha256));
    if (known === undefined) await runTest(world, model, 'system');
  }
}
