import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { encodeWav, wavHeader } from '../../core/wav.ts';
import { describeAudioDecoding } from '../../ports/audio-decoding.contract.ts';
import { audioFiles } from './audio-files.ts';

describeAudioDecoding('the codecs', audioFiles());

/** Files of native/audio, whose origin stands beside them. */
const fixture = (name: string): Uint8Array =>
  new Uint8Array(
    readFileSync(fileURLToPath(new URL(`../../../native/audio/fixtures/${name}`, import.meta.url))),
  );

it.each([
  ['mono-16k-16bit.flac', { sampleRateHz: 16_000, channelCount: 1, bitDepth: 16, format: 'flac' }],
  ['mono-8k-8bit.flac', { sampleRateHz: 8000, channelCount: 1, bitDepth: 16, format: 'flac' }],
  ['stereo-96k-24bit.flac', { sampleRateHz: 96_000, channelCount: 2, bitDepth: 32, format: 'flac' }],
  ['six-48k-24bit.flac', { sampleRateHz: 48_000, channelCount: 6, bitDepth: 32, format: 'flac' }],
  ['mono-16k.mp3', { sampleRateHz: 16_000, channelCount: 1, bitDepth: 32, format: 'mp3' }],
  ['mono-16k.ogg', { sampleRateHz: 16_000, channelCount: 1, bitDepth: 32, format: 'ogg' }],
])('says of %s what it is, and how deep a WAV must be to keep it', async (name, facts) => {
  const decoded = await audioFiles().decode(fixture(name), { maximumS: 60 });
  expect(decoded).toMatchObject({ ok: true, value: facts });
});

it('mixes two channels of 16 bits into 24 without losing a bit', async () => {
  const [left, right] = [1, 4];
  const frames = 4;
  const header = wavHeader({ sampleRateHz: 8000, bitDepth: 16, frameCount: frames * 2 });
  const stereo = Buffer.alloc(44 + frames * 4);
  stereo.set(header);
  stereo.writeUInt16LE(2, 22);
  stereo.writeUInt32LE(8000 * 4, 28);
  stereo.writeUInt16LE(4, 32);
  for (let frame = 0; frame < frames; frame += 1) {
    stereo.writeInt16LE(left, 44 + frame * 4);
    stereo.writeInt16LE(right, 46 + frame * 4);
  }
  const decoded = await audioFiles().decode(stereo, { maximumS: 1 });
  if (!decoded.ok) throw new Error(decoded.problem.code);
  const { samples, sampleRateHz, bitDepth } = decoded.value;
  const again = await audioFiles().decode(encodeWav(samples, { sampleRateHz, bitDepth }), { maximumS: 1 });
  expect(bitDepth).toBe(24);
  expect(samples).toEqual(new Float32Array(frames).fill(2.5 / 32_768));
  expect(again).toMatchObject({ ok: true, value: { samples } });
});
