/** Runs every stored result of a session of this PC again, on the stored audio and fields, and compares the scores. */
import { sessionIdSchema } from '../../../../contract/ids.ts';
import { fail, ok, type Result } from '../../../../contract/result.ts';
import { replayScreening } from '../../../app/replay-screening.ts';
import type { World } from '../../../app/world.ts';
import { shownProblem } from './problem-text.ts';

export interface ReplayReport {
  readonly session: string;
  /** True where every completed result came out the same. */
  readonly matches: boolean;
  readonly results: readonly Readonly<Record<string, unknown>>[];
}

/** `session-not-found`, or `not-found` where the session has no result with scores. */
export async function replayStored(world: World, sessionText: string): Promise<Result<ReplayReport>> {
  const parsed = sessionIdSchema.safeParse(sessionText.toLowerCase());
  if (!parsed.success) return fail('session-not-found', { session: sessionText });
  const stored = world.store.read((transaction) =>
    transaction.sessions.get(parsed.data) === undefined
      ? undefined
      : transaction.screenings.ofSession(parsed.data),
  );
  if (stored === undefined) return fail('session-not-found', { session: parsed.data });
  const completed = stored.filter(({ outcome }) => outcome.status === 'completed');
  if (completed.length === 0) return fail('not-found', { what: 'result', session: parsed.data });
  const results: Readonly<Record<string, unknown>>[] = [];
  let matches = true;
  for (const { id, at, model } of completed) {
    const replayed = await replayScreening(world, id, 'system');
    const same = replayed.ok && replayed.value.matches;
    matches &&= same;
    results.push({
      result: id,
      at: at.at,
      model: { name: model.name, version: model.version, sha256: model.sha256 },
      verdict: same ? 'match' : replayed.ok ? 'differ' : 'error',
      ...(replayed.ok
        ? { largestDifference: replayed.value.largestDifference }
        : { error: shownProblem(replayed.problem) }),
    });
  }
  return ok({ session: parsed.data, matches, results });
}
