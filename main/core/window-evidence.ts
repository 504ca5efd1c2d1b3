/** Where in the recordings the window scores of a model belong. */
import { scoreWithin } from '../../contract/decision.ts';
import { windowSpans, type ModelManifest } from '../../contract/model-manifest.ts';
import type { ScreeningResult } from '../../contract/session.ts';

type Evidence = Extract<ScreeningResult['outcome'], { status: 'completed' }>['evidence'];

export interface HeardRecording {
  readonly key: string;
  /** Samples that were given to the engine, at their own rate. */
  readonly sampleCount: number;
  readonly sampleRateHz: number;
}

/**
 * One entry per row of `window_scores`, in manifest order. The windows are those of the recording at the model's rate,
 * whose length resampling rounds up; their scores are no more certain than the card allows. Undefined when the model gave another number of rows than the manifest promises.
 */
export function windowEvidence(
  manifest: ModelManifest,
  recordings: readonly HeardRecording[],
  windowScores: readonly (readonly number[])[],
): Evidence | undefined {
  const { window, labels, positiveLabel, input } = manifest;
  if (window === undefined || !manifest.output.hasWindowScores) return [];
  const column = labels.indexOf(positiveLabel);
  const spans = recordings.flatMap(({ key, sampleCount, sampleRateHz }) => {
    const resampledCount = Math.ceil((sampleCount * input.sampleRateHz) / sampleRateHz);
    const durationS = resampledCount / input.sampleRateHz;
    return windowSpans(durationS, window).map((span) => ({ stepKey: key, ...span }));
  });
  if (spans.length !== windowScores.length) return undefined;
  return spans.map((span, row) => ({
    ...span,
    score: scoreWithin(manifest.limits, windowScores[row]?.[column] ?? 0),
  }));
}
