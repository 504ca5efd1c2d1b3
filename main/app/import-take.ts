/** A take from an existing file: handed over in parts, decoded, and kept like one from the microphone. */
import { fail, ok, type Result } from '../../contract/result.ts';
import { bytesFromBase64 } from '../../contract/base64.ts';
import { continuityOf } from '../core/continuity.ts';
import { encodeWav, wavHeader, wavSizeBytes, type WavBitDepth } from '../core/wav.ts';
import type { DecodedRecording } from '../ports/audio-decoding.ts';
import type { Caller, Input, Output } from './caller.ts';
import { checkDisk } from './check-disk.ts';
import { checkRecordable } from './check-recordable.ts';
import { protocolOf } from './definitions.ts';
import { keepTake } from './keep-take.ts';
import { measureSamples } from './measure-recording.ts';
import { newId } from './new-id.ts';
import type { World } from './world.ts';

/** Longer files are no recordings of a session; the protocol may ask for more. */
const longestImportS = 15 * 60;
/** The file on its way in, and the WAV made of it. */
const copies = 3;
const framesPerSlice = 262_144;

export async function startImport(
  { world, desk }: Caller,
  { sessionId, stepKey, sizeBytes }: Input<'import.start'>,
): Promise<Output<'import.start'>> {
  const recordable = await checkRecordable(world, { sessionId, stepKey });
  if (!recordable.ok) return recordable;
  const room = await checkDisk(world, sizeBytes * copies);
  if (!room.ok) return room;
  const importId = newId.import(world);
  desk.imports.set(importId, { sessionId, stepKey, sizeBytes, receivedBytes: 0 });
  return ok({ importId });
}

export async function appendToImport(
  { world, desk }: Caller,
  { importId, offsetBytes, bytes }: Input<'import.append'>,
): Promise<Output<'import.append'>> {
  const own = desk.imports.get(importId);
  if (own === undefined) return fail('not-found', { what: 'import' });
  const part = bytesFromBase64(bytes);
  if (part === undefined) return fail('invalid-input', { path: 'bytes' });
  if (offsetBytes + part.length > own.sizeBytes) return fail('too-large', { announcedBytes: own.sizeBytes });
  const staged = await world.recordings.stage(importId, { offsetBytes, bytes: part });
  if (!staged.ok) return staged;
  own.receivedBytes = staged.value.receivedBytes;
  return ok({ receivedBytes: staged.value.receivedBytes });
}

/** Whatever is wrong with the file is named once, and the file is let go: a better one starts a new import. */
export async function finishImport(
  { world, desk, account }: Caller,
  { importId }: Input<'import.finish'>,
): Promise<Output<'import.finish'>> {
  const own = desk.imports.get(importId);
  if (own === undefined) return fail('not-found', { what: 'import' });
  if (own.receivedBytes < own.sizeBytes) {
    return fail('conflict', { receivedBytes: own.receivedBytes, announcedBytes: own.sizeBytes });
  }
  desk.imports.delete(importId);
  const staged = await world.recordings.takeStaged(importId);
  if (!staged.ok) return staged;
  const recordable = await checkRecordable(world, own);
  if (!recordable.ok) return recordable;
  const maximumS = Math.max(longestImportS, recordable.value.quality.maximumS);
  const decoded = await world.audioDecoding.decode(staged.value, { maximumS });
  if (!decoded.ok) return decoded;
  const { sampleRateHz, samples } = decoded.value;
  const measure = await measureSamples(world, samples, sampleRateHz);
  const id = newId.take(world);
  const kept = await world.recordings.keep(id, await wavOf(world, decoded.value));
  if (!kept.ok) return kept;
  const { sha256, sizeBytes, bitDepth, frameCount } = kept.value;
  const session = world.store.read((transaction) => transaction.sessions.get(own.sessionId));
  if (session === undefined) return fail('session-not-found');
  const protocol = await protocolOf(world, session.protocol);
  return stillDraft(world, own.sessionId, () =>
    keepTake(world, {
      take: {
        id,
        sessionId: own.sessionId,
        stepKey: own.stepKey,
        version: nextVersion(world, own),
        source: 'file',
        startedAt: world.clock.now(),
        sampleRateHz,
        bitDepth,
        frameCount,
        sha256,
        sizeBytes,
        sourceSha256: world.hashing.sha256(staged.value),
        device: null,
        continuity: continuityOf({
          frameCount,
          sampleRateHz,
          gaps: [],
          elapsedMs: null,
          interruption: 'none',
        }),
      },
      measure,
      protocol: protocol.ok ? protocol.value : undefined,
      deed: { by: account.username, action: 'take-imported' },
    }),
  );
}

type ImportTarget = Pick<Parameters<typeof checkRecordable>[1], 'sessionId' | 'stepKey'>;

/** While the file was decoded, the session may have been completed or set aside. */
function stillDraft<T>(world: World, sessionId: ImportTarget['sessionId'], keep: () => T): Result<T> {
  const status = world.store.read((transaction) => transaction.sessions.get(sessionId)?.status);
  return status === 'draft' ? ok(keep()) : fail('session-closed', { status: status ?? 'discarded' });
}

/** Also past a take of the step that is being recorded meanwhile. */
function nextVersion(world: World, { sessionId, stepKey }: ImportTarget): number {
  return world.store.read((transaction) => {
    const takes = [...transaction.takes.ofSession(sessionId), ...transaction.takes.allOpen()];
    const versions = takes
      .filter((take) => take.sessionId === sessionId && take.stepKey === stepKey)
      .map((take) => take.version);
    return Math.max(0, ...versions) + 1;
  });
}

/** The WAV in slices, so that a long file does not hold up the event loop. */
async function wavOf(world: World, decoded: DecodedRecording): Promise<Uint8Array> {
  const { samples, sampleRateHz } = decoded;
  const bitDepth: WavBitDepth = decoded.bitDepth;
  const format = { sampleRateHz, bitDepth, frameCount: samples.length };
  const header = wavHeader(format);
  const wav = new Uint8Array(wavSizeBytes(format));
  wav.set(header);
  for (let at = 0; at < samples.length; at += framesPerSlice) {
    const slice = encodeWav(samples.subarray(at, at + framesPerSlice), { sampleRateHz, bitDepth });
    const frames = Math.min(framesPerSlice, samples.length - at);
    const data = slice.subarray(header.length, header.length + frames * (bitDepth / 8));
    wav.set(data, header.length + at * (bitDepth / 8));
    await world.clock.breathe();
  }
  return wav;
}
