import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createEngine, type Engine } from '../../../native/onnx/engine.ts';
import { forkEngineChild } from '../../../native/onnx/fork-engine.ts';
import { describeInference } from '../../ports/inference.contract.ts';
import type { InferenceModel } from '../../ports/inference.ts';
import { onnxInference } from './onnx-inference.ts';

const graphPath = fileURLToPath(new URL('./fixtures/mean.onnx', import.meta.url));
const model: InferenceModel = {
  key: 'mean',
  graphPath,
  graphSha256: createHash('sha256').update(readFileSync(graphPath)).digest('hex'),
  sampleRateHz: 16_000,
  hasWindowScores: true,
  labelCount: 2,
};
const samples = Float32Array.from({ length: 48_000 }, (_, index) => Math.sin(index / 10));
const inputs = { recordings: [{ key: 'vowel', samples, sampleRateHz: 48_000 }], fields: [0, 0, 0] };

/** An engine whose child dies as soon as it is asked to run, when that was ordered. */
function fragileEngine(): { readonly engine: Engine; readonly crashNext: () => void } {
  let isFragile = false;
  const engine = createEngine({
    loadTimeoutMs: 15_000,
    runTimeoutMs: 15_000,
    spawn: () => {
      const child = forkEngineChild();
      return {
        ...child,
        post(message) {
          if (isFragile && (message as { kind: string }).kind === 'run') {
            isFragile = false;
            process.kill(child.pid ?? 0, 'SIGKILL');
          } else child.post(message);
        },
      };
    },
  });
  return { engine, crashNext: () => (isFragile = true) };
}

describeInference('ONNX Runtime in its own process', () => {
  const { engine, crashNext } = fragileEngine();
  return { inference: onnxInference({ engine }), model, crashNext, discard: () => engine.close() };
});

describe('ONNX Runtime in its own process', () => {
  let engine: Engine;
  beforeEach(() => {
    ({ engine } = fragileEngine());
  });
  afterEach(() => engine.close());

  it('hears a recording at the rate of the model, whatever its own', async () => {
    const inference = onnxInference({ engine });
    await inference.load(model, 'cpu');
    const scored = await inference.score(model, inputs);
    // The mean magnitude of a sine of 764 Hz is 2 / π at any rate.
    expect(scored.ok ? scored.value.scores[0] : scored).toBeCloseTo(2 / Math.PI, 3);
  });

  it.each<[string, Partial<InferenceModel>, string]>([
    ['another hash', { graphSha256: 'ab'.repeat(32) }, 'engine-hash-mismatch'],
    ['a graph that is not there', { graphPath: '/nowhere/model.onnx' }, 'engine-load-failed'],
  ])('does not load %s', async (_what, changes, code) => {
    const loaded = await onnxInference({ engine }).load({ ...model, ...changes }, 'cpu');
    expect(loaded.ok ? 'loaded' : loaded.problem.code).toBe(code);
  });

  it('refuses outputs of another shape than the manifest promises', async () => {
    const inference = onnxInference({ engine });
    const three = { ...model, labelCount: 3 };
    await inference.load(three, 'cpu');
    expect(await inference.score(three, inputs)).toMatchObject({
      ok: false,
      problem: { code: 'engine-output-invalid', details: { output: 'scores', shape: '2' } },
    });
  });

  it('names an input that the graph does not have', async () => {
    const inference = onnxInference({ engine });
    await inference.load(model, 'cpu');
    const recordings = [{ key: 'noise', samples, sampleRateHz: 48_000 }];
    const scored = await inference.score(model, { ...inputs, recordings });
    expect(scored.ok ? 'scored' : scored.problem.code).toBe('engine-run-failed');
  });
});
