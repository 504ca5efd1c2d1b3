/**
 * Audio in files, encrypted from the first byte: `open/<take id>` while it is recorded, `finished/<two
 * digits>/<take id>` when it is a verified WAV, `work/<process>/` for what is being written. Names hold ids alone.
 */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { takeIdSchema, type TakeId } from '../../../contract/ids.ts';
import { fail, ok, type Result } from '../../../contract/result.ts';
import { acceptChunk } from '../../core/recording-stream.ts';
import { readStoredWav, wavHeader, wavSizeBytes } from '../../core/wav.ts';
import type { MasterKey } from '../../ports/keys.ts';
import type { FinishedRecording, Recordings } from '../../ports/recordings.ts';
import { deriveKey } from '../system/derive-key.ts';
import { withDiskFailures } from './failures.ts';
import { diskFiles, isMissing, type Files, type OpenFile } from './files.ts';
import { frameCipher } from './frame-cipher.ts';
import { createStaging } from './staging.ts';
import { appendChunk, chunksOf, readStream, type StreamFile } from './stream-file.ts';
import { openWavFile, readWholeWav, writeWavFile, type WavFile } from './wav-file.ts';

export interface OpenRecordingsOptions {
  /** Made with mode 0700 where it is missing. */
  readonly folder: string;
  readonly masterKey: MasterKey;
  readonly files?: Files;
}

export interface DiskRecordings extends Recordings {
  /** Closes the files of takes that are still open; they stay unfinished. */
  close(): Promise<void>;
}

/** `storage-unavailable` or `disk-full` where the folder cannot be used. */
export function openRecordings(options: OpenRecordingsOptions): Promise<Result<DiskRecordings>> {
  return withDiskFailures(async () => {
    const files = options.files ?? diskFiles;
    const work = join(options.folder, 'work');
    const ownWork = join(work, `${process.pid}-${randomBytes(4).toString('hex')}`);
    await files.makeFolder(join(options.folder, 'open'));
    await files.makeFolder(join(options.folder, 'finished'));
    for (const name of await files.list(work)) {
      if (!isAlive(Number.parseInt(name, 10))) await files.remove(join(work, name));
    }
    await files.makeFolder(ownWork);
    for (const folder of [work, options.folder]) await files.syncFolder(folder);
    return ok(createRecordings({ ...options, files, ownWork }));
  });
}

function createRecordings(options: {
  readonly folder: string;
  readonly ownWork: string;
  readonly masterKey: MasterKey;
  readonly files: Files;
}): DiskRecordings {
  const { files, folder, ownWork } = options;
  const openFolder = join(folder, 'open');
  const streams = new Map<TakeId, StreamFile>();
  const staging = createStaging(files, ownWork);
  const turns = new Map<string, Promise<unknown>>();
  // Begun early: with hundreds of thousands of files it takes seconds, and nobody has asked yet.
  let usedBytes = usedOnDisk();
  usedBytes.catch(() => undefined);

  const keyOf = (takeId: TakeId) => ({ takeId, key: deriveKey(options.masterKey, `recording v1 ${takeId}`) });
  const streamPath = (takeId: TakeId): string => join(openFolder, checked(takeId));
  const shardFolder = (takeId: TakeId): string => join(folder, 'finished', takeId.slice(-2));
  const finishedPath = (takeId: TakeId): string => join(shardFolder(takeId), checked(takeId));

  /** One thing at a time for each id; what the disk refuses is a problem. */
  function inTurn<T>(id: string, work: () => Promise<Result<T>>): Promise<Result<T>> {
    const turn = (turns.get(id) ?? Promise.resolve()).then(() => withDiskFailures(work));
    const settled = turn.then(
      () => undefined,
      () => undefined,
    );
    turns.set(id, settled);
    void settled.then(() => {
      if (turns.get(id) === settled) turns.delete(id);
    });
    return turn;
  }

  /** The stream as this process or an earlier one left it; `take-not-open` where there is none. */
  async function streamOf(takeId: TakeId): Promise<Result<StreamFile>> {
    const known = streams.get(takeId);
    if (known !== undefined) return ok(known);
    const file = await openIfThere(files, streamPath(takeId), 'update');
    if (file === undefined) return fail('take-not-open');
    let read: Result<StreamFile> | undefined;
    try {
      read = await readStream(file, keyOf(takeId));
    } finally {
      if (read?.ok !== true) await file.close();
    }
    if (read.ok) streams.set(takeId, read.value);
    return read;
  }

  async function createStream(takeId: TakeId, sampleRateHz: number): Promise<void> {
    const { key } = keyOf(takeId);
    const file = await files.open(streamPath(takeId), 'replace');
    try {
      await file.write(0, frameCipher(key, { kind: 'stream', id: takeId, sampleRateHz }).fileHeader);
      await file.sync();
      await files.syncFolder(openFolder);
    } catch (error) {
      await files.remove(streamPath(takeId)).catch(() => undefined);
      throw error;
    } finally {
      await file.close();
    }
  }

  async function dropStream(takeId: TakeId): Promise<void> {
    await streams.get(takeId)?.file.close();
    streams.delete(takeId);
    await files.remove(streamPath(takeId));
    await files.syncFolder(openFolder);
  }

  /** The finished file, if there is one, for as long as `use` runs. */
  async function withFinished<T>(
    takeId: TakeId,
    use: (wavFile: WavFile) => Promise<Result<T>>,
  ): Promise<Result<T>> {
    const file = await openIfThere(files, finishedPath(takeId), 'read');
    if (file === undefined) return fail('take-not-found');
    try {
      const wavFile = await openWavFile(file, keyOf(takeId));
      return wavFile.ok ? await use(wavFile.value) : wavFile;
    } finally {
      await file.close();
    }
  }

  function verified(takeId: TakeId): Promise<Result<FinishedRecording>> {
    return withFinished(takeId, async (wavFile) => {
      const whole = await readWholeWav(wavFile);
      return whole.ok ? ok(wavFile.facts) : whole;
    });
  }

  /** Under another name first; the final name appears only over a file that was read back and agrees. */
  async function writeFinished(
    takeId: TakeId,
    content: Parameters<typeof writeWavFile>[2],
  ): Promise<Result<FinishedRecording>> {
    const temporary = join(ownWork, checked(takeId));
    try {
      const file = await files.open(temporary, 'replace');
      let facts: FinishedRecording;
      try {
        const written = await writeWavFile(file, keyOf(takeId), content);
        const readBack = await openWavFile(file, keyOf(takeId));
        const whole = readBack.ok ? await readWholeWav(readBack.value) : readBack;
        if (!whole.ok || (readBack.ok && readBack.value.facts.sha256 !== written.sha256)) {
          return fail('take-verification-failed', whole.ok ? { reason: 'hash' } : whole.problem.details);
        }
        facts = written;
      } finally {
        await file.close();
      }
      await files.makeFolder(shardFolder(takeId));
      await files.syncFolder(join(folder, 'finished'));
      await files.rename(temporary, finishedPath(takeId));
      await files.syncFolder(shardFolder(takeId));
      usedBytes = usedBytes.then((used) => used + facts.sizeBytes);
      usedBytes.catch(() => undefined);
      return ok(facts);
    } finally {
      await files.remove(temporary);
    }
  }

  async function finishStream(takeId: TakeId, acknowledged: StreamFile): Promise<Result<FinishedRecording>> {
    // Read again from the disk: what was acknowledged must be there, whatever this process remembers.
    const read = await readStream(acknowledged.file, keyOf(takeId));
    if (!read.ok) return read;
    const { state, sampleRateHz } = read.value;
    if (state.nextSequence !== acknowledged.state.nextSequence) {
      return fail('take-damaged', { chunks: state.nextSequence, written: acknowledged.state.nextSequence });
    }
    if (state.storedFrames === 0) {
      await dropStream(takeId);
      return fail('take-empty');
    }
    const format = { sampleRateHz, bitDepth: 16, frameCount: state.storedFrames } as const;
    const finished = await writeFinished(takeId, {
      facts: { ...format, sizeBytes: wavSizeBytes(format), chunkCount: state.nextSequence, gaps: state.gaps },
      wav: wavOf(read.value, wavHeader(format)),
    });
    if (finished.ok) await dropStream(takeId);
    return finished;
  }

  async function usedOnDisk(): Promise<number> {
    let used = 0;
    const shards = (await files.list(join(folder, 'finished'))).map((name) => join(folder, 'finished', name));
    for (const shard of [openFolder, ...shards]) {
      const sizes = (await files.list(shard)).map((name) => files.size(join(shard, name)));
      for (const size of await Promise.all(sizes)) used += size ?? 0;
    }
    return used;
  }

  return {
    open: ({ takeId, sampleRateHz }) =>
      inTurn(takeId, async () => {
        if ((await files.size(finishedPath(takeId))) !== undefined) {
          return fail('conflict', { reason: 'finished' });
        }
        const known = await streamOf(takeId);
        if (known.ok) {
          return known.value.sampleRateHz === sampleRateHz
            ? ok(undefined)
            : fail('conflict', { reason: 'sample-rate' });
        }
        if (known.problem.code === 'take-damaged') return known;
        await createStream(takeId, sampleRateHz);
        const created = await streamOf(takeId);
        return created.ok ? ok(undefined) : created;
      }),
    append: (takeId, chunk) =>
      inTurn(takeId, async () => {
        const stream = await streamOf(takeId);
        if (!stream.ok) return stream.problem.code === 'take-empty' ? fail('take-not-open') : stream;
        const next = acceptChunk(stream.value.state, { ...chunk, sizeBytes: chunk.pcm.length });
        if (!next.ok) return next;
        if (next.value !== stream.value.state) await appendChunk(stream.value, chunk, next.value);
        return ok({ storedFrames: stream.value.state.storedFrames });
      }),
    finish: (takeId) =>
      inTurn(takeId, async () => {
        const earlier = await verified(takeId);
        if (earlier.ok) {
          await dropStream(takeId);
          return earlier;
        }
        const stream = await streamOf(takeId);
        if (stream.ok) return finishStream(takeId, stream.value);
        if (stream.problem.code === 'take-empty') await dropStream(takeId);
        // Without a stream the finished file is all there is, and what is wrong with it is the answer.
        return stream.problem.code === 'take-not-open' ? earlier : stream;
      }),
    async unfinished() {
      return (await files.list(openFolder))
        .flatMap((name) => takeIdSchema.safeParse(name).data ?? [])
        .toSorted();
    },
    keep: (takeId, wav) =>
      inTurn(takeId, async () => {
        if ((await files.size(streamPath(takeId))) !== undefined) return fail('conflict', { reason: 'open' });
        const header = readStoredWav(wav);
        if (!header.ok) return fail('take-verification-failed', header.problem.details);
        const { sampleRateHz, bitDepth, frameCount } = header.value;
        if (frameCount === 0) return fail('take-empty');
        const earlier = await withFinished(takeId, readWholeWavOf);
        if (earlier.ok) {
          return Buffer.compare(earlier.value.wav, wav) === 0
            ? ok(earlier.value.facts)
            : fail('conflict', { reason: 'other-content' });
        }
        const facts = { sampleRateHz, bitDepth, frameCount, sizeBytes: wav.length, chunkCount: 1, gaps: [] };
        return writeFinished(takeId, { facts, wav: [wav] });
      }),
    read: (takeId) => inTurn(takeId, () => withFinished(takeId, (wavFile) => readWholeWav(wavFile))),
    readSlice: (takeId, { offsetBytes, lengthBytes }) =>
      inTurn(takeId, () =>
        withFinished(takeId, async (wavFile) => {
          const bytes = await wavFile.slice(offsetBytes, lengthBytes);
          return bytes.ok ? ok({ totalBytes: wavFile.facts.sizeBytes, bytes: bytes.value }) : bytes;
        }),
      ),
    remove: (takeId) =>
      inTurn(takeId, async () => {
        const size = await files.size(finishedPath(takeId));
        if (size === undefined) return ok(undefined);
        await files.remove(finishedPath(takeId));
        await files.syncFolder(shardFolder(takeId));
        usedBytes = usedBytes.then((used) => used - size);
        usedBytes.catch(() => undefined);
        return ok(undefined);
      }),
    stage: (importId, chunk) => inTurn(importId, () => staging.stage(importId, chunk)),
    takeStaged: (importId) => inTurn(importId, () => staging.take(importId)),
    space: () =>
      withDiskFailures(async () =>
        ok({ freeBytes: await files.freeBytes(folder), usedBytes: await usedBytes }),
      ),
    async close() {
      await Promise.all(turns.values());
      for (const { file } of streams.values()) await file.close();
      streams.clear();
      await staging.close();
      await files.remove(ownWork);
    },
  };
}

async function readWholeWavOf(
  wavFile: WavFile,
): Promise<Result<{ readonly wav: Uint8Array; readonly facts: FinishedRecording }>> {
  const wav = await readWholeWav(wavFile);
  return wav.ok ? ok({ wav: wav.value, facts: wavFile.facts }) : wav;
}

async function* wavOf(stream: StreamFile, header: Uint8Array): AsyncGenerator<Uint8Array> {
  yield header;
  for await (const { pcm } of chunksOf(stream)) yield pcm;
}

async function openIfThere(
  files: Files,
  path: string,
  how: 'read' | 'update',
): Promise<OpenFile | undefined> {
  try {
    return await files.open(path, how);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** A path is never made from anything but an id. */
function checked(takeId: TakeId): string {
  return takeIdSchema.parse(takeId);
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
