/** What a session still lacks, step by step. */
import type { SessionStep, Take } from '../../contract/session.ts';
import type { ProtocolDefinition, ProtocolStep } from '../../contract/protocol.ts';
import { fail, ok, type Result } from '../../contract/result.ts';

export interface Skip {
  readonly stepKey: string;
  readonly reason: string;
}

/** A take that may stand for its step: it passed, or somebody answered for it. */
export function isUsable(take: Pick<Take, 'quality' | 'override'>): boolean {
  return take.quality.passed || take.override !== null;
}

/** A step that was left out stays so whatever takes it has, until one of them is chosen or a new one comes. */
export function stepsOf(
  keys: readonly string[],
  takes: readonly Take[],
  skips: readonly Skip[],
): readonly SessionStep[] {
  return keys.map((key) => {
    const own = takes
      .filter((take) => take.stepKey === key)
      .toSorted((left, right) => left.version - right.version);
    const skip = skips.find((candidate) => candidate.stepKey === key);
    const isDone = own.some((take) => take.isChosen && isUsable(take));
    return {
      key,
      state: skip !== undefined ? 'skipped' : isDone ? 'done' : 'open',
      skipReason: skip?.reason ?? null,
      takes: own,
    };
  });
}

/** Only an optional step, for a reason that the protocol knows. */
export function checkSkip(step: ProtocolStep, reason: string): Result<null> {
  if (step.required || step.skipReasons.length === 0) return fail('step-not-skippable', { step: step.key });
  return step.skipReasons.some((known) => known.value === reason)
    ? ok(null)
    : fail('invalid-input', { path: 'reason', step: step.key });
}

/** `session-incomplete` names the first step that is neither recorded well enough nor left out. */
export function checkSteps(
  protocol: ProtocolDefinition,
  takes: readonly Take[],
  skips: readonly Skip[],
): Result<null> {
  const steps = stepsOf(
    protocol.steps.map((step) => step.key),
    takes,
    skips,
  );
  const open = steps.find((step) => step.state === 'open');
  if (open === undefined) return ok(null);
  const reason = open.takes.length === 0 ? 'not-recorded' : 'quality';
  return fail('session-incomplete', { step: open.key, reason });
}

/** The takes that a model may hear, by step: chosen, usable, not left out. */
export function usedTakes(takes: readonly Take[], skips: readonly Skip[]): ReadonlyMap<string, Take> {
  const skipped = new Set(skips.map((skip) => skip.stepKey));
  return new Map(
    takes.filter((take) => take.isChosen && !skipped.has(take.stepKey)).map((take) => [take.stepKey, take]),
  );
}

/** A new take stands for its step if it passed, or while no chosen one can. */
export function becomesChosen(take: Pick<Take, 'quality' | 'override'>, others: readonly Take[]): boolean {
  return take.quality.passed || !others.some((other) => other.isChosen && isUsable(other));
}
