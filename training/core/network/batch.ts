/** What one training step sees, before it is cut into pieces. */
import type { Network } from './network.ts';
import type { FitSettings } from './fit-settings.ts';
import { randomStream, symmetricBeta } from './random-streams.ts';

/** First numbers of the random streams of a run, one per purpose. */
export const streams = { start: 1, order: 2, dropout: 3, mixup: 4 } as const;

export interface Batch {
  readonly rows: number;
  /** [rows, frames, bands] */
  readonly features: Float32Array;
  /** Share of the positive label, [rows]. */
  readonly targets: Float32Array;
  /** Class weight over the number of rows, [rows]: the loss is a mean. */
  readonly weights: Float32Array;
}

/** The recordings of each batch of an epoch, in a fresh order. */
export function planEpoch(
  { seed, recordingsPerBatch }: FitSettings,
  epoch: number,
  recordings: number,
): readonly (readonly number[])[] {
  const order = randomStream(seed, streams.order, epoch).shuffled(
    Array.from({ length: recordings }, (_, index) => index),
  );
  return Array.from({ length: Math.ceil(recordings / recordingsPerBatch) }, (_, batch) =>
    order.slice(batch * recordingsPerBatch, (batch + 1) * recordingsPerBatch),
  );
}

export interface LabelledWindows {
  readonly isPositive: boolean;
  /** [windows, frames, bands] */
  readonly features: Float32Array;
}

/** All windows of some recordings, with their labels and weights; mixed in pairs where the settings say so. */
export function makeBatch(
  { frames, bands }: Network,
  recordings: readonly LabelledWindows[],
  classWeights: readonly [number, number],
): Batch {
  const size = frames * bands;
  const rows = recordings.reduce((sum, { features }) => sum + features.length / size, 0);
  const features = new Float32Array(rows * size);
  const targets = new Float32Array(rows);
  let row = 0;
  for (const recording of recordings) {
    features.set(recording.features, row * size);
    const windows = recording.features.length / size;
    targets.fill(recording.isPositive ? 1 : 0, row, row + windows);
    row += windows;
  }
  return { rows, features, targets, weights: weightsOf(targets, classWeights) };
}

/** Every window mixed with another of the batch, each pair by a share of its own. */
export function mixUp(
  batch: Batch,
  { seed, mixupShape }: FitSettings,
  step: number,
  classWeights: readonly [number, number],
): Batch {
  if (mixupShape === 0) return batch;
  const random = randomStream(seed, streams.mixup, step);
  const { rows } = batch;
  const size = batch.features.length / rows;
  const partners = random.shuffled(Array.from({ length: rows }, (_, row) => row));
  const features = new Float32Array(batch.features.length);
  const targets = new Float32Array(rows);
  partners.forEach((partner, row) => {
    const share = symmetricBeta(random, mixupShape);
    const mixed = (own: number, other: number): number => share * own + (1 - share) * other;
    targets[row] = mixed(batch.targets[row]!, batch.targets[partner]!);
    for (let i = 0; i < size; i++) {
      features[row * size + i] = mixed(batch.features[row * size + i]!, batch.features[partner * size + i]!);
    }
  });
  return { rows, features, targets, weights: weightsOf(targets, classWeights) };
}

function weightsOf(targets: Float32Array, [negative, positive]: readonly [number, number]): Float32Array {
  return targets.map((target) => (target * positive + (1 - target) * negative) / targets.length);
}
