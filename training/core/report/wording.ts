/** What page and card say alike. */
import { isOnOwnScores, type EvaluationReport } from '../evaluate/report.ts';

/** Who was tested by what, in whole sentences. */
export function howTested({ fit }: Pick<EvaluationReport, 'fit'>): string {
  if (fit.folds === undefined) {
    return 'No participant of the test recordings was trained on or used for stopping.';
  }
  return `Every recording is tested, by one of ${fit.folds.length} fits that neither saw its participant nor was stopped by them. The model of this folder is a further one, fitted to all recordings with the same settings; the figures are those of the way it was made.`;
}

/** On which scores the thresholds were chosen. */
export function thresholdsFrom(report: Pick<EvaluationReport, 'fit'>): string {
  return isOnOwnScores(report)
    ? 'the very scores that are tested, which is kinder than reality,'
    : 'validation recordings';
}
