import fc from 'fast-check';
import { expect, it } from 'vitest';
import { acceptChunk, emptyStream, type StreamState } from './recording-stream.ts';

const after = (state: StreamState, sequence: number, firstFrame: number, frames: number): StreamState => {
  const next = acceptChunk(state, { sequence, firstFrame, sizeBytes: frames * 2 });
  if (!next.ok) throw new Error(next.problem.code);
  return next.value;
};
const refusal = (state: StreamState, sequence: number, firstFrame: number, sizeBytes: number) => {
  const next = acceptChunk(state, { sequence, firstFrame, sizeBytes });
  return next.ok ? 'accepted' : next.problem;
};

it('counts frames, and notes where the device went on without audio', () => {
  const state = [
    [0, 100, 50],
    [1, 150, 50],
    [2, 230, 10],
  ].reduce(
    (earlier, [sequence = 0, first = 0, frames = 0]) => after(earlier, sequence, first, frames),
    emptyStream,
  );
  expect(state).toEqual({
    nextSequence: 3,
    nextDeviceFrame: 240,
    storedFrames: 110,
    gaps: [
      { atFrame: 0, frames: 100 },
      { atFrame: 100, frames: 30 },
    ],
  });
});

it('takes a repeated chunk for what it is', () => {
  const state = after(emptyStream, 0, 0, 50);
  expect(acceptChunk(state, { sequence: 0, firstFrame: 0, sizeBytes: 100 })).toEqual({
    ok: true,
    value: state,
  });
});

it('refuses a chunk from the future, one that overlaps, half a sample, and more than a WAV holds', () => {
  const state = after(emptyStream, 0, 0, 50);
  const nearlyFull = { ...state, storedFrames: 2 ** 31 - 50 };
  expect([
    refusal(state, 2, 50, 100),
    refusal(state, 1, 49, 100),
    refusal(state, 1, 50, 99),
    refusal(nearlyFull, 1, 50, 100),
  ]).toEqual([
    { code: 'conflict', details: { expectedSequence: 1, sequence: 2 } },
    { code: 'conflict', details: { expectedFirstFrame: 50, firstFrame: 49 } },
    { code: 'invalid-input', details: { reason: 'half-a-sample' } },
    { code: 'too-large', details: { reason: 'wav-limit' } },
  ]);
});

it('accounts for every frame of the device, stored or missing', () => {
  const chunk = fc.record({ missing: fc.nat({ max: 3 }), frames: fc.nat({ max: 5 }) });
  fc.assert(
    fc.property(fc.array(chunk), (chunks) => {
      let state = emptyStream;
      chunks.forEach(({ missing, frames }, sequence) => {
        state = after(state, sequence, state.nextDeviceFrame + missing, frames);
      });
      const gone = state.gaps.reduce((sum, { frames }) => sum + frames, 0);
      expect(state.storedFrames + gone).toBe(state.nextDeviceFrame);
      expect(state.gaps.every(({ frames }) => frames > 0)).toBe(true);
    }),
  );
});
