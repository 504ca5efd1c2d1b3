/** A finished take: its facts and its WAV in encrypted frames of one size, so that any part can be read by itself. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { sha256Schema } from '../../../contract/ids.ts';
import { fail, ok, type Result } from '../../../contract/result.ts';
import {
  fileHeaderBytes,
  frameHeaderBytes,
  frameOverheadBytes,
  readFileHeader,
  readFrameHeader,
  wavFileSizeBytes,
  wavFrameBytes,
  wavFrameOffset,
} from '../../core/recording-frames.ts';
import { readStoredWav } from '../../core/wav.ts';
import type { FinishedRecording } from '../../ports/recordings.ts';
import type { OpenFile } from './files.ts';
import { frameCipher, type FrameCipher } from './frame-cipher.ts';

const factsSchema = z.strictObject({
  sha256: sha256Schema,
  sizeBytes: z.int().positive(),
  sampleRateHz: z.int().positive(),
  bitDepth: z.union([z.literal(16), z.literal(24), z.literal(32)]),
  frameCount: z.int().positive(),
  chunkCount: z.int().positive(),
  gaps: z.array(z.strictObject({ atFrame: z.int().nonnegative(), frames: z.int().positive() })),
});

type KnownFacts = Omit<FinishedRecording, 'sha256'>;
interface FileKey {
  readonly takeId: string;
  readonly key: Uint8Array;
}

/** Writes facts and WAV into an empty file and returns when they are on the disk. */
export async function writeWavFile(
  file: OpenFile,
  { takeId, key }: FileKey,
  content: { readonly facts: KnownFacts; readonly wav: AsyncIterable<Uint8Array> | Iterable<Uint8Array> },
): Promise<FinishedRecording> {
  const cipher = frameCipher(key, { kind: 'wav', id: takeId, sampleRateHz: 0 });
  const hash = createHash('sha256');
  const factsBytes = encodeFacts({ ...content.facts, sha256: '0'.repeat(64) }).length;
  let index = 1;
  for await (const part of inFrames(content.wav)) {
    hash.update(part);
    await file.write(wavFrameOffset(index, factsBytes), cipher.seal(index, part));
    index += 1;
  }
  const facts = { ...content.facts, sha256: hash.digest('hex') };
  await file.write(0, cipher.fileHeader);
  await file.write(fileHeaderBytes, cipher.seal(0, encodeFacts(facts)));
  await file.sync();
  return facts;
}

export interface WavFile {
  readonly facts: FinishedRecording;
  /** Decrypted; `take-damaged` where a byte that it needs is not as it was written. */
  slice(offsetBytes: number, lengthBytes: number): Promise<Result<Uint8Array>>;
}

/** Reads the facts; `take-damaged` where they, the header or the file's length are not as they were written. */
export async function openWavFile(file: OpenFile, { takeId, key }: FileKey): Promise<Result<WavFile>> {
  const header = readFileHeader(await file.read(0, fileHeaderBytes), { kind: 'wav', id: takeId });
  if (!header.ok) return header;
  const cipher = frameCipher(key, header.value);
  const fileSize = await file.size();
  const factsHeader = readFrameHeader(await file.read(fileHeaderBytes, frameHeaderBytes));
  if (factsHeader === undefined || factsHeader.length > fileSize) return damaged('facts');
  const factsBytes = factsHeader.length;
  const content = cipher.open(0, await file.read(fileHeaderBytes, frameOverheadBytes + factsBytes));
  const facts = content === undefined ? undefined : readFacts(content);
  if (facts === undefined) return damaged('facts');
  if (fileSize !== wavFileSizeBytes(facts.sizeBytes, factsBytes)) return damaged('length');
  return ok({
    facts,
    slice: (offsetBytes, lengthBytes) =>
      readSlice({ file, cipher, factsBytes, wavBytes: facts.sizeBytes }, offsetBytes, lengthBytes),
  });
}

/** Reads everything and compares header, length and hash with the facts: `take-damaged` on any difference. */
export async function readWholeWav(wavFile: WavFile): Promise<Result<Uint8Array>> {
  const { facts } = wavFile;
  const wav = await wavFile.slice(0, facts.sizeBytes);
  if (!wav.ok) return wav;
  const header = readStoredWav(wav.value);
  if (!header.ok) return header;
  const { sampleRateHz, bitDepth, frameCount } = header.value;
  const agrees =
    sampleRateHz === facts.sampleRateHz &&
    bitDepth === facts.bitDepth &&
    frameCount === facts.frameCount &&
    createHash('sha256').update(wav.value).digest('hex') === facts.sha256;
  return agrees ? wav : damaged('content');
}

async function readSlice(
  from: { file: OpenFile; cipher: FrameCipher; factsBytes: number; wavBytes: number },
  offsetBytes: number,
  lengthBytes: number,
): Promise<Result<Uint8Array>> {
  const start = Math.min(offsetBytes, from.wavBytes);
  const end = Math.min(start + lengthBytes, from.wavBytes);
  const bytes = new Uint8Array(end - start);
  for (let index = Math.floor(start / wavFrameBytes); index * wavFrameBytes < end; index += 1) {
    const frameStart = index * wavFrameBytes;
    const length = Math.min(wavFrameBytes, from.wavBytes - frameStart);
    const frame = await from.file.read(
      wavFrameOffset(index + 1, from.factsBytes),
      length + frameOverheadBytes,
    );
    const content = from.cipher.open(index + 1, frame);
    if (content?.length !== length) return damaged('content', { atByte: frameStart });
    const first = Math.max(start, frameStart);
    const last = Math.min(end, frameStart + length);
    bytes.set(content.subarray(first - frameStart, last - frameStart), first - start);
  }
  return ok(bytes);
}

function damaged(reason: string, details: Readonly<Record<string, number>> = {}): Result<never> {
  return fail('take-damaged', { reason, ...details });
}

function encodeFacts(facts: FinishedRecording): Uint8Array {
  const { sha256, sizeBytes, sampleRateHz, bitDepth, frameCount, chunkCount, gaps } = facts;
  return Buffer.from(
    JSON.stringify({ sha256, sizeBytes, sampleRateHz, bitDepth, frameCount, chunkCount, gaps }),
  );
}

function readFacts(content: Uint8Array): FinishedRecording | undefined {
  try {
    return factsSchema.parse(JSON.parse(Buffer.from(content).toString('utf8')));
  } catch {
    return undefined;
  }
}

/** The parts joined and cut into frames' contents. */
async function* inFrames(
  parts: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const frame = new Uint8Array(wavFrameBytes);
  let filled = 0;
  for await (const part of parts) {
    for (let offset = 0; offset < part.length;) {
      const length = Math.min(wavFrameBytes - filled, part.length - offset);
      frame.set(part.subarray(offset, offset + length), filled);
      filled += length;
      offset += length;
      if (filled === wavFrameBytes) {
        yield frame;
        filled = 0;
      }
    }
  }
  if (filled > 0) yield frame.subarray(0, filled);
}
