import fc from 'fast-check';
import { expect, it } from 'vitest';
import { PcmChunker, type CapturedBlock, type PcmChunk } from './chunker.ts';

const ramp = (from: number, length: number): Float32Array =>
  Float32Array.from({ length }, (_, index) => ((from + index) % 1000) / 32768);
const block = (firstFrame: number, length: number): Pick<CapturedBlock, 'firstFrame' | 'samples'> => ({
  firstFrame,
  samples: ramp(firstFrame, length),
});
const shape = (chunks: readonly PcmChunk[]): unknown =>
  chunks.map(({ sequence, firstFrame, pcm }) => [sequence, firstFrame, pcm.length]);

it('numbers chunks from 0 and counts frames from the first block of the take', () => {
  const chunker = new PcmChunker(100);
  const chunks = [...chunker.push(block(5000, 128)), ...chunker.push(block(5128, 128)), ...chunker.flush()];
  expect(shape(chunks)).toEqual([
    [0, 0, 100],
    [1, 100, 100],
    [2, 200, 56],
  ]);
  expect(chunker.count).toBe(3);
});

it('shows a skipped block as a jump of the next chunk, and counts it', () => {
  const chunker = new PcmChunker(1000);
  const chunks = [...chunker.push(block(0, 128)), ...chunker.push(block(256, 128)), ...chunker.flush()];
  expect(shape(chunks)).toEqual([
    [0, 0, 128],
    [1, 256, 128],
  ]);
  expect([chunker.missingFrames, chunker.clockFrames]).toEqual([128, 384]);
});

it('takes frames that come twice once', () => {
  const chunker = new PcmChunker(1000);
  chunker.push(block(0, 128));
  chunker.push(block(64, 128));
  chunker.push(block(0, 128));
  expect([...(chunker.flush()[0]?.pcm ?? [])]).toEqual(Array.from({ length: 192 }, (_, index) => index));
});

it('has nothing to flush when nothing came', () => {
  const chunker = new PcmChunker(10);
  chunker.push({ firstFrame: 3, samples: new Float32Array(0) });
  expect([chunker.flush(), chunker.count]).toEqual([[], 0]);
});

it('loses no frame and moves none, however the stream is cut and wherever it skips', () => {
  const pieces = fc.array(fc.tuple(fc.nat({ max: 3 }), fc.integer({ min: 1, max: 300 })), { minLength: 1 });
  fc.assert(
    fc.property(pieces, fc.integer({ min: 1, max: 500 }), fc.nat({ max: 10_000 }), (cuts, size, start) => {
      const chunker = new PcmChunker(size);
      const expected = new Map<number, number>();
      const chunks: PcmChunk[] = [];
      let clock = start;
      for (const [index, [skipped, length]] of cuts.entries()) {
        if (index > 0) clock += skipped * 128;
        const next = block(clock, length);
        next.samples.forEach((sample, at) => expected.set(clock - start + at, Math.round(sample * 32768)));
        chunks.push(...chunker.push(next));
        clock += length;
      }
      chunks.push(...chunker.flush());
      const seen = new Map(
        chunks.flatMap((chunk) => [...chunk.pcm].map((v, at) => [chunk.firstFrame + at, v])),
      );
      expect(seen).toEqual(expected);
      expect(chunks.map((chunk) => chunk.sequence)).toEqual(chunks.map((_, index) => index));
      expect(chunker.missingFrames).toBe(clock - start - expected.size);
    }),
  );
});
