/** Which chunk may follow which in a take, and where the device's clock went on without audio. */
import { fail, ok, type Result } from '../../contract/result.ts';
import { maximumWavFrames } from './wav.ts';

export interface StreamGap {
  /** Frames of audio before the gap, counted in what was stored. */
  readonly atFrame: number;
  /** Frames of the device's clock that never came. */
  readonly frames: number;
}

export interface StreamState {
  readonly nextSequence: number;
  readonly nextDeviceFrame: number;
  readonly storedFrames: number;
  readonly gaps: readonly StreamGap[];
}

export const emptyStream: StreamState = { nextSequence: 0, nextDeviceFrame: 0, storedFrames: 0, gaps: [] };

/**
 * The stream after a chunk of 16-bit mono PCM, or the same stream when the sequence was stored already. `conflict`:
 * a later sequence than the next, or a chunk that claims frames of the device's clock that are stored already;
 * `invalid-input`: half a sample; `too-large`: more than a WAV can hold.
 */
export function acceptChunk(
  state: StreamState,
  chunk: { readonly sequence: number; readonly firstFrame: number; readonly sizeBytes: number },
): Result<StreamState> {
  if (chunk.sizeBytes % 2 !== 0) return fail('invalid-input', { reason: 'half-a-sample' });
  if (chunk.sequence < state.nextSequence) return ok(state);
  if (chunk.sequence > state.nextSequence) {
    return fail('conflict', { expectedSequence: state.nextSequence, sequence: chunk.sequence });
  }
  const missing = chunk.firstFrame - state.nextDeviceFrame;
  if (missing < 0) {
    return fail('conflict', { expectedFirstFrame: state.nextDeviceFrame, firstFrame: chunk.firstFrame });
  }
  const frames = chunk.sizeBytes / 2;
  if (state.storedFrames + frames > maximumWavFrames(16)) return fail('too-large', { reason: 'wav-limit' });
  return ok({
    nextSequence: chunk.sequence + 1,
    nextDeviceFrame: chunk.firstFrame + frames,
    storedFrames: state.storedFrames + frames,
    gaps: missing === 0 ? state.gaps : [...state.gaps, { atFrame: state.storedFrames, frames: missing }],
  });
}
