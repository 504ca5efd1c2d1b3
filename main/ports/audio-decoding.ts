import type { Result } from '../../contract/result.ts';

export interface DecodedRecording {
  /** Mono mix, float32 in [-1, 1]. */
  readonly samples: Float32Array;
  readonly sampleRateHz: number;
  readonly channelCount: number;
  /** Depth of a WAV that keeps every bit of the mix: 16, 24, or 32 (float). */
  readonly bitDepth: 16 | 24 | 32;
  readonly format: 'wav' | 'flac' | 'mp3' | 'ogg';
}

export interface AudioDecoding {
  /** Problems: `audio-*`, each naming what is wrong and, where it helps, seconds and limit. */
  decode(bytes: Uint8Array, limits: { readonly maximumS: number }): Promise<Result<DecodedRecording>>;
}
