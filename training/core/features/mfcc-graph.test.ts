import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { readWav } from '../../../native/audio/wav.ts';
import { onnxEngine } from '../../adapters/onnx-engine/onnx-engine.ts';
import { encodeOnnx } from '../../adapters/onnx-proto/encode-onnx.ts';
import { createGraphBuilder } from '../graph/graph-builder.ts';
import { operatorsOf } from '../graph/operators.ts';
import { addMfcc, shortestWaveform } from './mfcc-graph.ts';
import { referenceMfcc } from './mfcc-tables.ts';

interface Fixture {
  readonly origin: string;
  readonly cases: {
    readonly name: string;
    readonly frameCount: number;
    readonly frames: { readonly frame: number; readonly mfcc: number[] }[];
  }[];
}
const folder = new URL('../../fixtures/', import.meta.url);
const fixture = JSON.parse(readFileSync(new URL('mfcc-torchaudio.json', folder), 'utf8')) as Fixture;

const engine = onnxEngine(encodeOnnx);
afterAll(() => engine.close());

const builder = createGraphBuilder('mfcc');
const mfcc = addMfcc(
  builder,
  operatorsOf(builder),
  builder.input('x', 'float32', ['samples']),
  referenceMfcc,
);
builder.output('mfcc', mfcc, 'float32', [40, 'frames']);
const opened = engine.open(encodeOnnx(builder.build()));

async function mfccOf(samples: Float32Array) {
  const graph = await opened;
  if (!graph.ok) throw new Error(graph.problem.code);
  const outputs = await graph.value.run({ x: { samples, sampleRateHz: 16_000, resampleToHz: 16_000 } });
  if (!outputs.ok) throw new Error(outputs.problem.code);
  return outputs.value['mfcc']!;
}

function samplesOf(name: string): Float32Array {
  const wav = readWav(readFileSync(new URL(`${name}.wav`, folder)));
  if (!wav.ok) throw new Error(wav.problem.code);
  return wav.value.channels[0]!;
}

describe('MFCC inside the graph', () => {
  it.each(fixture.cases)('of a $name agree with torchaudio to one part in a thousand', async (expected) => {
    const { data, dims } = await mfccOf(samplesOf(expected.name));
    expect(dims).toEqual([40, expected.frameCount]);
    for (const { frame, mfcc } of expected.frames) {
      // Of the size of the frame's coefficients: single ones cross zero.
      const scale = Math.sqrt(mfcc.reduce((sum, value) => sum + value ** 2, 0) / mfcc.length);
      mfcc.forEach((value, k) => {
        const found = data[k * expected.frameCount + frame]!;
        expect(Math.abs(found - value), `frame ${frame}, coefficient ${k}`).toBeLessThan(
          1e-3 * Math.max(scale, Math.abs(value)),
        );
      });
    }
  });

  it('serves the shortest waveform that can be reflected, and has one frame per started hop', async () => {
    const tone = (length: number): Float32Array => Float32Array.from({ length }, (_, n) => Math.sin(n / 5));
    for (const length of [shortestWaveform(referenceMfcc), 399, 400, 1599, 1600, 1601]) {
      const { dims, data } = await mfccOf(tone(length));
      expect(dims).toEqual([40, 1 + Math.floor(length / 160)]);
      expect(data.every(Number.isFinite)).toBe(true);
    }
  });

  it('moves only the first coefficient when the recording gets louder', async () => {
    const quiet = samplesOf('vowel');
    const [a, b] = [await mfccOf(quiet), await mfccOf(quiet.map((sample) => 4 * sample))];
    const frames = a.dims[1]!;
    // 12.04 dB more in each of 40 bands, through a row of 1 / √40.
    const louder = (20 * Math.log10(4) * 40) / Math.sqrt(40);
    b.data.forEach((value, i) => expect(value - a.data[i]!).toBeCloseTo(i < frames ? louder : 0, 2));
  });

  it('is finite for digital silence', async () => {
    const { data } = await mfccOf(new Float32Array(16_000));
    // 1e-10 is −100 dB in every band, and 40 of them through a row of 1 / √40.
    expect(data[0]).toBeCloseTo(-100 * Math.sqrt(40), 3);
    expect(data.every(Number.isFinite)).toBe(true);
  });
});
