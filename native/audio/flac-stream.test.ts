import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { piecesOf, storedWav, voiceLike, wholeOf } from './fixtures/stored-wav.ts';
import { encodeFlac } from './flac-encode.ts';
import { decodeFlacStream, FlacFailure, flacToWav } from './flac-stream.ts';

const sampleRateHz = 48_000;

async function flacOf(wav: Uint8Array): Promise<Uint8Array> {
  const result = await encodeFlac(wav);
  if (!result.ok) throw new Error(JSON.stringify(result.problem));
  return result.value;
}

async function example(bitDepth: 16 | 24 = 16, frameCount = 20_001) {
  const wav = storedWav({ sampleRateHz, bitDepth, integers: voiceLike(sampleRateHz, bitDepth, frameCount) });
  return { wav, flac: await flacOf(wav) };
}

async function* inChunks(bytes: Uint8Array, chunkBytes = bytes.length) {
  for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes);
}

function read(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  return wholeOf(flacToWav(chunks));
}

async function* inFrontOf(byte: number, chunks: AsyncIterable<Uint8Array>) {
  yield Uint8Array.of(byte);
  yield* chunks;
}

/** What is thrown for these bytes, by code and reason. */
async function refusal(bytes: Uint8Array, maximumSeconds?: number): Promise<string> {
  const options = maximumSeconds === undefined ? {} : { maximumSeconds };
  try {
    for await (const piece of flacToWav(inChunks(bytes, 1000), options)) void piece;
    return 'taken';
  } catch (error) {
    if (!(error instanceof FlacFailure)) throw error;
    const { code, details } = error.problem;
    return [code, details?.['reason']].filter((word) => word !== undefined).join(' ');
  }
}

function fixture(name: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(`./fixtures/${name}`, import.meta.url)));
}

/** The frames begin behind STREAMINFO (42 bytes) and the encoder's name. */
function framesOffset(flac: Uint8Array): number {
  return 46 + ((flac[43]! << 16) | (flac[44]! << 8) | flac[45]!);
}

function withBlocks(flac: Uint8Array, count: number, blockBytes: number): Uint8Array {
  const padding = new Uint8Array(4 + blockBytes);
  padding.set([1, blockBytes >> 16, (blockBytes >> 8) & 255, blockBytes & 255]);
  const paddings = Array.from({ length: count }, () => padding);
  return new Uint8Array(Buffer.concat([flac.subarray(0, 42), ...paddings, flac.subarray(42)]));
}

describe('flacToWav', () => {
  it.each([16, 24] as const)('gives the same %d-bit WAV however the bytes arrive', async (bitDepth) => {
    const { wav, flac } = await example(bitDepth);
    for (const chunkBytes of [1, 7, 41, 42, 43, 4096, 100_000]) {
      expect(Buffer.compare(await read(inChunks(flac, chunkBytes)), wav)).toBe(0);
    }
    const withEmptyChunks = async function* () {
      for await (const chunk of inChunks(flac, 1000)) yield* [new Uint8Array(0), chunk, new Uint8Array(0)];
    };
    expect(Buffer.compare(await read(withEmptyChunks()), wav)).toBe(0);
  });

  it('takes the file of another encoder, passing over names, pictures and room before the frames', async () => {
    const foreign = fixture('mono-16k-16bit.flac');
    const wav = await read(inChunks(foreign));
    expect(wav.length).toBe(44 + 8_000 * 2);
    expect(Buffer.compare(await read(inChunks(withBlocks(foreign, 1, 300_000), 512)), wav)).toBe(0);
    expect(await refusal(withBlocks(foreign, 4, 300_000))).toBe('audio-damaged metadata');
  });

  it('tells the form before the samples, and then gives nothing but samples', async () => {
    const { wav, flac } = await example(24, 10_000);
    const { format, pcm } = await decodeFlacStream(inChunks(flac, 500));
    expect(format).toEqual({ sampleRateHz, bitDepth: 24, frameCount: 10_000 });
    const pieces = await piecesOf(pcm);
    expect(pieces.map((piece) => piece.length)).toEqual([4096 * 3, 4096 * 3, 1808 * 3]);
    expect(Buffer.compare(Buffer.concat(pieces), wav.subarray(44))).toBe(0);
  });

  it('fetches no more than the next frame can need', async () => {
    const { flac } = await example(16, 480_000);
    let fetchedBytes = 0;
    const counted = async function* () {
      for await (const chunk of inChunks(flac, 1024)) {
        fetchedBytes += chunk.length;
        yield chunk;
      }
    };
    // A block of 4096 samples with 17 bits each, 16 KiB of slack, the start and the chunk that is cut.
    const mostAhead = (4096 * 17) / 8 + 16_384 + 2 * 1024;
    let givenBytes = 0;
    let farthest = 0;
    for await (const piece of flacToWav(counted())) {
      givenBytes += piece.length;
      // This sound never takes more room as FLAC than as WAV, but for headers.
      farthest = Math.max(farthest, fetchedBytes - givenBytes);
    }
    expect(fetchedBytes).toBe(flac.length);
    expect(flac.length).toBeGreaterThan(5 * mostAhead);
    expect(farthest).toBeLessThanOrEqual(mostAhead);
  });

  it('stops fetching when its reader stops, and throws on what its source throws', async () => {
    const { flac } = await example(16, 100_000);
    let closed = 0;
    const watched = async function* () {
      try {
        yield* inChunks(flac, 1000);
      } finally {
        closed += 1;
      }
    };
    for await (const header of flacToWav(watched())) if (header.length === 44) break;
    for await (const piece of flacToWav(watched())) if (piece.length > 44) break;
    await (await decodeFlacStream(watched())).close();
    await expect(read(inFrontOf(1, watched()))).rejects.toThrow(FlacFailure);
    expect(closed).toBe(4);
    const failing = async function* () {
      yield flac.subarray(0, 20_000);
      throw new Error('the line is gone');
    };
    await expect(read(failing())).rejects.toThrow('the line is gone');
    expect(Buffer.compare(await read(inChunks(flac)), (await example(16, 100_000)).wav)).toBe(0);
  });

  it('notices wherever a file is cut off', async () => {
    const { flac } = await example();
    const start = framesOffset(flac);
    const lengths = [1, 3, 4, 20, 41, 42, 44, 60, start - 1, start, start + 1, flac.length - 1];
    for (let at = start + 2; at < flac.length; at += 499) lengths.push(at);
    for (const length of lengths) {
      expect([length, await refusal(flac.subarray(0, length))]).toEqual([
        length,
        expect.stringMatching(/^audio-truncated( header)?$/),
      ]);
    }
    expect(await refusal(new Uint8Array(0))).toBe('audio-truncated header');
  });

  it('notices every single flipped bit in the frames', async () => {
    const { flac } = await example(16, 1_500);
    for (let at = framesOffset(flac); at < flac.length; at += 1) {
      const changed = flac.with(at, flac[at]! ^ (1 << (at % 8)));
      expect([at, await refusal(changed)]).toEqual([at, expect.stringMatching(/^audio-(damaged|truncated)/)]);
    }
  });

  it('holds the header against the frames', async () => {
    const { flac } = await example();
    const changed = (at: number, mask: number) => flac.with(at, flac[at]! ^ mask);
    expect(await refusal(changed(30, 1))).toBe('audio-damaged md5');
    expect(await refusal(changed(25, 0x40))).toMatch(/^audio-(damaged length|truncated)$/);
    expect(await refusal(changed(24, 0x80))).toBe('audio-truncated');
    expect(await refusal(flac.with(24, 0).with(25, 5))).toBe('audio-damaged length');
    // 48 000 Hz as 32 000 more; 16 bits as 24.
    expect(await refusal(changed(18, 0x04))).toBe('audio-damaged frame-format');
    expect(await refusal(flac.with(20, flac[20]! | 1).with(21, (flac[21]! & 0x0f) | 0x70))).toBe(
      'audio-damaged frame-format',
    );
    expect(await refusal(changed(7, 1))).toBe('audio-damaged metadata');
  });

  it('refuses a header that promises too much before it decodes anything', async () => {
    const { flac } = await example(16, 48_001);
    expect(await refusal(flac, 1)).toBe('audio-too-long');
    expect(await refusal(flac, 2)).toBe('taken');
    expect(await refusal(flac.with(22, 0xff))).toBe('audio-too-long');
  });

  it('refuses what no workstation sends', async () => {
    const { flac, wav } = await example();
    expect(await refusal(wav)).toBe('audio-not-recognised');
    expect(await refusal(fixture('mono-16k.mp3'))).toBe('audio-not-recognised');
    expect(await refusal(fixture('stereo-96k-24bit.flac'))).toBe('audio-unsupported channels');
    expect(await refusal(fixture('mono-8k-8bit.flac'))).toBe('audio-unsupported bit-depth');
    expect(await refusal(fixture('unknown-length.flac'))).toBe('audio-unsupported length-unknown');
    expect(await refusal(new Uint8Array(flac).fill(0, 26, 42))).toBe('audio-unsupported no-md5');
  });

  it('ends with a named failure whatever follows a good header', async () => {
    const { flac } = await example(16, 4_000);
    const start = framesOffset(flac);
    const whole = flac.subarray(start);
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 3_000 }),
        fc.nat({ max: whole.length - 1 }),
        async (junk, kept) => {
          const bytes = Buffer.concat([flac.subarray(0, start), whole.subarray(0, kept), junk]);
          expect(await refusal(new Uint8Array(bytes))).toMatch(/^audio-(damaged|truncated)/);
        },
      ),
      { numRuns: 200 },
    );
  });
});
