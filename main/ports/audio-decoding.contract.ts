import { describe, expect, it } from 'vitest';
import { encodeWav } from '../core/wav.ts';
import type { AudioDecoding } from './audio-decoding.ts';

export function describeAudioDecoding(name: string, decoding: AudioDecoding): void {
  describe(`${name} is a decoding of audio that`, () => {
    it.each([16, 24, 32] as const)('gives the samples of a WAV of %d bits as they were', async (bitDepth) => {
      const samples = Float32Array.from({ length: 800 }, (_, index) => (index - 400) / 512);
      const decoded = await decoding.decode(encodeWav(samples, { sampleRateHz: 16_000, bitDepth }), {
        maximumS: 1,
      });
      expect(decoded).toEqual({
        ok: true,
        value: { samples, sampleRateHz: 16_000, channelCount: 1, bitDepth, format: 'wav' },
      });
    });

    it('names what is not audio, what is empty and what is too long', async () => {
      const wav = (frames: number) =>
        encodeWav(new Float32Array(frames), { sampleRateHz: 8000, bitDepth: 16 });
      const answers = [
        await decoding.decode(new Uint8Array(0), { maximumS: 1 }),
        await decoding.decode(new Uint8Array(1000).fill(65), { maximumS: 1 }),
        await decoding.decode(wav(0), { maximumS: 1 }),
        await decoding.decode(wav(8001), { maximumS: 1 }),
      ];
      expect(answers.map((answer) => (answer.ok ? 'decoded' : answer.problem.code))).toEqual([
        'audio-empty',
        'audio-not-recognised',
        'audio-empty',
        'audio-too-long',
      ]);
    });
  });
}
