import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { onnxTensorEngine } from '../../adapters/onnx-engine/tensor-engine.ts';
import { encodeOnnx } from '../../adapters/onnx-proto/encode-onnx.ts';
import { adamGraph, adamRates, learningRateAt, referenceAdam } from './adam.ts';

interface AdamCase {
  readonly learningRate: number;
  readonly warmUpSteps: number;
  readonly start: number[];
  readonly steps: { gradient: number[]; learningRate: number; parameters: number[] }[];
}
const { adam } = JSON.parse(
  readFileSync(new URL('../../fixtures/reference-network-torch.json', import.meta.url), 'utf8'),
) as { readonly adam: AdamCase };

describe('Adam with weight decay', () => {
  it('takes the steps of PyTorch', async () => {
    const opened = await onnxTensorEngine(encodeOnnx).open(adamGraph(adam.start.length, referenceAdam));
    if (!opened.ok) throw new Error(opened.problem.code);
    const dims = [adam.start.length];
    let parameters = Float32Array.from(adam.start);
    let first = new Float32Array(dims[0]!);
    let second = new Float32Array(dims[0]!);
    for (const [index, step] of adam.steps.entries()) {
      const schedule = {
        kind: 'noam',
        learningRate: adam.learningRate,
        warmUpSteps: adam.warmUpSteps,
      } as const;
      const rate = learningRateAt(index + 1, schedule);
      expect(rate).toBeCloseTo(step.learningRate, 15);
      const result = await opened.value.run({
        parameters: { data: parameters, dims },
        first_moments: { data: first, dims },
        second_moments: { data: second, dims },
        gradients: { data: Float32Array.from(step.gradient), dims },
        rates: { data: Float32Array.from(adamRates(index + 1, rate, referenceAdam)), dims: [2] },
      });
      if (!result.ok) throw new Error(result.problem.code);
      parameters = result.value['next_parameters']!.data as Float32Array<ArrayBuffer>;
      first = result.value['next_first_moments']!.data as Float32Array<ArrayBuffer>;
      second = result.value['next_second_moments']!.data as Float32Array<ArrayBuffer>;
      parameters.forEach((value, i) => expect(Math.abs(value - step.parameters[i]!)).toBeLessThan(2e-7));
    }
    await opened.value.release();
  });
});

describe('the Noam schedule', () => {
  const schedule = { kind: 'noam', learningRate: 1e-3, warmUpSteps: 1000 } as const;
  it.each([
    [1, 1e-6],
    [500, 5e-4],
    [1000, 1e-3],
    [4000, 5e-4],
  ])('has at step %i the rate %f', (step, rate) => {
    expect(learningRateAt(step, schedule)).toBeCloseTo(rate, 12);
    expect(learningRateAt(step, { ...schedule, kind: 'constant' })).toBe(1e-3);
  });
});
