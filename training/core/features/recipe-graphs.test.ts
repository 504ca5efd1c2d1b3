import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { windowSpans } from '../../../contract/model-manifest.ts';
import { readWav } from '../../../native/audio/wav.ts';
import { onnxTensorEngine } from '../../adapters/onnx-engine/tensor-engine.ts';
import { encodeOnnx } from '../../adapters/onnx-proto/encode-onnx.ts';
import { seededRandom } from '../fit/random.ts';
import { createGraphBuilder } from '../graph/graph-builder.ts';
import type { Graph } from '../graph/graph.ts';
import { operatorsOf } from '../graph/operators.ts';
import { addMfcc } from './mfcc-graph.ts';
import { referenceMfcc } from './mfcc-tables.ts';
import { shapeOfWindow, windowGraph } from './recipe-graphs.ts';

interface Fixture {
  readonly origin: string;
  readonly cases: readonly (Record<'spectrogram' | 'log-mel', { frame: number; levels: number[] }[]> & {
    readonly name: string;
  })[];
}
const fixtures = new URL('../../fixtures/', import.meta.url);
const torch = JSON.parse(readFileSync(new URL('spectrum-torch.json', fixtures), 'utf8')) as Fixture;
const plain = { kind: 'mfcc', normalisation: 'none' } as const;

const engine = onnxTensorEngine(encodeOnnx, { threads: 1 });
const runGraph = async (graph: Graph, samples: Float32Array) => {
  const opened = await engine.open(graph);
  if (!opened.ok) throw new Error(opened.problem.code);
  const result = await opened.value.run({ waveform: { data: samples, dims: [samples.length] } });
  await opened.value.release();
  if (!result.ok) throw new Error(result.problem.code);
  return Object.values(result.value)[0]!;
};
const noise = (length: number): Float32Array => {
  const random = seededRandom(3);
  return Float32Array.from({ length }, (_, i) => 0.1 * random.normal() * (1 + Math.sin(i / 4000)));
};
const mfccOf = (samples: Float32Array) => {
  const builder = createGraphBuilder('mfcc');
  const waveform = builder.input('waveform', 'float32', ['samples']);
  builder.output('mfcc', addMfcc(builder, operatorsOf(builder), waveform, referenceMfcc), 'float32', [
    40,
    'f',
  ]);
  return runGraph(builder.build(), samples);
};

describe('windows of features', () => {
  it.each([0.3, 1, 1.4, 2, 2.13, 3.99])(
    'of %s s are the clips of the model contract, each with the MFCC of its own',
    async (durationS) => {
      const samples = noise(Math.round(durationS * 16_000));
      const { data, dims } = await runGraph(windowGraph({ ...plain, windowS: 1, stepS: 0.5 }), samples);
      const spans = windowSpans(samples.length / 16_000, { lengthS: 1, stepS: 0.5 });
      expect(dims).toEqual([spans.length, 101, 40]);
      for (const [index, { startS }] of spans.entries()) {
        const clip = new Float32Array(16_000);
        const start = Math.round(startS * 16_000);
        clip.set(samples.subarray(start, start + 16_000));
        const expected = await mfccOf(clip);
        for (let frame = 0; frame < 101; frame += 10) {
          for (let k = 0; k < 40; k++) {
            const found = data[(index * 101 + frame) * 40 + k]!;
            expect(found).toBeCloseTo(expected.data[k * 101 + frame]!, 2);
          }
        }
      }
    },
  );

  it('of 4 s have the 401 frames of the reference recipe', async () => {
    const { dims } = await runGraph(
      windowGraph({ ...plain, kind: 'log-mel', windowS: 4, stepS: 1 }),
      noise(5 * 16_000),
    );
    expect(dims).toEqual([2, 401, 40]);
  });

  it('in log-mel lie at most 80 dB below the loudest of their own window', async () => {
    const samples = noise(32_000).map((value, i) => (i < 16_000 ? value : value * 1e-6));
    const { data } = await runGraph(
      windowGraph({ ...plain, kind: 'log-mel', windowS: 1, stepS: 1 }),
      samples,
    );
    const spread = (window: number): number => {
      const own = data.subarray(window * 101 * 40, (window + 1) * 101 * 40);
      return own.reduce((a, b) => Math.max(a, b)) - own.reduce((a, b) => Math.min(a, b));
    };
    expect(spread(0)).toBeLessThanOrEqual(80.001);
    expect(spread(1)).toBeLessThanOrEqual(80.001);
    expect(data[101 * 40 + 50 * 40]!).toBeLessThan(data[50 * 40]! - 60);
  });

  it.each(torch.cases.flatMap((one) => [['spectrogram', one] as const, ['log-mel', one] as const]))(
    'as %s agree with PyTorch to a hundredth of a dB (%#)',
    async (kind, { name, ...expected }) => {
      const wav = readWav(readFileSync(new URL(`${name}.wav`, fixtures)));
      if (!wav.ok) throw new Error(wav.problem.code);
      const clip = wav.value.channels[0]!.slice(0, 16_000);
      const { data, dims } = await runGraph(windowGraph({ ...plain, kind, windowS: 1, stepS: 1 }), clip);
      const { frames, bands } = shapeOfWindow({ kind, windowS: 1 });
      expect(dims).toEqual([1, frames, bands]);
      // Levels near the floor are sums that cancel in float32: they may be off by more, the strong ones not.
      const loudest = data.reduce((a, b) => Math.max(a, b));
      for (const { frame, levels } of expected[kind]) {
        expect(levels).toHaveLength(bands);
        levels.forEach((level, band) => {
          const found = data[frame * bands + band]!;
          const tolerance = level > loudest - 60 ? 0.01 : 0.5;
          expect(Math.abs(found - level), `frame ${frame}, band ${band}`).toBeLessThan(tolerance);
        });
      }
    },
  );

  it.each(['mfcc', 'log-mel', 'spectrogram'] as const)(
    'as %s have mean 0 and deviation 1 in each band where that is asked for',
    async (kind) => {
      const graphOf = (normalisation: 'none' | 'mean' | 'mean-variance') =>
        windowGraph({ kind, normalisation, windowS: 1, stepS: 0.5 });
      const samples = noise(24_000);
      const [raw, centred, scaled] = [
        await runGraph(graphOf('none'), samples),
        await runGraph(graphOf('mean'), samples),
        await runGraph(graphOf('mean-variance'), samples),
      ];
      const [windows, frames, bands] = raw.dims as [number, number, number];
      expect(scaled.dims).toEqual([windows, frames, bands]);
      for (let window = 0; window < windows; window++) {
        for (let band = 0; band < bands; band += 3) {
          const of = ({ data }: { data: Float32Array }): number[] =>
            Array.from({ length: frames }, (_, frame) => data[(window * frames + frame) * bands + band]!);
          const values = of(raw);
          const mean = values.reduce((sum, value) => sum + value, 0) / frames;
          const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / frames;
          const at = 17;
          expect(of(centred)[at]).toBeCloseTo(values[at]! - mean, 2);
          expect(of(scaled)[at]).toBeCloseTo((values[at]! - mean) / Math.sqrt(variance + 0.01), 3);
        }
      }
    },
  );

  it('as statistics are one row of numbers per window', async () => {
    const settings = { ...plain, kind: 'statistics', windowS: 1, stepS: 0.5 } as const;
    const { dims, data } = await runGraph(windowGraph(settings), noise(32_000));
    expect(dims).toEqual([3, 1, shapeOfWindow(settings).bands]);
    expect(data.every(Number.isFinite)).toBe(true);
  });
});
