/** What every check of recordings does. */
import { describe, expect, it } from 'vitest';
import { sha256 } from '../../contract/sha256.ts';
import { wavHeader, wavSizeBytes, type WavBitDepth } from '../../contract/stored-wav.ts';
import type { AudioCheck } from './audio-check.ts';
import { collect, inChunks } from './blobs.contract.ts';

export interface AudioCheckUnderTest {
  readonly audio: AudioCheck;
  /** Packs a stored WAV of 16 or 24 bits. */
  encodeFlac(wav: Uint8Array): Promise<Uint8Array>;
}

/** A stored WAV of a tone that grows rough towards its end. */
export function exampleWav(frameCount = 8000, bitDepth: WavBitDepth = 16, sampleRateHz = 16_000): Uint8Array {
  const format = { sampleRateHz, bitDepth, frameCount };
  const wav = new Uint8Array(wavSizeBytes(format));
  const header = wavHeader(format);
  wav.set(header);
  const view = new DataView(wav.buffer, header.length);
  for (let frame = 0; frame < frameCount; frame += 1) {
    const noise = (((frame * 7919) % 251) / 251 - 0.5) * (frame / frameCount) * 0.2;
    const sample = 0.5 * Math.sin(frame / 9) + noise;
    if (bitDepth === 32) view.setFloat32(frame * 4, sample, true);
    else if (bitDepth === 16) view.setInt16(frame * 2, Math.round(sample * 0x7fff), true);
    else {
      const value = Math.round(sample * 0x7f_ffff);
      view.setUint16(frame * 3, value & 0xffff, true);
      view.setInt8(frame * 3 + 2, value >> 16);
    }
  }
  return wav;
}

const text = (words: string): Uint8Array => Uint8Array.from(words, (letter) => letter.charCodeAt(0));
const flipped = (bytes: Uint8Array, at: number): Uint8Array => bytes.with(at, bytes[at]! ^ 0x10);

export function describeAudioCheck(name: string, make: () => AudioCheckUnderTest): void {
  describe(`${name} is a check of recordings that`, () => {
    const { audio, encodeFlac } = make();

    it.each([16, 24] as const)('tells the WAV of %i bits that FLAC stands for', async (bitDepth) => {
      const wav = exampleWav(20_001, bitDepth);
      const flac = await encodeFlac(wav);
      expect(await audio.describe('flac', inChunks(flac, 777))).toEqual({
        ok: true,
        wavSha256: sha256(wav),
        wavBytes: wav.length,
      });
      expect(await collect(audio.toWav('flac', inChunks(flac, 64 * 1024)))).toEqual(wav);
    });

    it.each([16, 24, 32] as const)('takes a WAV of %i bits as it is', async (bitDepth) => {
      const wav = exampleWav(5001, bitDepth);
      expect(await audio.describe('wav', inChunks(wav, 11))).toEqual({
        ok: true,
        wavSha256: sha256(wav),
        wavBytes: wav.length,
      });
      expect(await collect(audio.toWav('wav', inChunks(wav)))).toEqual(wav);
    });

    it('notices FLAC that ends early, wherever it ends', async () => {
      const flac = await encodeFlac(exampleWav(9000));
      const lengths = Array.from(
        { length: 40 },
        (_, index) => 4 + Math.floor((index / 40) * (flac.length - 4)),
      );
      for (const length of lengths) {
        expect([length, await audio.describe('flac', inChunks(flac.subarray(0, length)))]).toEqual([
          length,
          { ok: false, reason: 'damaged' },
        ]);
      }
    });

    it('notices a bit that changed anywhere among the samples', async () => {
      const flac = await encodeFlac(exampleWav(9000));
      for (let at = flac.length - 1; at > flac.length / 3; at -= 301) {
        expect([at, await audio.describe('flac', inChunks(flipped(flac, at)))]).toEqual([
          at,
          { ok: false, reason: 'damaged' },
        ]);
      }
    });

    it('throws, when asked for the WAV of what is damaged, before it ends', async () => {
      const flac = await encodeFlac(exampleWav(9000));
      await expect(
        collect(audio.toWav('flac', inChunks(flac.subarray(0, flac.length - 10)))),
      ).rejects.toThrow();
      await expect(collect(audio.toWav('wav', inChunks(exampleWav().subarray(0, 500))))).rejects.toThrow();
    });

    it('takes a page of a proxy for no audio', async () => {
      const bytes = text('<html><body>Please sign in to the network of the hospital</body></html>');
      expect([
        await audio.describe('flac', inChunks(bytes)),
        await audio.describe('wav', inChunks(bytes)),
      ]).toEqual([
        { ok: false, reason: 'not-audio' },
        { ok: false, reason: 'not-audio' },
      ]);
    });

    it.each(['flac', 'wav'] as const)('refuses nothing at all as %s', async (encoding) => {
      expect((await audio.describe(encoding, inChunks(new Uint8Array(0)))).ok).toBe(false);
    });

    it('takes one encoding not for the other', async () => {
      const wav = exampleWav();
      const flac = await encodeFlac(wav);
      expect([
        await audio.describe('flac', inChunks(wav)),
        await audio.describe('wav', inChunks(flac)),
      ]).toEqual([
        { ok: false, reason: 'not-audio' },
        { ok: false, reason: 'not-audio' },
      ]);
    });

    it.each([
      ['shorter than it says', exampleWav().subarray(0, 5000), 'damaged'],
      ['longer than it says', Uint8Array.of(...exampleWav(100), 0, 0), 'damaged'],
      ['stereo', exampleWav(100).with(22, 2), 'unsupported'],
      ['in another coding', exampleWav(100).with(20, 7), 'unsupported'],
    ])('refuses a WAV that is %s', async (_, wav, reason) => {
      expect(await audio.describe('wav', inChunks(wav))).toEqual({ ok: false, reason });
    });

    it('lets through what the stream itself throws', async () => {
      const broken = async function* () {
        yield* inChunks(exampleWav());
        throw new Error('the blob store is away');
      };
      await expect(audio.describe('wav', broken())).rejects.toThrow('the blob store is away');
      const flac = await encodeFlac(exampleWav(9000));
      const brokenFlac = async function* () {
        yield* inChunks(flac.subarray(0, 3000));
        throw new Error('the blob store is away');
      };
      await expect(audio.describe('flac', brokenFlac())).rejects.toThrow('the blob store is away');
    });
  });
}
