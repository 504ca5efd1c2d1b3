import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Inference, InferenceModel } from './inference.ts';
import { memoryScores } from './inference.memory.ts';

export interface InferenceUnderTest {
  readonly inference: Inference;
  /**
   * A model with one recording `vowel`, three fields, two labels and window scores. Scores: [first, 1 − first], first
   * the mean magnitude of the recording plus a thousandth of the fields' sum; one window per second, without fields.
   */
  readonly model: InferenceModel;
  /** Makes the process die in the next call of `score`. */
  crashNext(): void;
  discard(): void;
}

export function describeInference(name: string, make: () => InferenceUnderTest): void {
  describe(`${name} is an inference that`, () => {
    let made: InferenceUnderTest;
    beforeEach(() => {
      made = make();
    });
    afterEach(() => made.discard());

    const samples = Float32Array.from({ length: 16_000 }, (_, index) => ((index % 200) - 100) / 128);
    const inputs = { recordings: [{ key: 'vowel', samples, sampleRateHz: 16_000 }], fields: [1, 2, 3] };

    it('offers the processor last', async () => {
      const providers = await made.inference.providers();
      expect(providers.ok ? providers.value.at(-1) : providers).toBe('cpu');
    });

    it('gives the scores of the graph, and the same ones again', async () => {
      const { inference, model } = made;
      expect(await inference.load(model, 'cpu')).toEqual({ ok: true, value: undefined });
      const [once, again] = [await inference.score(model, inputs), await inference.score(model, inputs)];
      if (!once.ok || !again.ok) throw new Error('no scores');
      const expected = memoryScores(model, inputs);
      once.value.scores.forEach((score, index) =>
        expect(score).toBeCloseTo(expected.scores[index] ?? Number.NaN, 5),
      );
      expect(once.value.windowScores.length).toBe(1);
      once.value.windowScores[0]?.forEach((score, index) =>
        expect(score).toBeCloseTo(expected.windowScores[0]?.[index] ?? Number.NaN, 5),
      );
      expect([again.value.scores, again.value.windowScores]).toEqual([
        once.value.scores,
        once.value.windowScores,
      ]);
      expect(once.value.inferenceMs).toBeGreaterThanOrEqual(0);
    });

    it('has no provider of a name that nobody knows', async () => {
      const loaded = await made.inference.load(made.model, 'abacus');
      expect(loaded.ok ? 'loaded' : loaded.problem.code).toBe('engine-provider-unavailable');
    });

    it('loses one call to a crash and answers the next', async () => {
      const { inference, model } = made;
      await inference.load(model, 'cpu');
      const before = await inference.score(model, inputs);
      made.crashNext();
      const during = await inference.score(model, inputs);
      const after = await inference.score(model, inputs);
      expect(during.ok ? 'scored' : during.problem.code).toBe('engine-crashed');
      if (!before.ok || !after.ok) throw new Error('no scores');
      expect(after.value.scores).toEqual(before.value.scores);
    });

    it('throws for a model that is not loaded: that is a fault of the program', async () => {
      const { inference, model } = made;
      await expect(inference.score(model, inputs)).rejects.toThrow(/before load/u);
      await inference.load(model, 'cpu');
      await inference.release(model.key);
      await expect(inference.score(model, inputs)).rejects.toThrow(/before load/u);
      await inference.release('never loaded');
    });
  });
}
