import { execFileSync, spawn } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { importIdSchema, takeIdSchema, type TakeId } from '../../../contract/ids.ts';
import type { Result } from '../../../contract/result.ts';
import { encodeWav } from '../../core/wav.ts';
import { codeOf, describeRecordings, newTake, pcmOf, valueOf } from '../../ports/recordings.contract.ts';
import { enlarge, mountSmall, unmount } from '../system/fixtures/small-file-system.ts';
import { diskFiles, type Files, type OpenFile } from './files.ts';
import { openRecordings, type DiskRecordings } from './open-recordings.ts';

const masterKey = Uint8Array.from({ length: 32 }, (_, index) => 255 - index);
let folder: string;
let opened: DiskRecordings[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'spira-recordings-'));
  opened = [];
});
afterEach(async () => {
  for (const recordings of opened) await recordings.close().catch(() => undefined);
  rmSync(folder, { recursive: true, force: true });
});

async function open(where = folder, files: Files = diskFiles): Promise<DiskRecordings> {
  const recordings = valueOf(await openRecordings({ folder: where, masterKey, files }));
  opened.push(recordings);
  return recordings;
}

const chunkFrames = 500;
const chunk = (sequence: number) => ({
  sequence,
  firstFrame: sequence * chunkFrames,
  pcm: pcmOf(sequence * chunkFrames, chunkFrames),
});

async function record(recordings: DiskRecordings, chunks: number): Promise<TakeId> {
  const takeId = newTake();
  valueOf(await recordings.open({ takeId, sampleRateHz: 16_000 }));
  for (let sequence = 0; sequence < chunks; sequence += 1)
    valueOf(await recordings.append(takeId, chunk(sequence)));
  return takeId;
}

const pathsIn = (where: string): string[] =>
  readdirSync(where, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
const finishedPath = (takeId: TakeId): string => join(folder, 'finished', takeId.slice(-2), takeId);
const openPath = (takeId: TakeId): string => join(folder, 'open', takeId);

describeRecordings('recordings on a disk', async () => {
  const where = join(folder, 'contract');
  const recordings = await open(where);
  return { recordings, restart: () => open(where), discard: () => Promise.resolve() };
});

describe('recordings on a disk', () => {
  it('leave nothing in clear at any moment, neither samples nor names', async () => {
    const recordings = await open();
    const marker = Buffer.from('Hospital das Clinicas 14259401E;'.repeat(4));
    const takeId = newTake();
    valueOf(await recordings.open({ takeId, sampleRateHz: 48_000 }));
    valueOf(await recordings.append(takeId, { sequence: 0, firstFrame: 0, pcm: marker }));
    const importId = importIdSchema.parse(newTake());
    valueOf(await recordings.stage(importId, { offsetBytes: 0, bytes: marker }));
    const during = pathsIn(folder);
    const findings = [...clearIn(during, marker)];
    valueOf(await recordings.finish(takeId));
    findings.push(...clearIn(pathsIn(folder), marker));
    expect(findings).toEqual([]);
    expect(during.length).toBe(2);
  });

  it('are readable by this user alone, under names that are ids', async () => {
    const recordings = await open();
    const takeId = await record(recordings, 1);
    valueOf(await recordings.finish(takeId));
    const second = await record(recordings, 1);
    const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
    const modes = entries.map((entry) => statSync(join(entry.parentPath, entry.name)).mode & 0o777);
    expect(
      entries
        .filter((entry) => entry.isFile())
        .map(({ name }) => name)
        .toSorted(),
    ).toEqual([takeId, second].toSorted());
    expect(modes).toEqual(entries.map((entry) => (entry.isFile() ? 0o600 : 0o700)));
  });

  it('cannot be read with another key', async () => {
    const recordings = await open();
    const finished = await record(recordings, 2);
    valueOf(await recordings.finish(finished));
    const unfinished = await record(recordings, 2);
    const other = valueOf(await openRecordings({ folder, masterKey: new Uint8Array(32) }));
    const codes = [await other.read(finished), await other.append(finished, chunk(0))].map(codeOf);
    const stream = await other.finish(unfinished);
    expect(codes).toEqual(['take-damaged', 'take-not-open']);
    expect(stream.ok).toBe(false);
    await other.close();
    const bytes = valueOf(await recordings.finish(unfinished)).frameCount;
    expect(bytes).toBe(2 * chunkFrames);
  });

  it('show every flipped bit of a finished take', async () => {
    const recordings = await open();
    const takeId = await record(recordings, 1);
    valueOf(await recordings.finish(takeId));
    const path = finishedPath(takeId);
    const sound = readFileSync(path);
    const undetected: number[] = [];
    for (let at = 0; at < sound.length; at += 1) {
      const flipped = Buffer.from(sound);
      flipped[at] = (flipped[at] ?? 0) ^ (1 << (at % 8));
      writeFileSync(path, flipped);
      if (codeOf(await recordings.read(takeId)) !== 'take-damaged') undetected.push(at);
    }
    writeFileSync(path, sound);
    expect([undetected, codeOf(await recordings.read(takeId))]).toEqual([[], 'ok']);
  });

  it('show a finished take that was cut, lengthened, or put in the place of another', async () => {
    const recordings = await open();
    const [one, two] = [await record(recordings, 70), await record(recordings, 70)];
    valueOf(await recordings.finish(one));
    valueOf(await recordings.finish(two));
    const sound = readFileSync(finishedPath(one));
    const frame = 65_536 + 40;
    const firstFrame = sound.length - ((sound.length - 300) % frame) - frame;
    const changed = [
      sound.subarray(0, -1),
      sound.subarray(0, firstFrame),
      Buffer.concat([sound, Buffer.alloc(1)]),
      readFileSync(finishedPath(two)),
      Buffer.alloc(0),
    ];
    const codes: string[] = [];
    for (const bytes of changed) {
      writeFileSync(finishedPath(one), bytes);
      codes.push(codeOf(await recordings.read(one)));
    }
    expect(codes).toEqual(changed.map(() => 'take-damaged'));
  });

  it('decrypt only the frames that a slice needs', async () => {
    const recordings = await open();
    const takeId = await record(recordings, 200);
    valueOf(await recordings.finish(takeId));
    const bytes = readFileSync(finishedPath(takeId));
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    writeFileSync(finishedPath(takeId), bytes);
    const slices = [
      await recordings.readSlice(takeId, { offsetBytes: 0, lengthBytes: 65_536 }),
      await recordings.readSlice(takeId, { offsetBytes: 199_000, lengthBytes: 10 }),
      await recordings.read(takeId),
    ];
    expect(slices.map(codeOf)).toEqual(['ok', 'take-damaged', 'take-damaged']);
  });

  it('keep every whole chunk of a stream that a power cut ended anywhere', async () => {
    const recordings = await open();
    const takeId = await record(recordings, 3);
    const whole = readFileSync(openPath(takeId));
    await recordings.close();
    const frameBytes = (whole.length - 32) / 3;
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: whole.length }),
        fc.constantFrom('short', 'zeros', 'noise'),
        fc.nat(),
        async (length, tail, seed) => {
          const where = join(folder, 'cut');
          rmSync(where, { recursive: true, force: true });
          mkdirSync(join(where, 'open'), { recursive: true });
          const rest = tail === 'short' ? 0 : Math.min(whole.length - length, frameBytes - 1);
          const filler = Buffer.alloc(rest, tail === 'zeros' ? 0 : (seed % 255) + 1);
          const found = Buffer.concat([whole.subarray(0, length), filler]);
          writeFileSync(join(where, 'open', takeId), found);
          // By chance what lies behind the cut may be what was there: sealed bytes are as good as random.
          const isWhole = (end: number): boolean => found.subarray(0, end).equals(whole.subarray(0, end));
          const kept = [3, 2, 1].find((frames) => isWhole(32 + frames * frameBytes)) ?? 0;
          const restarted = await open(where);
          const finished = await restarted.finish(takeId);
          if (found.length >= 32 && !isWhole(32)) {
            expect(codeOf(finished)).toBe('take-damaged');
          } else if (kept === 0) {
            expect(codeOf(finished)).toBe('take-empty');
          } else {
            expect(valueOf(finished).frameCount).toBe(kept * chunkFrames);
            const wav = valueOf(await restarted.read(takeId));
            expect(Buffer.compare(wav.subarray(44), pcmOf(0, kept * chunkFrames))).toBe(0);
          }
          await restarted.close();
        },
      ),
      { numRuns: 60 },
    );
  });

  it('write over what a power cut left at the end and go on', async () => {
    const recordings = await open();
    const takeId = await record(recordings, 2);
    await recordings.close();
    truncateSync(openPath(takeId), statSync(openPath(takeId)).size - 7);
    const restarted = await open();
    const goneOn = valueOf(await restarted.append(takeId, chunk(1)));
    expect(goneOn.storedFrames).toBe(2 * chunkFrames);
    const finished = valueOf(await restarted.finish(takeId));
    expect(finished.frameCount).toBe(2 * chunkFrames);
  });

  it('call a stream damaged when a chunk in its middle is not as it was written, and keep the file', async () => {
    const recordings = await open();
    const takeId = await record(recordings, 3);
    await recordings.close();
    const bytes = readFileSync(openPath(takeId));
    const frameBytes = (bytes.length - 32) / 3;
    const codes = new Set<string>();
    // Marker, index, length, nonce, content and tag of the second chunk.
    for (const at of [0, 5, 8, 11, 15, 40, frameBytes - 1]) {
      const flipped = Buffer.from(bytes);
      flipped[32 + frameBytes + at] = (flipped[32 + frameBytes + at] ?? 0) ^ 4;
      writeFileSync(openPath(takeId), flipped);
      const restarted = await open();
      codes.add(codeOf(await restarted.finish(takeId)));
      await restarted.close();
      expect(Buffer.compare(readFileSync(openPath(takeId)), flipped)).toBe(0);
    }
    expect([...codes]).toEqual(['take-damaged']);
  });

  it('call a stream damaged that lost chunks while it was recorded', async () => {
    const recordings = await open();
    const takeId = await record(recordings, 3);
    truncateSync(openPath(takeId), statSync(openPath(takeId)).size - 1);
    expect(codeOf(await recordings.finish(takeId))).toBe('take-damaged');
  });

  it('drop what dead programs left half-done, and nothing of a living one', async () => {
    const living = await open();
    const importId = importIdSchema.parse(newTake());
    valueOf(await living.stage(importId, { offsetBytes: 0, bytes: new Uint8Array(10) }));
    const child = execFileSync(process.execPath, [
      '-e',
      'process.stdout.write(String(process.pid))',
    ]).toString();
    mkdirSync(join(folder, 'work', `${child}-00000000`));
    writeFileSync(join(folder, 'work', `${child}-00000000`, 'left'), 'x');
    await open();
    expect(readdirSync(join(folder, 'work')).filter((name) => name.startsWith(`${child}-`))).toEqual([]);
    expect(valueOf(await living.takeStaged(importId)).length).toBe(10);
  });
});

/** Files that fail at their n-th change: as a crash (nothing works any more) or once, with an error of the system. */
function failingFiles(failAt: number, how: 'crash' | 'ENOSPC' | 'EIO') {
  let changes = 0;
  let isDead = false;
  const change = async <T>(work: () => Promise<T>): Promise<T> => {
    if (isDead) throw systemError('EIO');
    changes += 1;
    if (changes === failAt) {
      isDead = how === 'crash';
      throw systemError(how === 'crash' ? 'EIO' : how);
    }
    return work();
  };
  const wrapped = (file: OpenFile): OpenFile => ({
    ...file,
    write: (offset, bytes) =>
      change(() => file.write(offset, bytes)).catch(async (error: unknown) => {
        // Half of it may have reached the disk.
        if (changes === failAt) await file.write(offset, bytes.subarray(0, bytes.length / 2));
        throw error;
      }),
    sync: () => change(() => file.sync()),
    truncate: (size) => change(() => file.truncate(size)),
  });
  const files: Files = {
    ...diskFiles,
    makeFolder: (path) => change(() => diskFiles.makeFolder(path)),
    open: (path, how) =>
      how === 'replace' || how === 'create'
        ? change(async () => wrapped(await diskFiles.open(path, how)))
        : diskFiles.open(path, how).then(wrapped),
    rename: (from, to) => change(() => diskFiles.rename(from, to)),
    remove: (path) => change(() => diskFiles.remove(path)),
    syncFolder: (path) => change(() => diskFiles.syncFolder(path)),
  };
  return { files, changes: () => changes };
}

/** What the operating system does for a program that died: its files are closed, and nothing else happens. */
async function bury(first: Result<DiskRecordings>): Promise<void> {
  if (first.ok) await first.value.close().catch(() => undefined);
}

function systemError(code: string): Error {
  return Object.assign(new Error(code), { code, syscall: 'write' });
}

describe('finishing a take', () => {
  const prepare = async (): Promise<{ readonly takeId: TakeId; readonly source: string }> => {
    const source = join(folder, 'source');
    const recordings = await open(source);
    const takeId = await record(recordings, 90);
    await recordings.close();
    return { takeId, source };
  };

  it.each(['crash', 'ENOSPC', 'EIO'] as const)('loses nothing to %s at any step', async (how) => {
    const { takeId, source } = await prepare();
    let steps = 0;
    for (let failAt = 1; ; failAt += 1) {
      const where = join(folder, `fault-${failAt}`);
      cpSync(source, where, { recursive: true });
      const { files, changes } = failingFiles(failAt, how);
      const first = await openRecordings({ folder: where, masterKey, files });
      const answer = first.ok ? await first.value.finish(takeId) : first;
      if (changes() < failAt) {
        steps = changes();
        expect(codeOf(answer)).toBe('ok');
        break;
      }
      if (!answer.ok)
        expect(answer.problem.code).toBe(how === 'ENOSPC' ? 'disk-full' : 'storage-unavailable');
      if (how === 'crash') await bury(first);
      const again = first.ok && how !== 'crash' ? first.value : await open(where);
      const finished = valueOf(await again.finish(takeId));
      expect(finished.frameCount).toBe(90 * chunkFrames);
      const wav = valueOf(await again.read(takeId));
      expect(Buffer.compare(wav.subarray(44), pcmOf(0, 90 * chunkFrames))).toBe(0);
      expect(await again.unfinished()).toEqual([]);
      await again.close();
      rmSync(where, { recursive: true });
    }
    expect(steps).toBeGreaterThan(10);
  });
});

describe('a full disk', () => {
  it('refuses the chunk, keeps all before it, and takes it when there is room again', async () => {
    const recordings = await open();
    const takeId = await record(recordings, 2);
    await recordings.close();
    for (const failAt of [1, 2]) {
      const where = join(folder, `full-${failAt}`);
      mkdirSync(where);
      cpSync(join(folder, 'open'), join(where, 'open'), { recursive: true });
      // Three changes to make the folders and two to make their names durable come first.
      const { files } = failingFiles(5 + failAt, 'ENOSPC');
      const full = await open(where, files);
      const refused = await full.append(takeId, chunk(2));
      const accepted = valueOf(await full.append(takeId, chunk(2)));
      const finished = valueOf(await full.finish(takeId));
      expect([codeOf(refused), accepted.storedFrames, finished.frameCount]).toEqual([
        'disk-full',
        3 * chunkFrames,
        3 * chunkFrames,
      ]);
    }
  });

  it('is told by the system itself on a small file system', async ({ skip }) => {
    const where = join(folder, 'small');
    mkdirSync(where);
    if (!mountSmall(where, '256k')) skip('mounting a file system needs rights that this user does not have');
    try {
      const recordings = await open(where);
      const takeId = newTake();
      valueOf(await recordings.open({ takeId, sampleRateHz: 16_000 }));
      let stored = 0;
      let code = 'ok';
      while (code === 'ok') {
        code = codeOf(await recordings.append(takeId, chunk(stored)));
        if (code === 'ok') stored += 1;
      }
      const finish = await recordings.finish(takeId);
      expect([code, codeOf(finish), await recordings.unfinished()]).toEqual([
        'disk-full',
        'disk-full',
        [takeId],
      ]);
      enlarge(where, '8m');
      expect(valueOf(await recordings.finish(takeId)).frameCount).toBe(stored * chunkFrames);
      await recordings.close();
    } finally {
      unmount(where);
    }
  });
});

describe('a program that is killed in the middle of a recording', () => {
  it('loses nothing that it was told is stored, and leaves nothing in clear', async () => {
    const recorder = fileURLToPath(new URL('fixtures/record-until-killed.ts', import.meta.url));
    const child = spawn(process.execPath, [recorder, folder, Buffer.from(masterKey).toString('hex')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exited = new Promise((resolve) => child.once('exit', resolve));
    const lines: string[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      lines.push(line);
      if (lines.length === 8) child.kill('SIGKILL');
    }
    await exited;
    const takeId = takeIdSchema.parse(lines[0]);
    const acknowledged = lines.length - 1;
    const leftInClear = clearIn(pathsIn(folder), Buffer.from(pcmOf(0, 64)));
    const recordings = await open();
    const unfinished = await recordings.unfinished();
    const finished = valueOf(await recordings.finish(takeId));
    const wav = valueOf(await recordings.read(takeId));
    expect([leftInClear, unfinished]).toEqual([[], [takeId]]);
    expect(finished.frameCount).toBeGreaterThanOrEqual(acknowledged * 4800);
    expect(Buffer.compare(wav.subarray(44), pcmOf(0, finished.frameCount))).toBe(0);
  });
});

it('keeps an import whole although the program dies at any step of keeping it', async () => {
  const wav = encodeWav(Float32Array.from({ length: 60_000 }, Math.sin), {
    sampleRateHz: 16_000,
    bitDepth: 24,
  });
  for (let failAt = 1; ; failAt += 1) {
    const where = join(folder, `keep-${failAt}`);
    const takeId = newTake();
    const { files, changes } = failingFiles(failAt, 'crash');
    const first = await openRecordings({ folder: where, masterKey, files });
    if (first.ok) await first.value.keep(takeId, wav);
    const isDone = changes() < failAt;
    await bury(first);
    const again = await open(where);
    expect(['ok', 'take-not-found']).toContain(codeOf(await again.read(takeId)));
    valueOf(await again.keep(takeId, wav));
    expect(Buffer.compare(valueOf(await again.read(takeId)), wav)).toBe(0);
    if (isDone) break;
  }
});

/** Paths whose name or content holds any 16 bytes of what must not be seen. */
function clearIn(paths: readonly string[], secret: Buffer): readonly string[] {
  const parts = Array.from({ length: secret.length / 16 }, (_, index) =>
    secret.subarray(index * 16, index * 16 + 16),
  );
  return paths.filter((path) => {
    const content = readFileSync(path);
    return parts.some((part) => content.includes(part) || path.includes(part.toString('latin1')));
  });
}
