import type { ImportId, TakeId } from '../../contract/ids.ts';
import type { Result } from '../../contract/result.ts';

export interface PcmChunk {
  readonly sequence: number;
  /** Device frames before this chunk, gaps included. */
  readonly firstFrame: number;
  /** 16-bit little-endian mono. */
  readonly pcm: Uint8Array;
}

export interface AudioGap {
  readonly atFrame: number;
  readonly frames: number;
}

/** A finished WAV that was read back: header, length and hash agree with what was written. */
export interface FinishedRecording {
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly sampleRateHz: number;
  readonly bitDepth: 16 | 24 | 32;
  readonly frameCount: number;
  readonly chunkCount: number;
  /** Where the device's clock went on without audio. The gap is not filled: the WAV holds only what came. */
  readonly gaps: readonly AudioGap[];
}

/**
 * Audio on this PC, encrypted from the first byte. `append` returns when the chunk is on disk (fsync); whatever
 * was appended survives SIGKILL and power loss. Errors: `disk-full`, `storage-unavailable`, `take-not-open`,
 * `take-empty`, `take-damaged`, `take-verification-failed`, `conflict` (a chunk out of order), `take-not-found`.
 */
export interface Recordings {
  open(take: { readonly takeId: TakeId; readonly sampleRateHz: number }): Promise<Result<void>>;
  /** A sequence that was written already is a success that writes nothing. */
  append(takeId: TakeId, chunk: PcmChunk): Promise<Result<{ readonly storedFrames: number }>>;
  /** Closes the stream into a verified WAV. Finishing again gives the same answer. */
  finish(takeId: TakeId): Promise<Result<FinishedRecording>>;
  /** Takes whose stream was never finished: what a crash left behind, and what is being recorded now. */
  unfinished(): Promise<readonly TakeId[]>;
  /** A whole WAV made elsewhere (an imported file), written and verified as `finish` does. */
  keep(takeId: TakeId, wav: Uint8Array): Promise<Result<FinishedRecording>>;
  /** The whole WAV, decrypted and authenticated; `take-damaged` if a byte differs. */
  read(takeId: TakeId): Promise<Result<Uint8Array>>;
  /** Removes a finished recording; one that is not there is a success. */
  remove(takeId: TakeId): Promise<Result<void>>;
  /** Part of the WAV; past the end gives fewer bytes. */
  readSlice(
    takeId: TakeId,
    slice: { readonly offsetBytes: number; readonly lengthBytes: number },
  ): Promise<Result<{ readonly totalBytes: number; readonly bytes: Uint8Array }>>;
  /** Files on their way in, encrypted too; dropped when taken or at the next start. */
  stage(
    importId: ImportId,
    chunk: { readonly offsetBytes: number; readonly bytes: Uint8Array },
  ): Promise<Result<{ readonly receivedBytes: number }>>;
  takeStaged(importId: ImportId): Promise<Result<Uint8Array>>;
  space(): Promise<Result<{ readonly freeBytes: number; readonly usedBytes: number }>>;
}
