import { referenceAdam, type AdamSettings, type Schedule } from '../autodiff/adam.ts';

export interface FitSettings {
  readonly seed: number;
  /** A batch is this many recordings with all their windows. */
  readonly recordingsPerBatch: number;
  readonly mostEpochs: number;
  /** Epochs without a lower evaluation loss after which a fit ends. */
  readonly patience: number;
  /** The epoch whose weights are the result: the one of the lowest evaluation loss, or simply the last. */
  readonly keeps: 'best' | 'last';
  readonly schedule: Schedule;
  readonly adam: AdamSettings;
  /** Whether each class counts the same in the loss, however many recordings it has. */
  readonly isClassBalanced: boolean;
  /**
   * Shape of the Beta distribution from which the shares of two mixed windows are drawn; 0 mixes nothing. Source:
   * H. Zhang et al., "mixup: Beyond Empirical Risk Minimization", ICLR 2018.
   */
  readonly mixupShape: number;
  /** A loss above this ends the fit, as does one that is not a number. */
  readonly largestLoss: number;
}

/** The reference recipe. */
export const referenceFit: FitSettings = {
  seed: 1,
  recordingsPerBatch: 5,
  mostEpochs: 1000,
  patience: 30,
  keeps: 'best',
  schedule: { kind: 'noam', learningRate: 1e-3, warmUpSteps: 1000 },
  adam: referenceAdam,
  isClassBalanced: false,
  mixupShape: 0,
  largestLoss: 1e8,
};

/** Weight of the negative and of the positive class: 1 and 1, or inverse to their numbers, with mean 1. */
export function classWeights(
  isPositive: readonly boolean[],
  isClassBalanced: boolean,
): readonly [negative: number, positive: number] {
  if (!isClassBalanced) return [1, 1];
  const positive = isPositive.filter(Boolean).length;
  const negative = isPositive.length - positive;
  // A class that is not there needs no weight.
  const weight = (count: number): number => (count === 0 ? 0 : isPositive.length / (2 * count));
  return [weight(negative), weight(positive)];
}
