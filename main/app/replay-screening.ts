import { fail, ok, type Result } from '../../contract/result.ts';
import type { ResultId } from '../../contract/ids.ts';
import { largestDifference } from '../../contract/compare-scores.ts';
import { isSameModel } from '../core/same-model.ts';
import type { InferenceInputs } from '../ports/inference.ts';
import type { Caller, Input, Output } from './caller.ts';
import { inEngineTurn } from './prepare-model.ts';
import { checkAudioHere, readTake } from './read-take.ts';
import { recordDeed } from './record-deed.ts';
import { testMemory } from './remember-test.ts';
import { runModel } from './screen-recordings.ts';
import type { World } from './world.ts';

/** Largest difference between two runs that count as the same. */
const replayTolerance = 1e-4;

export interface Replay {
  readonly matches: boolean;
  /** Null where the outputs have other shapes. */
  readonly largestDifference: number | null;
}

export function replayForCaller(
  { world, account }: Caller,
  { resultId }: Input<'sessions.replay'>,
): Promise<Output<'sessions.replay'>> {
  return replayScreening(world, resultId, account.username);
}

/** Runs a stored result again: the same audio by its hashes, the same encoded fields, the same model by its hash. */
export async function replayScreening(world: World, resultId: ResultId, by: string): Promise<Result<Replay>> {
  const stored = world.store.read((transaction) => transaction.screenings.get(resultId));
  if (stored === undefined) return fail('not-found', { what: 'result' });
  const { outcome, inputs } = stored;
  if (outcome.status !== 'completed')
    return fail('conflict', { reason: 'no-scores', problem: outcome.problem });
  const named = { name: stored.model.name, version: stored.model.version };
  const { models } = await world.models.list();
  const model = models.find(({ sha256 }) => sha256 === stored.model.sha256);
  if (model === undefined) {
    const isOther = models.some(({ manifest }) => isSameModel(manifest, named));
    return fail(isOther ? 'model-hash-mismatch' : 'model-not-found', named);
  }
  const recordings: InferenceInputs['recordings'][number][] = [];
  for (const { key, maximumS } of model.manifest.input.recordings) {
    const input = inputs.takes.find((take) => take.stepKey === key);
    const take = input && world.store.read((transaction) => transaction.takes.get(input.takeId));
    if (input === undefined || take === undefined) return fail('take-not-found', { step: key });
    const isHere = checkAudioHere(world, take.id);
    if (!isHere.ok) return isHere;
    const audio = await readTake(world, { id: take.id, sha256: input.sha256, stepKey: key });
    if (!audio.ok) return audio;
    const longest = maximumS === undefined ? audio.value.length : Math.floor(maximumS * take.sampleRateHz);
    recordings.push({ key, samples: audio.value.subarray(0, longest), sampleRateHz: take.sampleRateHz });
  }
  const remember = testMemory(world, model, by);
  const run = await inEngineTurn(world, () =>
    runModel(world, { model, remember }, { recordings, fields: inputs.fields }),
  );
  if (!run.ok) return run;
  const difference = largestDifference(outcome, run.value.scored);
  const matches = difference !== null && difference <= replayTolerance;
  world.store.write((transaction) =>
    recordDeed(transaction, {
      at: world.clock.now(),
      by,
      action: 'screening-replayed',
      sessionId: stored.sessionId,
      details: { resultId, matches, ...(difference === null ? {} : { largestDifference: difference }) },
    }),
  );
  return ok({ matches, largestDifference: difference });
}
