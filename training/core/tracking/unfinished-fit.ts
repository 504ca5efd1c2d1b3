/** How far a fit has come that is not over, as the events of its run tell it. */
import type { FitCurve, TrainingEvent } from '../../../contract/training/run.ts';

export interface UnfinishedFit {
  /** Of the fit step: SHA-256 of all that goes into it. */
  readonly key: string;
  /** Each epoch once, in order. */
  readonly curve: FitCurve;
}

/**
 * What is known after one more event; undefined where no fit is under way. A fit that goes on from a checkpoint may do
 * epochs again: what was told of them and of later ones is forgotten.
 */
export function followFit(
  before: UnfinishedFit | undefined,
  { step, kind, fit }: Pick<TrainingEvent, 'step' | 'kind' | 'fit'>,
): UnfinishedFit | undefined {
  if (step !== 'fit') return before;
  if (kind === 'done' || kind === 'reused') return undefined;
  if (fit === undefined) return before;
  const { key, curve } = fit;
  const first = curve[0]?.epoch ?? 0;
  const kept = before?.key === key ? before.curve.filter(({ epoch }) => epoch < first) : [];
  return { key, curve: [...kept, ...curve] };
}
