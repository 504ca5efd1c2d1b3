import type { Problem } from '../../../contract/result.ts';
import { done, refuse, type Outcome } from '../../core/outcome.ts';
import { isMishap, reasonOf } from '../../core/predictions.ts';
import type { ModelFolder } from '../../ports/model-packages.ts';
import type { PredictionInputs, PredictionScores } from '../../ports/prediction.ts';
import type { World } from '../world.ts';

/** For a caller who waits: a crash of the engine is tried once more, a hang is not waited for twice. */
export async function scoreModel(
  { prediction, log }: Pick<World, 'prediction' | 'log'>,
  model: ModelFolder,
  inputs: PredictionInputs,
): Promise<Outcome<PredictionScores>> {
  const first = await prediction.score(model, inputs);
  if (first.ok) return done(first.value);
  const again = first.problem.code === 'engine-crashed' ? await prediction.score(model, inputs) : first;
  if (again.ok) return done(again.value);
  log.warn('prediction-refused', { model: model.sha256, code: again.problem.code });
  return refuseProblem(again.problem);
}

function refuseProblem(problem: Problem): ReturnType<typeof refuse> {
  return isMishap(problem)
    ? refuse('not-ready', `The model could not be run at the moment: ${problem.code.replaceAll('-', ' ')}`)
    : refuse('content-mismatch', `The model cannot be run on this input: ${reasonOf(problem)}`);
}
