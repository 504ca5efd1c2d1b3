/** What all recordings do, on a disk or in memory. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { importIdSchema, takeIdSchema } from '../../contract/ids.ts';
import type { Result } from '../../contract/result.ts';
import { uuidV7 } from '../../contract/uuid-v7.ts';
import { encodeWav, storedWavSamples } from '../core/wav.ts';
import { memoryHashing } from './hashing.memory.ts';
import { memoryRandomness } from './randomness.memory.ts';
import type { Recordings } from './recordings.ts';

const randomness = memoryRandomness(7);
const newId = (): string => uuidV7(Date.parse('2026-03-09T12:00:00.000Z'), randomness.bytes(10));
export const newTake = () => takeIdSchema.parse(newId());
const newImport = () => importIdSchema.parse(newId());

/** 16-bit PCM that repeats nowhere soon: sample n is (n · 31) modulo 65536. */
export function pcmOf(firstFrame: number, frames: number): Uint8Array {
  const bytes = new Uint8Array(frames * 2);
  const view = new DataView(bytes.buffer);
  for (let frame = 0; frame < frames; frame += 1)
    view.setUint16(frame * 2, ((firstFrame + frame) * 31) & 0xffff, true);
  return bytes;
}

export function valueOf<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw new Error(`${result.problem.code} ${JSON.stringify(result.problem.details ?? {})}`);
}

export function codeOf(result: Result<unknown>): string {
  return result.ok ? 'ok' : result.problem.code;
}

export interface RecordingsUnderTest {
  readonly recordings: Recordings;
  /** The same recordings after the program was killed and started again. */
  restart(): Promise<Recordings>;
  discard(): Promise<void>;
}

export function describeRecordings(name: string, make: () => Promise<RecordingsUnderTest>): void {
  describe(`${name} are recordings that`, () => {
    let made: RecordingsUnderTest;
    let recordings: Recordings;
    beforeEach(async () => {
      made = await make();
      ({ recordings } = made);
    });
    afterEach(() => made.discard());

    const record = async (frameCounts: readonly number[], gapBefore = 0) => {
      const takeId = newTake();
      valueOf(await recordings.open({ takeId, sampleRateHz: 48_000 }));
      let [stored, device] = [0, 0];
      for (const [sequence, frames] of frameCounts.entries()) {
        if (sequence === gapBefore && sequence > 0) device += 480;
        valueOf(
          await recordings.append(takeId, { sequence, firstFrame: device, pcm: pcmOf(stored, frames) }),
        );
        stored += frames;
        device += frames;
      }
      return { takeId, frames: stored };
    };

    it('removes a finished recording for good, and one that is not there without a word', async () => {
      const { takeId } = await record([1000]);
      valueOf(await recordings.finish(takeId));
      const before = valueOf(await recordings.space());
      valueOf(await recordings.remove(takeId));
      valueOf(await recordings.remove(takeId));
      const after = valueOf(await recordings.space());
      expect(codeOf(await recordings.read(takeId))).toBe('take-not-found');
      expect(after.usedBytes).toBeLessThan(before.usedBytes);
      recordings = await made.restart();
      expect(codeOf(await recordings.read(takeId))).toBe('take-not-found');
    });

    it('turn chunks into the WAV of exactly these samples', async () => {
      const { takeId, frames } = await record([4800, 1, 0, 70_000, 333]);
      const finished = valueOf(await recordings.finish(takeId));
      const wav = valueOf(await recordings.read(takeId));
      expect(finished).toEqual({
        sha256: memoryHashing().sha256(wav),
        sizeBytes: 44 + frames * 2,
        sampleRateHz: 48_000,
        bitDepth: 16,
        frameCount: frames,
        chunkCount: 5,
        gaps: [],
      });
      expect(Buffer.compare(wav.subarray(44), pcmOf(0, frames))).toBe(0);
      expect(valueOf(storedWavSamples(wav)).samples.length).toBe(frames);
      expect(await recordings.unfinished()).toEqual([]);
    });

    it('say where the device went on without audio and put nothing there', async () => {
      const { takeId } = await record([100, 50, 50], 2);
      const { gaps, frameCount } = valueOf(await recordings.finish(takeId));
      expect({ gaps, frameCount }).toEqual({ gaps: [{ atFrame: 150, frames: 480 }], frameCount: 200 });
    });

    it('take a repeated chunk as done, and none out of order', async () => {
      const { takeId } = await record([100, 50]);
      const again = valueOf(
        await recordings.append(takeId, { sequence: 1, firstFrame: 100, pcm: pcmOf(0, 50) }),
      );
      const early = await recordings.append(takeId, { sequence: 3, firstFrame: 200, pcm: pcmOf(0, 50) });
      const overlapping = await recordings.append(takeId, {
        sequence: 2,
        firstFrame: 149,
        pcm: pcmOf(0, 50),
      });
      const halfSample = await recordings.append(takeId, {
        sequence: 2,
        firstFrame: 150,
        pcm: new Uint8Array(3),
      });
      const next = valueOf(
        await recordings.append(takeId, { sequence: 2, firstFrame: 150, pcm: pcmOf(150, 50) }),
      );
      expect([again, codeOf(early), codeOf(overlapping), codeOf(halfSample), next]).toEqual([
        { storedFrames: 150 },
        'conflict',
        'conflict',
        'invalid-input',
        { storedFrames: 200 },
      ]);
      expect(valueOf(await recordings.finish(takeId)).frameCount).toBe(200);
    });

    it('take chunks that are sent without waiting in the order in which they were sent', async () => {
      const takeId = newTake();
      const opened = recordings.open({ takeId, sampleRateHz: 8000 });
      const appended = Array.from({ length: 20 }, (_, sequence) =>
        recordings.append(takeId, { sequence, firstFrame: sequence * 10, pcm: pcmOf(sequence * 10, 10) }),
      );
      const finished = recordings.finish(takeId);
      const answers = await Promise.all([opened, ...appended]);
      expect(answers.map(codeOf)).toEqual(answers.map(() => 'ok'));
      expect(valueOf(await finished).frameCount).toBe(200);
    });

    it('give the same answer when a take is finished again, also after a restart', async () => {
      const { takeId } = await record([480, 480], 1);
      const first = valueOf(await recordings.finish(takeId));
      const second = valueOf(await recordings.finish(takeId));
      const third = valueOf(await (await made.restart()).finish(takeId));
      expect([second, third]).toEqual([first, first]);
    });

    it('open a take twice without loss, but not at another rate and not when it is finished', async () => {
      const { takeId } = await record([480]);
      const again = await recordings.open({ takeId, sampleRateHz: 48_000 });
      const otherRate = await recordings.open({ takeId, sampleRateHz: 44_100 });
      const { frameCount } = valueOf(await recordings.finish(takeId));
      const afterFinish = await recordings.open({ takeId, sampleRateHz: 48_000 });
      const late = await recordings.append(takeId, { sequence: 1, firstFrame: 480, pcm: pcmOf(0, 1) });
      expect([codeOf(again), codeOf(otherRate), frameCount, codeOf(afterFinish), codeOf(late)]).toEqual([
        'ok',
        'conflict',
        480,
        'conflict',
        'take-not-open',
      ]);
    });

    it('find what a killed program left, go on with it, and finish it', async () => {
      const { takeId } = await record([4800, 4800]);
      const restarted = await made.restart();
      const unfinished = await restarted.unfinished();
      const goneOn = valueOf(
        await restarted.append(takeId, { sequence: 2, firstFrame: 9600, pcm: pcmOf(9600, 100) }),
      );
      const finished = valueOf(await restarted.finish(takeId));
      const wav = valueOf(await restarted.read(takeId));
      expect([unfinished, goneOn.storedFrames, finished.frameCount]).toEqual([[takeId], 9700, 9700]);
      expect(Buffer.compare(wav.subarray(44), pcmOf(0, 9700))).toBe(0);
      expect(await restarted.unfinished()).toEqual([]);
    });

    it('end a take without audio as empty and keep nothing of it', async () => {
      const { takeId } = await record([]);
      const codes = [await recordings.finish(takeId), await recordings.finish(takeId)].map(codeOf);
      expect([codes, await recordings.unfinished()]).toEqual([['take-empty', 'take-not-found'], []]);
    });

    it('know nothing of takes that never were', async () => {
      const takeId = newTake();
      const answers = [
        await recordings.append(takeId, { sequence: 0, firstFrame: 0, pcm: pcmOf(0, 1) }),
        await recordings.finish(takeId),
        await recordings.read(takeId),
        await recordings.readSlice(takeId, { offsetBytes: 0, lengthBytes: 1 }),
        await recordings.takeStaged(newImport()),
      ];
      expect(answers.map(codeOf)).toEqual([
        'take-not-open',
        'take-not-found',
        'take-not-found',
        'take-not-found',
        'not-found',
      ]);
    });

    it('give any part of a WAV, and less past its end', async () => {
      const { takeId } = await record([100_000]);
      valueOf(await recordings.finish(takeId));
      const wav = valueOf(await recordings.read(takeId));
      const asked = [
        [0, 44],
        [65_530, 20],
        [65_536, 65_536],
        [131_071, 2],
        [wav.length - 3, 100],
        [wav.length, 10],
        [wav.length + 5, 10],
        [0, wav.length],
      ] as const;
      for (const [offsetBytes, lengthBytes] of asked) {
        const slice = valueOf(await recordings.readSlice(takeId, { offsetBytes, lengthBytes }));
        expect(slice.totalBytes).toBe(wav.length);
        expect(Buffer.compare(slice.bytes, wav.subarray(offsetBytes, offsetBytes + lengthBytes))).toBe(0);
      }
    });

    it.each([16, 24, 32] as const)('keep an imported WAV of %d bits as it is, once', async (bitDepth) => {
      const takeId = newTake();
      const samples = Float32Array.from(
        { length: 40_001 },
        (_, index) => Math.round(Math.sin(index) * 100) / 128,
      );
      const wav = encodeWav(samples, { sampleRateHz: 96_000, bitDepth });
      const other = encodeWav(samples.subarray(1), { sampleRateHz: 96_000, bitDepth });
      const first = valueOf(await recordings.keep(takeId, wav));
      const again = valueOf(await recordings.keep(takeId, wav));
      const different = await recordings.keep(takeId, other);
      expect(first).toEqual({
        sha256: memoryHashing().sha256(wav),
        sizeBytes: wav.length,
        sampleRateHz: 96_000,
        bitDepth,
        frameCount: 40_001,
        chunkCount: 1,
        gaps: [],
      });
      expect([again, codeOf(different)]).toEqual([first, 'conflict']);
      expect(Buffer.compare(valueOf(await recordings.read(takeId)), wav)).toBe(0);
    });

    it('keep nothing that is not a whole WAV of the stored kind, and nothing over an open take', async () => {
      const wav = encodeWav(new Float32Array(10), { sampleRateHz: 8000, bitDepth: 16 });
      const { takeId } = await record([10]);
      const answers = [
        await recordings.keep(newTake(), wav.subarray(0, wav.length - 1)),
        await recordings.keep(newTake(), new Uint8Array(100)),
        await recordings.keep(
          newTake(),
          encodeWav(new Float32Array(0), { sampleRateHz: 8000, bitDepth: 16 }),
        ),
        await recordings.keep(takeId, wav),
      ];
      expect(answers.map(codeOf)).toEqual([
        'take-verification-failed',
        'take-verification-failed',
        'take-empty',
        'conflict',
      ]);
    });

    it('collect a file that comes in parts, give it once, and forget it at a restart', async () => {
      const [first, second] = [newImport(), newImport()];
      const part = (from: number, length: number) =>
        Uint8Array.from({ length }, (_, index) => (from + index) & 0xff);
      const steps = [
        await recordings.stage(first, { offsetBytes: 0, bytes: part(0, 1000) }),
        await recordings.stage(second, { offsetBytes: 0, bytes: part(7, 10) }),
        await recordings.stage(first, { offsetBytes: 0, bytes: part(0, 1000) }),
        await recordings.stage(first, { offsetBytes: 1500, bytes: part(0, 10) }),
        await recordings.stage(first, { offsetBytes: 500, bytes: part(0, 1000) }),
        await recordings.stage(first, { offsetBytes: 1000, bytes: part(1000, 5) }),
      ];
      const taken = valueOf(await recordings.takeStaged(first));
      const restarted = await made.restart();
      expect(steps.map((step) => (step.ok ? step.value.receivedBytes : step.problem.code))).toEqual([
        1000,
        10,
        1000,
        'conflict',
        'conflict',
        1005,
      ]);
      expect(taken).toEqual(part(0, 1005));
      expect([await recordings.takeStaged(first), await restarted.takeStaged(second)].map(codeOf)).toEqual([
        'not-found',
        'not-found',
      ]);
    });

    it('know how much room there is and how much they take', async () => {
      const before = valueOf(await recordings.space());
      const { takeId } = await record([50_000]);
      valueOf(await recordings.finish(takeId));
      const after = valueOf(await recordings.space());
      expect(before.freeBytes).toBeGreaterThan(0);
      expect(after.usedBytes - before.usedBytes).toBeGreaterThanOrEqual(100_044);
    });
  });
}
