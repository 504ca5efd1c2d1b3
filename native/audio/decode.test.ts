import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkAudioHead, decodeAudio, type DecodedAudio } from './decode.ts';
import { encodeWav } from './wav.ts';

const lossless = [
  'mono-16k-16bit.flac',
  'stereo-96k-24bit.flac',
  'mono-8k-8bit.flac',
  'six-48k-24bit.flac',
  'unknown-length.flac',
];
const compressed = [
  'mono-16k-16bit.flac',
  'stereo-96k-24bit.flac',
  'mono-16k.mp3',
  'stereo-48k.mp3',
  'mono-16k.ogg',
];

function fixture(name: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(`./fixtures/${name}`, import.meta.url)));
}

async function decoded(bytes: Uint8Array): Promise<DecodedAudio> {
  const result = await decodeAudio(bytes);
  if (!result.ok) throw new Error(JSON.stringify(result.problem));
  return result.value;
}

async function problemOf(bytes: Uint8Array, maximumSeconds?: number) {
  const result = await decodeAudio(bytes, maximumSeconds === undefined ? {} : { maximumSeconds });
  return result.ok ? { code: 'no problem' } : result.problem;
}

/** The tone that tools/fixtures/make-audio-fixtures.py writes. */
function tone(i: number, channel: number, sampleRateHz: number): number {
  const angle = (2 * Math.PI * i) / sampleRateHz;
  return 0.4 * Math.sin((300 + 200 * channel) * angle) + 0.1 * Math.sin(3210 * angle);
}

function patched(bytes: Uint8Array, at: number, ...values: number[]): Uint8Array {
  const copy = bytes.slice();
  copy.set(values, at);
  return copy;
}

/** Rewrites STREAMINFO's 36-bit sample count, which starts in the low half of byte 21. */
function withTotalSamples(bytes: Uint8Array, total: number): Uint8Array {
  const copy = bytes.slice();
  copy[21] = (copy[21]! & 0xf0) | Math.floor(total / 2 ** 32);
  new DataView(copy.buffer).setUint32(22, total % 2 ** 32);
  return copy;
}

describe('decodeAudio', () => {
  it.each(lossless)('gives the very integers of %s', async (name) => {
    const audio = await decoded(fixture(name));
    const full = 2 ** (audio.sourceBitDepth! - 1);
    audio.channels.forEach((channel, c) => {
      const expected = Float32Array.from(
        channel,
        (_, i) => Math.round(full * tone(i, c, audio.sampleRateHz)) / full + 0,
      );
      expect(channel).toEqual(expected);
    });
  });

  it('tells rate, length, channels and depth of every format', async () => {
    const facts = await Promise.all(
      [...lossless, 'mono-16k.mp3', 'stereo-48k.mp3', 'mono-16k.ogg'].map(async (name) => {
        const { sampleRateHz, frameCount, channels, sourceFormat, sourceBitDepth } = await decoded(
          fixture(name),
        );
        return [name, sampleRateHz, frameCount, channels.length, sourceFormat, sourceBitDepth];
      }),
    );
    expect(facts).toEqual([
      ['mono-16k-16bit.flac', 16_000, 8_000, 1, 'flac', 16],
      ['stereo-96k-24bit.flac', 96_000, 9_600, 2, 'flac', 24],
      ['mono-8k-8bit.flac', 8_000, 2_000, 1, 'flac', 8],
      ['six-48k-24bit.flac', 48_000, 1_000, 6, 'flac', 24],
      ['unknown-length.flac', 16_000, 8_000, 1, 'flac', 16],
      // The encoder's delay and padding stay: its tag does not say how long they are.
      ['mono-16k.mp3', 16_000, 17_280, 1, 'mp3', null],
      ['stereo-48k.mp3', 48_000, 25_344, 2, 'mp3', null],
      ['mono-16k.ogg', 16_000, 16_000, 1, 'ogg', null],
    ]);
  });

  it.each(['mono-16k.mp3', 'stereo-48k.mp3', 'mono-16k.ogg'])(
    'hears the tones of %s in their channels',
    async (name) => {
      const { channels, sampleRateHz, frameCount } = await decoded(fixture(name));
      channels.forEach((channel, c) => {
        const differenceAt = (delay: number) => {
          let largest = 0;
          for (let i = 3000; i < frameCount - 3000; i++) {
            largest = Math.max(largest, Math.abs(channel[i]! - tone(i - delay, c, sampleRateHz)));
          }
          return largest;
        };
        // 1105 samples are the delay of a LAME encoder and decoder together; Vorbis has none.
        const delay = name.endsWith('.mp3') ? 1105 : 0;
        expect(differenceAt(delay)).toBeLessThan(0.03);
      });
    },
  );

  it('goes by content, whatever comes before it', async () => {
    const tag = Uint8Array.from([0x49, 0x44, 0x33, 4, 0, 0, 0, 0, 0, 3, 1, 2, 3]);
    const withTag = (name: string) => Uint8Array.from([...tag, ...fixture(name)]);
    expect((await decoded(withTag('mono-16k.mp3'))).sourceFormat).toBe('mp3');
    expect((await decoded(withTag('mono-16k-16bit.flac'))).sourceFormat).toBe('flac');
    const wav = encodeWav({ samples: Float32Array.of(0.5), sampleRateHz: 8_000, bitDepth: 24 });
    expect(await decoded(wav)).toMatchObject({
      sourceFormat: 'wav',
      sourceBitDepth: 24,
      sourceIsFloat: false,
    });
  });

  it('ignores tags and padding behind the last frame', async () => {
    const id3v1 = new Uint8Array(128);
    id3v1.set([0x54, 0x41, 0x47]);
    for (const name of ['mono-16k-16bit.flac', 'unknown-length.flac']) {
      const plain = await decoded(fixture(name));
      expect(await decoded(Uint8Array.from([...fixture(name), ...new Uint8Array(500)]))).toEqual(plain);
    }
    for (const name of ['mono-16k.mp3', 'mono-16k-16bit.flac', 'unknown-length.flac']) {
      const plain = await decoded(fixture(name));
      expect(await decoded(Uint8Array.from([...fixture(name), ...id3v1]))).toEqual(plain);
    }
  });

  it('names an empty file, a file that is no audio and one without any frame', async () => {
    const text = new TextEncoder().encode('Dear Sir, please find attached the recording. '.repeat(50));
    expect(await problemOf(new Uint8Array(0))).toEqual({
      code: 'audio-empty',
      details: { reason: 'no-bytes' },
    });
    expect(await problemOf(text)).toEqual({
      code: 'audio-not-recognised',
      details: { sizeBytes: text.length },
    });
    expect(await problemOf(fixture('no-frames.mp3'))).toEqual({
      code: 'audio-empty',
      details: { format: 'mp3', reason: 'no-frames', sizeBytes: 261 },
    });
  });

  it.each(compressed)('notices wherever %s is cut off', async (name) => {
    const whole = fixture(name);
    // Odd, and so never between two frames of the MP3s: see below for what is noticed there.
    const lengths = [0.02, 0.1, 0.33, 0.5, 0.75, 0.9, 0.99].map(
      (part) => Math.floor(whole.length * part) | 1,
    );
    for (const length of [...lengths, whole.length - 1]) {
      const problem = await problemOf(whole.subarray(0, length));
      expect([length, problem.code]).toEqual([length, 'audio-truncated']);
    }
  });

  it('counts the frames of an MP3 file that says how many it has', async () => {
    const whole = fixture('mono-16k.mp3');
    const tagFrame = new Uint8Array(288);
    tagFrame.set(whole.subarray(0, 4));
    tagFrame.set([...new TextEncoder().encode('Info'), 0, 0, 0, 1, 0, 0, 0, whole.length / 288], 13);
    const tagged = Uint8Array.from([...tagFrame, ...whole]);
    // With such a tag the decoder takes away its own delay of 529 samples.
    expect((await decoded(tagged)).frameCount).toBe(17_280 - 529);
    expect(await problemOf(tagged.subarray(0, tagged.length - 288 * 4))).toEqual({
      code: 'audio-truncated',
      details: { format: 'mp3', frames: 26, declaredFrames: 30, missingBytes: 0 },
    });
  });

  it('notices a FLAC or Ogg file of unknown length that ends inside a frame or page', async () => {
    const flac = fixture('unknown-length.flac');
    expect((await problemOf(flac.subarray(0, flac.length - 3))).code).toBe('audio-truncated');
    const ogg = fixture('mono-16k.ogg');
    const lastPage = Buffer.from(ogg).lastIndexOf('OggS');
    expect(await problemOf(ogg.subarray(0, lastPage))).toMatchObject({
      code: 'audio-truncated',
      details: { reason: 'no-last-page' },
    });
  });

  it('notices every single changed byte in the audio of a FLAC or Ogg file', async () => {
    for (const name of ['mono-16k-16bit.flac', 'mono-16k.ogg']) {
      const whole = fixture(name);
      for (let at = Math.floor(whole.length * 0.1); at < whole.length; at += 97) {
        const problem = await problemOf(patched(whole, at, whole[at]! ^ 0x10));
        expect([name, at, problem.code]).toEqual([
          name,
          at,
          expect.stringMatching(/^audio-(damaged|truncated)$/),
        ]);
      }
    }
  });

  it('compares a FLAC file with the MD5 and the length in its header', async () => {
    const whole = fixture('mono-16k-16bit.flac');
    expect(await problemOf(patched(whole, 30, whole[30]! ^ 1))).toMatchObject({
      code: 'audio-damaged',
      details: { reason: 'md5' },
    });
    expect(await problemOf(withTotalSamples(whole, 7_000))).toMatchObject({
      code: 'audio-damaged',
      details: { reason: 'length' },
    });
    expect((await problemOf(withTotalSamples(whole, 9_000))).code).toBe('audio-truncated');
  });

  it('refuses a depth of which the library loses bits', async () => {
    const whole = fixture('stereo-96k-24bit.flac');
    // The depth less one lies in the lowest bit of byte 20 and the high half of byte 21.
    const twentyBits = patched(whole, 20, whole[20]! | 1, (whole[21]! & 0x0f) | 0x30);
    expect(await problemOf(twentyBits)).toEqual({
      code: 'audio-unsupported',
      details: { format: 'flac', reason: 'bit-depth', bitDepth: 20 },
    });
  });

  it('refuses two hours by what the headers say, in every format', async () => {
    const twoHours = 7200;
    const wav = new Uint8Array(44 + twoHours * 8_000);
    wav.set(encodeWav({ samples: new Float32Array(0), sampleRateHz: 8_000, bitDepth: 16 }));
    const view = new DataView(wav.buffer);
    view.setUint32(4, wav.length - 8, true);
    view.setUint16(32, 1, true);
    view.setUint16(34, 8, true);
    view.setUint32(40, wav.length - 44, true);
    const expected = (format: string) => ({
      code: 'audio-too-long',
      details: { format, seconds: twoHours, maximumSeconds: 1200 },
    });
    expect(await problemOf(wav)).toEqual(expected('wav'));
    expect(await problemOf(withTotalSamples(fixture('mono-16k-16bit.flac'), twoHours * 16_000))).toEqual(
      expected('flac'),
    );

    const ogg = fixture('mono-16k.ogg');
    const lastPage = Buffer.from(ogg).lastIndexOf('OggS');
    const late = ogg.slice();
    new DataView(late.buffer).setBigInt64(lastPage + 6, BigInt(twoHours * 16_000), true);
    expect(await problemOf(late)).toEqual(expected('ogg'));

    const mp3 = fixture('mono-16k.mp3');
    const frame = mp3.subarray(mp3.length - 288);
    const frames = (twoHours * 16_000) / 576;
    const long = new Uint8Array(frames * frame.length);
    for (let i = 0; i < frames; i++) long.set(frame, i * frame.length);
    expect(await problemOf(long)).toEqual(expected('mp3'));
  });

  it('stops a FLAC file that does not say its length at the limit', async () => {
    expect(await problemOf(fixture('unknown-length.flac'), 0.3)).toMatchObject({
      code: 'audio-too-long',
      details: { maximumSeconds: 0.3 },
    });
    expect(await problemOf(fixture('unknown-length.flac'), 0.5)).toEqual({ code: 'no problem' });
  });

  it('refuses sample rates and channel counts that no recording has', async () => {
    const wav = encodeWav({ samples: Float32Array.of(0.5, 0.1), sampleRateHz: 8_000, bitDepth: 16 });
    expect(await problemOf(patched(wav, 24, 1, 0, 0, 0))).toEqual({
      code: 'audio-rate-unsupported',
      details: { format: 'wav', sampleRateHz: 1, lowestHz: 8_000, highestHz: 192_000 },
    });
    expect((await problemOf(patched(wav, 24, 0xff, 0xff, 0xff, 0xff))).code).toBe('audio-rate-unsupported');
    const manyChannels = patched(patched(wav, 22, 200, 0), 32, 400 & 0xff, 400 >> 8);
    expect(await problemOf(manyChannels)).toMatchObject({
      code: 'audio-unsupported',
      details: { channels: 200 },
    });
  });

  it('names other codings in an Ogg file', async () => {
    const opus = patched(fixture('mono-16k.ogg'), 28, ...new TextEncoder().encode('OpusHead'));
    expect(await problemOf(opus)).toEqual({
      code: 'audio-unsupported',
      details: { format: 'ogg', reason: 'coding' },
    });
  });

  it.each(compressed)('answers with a result, never an exception, whatever happens to %s', async (name) => {
    const whole = fixture(name);
    const change = fc.tuple(fc.nat(whole.length - 1), fc.nat(255));
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 8 }), async (changes) => {
        const bytes = whole.slice();
        for (const [at, byte] of changes) bytes[at] = byte;
        const result = await decodeAudio(bytes);
        if (result.ok) expect(result.value.channels[0]!.length).toBe(result.value.frameCount);
        else expect(result.problem.code).toMatch(/^audio-/);
      }),
      { numRuns: 40 },
    );
  });
});

describe('checkAudioHead', () => {
  const empty = encodeWav({ samples: new Float32Array(0), sampleRateHz: 48_000, bitDepth: 16 });

  it('refuses two hours of WAV from the first bytes alone', () => {
    const sizeBytes = 44 + 7200 * 48_000 * 2;
    const head = empty.slice();
    new DataView(head.buffer).setUint32(40, sizeBytes - 44, true);
    expect(checkAudioHead({ head, sizeBytes })).toEqual({
      ok: false,
      problem: { code: 'audio-too-long', details: { format: 'wav', seconds: 7200, maximumSeconds: 1200 } },
    });
  });

  it('refuses a file too large for any format, and one that is no audio', () => {
    const sizeBytes = 2 ** 31;
    expect(checkAudioHead({ head: fixture('mono-16k.mp3'), sizeBytes })).toEqual({
      ok: false,
      problem: { code: 'too-large', details: { sizeBytes, maximumBytes: 2 ** 30 } },
    });
    expect(checkAudioHead({ head: new Uint8Array(64), sizeBytes: 64 })).toMatchObject({
      ok: false,
      problem: { code: 'audio-not-recognised' },
    });
  });

  it('lets pass what only the whole file can tell', () => {
    for (const name of [...compressed, 'unknown-length.flac']) {
      const whole = fixture(name);
      const head = whole.subarray(0, Math.floor(whole.length / 3));
      expect(checkAudioHead({ head, sizeBytes: whole.length })).toEqual({ ok: true, value: null });
    }
    expect(checkAudioHead({ head: empty.subarray(0, 20), sizeBytes: 100_000 })).toEqual({
      ok: true,
      value: null,
    });
  });
});
