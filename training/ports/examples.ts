import type { Outcome } from '../core/outcome.ts';

/** Labelled recordings as a network sees them. */
export interface Examples {
  /** Hexadecimal SHA-256 of all that decides the numbers below: a fit goes on only with the very same. */
  readonly sha256: string;
  /** One per recording: whether it has the positive label. */
  readonly isPositive: readonly boolean[];
  /**
   * Features of all windows of one recording, [windows, frames, bands], at least one window. Noise may be drawn afresh
   * for each epoch (0, 1, …); the same epoch gives the same numbers.
   */
  read(recording: number, epoch: number): Promise<Outcome<Float32Array>>;
}
