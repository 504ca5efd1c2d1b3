/** Recordings without a disk. What survives a crash in the real ones survives here, as the object does. */
import type { ImportId, TakeId } from '../../contract/ids.ts';
import { fail, ok, type Result } from '../../contract/result.ts';
import { acceptChunk, emptyStream, type StreamState } from '../core/recording-stream.ts';
import { readStoredWav, wavHeader } from '../core/wav.ts';
import type { Hashing } from './hashing.ts';
import type { FinishedRecording, Recordings } from './recordings.ts';

export interface MemoryRecordings extends Recordings {
  /** Changes one byte of a finished WAV, as a bad disk does. */
  damage(takeId: TakeId): void;
  /** Room that is left, bytes. */
  setFreeBytes(bytes: number): void;
  /** What a restart does: files on their way in are gone. */
  restart(): void;
}

interface OpenStream {
  readonly sampleRateHz: number;
  state: StreamState;
  readonly pcm: Uint8Array[];
}

interface Kept {
  readonly wav: Uint8Array;
  readonly facts: FinishedRecording;
}

export function memoryRecordings(options: {
  readonly hashing: Hashing;
  readonly freeBytes?: number;
}): MemoryRecordings {
  const { hashing } = options;
  const open = new Map<TakeId, OpenStream>();
  const finished = new Map<TakeId, Kept>();
  const staged = new Map<ImportId, Uint8Array>();
  let freeBytes = options.freeBytes ?? 10 * 2 ** 30;

  const take = (bytes: number): Result<void> => {
    if (bytes > freeBytes) return fail('disk-full', { neededBytes: bytes });
    freeBytes -= bytes;
    return ok(undefined);
  };
  const keepWav = (takeId: TakeId, wav: Uint8Array, facts: FinishedRecording): Result<FinishedRecording> => {
    const room = take(wav.length);
    if (!room.ok) return room;
    finished.set(takeId, { wav, facts });
    return ok(facts);
  };
  const whole = (takeId: TakeId): Result<Kept> => {
    const kept = finished.get(takeId);
    if (kept === undefined) return fail('take-not-found');
    return hashing.sha256(kept.wav) === kept.facts.sha256 ? ok(kept) : fail('take-damaged');
  };

  return {
    open({ takeId, sampleRateHz }) {
      const earlier = open.get(takeId);
      if (finished.has(takeId)) return answer(fail('conflict', { reason: 'finished' }));
      if (earlier !== undefined && earlier.sampleRateHz !== sampleRateHz) {
        return answer(fail('conflict', { reason: 'sample-rate' }));
      }
      if (earlier === undefined) open.set(takeId, { sampleRateHz, state: emptyStream, pcm: [] });
      return answer(ok(undefined));
    },
    append(takeId, chunk) {
      const stream = open.get(takeId);
      if (stream === undefined) return answer(fail('take-not-open'));
      const next = acceptChunk(stream.state, { ...chunk, sizeBytes: chunk.pcm.length });
      if (!next.ok) return answer(next);
      if (next.value !== stream.state) {
        const room = take(chunk.pcm.length);
        if (!room.ok) return answer(room);
        stream.pcm.push(chunk.pcm.slice());
        stream.state = next.value;
      }
      return answer(ok({ storedFrames: stream.state.storedFrames }));
    },
    finish(takeId) {
      const kept = finished.get(takeId);
      if (kept !== undefined) return answer(ok(kept.facts));
      const stream = open.get(takeId);
      if (stream === undefined) return answer(fail('take-not-found'));
      if (stream.state.storedFrames === 0) {
        open.delete(takeId);
        return answer(fail('take-empty'));
      }
      const { storedFrames, nextSequence, gaps } = stream.state;
      const format = { sampleRateHz: stream.sampleRateHz, bitDepth: 16, frameCount: storedFrames } as const;
      const wav = joined([wavHeader(format), ...stream.pcm]);
      const facts: FinishedRecording = {
        sha256: hashing.sha256(wav),
        sizeBytes: wav.length,
        ...format,
        chunkCount: nextSequence,
        gaps,
      };
      const stored = keepWav(takeId, wav, facts);
      if (stored.ok) open.delete(takeId);
      return answer(stored);
    },
    unfinished: () => Promise.resolve([...open.keys()]),
    keep(takeId, wav) {
      if (open.has(takeId)) return answer(fail('conflict', { reason: 'open' }));
      const header = readStoredWav(wav);
      if (!header.ok) return answer(fail('take-verification-failed', header.problem.details));
      if (header.value.frameCount === 0) return answer(fail('take-empty'));
      const sha256 = hashing.sha256(wav);
      const kept = finished.get(takeId);
      if (kept !== undefined) {
        return answer(
          kept.facts.sha256 === sha256 ? ok(kept.facts) : fail('conflict', { reason: 'other-content' }),
        );
      }
      const { sampleRateHz, bitDepth, frameCount } = header.value;
      const facts = {
        sha256,
        sizeBytes: wav.length,
        sampleRateHz,
        bitDepth,
        frameCount,
        chunkCount: 1,
        gaps: [],
      };
      return answer(keepWav(takeId, wav.slice(), facts));
    },
    read(takeId) {
      const kept = whole(takeId);
      return answer(kept.ok ? ok(kept.value.wav.slice()) : kept);
    },
    readSlice(takeId, { offsetBytes, lengthBytes }) {
      const kept = whole(takeId);
      if (!kept.ok) return answer(kept);
      const { wav } = kept.value;
      return answer(ok({ totalBytes: wav.length, bytes: wav.slice(offsetBytes, offsetBytes + lengthBytes) }));
    },
    remove(takeId) {
      freeBytes += finished.get(takeId)?.wav.length ?? 0;
      finished.delete(takeId);
      return answer(ok(undefined));
    },
    stage(importId, { offsetBytes, bytes }) {
      const earlier = staged.get(importId) ?? new Uint8Array(0);
      if (offsetBytes > earlier.length) {
        return answer(fail('conflict', { expectedOffsetBytes: earlier.length, offsetBytes }));
      }
      if (offsetBytes + bytes.length <= earlier.length && staged.has(importId)) {
        return answer(ok({ receivedBytes: earlier.length }));
      }
      if (offsetBytes < earlier.length) {
        return answer(fail('conflict', { expectedOffsetBytes: earlier.length, offsetBytes }));
      }
      const room = take(bytes.length);
      if (!room.ok) return answer(room);
      const next = joined([earlier, bytes]);
      staged.set(importId, next);
      return answer(ok({ receivedBytes: next.length }));
    },
    takeStaged(importId) {
      const bytes = staged.get(importId);
      staged.delete(importId);
      if (bytes === undefined) return answer(fail('not-found'));
      freeBytes += bytes.length;
      return answer(ok(bytes));
    },
    space() {
      const usedBytes = [...finished.values()].reduce((total, { wav }) => total + wav.length, 0);
      return answer(ok({ freeBytes, usedBytes }));
    },
    damage(takeId) {
      const kept = finished.get(takeId);
      if (kept !== undefined) kept.wav[kept.wav.length - 1] = (kept.wav.at(-1) ?? 0) ^ 1;
    },
    setFreeBytes(bytes) {
      freeBytes = bytes;
    },
    restart() {
      staged.clear();
    },
  };
}

function answer<T>(result: Result<T>): Promise<Result<T>> {
  return Promise.resolve(result);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
