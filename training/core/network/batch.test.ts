import { describe, expect, it } from 'vitest';
import { makeBatch, mixUp, planEpoch } from './batch.ts';
import { classWeights, referenceFit } from './fit-settings.ts';
import type { Network } from './network.ts';

const network: Network = { name: 'none', frames: 1, bands: 2, layers: [] };
const settings = { ...referenceFit, seed: 3, recordingsPerBatch: 4 };

describe('an epoch', () => {
  it('shows every recording once, in batches, in another order each time', () => {
    const [first, second] = [0, 1].map((epoch) => planEpoch(settings, epoch, 10));
    expect(first!.map(({ length }) => length)).toEqual([4, 4, 2]);
    expect(first!.flat().toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(planEpoch(settings, 0, 10)).toEqual(first);
    expect(second).not.toEqual(first);
  });
});

describe('class weights', () => {
  it('are one each, or balance what is in the data', () => {
    expect(classWeights([true, false, false, false], false)).toEqual([1, 1]);
    expect(classWeights([true, false, false, false], true)).toEqual([4 / 6, 2]);
  });
});

describe('a batch', () => {
  const recordings = [
    { isPositive: true, features: Float32Array.of(1, 2, 3, 4) },
    { isPositive: false, features: Float32Array.of(5, 6) },
  ];
  it('holds all windows with the labels of their recordings; the weights make the loss a mean', () => {
    expect(makeBatch(network, recordings, [1, 1])).toEqual({
      rows: 3,
      features: Float32Array.of(1, 2, 3, 4, 5, 6),
      targets: Float32Array.of(1, 1, 0),
      weights: Float32Array.of(1 / 3, 1 / 3, 1 / 3),
    });
    expect(makeBatch(network, recordings, [1.5, 0.75]).weights).toEqual(Float32Array.of(0.25, 0.25, 0.5));
  });

  it('is left as it is where nothing is mixed', () => {
    const batch = makeBatch(network, recordings, [1, 1]);
    expect(mixUp(batch, settings, 1, [1, 1])).toBe(batch);
  });

  it('is mixed in pairs, numbers and labels by the same share, weights by the mixed label', () => {
    // The first number is the label and the second one less it: they must stay so.
    const many = Array.from({ length: 50 }, (_, i) => ({
      isPositive: i % 2 === 0,
      features: i % 2 === 0 ? Float32Array.of(1, 0) : Float32Array.of(0, 1),
    }));
    const batch = makeBatch(network, many, [1, 3]);
    const mixed = mixUp(batch, { ...settings, mixupShape: 1 }, 1, [1, 3]);
    expect(mixUp(batch, { ...settings, mixupShape: 1 }, 1, [1, 3])).toEqual(mixed);
    expect(mixUp(batch, { ...settings, mixupShape: 1 }, 2, [1, 3])).not.toEqual(mixed);
    mixed.targets.forEach((target, row) => {
      expect(mixed.features[2 * row]).toBeCloseTo(target, 6);
      expect(mixed.features[2 * row + 1]).toBeCloseTo(1 - target, 6);
      expect(mixed.weights[row]).toBeCloseTo((1 + 2 * target) / 50, 6);
    });
    const soft = mixed.targets.filter((target) => target > 0.01 && target < 0.99);
    expect(soft.length).toBeGreaterThan(10);
  });
});
