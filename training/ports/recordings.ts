import type { Result } from '../../contract/result.ts';

export interface AudioRecording {
  /** Mono, nominal range −1..1, at the source's own rate. */
  readonly samples: Float32Array;
  readonly sampleRateHz: number;
  /** Hexadecimal SHA-256 of rate and samples: the same for the same audio in another lossless container. */
  readonly audioSha256: string;
  /** Format, rate and resolution, for example "wav 44100 Hz 16 bit". */
  readonly source: string;
}

/** Audio files as a CSV names them. */
export interface Recordings {
  /** 'audio-file-missing' for a file that is not there or not readable, else what decoding finds wrong. */
  read(path: string): Promise<Result<AudioRecording>>;
  /** The content of an audio file. */
  decode(bytes: Uint8Array): Promise<Result<AudioRecording>>;
  /** Samples in −1..1 as the bytes of a mono 16-bit WAV file. */
  encodeWav(samples: Float32Array, sampleRateHz: number): Uint8Array;
  /** Band-limited, by the resampling that serves models too. */
  resample(samples: Float32Array, fromHz: number, toHz: number): Float32Array;
}
