import { describe, expect, it } from 'vitest';
import { referenceFit } from './fit-settings.ts';
import { decodeFitState, encodeFitState, endEpoch, startFit, type FitState } from './fit-state.ts';
import { smallNetwork } from './networks.ts';

const settings = { ...referenceFit, patience: 2, mostEpochs: 6 };
const begun: FitState = {
  epoch: 0,
  batch: 4,
  lossSum: 2,
  step: 4,
  parameters: Float32Array.of(1, 2),
  firstMoments: Float32Array.of(0.1, 1e-40),
  secondMoments: Float32Array.of(0, 3),
  curve: [],
};

/** One epoch per loss, each with parameters of its own. */
function after(...losses: number[]): FitState {
  return losses.reduce<FitState>((state, evaluationLoss, index) => {
    const trained = { ...state, batch: 4, lossSum: 2, parameters: Float32Array.of(index, index) };
    return endEpoch(trained, { evaluationLoss, evaluationAccuracy: 0.5, learningRate: 1e-3 }, settings);
  }, begun);
}

describe('a fit after some epochs', () => {
  it.each([
    [[3], undefined, 0],
    [[3, 2, 2], undefined, 1],
    [[3, 2, 2, 2.5], 'no-better-loss', 1],
    [[3, 2, 2, 1.9, 4], undefined, 3],
    [[6, 5, 4, 3, 2, 1], 'all-epochs', 5],
    [[3, NaN], 'diverged', 0],
    [[3, 2e8], 'diverged', 0],
  ] as const)('with evaluation losses %j stops by %s and keeps epoch %i', (losses, stop, best) => {
    const state = after(...losses);
    expect([state.stop, state.best?.epoch, state.best?.loss]).toEqual([stop, best, losses[best]]);
    expect(state.best?.parameters).toEqual(Float32Array.of(best, best));
  });

  it('has a mean loss per epoch and begins the next at its first batch', () => {
    const state = after(3);
    expect([state.epoch, state.batch, state.lossSum, state.step]).toEqual([1, 0, 0, 4]);
    expect(state.curve).toEqual([
      { epoch: 0, trainingLoss: 0.5, evaluationLoss: 3, evaluationAccuracy: 0.5, learningRate: 1e-3 },
    ]);
  });
});

describe('a checkpoint', () => {
  it.each([begun, after(3, 2), after(3, NaN)])('gives back every bit of the state', (state) => {
    const decoded = decodeFitState(encodeFitState(state, 'a fit'), 'a fit');
    expect(decoded).toEqual({ ok: true, value: state });
  });

  it('is nothing to another fit', () => {
    const decoded = decodeFitState(encodeFitState(begun, 'a fit'), 'another fit');
    expect(decoded).toEqual({ ok: true, value: undefined });
  });

  it('is refused when it is cut short', () => {
    const bytes = encodeFitState(begun, 'a fit');
    expect(decodeFitState(bytes.subarray(0, -1), 'a fit').ok).toBe(false);
  });
});

it('starts with weights that depend on the seed alone, and moments of zero', () => {
  const [a, b] = [1, 2].map((seed) => startFit(smallNetwork(), { ...referenceFit, seed }));
  expect(startFit(smallNetwork(), { ...referenceFit, seed: 1 })).toEqual(a);
  expect(a!.parameters).not.toEqual(b!.parameters);
  expect([...a!.firstMoments, ...a!.secondMoments].every((value) => value === 0)).toBe(true);
});
