import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { windowSpans } from '../../../contract/model-manifest.ts';
import { onnxEngine } from '../../adapters/onnx-engine/onnx-engine.ts';
import { encodeOnnx } from '../../adapters/onnx-proto/encode-onnx.ts';
import { seededRandom } from '../fit/random.ts';
import { createGraphBuilder } from '../graph/graph-builder.ts';
import { operatorsOf } from '../graph/operators.ts';
import { addDeltas, addMfcc } from './mfcc-graph.ts';
import { referenceMfcc } from './mfcc-tables.ts';
import { addWindowFeatures, featureCount, windowInFrames, type WindowSettings } from './window-features.ts';

const engine = onnxEngine(encodeOnnx);
afterAll(() => engine.close());

/** Features of the windows, and the frames that they come from. */
function graphOf(window: WindowSettings) {
  const builder = createGraphBuilder('test');
  const operators = operatorsOf(builder);
  const x = builder.input('x', 'float32', ['samples']);
  const features = addWindowFeatures(builder, operators, x, referenceMfcc, window);
  builder.output('features', features, 'float32', ['windows', featureCount(referenceMfcc)]);
  const mfcc = addMfcc(builder, operators, x, referenceMfcc);
  builder.output('mfcc', mfcc, 'float32', [40, 'frames']);
  builder.output('deltas', addDeltas(builder, operators, mfcc, 40), 'float32', [40, 'frames']);
  const opened = engine.open(encodeOnnx(builder.build()));
  return async (samples: Float32Array) => {
    const graph = await opened;
    if (!graph.ok) throw new Error(graph.problem.code);
    const outputs = await graph.value.run({ x: { samples, sampleRateHz: 16_000, resampleToHz: 16_000 } });
    if (!outputs.ok) throw new Error(outputs.problem.code);
    const { features, mfcc, deltas } = outputs.value;
    return { features: features!, mfcc: mfcc!, deltas: deltas! };
  };
}

const noise = (length: number, seed = 1): Float32Array => {
  const random = seededRandom(seed);
  let level = 0;
  return Float32Array.from({ length }, (_, n) => {
    if (n % 800 === 0) level = random.next();
    return 0.3 * level * random.normal();
  });
};

describe('windows in the graph', () => {
  it.each<WindowSettings>([
    { lengthS: 1, stepS: 0.5 },
    { lengthS: 4, stepS: 1 },
    { lengthS: 0.3, stepS: 0.07 },
    { lengthS: 0.5, stepS: 0.8 },
  ])('are as many as the contract says, at any length, for $lengthS s every $stepS s', async (window) => {
    const run = graphOf(window);
    const edges = [window.lengthS, window.lengthS + window.stepS, window.lengthS + 3 * window.stepS]
      .map((seconds) => Math.round(16_000 * seconds))
      .flatMap((length) => [length - 1, length, length + 1]);
    const check = async (length: number): Promise<void> => {
      const { features } = await run(noise(length));
      expect(features.dims, `${length} samples`).toEqual([
        windowSpans(length / 16_000, window).length,
        featureCount(referenceMfcc),
      ]);
    };
    for (const length of edges) await check(length);
    await fc.assert(fc.asyncProperty(fc.integer({ min: 201, max: 100_000 }), check), { numRuns: 25 });
  });

  it.each([4_000, 16_000, 24_000, 24_001, 31_999, 40_321])(
    'hold means and deviations of the frames in their span (%i samples)',
    async (length) => {
      const window = { lengthS: 1, stepS: 0.5 };
      const { features, mfcc, deltas } = await graphOf(window)(noise(length, length));
      const frameCount = mfcc.dims[1]!;
      const spans = windowSpans(length / 16_000, window);
      spans.forEach(({ startS, endS }, w) => {
        // The last window is aligned to the end to within a frame.
        const first = Math.floor(startS * 100 + 1e-6);
        const last = Math.floor(endS * 100 + 1e-6);
        expect(last).toBeLessThan(frameCount);
        const statistic = (data: Float32Array, row: number): { mean: number; deviation: number } => {
          const frames = [...data.subarray(row * frameCount + first, row * frameCount + last + 1)];
          const mean = frames.reduce((a, b) => a + b, 0) / frames.length;
          const variance = frames.reduce((sum, value) => sum + (value - mean) ** 2, 0) / frames.length;
          return { mean, deviation: Math.sqrt(variance) };
        };
        const expected = [
          ...Array.from({ length: 39 }, (_, k) => statistic(mfcc.data, k + 1).mean),
          ...Array.from({ length: 40 }, (_, k) => statistic(mfcc.data, k).deviation),
          ...Array.from({ length: 40 }, (_, k) => statistic(deltas.data, k).deviation),
        ];
        expected.forEach((value, j) =>
          expect(features.data[w * expected.length + j], `window ${w}, feature ${j}`).toBeCloseTo(value, 3),
        );
      });
    },
  );

  it('have the slope of a least-squares line over five frames as delta', async () => {
    const { mfcc, deltas } = await graphOf({ lengthS: 1, stepS: 1 })(noise(8_000));
    const frameCount = mfcc.dims[1]!;
    const at = (t: number): number => mfcc.data[3 * frameCount + Math.min(frameCount - 1, Math.max(0, t))]!;
    for (let t = 0; t < frameCount; t++) {
      const slope = [-2, -1, 0, 1, 2].reduce((sum, n) => sum + n * at(t + n), 0) / 10;
      expect(deltas.data[3 * frameCount + t]).toBeCloseTo(slope, 3);
    }
  });

  it('do not see how loud the recording is', async () => {
    const run = graphOf({ lengthS: 1, stepS: 0.5 });
    const samples = noise(30_000);
    const [quiet, loud] = [await run(samples), await run(samples.map((sample) => 8 * sample))];
    quiet.features.data.forEach((value, i) => expect(loud.features.data[i]).toBeCloseTo(value, 2));
  });
});

describe('window settings', () => {
  it('are whole numbers of frames or refused', () => {
    expect(windowInFrames({ lengthS: 0.3, stepS: 0.07 }, referenceMfcc)).toEqual({ length: 30, step: 7 });
    for (const window of [
      { lengthS: 0.125, stepS: 1 },
      { lengthS: 1, stepS: 0 },
      { lengthS: 1, stepS: 0.001 },
    ]) {
      expect(windowInFrames(window, referenceMfcc)).toBeUndefined();
    }
  });
});
