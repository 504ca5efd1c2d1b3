import { afterAll, expect, it } from 'vitest';
import { encodeFlac } from '../../../native/audio/flac-encode.ts';
import { sha256 } from '../../../contract/sha256.ts';
import { describeAudioCheck, exampleWav } from '../../ports/audio-check.contract.ts';
import { inChunks } from '../../ports/blobs.contract.ts';
import { createThreadedAudioCheck } from './threaded-audio-check.ts';

const audio = createThreadedAudioCheck({ threads: 2 });
afterAll(() => audio.close());

async function packed(wav: Uint8Array): Promise<Uint8Array> {
  const encoded = await encodeFlac(wav);
  if (!encoded.ok) throw new Error(encoded.problem.code);
  return encoded.value;
}

describeAudioCheck('libFLAC in threads', () => ({ audio, encodeFlac: packed }));

it('tells many recordings apart that come at once, and longer ones than it may send ahead', async () => {
  const wavs = Array.from({ length: 12 }, (_, index) => exampleWav(2000 + index * 60_000));
  const described = await Promise.all(
    wavs.map(async (wav, index) =>
      index % 2 === 0
        ? audio.describe('wav', inChunks(wav, 10_000))
        : audio.describe('flac', inChunks(await packed(wav), 5000)),
    ),
  );
  expect(described).toEqual(wavs.map((wav) => ({ ok: true, wavSha256: sha256(wav), wavBytes: wav.length })));
});

it('reads no more of what it has found to be no audio', async () => {
  let taken = 0;
  const page = new Uint8Array(64 * 1024).fill(60);
  const pages = async function* () {
    for (; taken < 1000; taken += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      yield page;
    }
  };
  expect(await audio.describe('flac', pages())).toEqual({ ok: false, reason: 'not-audio' });
  expect(taken).toBeLessThan(1000);
});

it('fails what it was at when it is closed, and takes nothing more', async () => {
  const other = createThreadedAudioCheck({ threads: 1 });
  const begun = Promise.withResolvers<undefined>();
  const never = async function* () {
    yield exampleWav().subarray(0, 100);
    begun.resolve(undefined);
    await other.close();
    yield exampleWav().subarray(100);
  };
  const describing = other.describe('wav', never());
  await begun.promise;
  await expect(describing).rejects.toThrow('has ended');
  await expect(other.describe('wav', never())).rejects.toThrow('closed');
});
