import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wavHeader } from '../../contract/stored-wav.ts';
import { fullScaleNoise, storedWav, voiceLike, wholeOf, type TestSound } from './fixtures/stored-wav.ts';
import { encodeFlac, verifyFlac } from './flac-encode.ts';
import { flacToWav } from './flac-stream.ts';

const flacProgram = 'flac';
const hasFlacProgram = spawnSync(flacProgram, ['--version']).status === 0;

async function encoded(wav: Uint8Array): Promise<Uint8Array> {
  const result = await encodeFlac(wav);
  if (!result.ok) throw new Error(JSON.stringify(result.problem));
  return result.value;
}

async function problemOf(wav: Uint8Array, maximumSeconds?: number) {
  const result = await encodeFlac(wav, maximumSeconds === undefined ? {} : { maximumSeconds });
  return result.ok ? { code: 'no problem' } : result.problem;
}

async function decoded(flac: Uint8Array): Promise<Uint8Array> {
  return wholeOf(flacToWav(inOneChunk(flac)));
}

async function* inOneChunk(bytes: Uint8Array) {
  yield bytes;
}

/** What STREAMINFO says, and what it should say by a count and an MD5 of our own. */
function told(flac: Uint8Array) {
  const view = new DataView(flac.buffer, flac.byteOffset);
  return {
    frameCount: view.getUint32(22) + (flac[21]! & 15) * 2 ** 32,
    md5: Buffer.from(flac.subarray(26, 42)).toString('hex'),
  };
}

function expectedOf(wav: Uint8Array, sound: TestSound) {
  const dataBytes = (sound.integers.length * sound.bitDepth) / 8;
  return {
    frameCount: sound.integers.length,
    md5: createHash('md5')
      .update(wav.subarray(44, 44 + dataBytes))
      .digest('hex'),
  };
}

const rates = [16_000, 44_100, 48_000, 96_000] as const;
const depths = [16, 24] as const;
const cases = rates.flatMap((sampleRateHz) => depths.map((bitDepth) => ({ sampleRateHz, bitDepth })));

describe('encodeFlac', () => {
  it.each(cases)(
    'gives every byte of a WAV of $sampleRateHz Hz and $bitDepth bits back',
    async ({ sampleRateHz, bitDepth }) => {
      const lowest = -(2 ** (bitDepth - 1));
      const contents: ArrayLike<number>[] = [
        voiceLike(sampleRateHz, bitDepth, 12_345),
        fullScaleNoise(bitDepth, 9_001),
        new Int32Array(20_000),
        Array.from({ length: 5_000 }, (_, i) => (i % 2 === 0 ? lowest : -lowest - 1)),
        [lowest],
        [-lowest - 1],
        [-1, 0, 1],
        voiceLike(sampleRateHz, bitDepth, 4_095),
        voiceLike(sampleRateHz, bitDepth, 4_096),
        voiceLike(sampleRateHz, bitDepth, 4_097),
      ];
      for (const integers of contents) {
        const sound = { sampleRateHz, bitDepth, integers };
        const wav = storedWav(sound);
        const flac = await encoded(wav);
        expect(Buffer.compare(await decoded(flac), wav)).toBe(0);
        expect(told(flac)).toEqual(expectedOf(wav, sound));
      }
    },
  );

  it('gives any samples at any whole rate back', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...depths).chain((bitDepth) => {
          const full = 2 ** (bitDepth - 1);
          // Bytes that are 0 or 255 and values next to each other are where the library's way out of its memory is odd.
          const sample = fc.oneof(
            fc.integer({ min: -full, max: full - 1 }),
            fc.constantFrom(0, -1, 1, 255, 256, -256, -255, 0x7f00, -0x7f00, -0x8000, 0x7fff),
          );
          return fc.record({
            bitDepth: fc.constant(bitDepth),
            integers: fc.array(sample, { minLength: 1, maxLength: 300 }),
            sampleRateHz: fc.integer({ min: 8_000, max: 65_535 }),
          });
        }),
        async (sound) => {
          const wav = storedWav(sound);
          const flac = await encoded(wav);
          expect(Buffer.compare(await decoded(flac), wav)).toBe(0);
          expect(told(flac)).toEqual(expectedOf(wav, sound));
        },
      ),
      { numRuns: 150 },
    );
  });

  it('gives every 16-bit value back beside every kind of neighbour', async () => {
    const next = [0, -1, 255, -256, 0x1234];
    const integers = next.flatMap((neighbour) =>
      Array.from({ length: 131_072 }, (_, i) => (i % 2 === 0 ? (i >> 1) - 32_768 : neighbour)),
    );
    const wav = storedWav({ sampleRateHz: 48_000, bitDepth: 16, integers });
    expect(Buffer.compare(await decoded(await encoded(wav)), wav)).toBe(0);
  });

  // An independent implementation; it is Debian's package `flac`, which not every machine has.
  it.skipIf(!hasFlacProgram)('writes what the flac program tests and decodes without complaint', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'flac-'));
    try {
      for (const { sampleRateHz, bitDepth } of cases) {
        const sound = { sampleRateHz, bitDepth, integers: voiceLike(sampleRateHz, bitDepth, 30_001) };
        const wav = storedWav(sound);
        const path = join(folder, 'voice.flac');
        writeFileSync(path, await encoded(wav));
        const test = spawnSync(flacProgram, ['--test', '--warnings-as-errors', '--silent', path]);
        expect([test.status, test.stderr.toString()]).toEqual([0, '']);
        const raw = ['--force-raw-format', '--endian=little', '--sign=signed'];
        const pcm = spawnSync(flacProgram, ['--decode', '--stdout', '--silent', ...raw, path], {
          maxBuffer: 2 ** 24,
        });
        expect(Buffer.compare(pcm.stdout, wav.subarray(44, 44 + (30_001 * bitDepth) / 8))).toBe(0);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('makes a file smaller, and the same file each time', async () => {
    const wav = storedWav({
      sampleRateHz: 48_000,
      bitDepth: 16,
      integers: voiceLike(48_000, 16, 48_000),
    });
    const flac = await encoded(wav);
    expect(flac.length).toBeLessThan(0.7 * wav.length);
    expect(Buffer.compare(await encoded(wav), flac)).toBe(0);
  });

  it('works on several files at once', async () => {
    const wavs = cases.map((form) =>
      storedWav({ ...form, integers: voiceLike(form.sampleRateHz, form.bitDepth, 40_000) }),
    );
    const together = await Promise.all(wavs.map(encoded));
    for (const [index, wav] of wavs.entries()) {
      expect(Buffer.compare(await decoded(together[index]!), wav)).toBe(0);
    }
  });

  it('lets everything else run in between', async () => {
    const wav = storedWav({ sampleRateHz: 48_000, bitDepth: 16, integers: new Int32Array(480_000) });
    await encoded(wav);
    let turns = 0;
    let isEncoding = true;
    const count = () => {
      turns += 1;
      if (isEncoding) setImmediate(count);
    };
    setImmediate(count);
    await encoded(wav);
    isEncoding = false;
    // A turn per 16 384 samples, while encoding and again while checking.
    expect(turns).toBeGreaterThanOrEqual(2 * Math.floor(480_000 / 16_384));
  });

  it('refuses by name what has to travel as it is', async () => {
    const wav = storedWav({ sampleRateHz: 48_000, bitDepth: 16, integers: [1, 2, 3] });
    const withRate = (sampleRateHz: number) => storedWav({ sampleRateHz, bitDepth: 16, integers: [1, 2, 3] });
    const stereo = wav.slice();
    stereo[22] = 2;
    const float = new Uint8Array(62);
    float.set(wavHeader({ sampleRateHz: 48_000, bitDepth: 32, frameCount: 1 }));
    const form = { code: 'audio-unsupported', details: { format: 'wav', reason: 'form' } };
    expect(await problemOf(stereo)).toEqual(form);
    expect(await problemOf(wav.subarray(0, 48))).toEqual(form);
    expect(await problemOf(new Uint8Array(0))).toEqual(form);
    expect(await problemOf(float)).toEqual({
      code: 'audio-unsupported',
      details: { format: 'wav', reason: 'bit-depth', bitDepth: 32 },
    });
    expect(await problemOf(storedWav({ sampleRateHz: 48_000, bitDepth: 16, integers: [] }))).toMatchObject({
      code: 'audio-empty',
    });
    expect(await problemOf(withRate(7_999))).toMatchObject({ code: 'audio-rate-unsupported' });
    expect(await problemOf(withRate(192_001))).toMatchObject({ code: 'audio-rate-unsupported' });
    expect(await problemOf(withRate(192_000))).toEqual({ code: 'no problem' });
    expect(await problemOf(withRate(96_001))).toEqual({
      code: 'audio-unsupported',
      details: { format: 'wav', reason: 'rate', sampleRateHz: 96_001 },
    });
    expect(
      await problemOf(storedWav({ sampleRateHz: 8_000, bitDepth: 16, integers: new Int32Array(12_000) }), 1),
    ).toEqual({
      code: 'audio-too-long',
      details: { format: 'wav', seconds: 1.5, maximumSeconds: 1 },
    });
  });

  it('gives out no FLAC that does not stand for the very bytes', async () => {
    const sound = { sampleRateHz: 48_000, bitDepth: 24, integers: [5, 6, 7] } as const;
    const wav = storedWav(sound);
    const oddPadding = wav.with(wav.length - 1, 1);
    const verification = { code: 'audio-damaged', details: { format: 'flac', reason: 'verification' } };
    expect(await problemOf(oddPadding)).toEqual(verification);
    const flac = await encoded(wav);
    const others = [
      storedWav({ ...sound, integers: [5, 6, 8] }),
      storedWav({ ...sound, integers: [5, 6, 7, 0] }),
      storedWav({ ...sound, integers: [5, 6] }),
      storedWav({ ...sound, sampleRateHz: 44_100 }),
      storedWav({ ...sound, bitDepth: 16 }),
      oddPadding,
    ];
    const verdicts = await Promise.all([wav, ...others].map((other) => verifyFlac(flac, other)));
    expect(verdicts.map((verdict) => verdict.ok)).toEqual([true, ...others.map(() => false)]);
    expect(await verifyFlac(flac.subarray(0, flac.length - 1), wav)).toMatchObject({ problem: verification });
  });
});
