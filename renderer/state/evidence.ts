import type { ModelReference } from '../../contract/model-manifest.ts';
import type { ScreeningResult } from '../../contract/session.ts';

type Completed = Extract<ScreeningResult['outcome'], { status: 'completed' }>;
type Evidence = Completed['evidence'][number];

/** The windows with the highest scores, in falling order; ties in the order of the recording. */
export function strongestEvidence(evidence: readonly Evidence[], most = 3): readonly Evidence[] {
  return [...evidence].sort((a, b) => b.score - a.score).slice(0, most);
}

/** The windows of one recording, if this result used exactly this take of it. */
export function evidenceOfTake(result: ScreeningResult | undefined, takeId: string): readonly Evidence[] {
  if (result?.outcome.status !== 'completed') return [];
  const input = result.inputs.takes.find((take) => take.takeId === takeId);
  return input === undefined
    ? []
    : result.outcome.evidence.filter((window) => window.stepKey === input.stepKey);
}

export interface ModelResults {
  readonly model: ModelReference;
  readonly newest: ScreeningResult;
  /** Newest first. */
  readonly earlier: readonly ScreeningResult[];
}

/** Results by model version, the model that ran last first. Ids are UUIDv7: their order is the order of making. */
export function byModel(screenings: readonly ScreeningResult[]): readonly ModelResults[] {
  const groups = new Map<string, ModelResults>();
  const inOrder = [...screenings].sort((a, b) => (a.id < b.id ? -1 : 1));
  for (const newest of inOrder) {
    const key = `${newest.model.name} ${newest.model.version}`;
    const before = groups.get(key);
    groups.delete(key);
    groups.set(key, {
      model: { name: newest.model.name, version: newest.model.version },
      newest,
      earlier: before === undefined ? [] : [before.newest, ...before.earlier],
    });
  }
  return [...groups.values()].reverse();
}
