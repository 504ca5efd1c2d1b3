import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { wavSizeBytes } from '../../../contract/stored-wav.ts';
import { encodeFlac } from '../../../native/audio/flac-encode.ts';
import { describeAudioCheck, exampleWav } from '../../ports/audio-check.contract.ts';
import { inChunks } from '../../ports/blobs.contract.ts';
import { createAudioCheck } from './audio-check.ts';

const audio = createAudioCheck();

async function packed(wav: Uint8Array): Promise<Uint8Array> {
  const encoded = await encodeFlac(wav);
  if (!encoded.ok) throw new Error(encoded.problem.code);
  return encoded.value;
}

describeAudioCheck('libFLAC', () => ({ audio, encodeFlac: packed }));

it('calls sound of other programs, which no workstation writes, unsupported', async () => {
  const file = new URL('../../../native/audio/fixtures/stereo-96k-24bit.flac', import.meta.url);
  expect(await audio.describe('flac', inChunks(await readFile(file)))).toEqual({
    ok: false,
    reason: 'unsupported',
  });
});

it('holds a few pieces of a long recording, not all of it', async () => {
  const frameCount = 48_000 * 120;
  const wav = exampleWav(frameCount, 16, 48_000);
  const flac = await packed(wav);
  let [taken, given, largest] = [0, 0, 0];
  const counted = async function* () {
    for await (const chunk of inChunks(flac, 16 * 1024)) {
      taken += chunk.length;
      yield chunk;
    }
  };
  for await (const piece of audio.toWav('flac', counted())) {
    given += piece.length;
    largest = Math.max(largest, taken - (given / wav.length) * flac.length);
  }
  expect([given, largest < 128 * 1024]).toEqual([
    wavSizeBytes({ frameCount, bitDepth: 16, sampleRateHz: 48_000 }),
    true,
  ]);
});
